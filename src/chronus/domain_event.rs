//! From a CloudEvent to a draft for the log: what is valid here, what is sealed in `seal.rs`.

use actors::onboarding::is_in_domains;
use chrono::{DateTime, Utc};
use cloudevents::event::ExtensionValue;
use cloudevents::{AttributesReader as _, Event};
use events::organization::{
    CLOCK_TOLERANCE, CardKind, Class, DomainEventAccepted, DomainKind, FIGURES_TYPE, SubjectFacts, is_ahead,
};
use events::user::ClientDefaultsChanged;
use events::{AadObjectId, EventId, MemberId, OrganizationId, SubjectRef, TraceParent, address};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::envelope::take_data;
use super::member_claims::{MemberWords, NamedMember};
use super::schema::{self, Fault, MOST_FAULTS, links, unknown};
use super::warning::{MOST_WARNINGS, Warning};

mod client_defaults;
mod contradictions;
mod facts;
mod schedule;
mod seal;

pub use seal::{Ticket, seal};

/// Recipients that one domain event may list.
pub const MAX_RECIPIENTS: usize = 10_000;
/// Longest `id`, `source` and `type`, in characters.
const MAX_ATTRIBUTE: usize = 256;
/// The same in bytes, as for every id from outside.
const MAX_ATTRIBUTE_BYTES: usize = 512;
/// Every type that Chronus emits begins so.
const TYPE_PREFIX: &str = "com.chronus.";

/// Why an event is not taken, and where in it the reason lies.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Invalid {
    /// JSON pointer into the CloudEvent.
    pub pointer: String,
    /// What is wrong and what to send instead.
    pub detail: String,
    /// All faults, where there are several; the first one is the one above.
    pub all: Vec<Fault>,
}

fn invalid<T>(pointer: impl Into<String>, detail: impl Into<String>) -> Result<T, Invalid> {
    Err(Invalid {
        pointer: pointer.into(),
        detail: detail.into(),
        all: Vec::new(),
    })
}

/// A recipient as Chronus names it; at least one of the three is there.
struct Named {
    member_id: Option<MemberId>,
    /// The address without what is not part of it.
    email: Option<String>,
    aad_object_id: Option<AadObjectId>,
    /// It is there, and `null`: an id that was given is taken back.
    object_id_withdrawn: bool,
    /// The address is of no domain that the organization's members may have: it is nobody's.
    outside: bool,
}

/// A CloudEvent that passed validation, nothing sealed yet.
pub struct Checked {
    event_id: EventId,
    source: String,
    id: String,
    event_type: String,
    subject: Option<SubjectRef>,
    /// Whether the subject was made here.
    named_here: bool,
    time: Option<DateTime<Utc>>,
    recipients: Option<Vec<Named>>,
    actor_member: Option<MemberId>,
    actor_name: Option<String>,
    program: Option<String>,
    erg: Option<String>,
    class: Option<Class>,
    expires_at: Option<DateTime<Utc>>,
    send_at: Option<DateTime<Utc>>,
    facts: Option<SubjectFacts>,
    organizers: Vec<MemberId>,
    trace: Option<TraceParent>,
    content: String,
    /// Language and zone of the listed recipients, in their order.
    client_defaults: Vec<ClientDefaultsChanged>,
    warnings: Vec<Warning>,
}

impl std::fmt::Debug for Checked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Checked")
            .field("id", &self.id)
            .field("event_type", &self.event_type)
            .finish_non_exhaustive()
    }
}

impl Checked {
    /// What Chronus is to be told about it if it is taken.
    pub fn warnings(&self) -> Warnings {
        Warnings {
            time: self.time,
            send_at: self.send_at,
            found: self.warnings.clone(),
        }
    }

    /// What it says of members.
    pub fn member_words(&self) -> MemberWords {
        let named = self.recipients.iter().flatten().enumerate();
        let named = named.filter_map(|(place, named)| {
            Some(NamedMember {
                place,
                id: named.member_id.clone()?,
                email: named.email.clone().filter(|_| !named.outside),
                aad_object_id: named.aad_object_id.clone(),
                object_id_withdrawn: named.object_id_withdrawn,
            })
        });
        MemberWords {
            change: match DomainKind::of(&self.event_type) {
                DomainKind::Member(change) => Some(change),
                DomainKind::Notify(_) | DomainKind::Revise { .. } => None,
            },
            named: named.collect(),
        }
    }

    /// What an announcement is called that came without a name.
    pub fn given_name(&self) -> Option<&SubjectRef> {
        self.subject.as_ref().filter(|_| self.named_here)
    }

    /// When it says that it happened.
    #[cfg(test)]
    pub(crate) fn time(&self) -> Option<DateTime<Utc>> {
        self.time
    }

    /// A part of the trace of the request that it came with, where it names none itself.
    #[must_use]
    pub fn within(mut self, trace: Option<TraceParent>) -> Self {
        self.trace = self.trace.or(trace);
        self
    }

    /// Has addresses of other domains be nobody's.
    pub fn hold_to_domains(&mut self, domains: &[String]) {
        let mut left_out = Vec::new();
        for (place, named) in self.recipients.iter_mut().flatten().enumerate() {
            let email = named.email.as_deref();
            named.outside = email.is_some_and(|email| !is_in_domains(email, domains));
            if named.outside {
                left_out.push(place);
            }
        }
        let told = left_out.into_iter().take(MOST_WARNINGS).map(|place| {
            Warning::at(
                "address_outside_domains",
                format!("/data/recipients/{place}/email"),
                "is of no domain that the organization's members may have, so nobody is matched by it",
            )
        });
        // Whom a card does not reach comes before what it looks like.
        self.warnings.splice(0..0, told);
        self.warnings.truncate(MOST_WARNINGS);
    }

    /// Adds something that Chronus is to be told about it.
    pub fn warn(&mut self, warning: Warning) {
        if self.warnings.len() < MOST_WARNINGS {
            self.warnings.push(warning);
        }
    }
}

/// What Chronus is to be told about an event that was taken.
#[derive(Debug)]
pub struct Warnings {
    time: Option<DateTime<Utc>>,
    send_at: Option<DateTime<Utc>>,
    found: Vec<Warning>,
}

impl Warnings {
    /// The same for an event and for the same event again, which was handed over at `accepted_at` first.
    pub fn of(self, accepted_at: DateTime<Utc>) -> Vec<Warning> {
        let ahead = self.time.filter(|time| is_ahead(*time, accepted_at)).map(|_| {
            let detail = format!(
                "lies more than {} minutes ahead; the event is taken to have happened when it was handed over",
                CLOCK_TOLERANCE.num_minutes()
            );
            Warning::at("time_in_future", "/time", detail)
        });
        let scheduled = schedule::warning(self.send_at, accepted_at);
        ahead.into_iter().chain(scheduled).chain(self.found).collect()
    }
}

/// Checks a CloudEvent of `organization`.
pub fn check(organization: &OrganizationId, event: Event) -> Result<Checked, Invalid> {
    check_telling(organization, event, MOST_FAULTS)
}

/// The same; of its faults `most` are told at most.
pub fn check_telling(
    organization: &OrganizationId,
    mut event: Event,
    most: usize,
) -> Result<Checked, Invalid> {
    for (pointer, value) in [
        ("/id", event.id()),
        ("/source", event.source()),
        ("/type", event.ty()),
    ] {
        let fits = value.len() <= MAX_ATTRIBUTE_BYTES && value.chars().count() <= MAX_ATTRIBUTE;
        if value.is_empty() || !fits || value.chars().any(char::is_control) {
            return invalid(
                pointer,
                format!(
                    "must have 1 to {MAX_ATTRIBUTE} characters, {MAX_ATTRIBUTE_BYTES} bytes at most, and no control characters"
                ),
            );
        }
    }
    if !event.ty().starts_with(TYPE_PREFIX) {
        return invalid("/type", format!("must begin with {TYPE_PREFIX}"));
    }
    if event.ty() == FIGURES_TYPE {
        return invalid(
            "/type",
            "is what this service tells organizers; name them in \"organizers\" of com.chronus.erg_event.invited",
        );
    }
    let subject = event
        .subject()
        .map(SubjectRef::parse)
        .transpose()
        .or_else(|e| invalid("/subject", e.to_string()))?;
    let kind = DomainKind::of(event.ty());
    // As the standard asks, one that cannot be read is as good as none.
    let trace = match event.extension("traceparent") {
        Some(ExtensionValue::String(text)) => TraceParent::parse(text).ok(),
        Some(ExtensionValue::Boolean(_) | ExtensionValue::Integer(_)) | None => None,
    };
    let Some(Value::Object(mut data)) = take_data(&mut event) else {
        return invalid("/data", "must be a JSON object");
    };
    let mut warnings = recipients_warnings(&data);
    let defaults = client_defaults::of(&data)?;
    warnings.extend(client_defaults::warnings(&defaults));
    let names_recipients = data.get("recipients").is_some_and(|listed| !listed.is_null());
    let recipients = recipients(&mut data, kind)?;
    let (actor_member, actor_name) = actor(&data)?;
    let (program, class) = (named(&data, "program")?, class(&data)?);
    let erg = named(&data, "erg")?;
    let expires_at = moment(&data, "expires_at")?;
    let send_at = schedule::of(kind, &data, expires_at)?;
    let data = fits_schema(&event, data, names_recipients, most)?;
    contradictions::check(kind, &data)?;
    let facts = facts::of(kind, &data);
    let organizers = facts::organizers(kind, &data);
    let left_off = links::left_off(&data);
    let data = Value::Object(data);
    warnings.extend(unknown::fields(event.ty(), &data));
    warnings.extend(left_off);
    warnings.truncate(MOST_WARNINGS);
    let content = data.to_string();
    let event_id = DomainEventAccepted::event_id(organization, event.source(), event.id());
    let named_here = subject.is_none() && kind == DomainKind::Notify(CardKind::Announcement);
    let subject = if named_here { own_name(event_id) } else { subject };
    Ok(Checked {
        event_id,
        named_here,
        source: event.source().to_owned(),
        id: event.id().to_owned(),
        event_type: event.ty().to_owned(),
        subject,
        time: event.time().copied(),
        recipients,
        actor_member,
        actor_name,
        program,
        erg,
        class,
        expires_at,
        send_at,
        facts,
        organizers,
        trace,
        content,
        client_defaults: defaults,
        warnings,
    })
}

/// What an announcement without a name is called, so that it can be withdrawn.
fn own_name(event: EventId) -> Option<SubjectRef> {
    SubjectRef::parse(format!("announcement/{event}")).ok()
}

/// Checks what is particular to the kind, and gives the data back. The recipients were checked and taken out before,
/// so somebody stands in for them.
fn fits_schema(
    event: &Event,
    mut data: Map<String, Value>,
    names_recipients: bool,
    most: usize,
) -> Result<Map<String, Value>, Invalid> {
    if names_recipients {
        data.insert("recipients".to_owned(), json!([{ "member_id": "somebody" }]));
    }
    let mut whole = json!({
        "specversion": "1.0", "id": event.id(), "source": event.source(), "type": event.ty(),
    });
    if let Some(subject) = event.subject() {
        whole["subject"] = Value::from(subject);
    }
    whole["data"] = Value::Object(data);
    let faults = schema::faults(event.ty(), &whole, most);
    if let Some(first) = faults.first() {
        return Err(Invalid {
            pointer: first.pointer.clone(),
            detail: first.detail.clone(),
            all: if faults.len() > 1 { faults } else { Vec::new() },
        });
    }
    let Value::Object(mut data) = whole["data"].take() else {
        return invalid("/data", "must be a JSON object");
    };
    data.remove("recipients");
    Ok(data)
}

fn text(data: &Map<String, Value>, key: &str) -> Result<Option<String>, Invalid> {
    match data.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
        Some(_) => invalid(format!("/data/{key}"), "must be text"),
    }
}

fn moment(data: &Map<String, Value>, key: &str) -> Result<Option<DateTime<Utc>>, Invalid> {
    let Some(value) = text(data, key)? else {
        return Ok(None);
    };
    match DateTime::parse_from_rfc3339(&value) {
        Ok(moment) => Ok(Some(moment.to_utc())),
        Err(_) => invalid(
            format!("/data/{key}"),
            "must be a time such as 2026-11-30T17:00:00Z",
        ),
    }
}

fn class(data: &Map<String, Value>) -> Result<Option<Class>, Invalid> {
    match text(data, "priority")?.as_deref() {
        None => Ok(None),
        Some("direct" | "urgent") => Ok(Some(Class::Direct)),
        Some("broadcast") => Ok(Some(Class::Broadcast)),
        Some(_) => invalid(
            "/data/priority",
            "must be \"direct\", \"broadcast\" or \"urgent\"",
        ),
    }
}

/// A programme or an ERG is a name, or an object with one.
fn named(data: &Map<String, Value>, key: &str) -> Result<Option<String>, Invalid> {
    match data.get(key) {
        Some(Value::Object(part)) => text(part, "name"),
        _ => text(data, key),
    }
}

fn actor(data: &Map<String, Value>) -> Result<(Option<MemberId>, Option<String>), Invalid> {
    let actor = match data.get("actor") {
        None | Some(Value::Null) => return Ok((None, None)),
        Some(Value::Object(actor)) => actor,
        Some(_) => return invalid("/data/actor", "must be an object with member_id and name"),
    };
    let member = text(actor, "member_id")?.map(MemberId::parse).transpose();
    let member = member.or_else(|error| invalid("/data/actor/member_id", error.to_string()))?;
    Ok((member, text(actor, "name")?))
}

/// Fields of a recipient that have a meaning.
const RECIPIENT_FIELDS: [&str; 5] = ["member_id", "email", "aad_object_id", "timezone", "locale"];

/// Warnings about fields of listed recipients that nothing knows.
fn recipients_warnings(data: &Map<String, Value>) -> Vec<Warning> {
    let listed = data
        .get("recipients")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let fields = listed
        .enumerate()
        .filter_map(|(index, one)| Some((index, one.as_object()?)));
    fields
        .flat_map(|(index, fields)| fields.keys().map(move |name| (index, name)))
        .filter(|(_, name)| !RECIPIENT_FIELDS.contains(&name.as_str()))
        .take(MOST_WARNINGS)
        .map(|(index, name)| unknown::field(&format!("/data/recipients/{index}"), name, &RECIPIENT_FIELDS))
        .collect()
}

/// Takes the recipients out of the data, so that addresses are not kept twice. `None` means all.
fn recipients(data: &mut Map<String, Value>, kind: DomainKind) -> Result<Option<Vec<Named>>, Invalid> {
    let at = "/data/recipients";
    let list = match data.remove("recipients") {
        Some(Value::String(all)) if all == "all" && !matches!(kind, DomainKind::Member(_)) => {
            return Ok(None);
        }
        Some(Value::Array(list)) => list,
        // The word that a subject ended reaches those who hold its card; nobody else need be told.
        None if matches!(kind, DomainKind::Revise { .. }) => Vec::new(),
        _ => return invalid(at, "must be \"all\" or a list of {\"member_id\", \"email\"}"),
    };
    if list.is_empty() && !matches!(kind, DomainKind::Revise { .. }) {
        return invalid(at, "is empty; name at least one recipient");
    }
    if list.len() > MAX_RECIPIENTS {
        return invalid(
            at,
            format!(
                "lists {} people; at most {MAX_RECIPIENTS} in one event",
                list.len()
            ),
        );
    }
    list.iter()
        .enumerate()
        .map(|(index, one)| recipient(&format!("{at}/{index}"), one))
        .collect::<Result<_, _>>()
        .map(Some)
}

fn recipient(at: &str, value: &Value) -> Result<Named, Invalid> {
    let Value::Object(fields) = value else {
        return invalid(at, "must be an object with member_id, email or both");
    };
    let field = |key: &str| {
        let here = |error: Invalid| Invalid {
            pointer: format!("{at}/{key}"),
            ..error
        };
        text(fields, key).map_err(here)
    };
    let member = field("member_id")?.map(MemberId::parse).transpose();
    let member_id = member.or_else(|error| invalid(format!("{at}/member_id"), error.to_string()))?;
    let email = field("email")?.map(|text| address::check(&text)).transpose();
    let email = email.or_else(|error| invalid(format!("{at}/email"), error.to_string()))?;
    let person = field("aad_object_id")?.map(object_id).transpose();
    let aad_object_id = person.or_else(|error| invalid(format!("{at}/aad_object_id"), error))?;
    if member_id.is_none() && email.is_none() && aad_object_id.is_none() {
        return invalid(at, "needs member_id, email or both");
    }
    Ok(Named {
        member_id,
        email,
        aad_object_id,
        object_id_withdrawn: fields.get("aad_object_id").is_some_and(Value::is_null),
        outside: false,
    })
}

/// An id of Entra is a GUID, and never the one of zeros. Another text would be somebody whom nobody is, and would count more
/// than the right address.
fn object_id(text: String) -> Result<AadObjectId, String> {
    let id = Uuid::try_parse(&text)
        .ok()
        .filter(|id| !id.is_nil() && !text.contains(['{', ':']));
    let id =
        id.ok_or("is no object id of Entra, which is a GUID such as 4f3c1d2e-9a77-4f0b-8f0e-2c6a7b1d9e55")?;
    AadObjectId::parse(id.hyphenated().to_string()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests;
