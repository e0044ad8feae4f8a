//! Which events `replay` prints: whose, about what, of which cards.

use std::collections::{BTreeSet, HashMap, HashSet};

use clap::Args;
use events::organization::{CardKind, DomainEventAccepted};
use events::user::{Queue, Source};
use events::{
    Direction, Event, EventId, EventStore, OrganizationEvent, OrganizationId, Recorded, StreamId, SubjectRef,
    TenantEvent, TenantId, UserEvent, Version,
};
use serde_json::Value;

use crate::report::query;

/// Narrows a replay; every option narrows.
#[derive(Debug, Default, Args)]
pub(super) struct Picking {
    /// Only this organization: its streams, and those of its tenant's people
    #[arg(long, value_name = "ID")]
    organization: Option<OrganizationId>,
    /// Only this tenant and its people
    #[arg(long, value_name = "ID")]
    tenant: Option<TenantId>,
    /// Only this person's stream: an object id, or TENANT/OBJECT-ID
    #[arg(long, value_name = "PERSON")]
    person: Option<String>,
    /// Only events that name this member
    #[arg(long, value_name = "ID")]
    member: Option<String>,
    /// Only events that name this subject, such as meeting/9
    #[arg(long, value_name = "SUBJECT", value_parser = query::subject)]
    subject: Option<SubjectRef>,
    /// Only events about cards of this kind, such as `mentoring_request`
    #[arg(long, value_name = "CARD", value_parser = query::kind)]
    kind: Option<CardKind>,
    /// Only events about cards of this programme
    #[arg(long, value_name = "NAME")]
    program: Option<String>,
}

/// What has to be remembered of the log to tell which events are meant.
#[derive(Debug)]
pub(super) struct Picker<'p> {
    picking: &'p Picking,
    tenants: HashMap<TenantId, Option<OrganizationId>>,
    /// Domain events that fit, whose cards do too.
    sources: HashSet<EventId>,
    /// Ids of cards that fit, as payloads have them.
    cards: HashSet<String>,
    /// Which options some event fits, whatever the others say.
    met: BTreeSet<&'static str>,
}

impl Picking {
    /// Whether cards have to be followed from where they begin.
    pub(super) fn follows_cards(&self) -> bool {
        self.kind.is_some() || self.program.is_some()
    }

    pub(super) fn picker(&self) -> Picker<'_> {
        Picker {
            picking: self,
            tenants: HashMap::new(),
            sources: HashSet::new(),
            cards: HashSet::new(),
            met: BTreeSet::new(),
        }
    }

    /// The names that were asked for, by their options. A kind is one that there is.
    fn asked(&self) -> impl Iterator<Item = (&'static str, String)> {
        let text = |value: Option<&dyn std::fmt::Display>| value.map(ToString::to_string);
        [
            (
                "organization",
                text(self.organization.as_ref().map(|one| one as _)),
            ),
            ("tenant", text(self.tenant.as_ref().map(|one| one as _))),
            ("person", self.person.clone()),
            ("member", self.member.clone()),
            ("subject", text(self.subject.as_ref().map(|one| one as _))),
            ("program", self.program.clone()),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
    }
}

impl Picker<'_> {
    /// Whether an event is meant. Has to be asked of every event, in the log's order.
    pub(super) async fn takes(&mut self, store: &dyn EventStore, event: &Recorded) -> anyhow::Result<bool> {
        let of_cards = !self.picking.follows_cards() || self.is_about_cards(event);
        let has = |name: &str, value: &str| {
            let text = Value::from(value).to_string();
            event.payload.contains(&format!("\"{name}\":{text}"))
        };
        let member = self.picking.member.as_deref();
        let member = member.is_none_or(|member| has("member_id", member));
        let subject = self.picking.subject.as_ref();
        let subject = subject.is_none_or(|subject| has("subject", subject.as_str()));
        let tenant = self.is_of_tenant(event);
        let person = self.is_of_person(event);
        let organization = self.is_of_organization(store, event).await?;
        let fits = [
            ("organization", organization),
            ("tenant", tenant),
            ("person", person),
            ("member", member),
            ("subject", subject),
            ("program", of_cards),
        ];
        self.met
            .extend(fits.iter().filter(|(_, fits)| *fits).map(|(name, _)| *name));
        Ok(fits.iter().all(|(_, fits)| *fits))
    }

    /// The options that no event fitted, each with what was asked for.
    pub(super) fn unmet(&self) -> Vec<String> {
        let asked = self.picking.asked();
        asked
            .filter(|(name, _)| !self.met.contains(name))
            .map(|(name, value)| format!("--{name} {value}"))
            .collect()
    }

    fn is_of_person(&self, event: &Recorded) -> bool {
        let Some(person) = self.picking.person.as_deref() else {
            return true;
        };
        let user = event.stream.user_key();
        user.is_some_and(|user| {
            let person = person.to_lowercase();
            user.to_string() == person || user.aad_object_id.as_str() == person
        })
    }

    fn is_of_tenant(&self, event: &Recorded) -> bool {
        let wanted = self.picking.tenant.as_ref();
        wanted.is_none_or(|wanted| event.stream.tenant_id().as_ref() == Some(wanted))
    }

    async fn is_of_organization(&mut self, store: &dyn EventStore, event: &Recorded) -> anyhow::Result<bool> {
        let Some(wanted) = &self.picking.organization else {
            return Ok(true);
        };
        if let Some(organization) = event.stream.organization_id() {
            return Ok(organization == *wanted);
        }
        let Some(tenant) = event.stream.tenant_id() else {
            return Ok(false);
        };
        if !self.tenants.contains_key(&tenant) {
            let organization = organization_of(store, &tenant).await?;
            self.tenants.insert(tenant.clone(), organization);
        }
        Ok(self
            .tenants
            .get(&tenant)
            .is_some_and(|known| known.as_ref() == Some(wanted)))
    }

    fn is_about_cards(&mut self, event: &Recorded) -> bool {
        match event.decode_any() {
            Ok(Event::Organization(OrganizationEvent::DomainEventAccepted(e))) => self.asked(event.id, &e),
            Ok(Event::User(UserEvent::Queue(Queue::Queued(e)))) => {
                let source = match &e.source {
                    Source::DomainEvent { event_id, .. } => self.sources.contains(event_id),
                    Source::Chat => false,
                };
                let kind = self.picking.kind.is_none_or(|kind| kind == e.card);
                let known = self.cards.contains(&e.notification_id.to_string());
                let fits = known || (kind && (source || self.picking.program.is_none()));
                if fits {
                    self.cards.insert(e.notification_id.to_string());
                }
                fits
            }
            Ok(_) | Err(_) => {
                let data: Value = serde_json::from_str(&event.payload).unwrap_or(Value::Null);
                let named = data
                    .get("notification_id")
                    .or_else(|| data.pointer("/on/notification_id"));
                named
                    .and_then(Value::as_str)
                    .is_some_and(|id| self.cards.contains(id))
            }
        }
    }

    fn asked(&mut self, id: EventId, e: &DomainEventAccepted) -> bool {
        let program = self.picking.program.is_none() || self.picking.program == e.program;
        if program {
            self.sources.insert(id);
        }
        let kind = self.picking.kind.is_none_or(|kind| e.kind().card() == Some(kind));
        if program && kind {
            let listed = e.recipients.listed().iter();
            self.cards
                .extend(listed.map(|one| one.notification_id.to_string()));
        }
        program && kind
    }
}

/// Whose a tenant is by the newest word.
async fn organization_of(
    store: &dyn EventStore,
    tenant: &TenantId,
) -> anyhow::Result<Option<OrganizationId>> {
    let (mut from, mut organization) = (Version::NONE.plus(1), None);
    loop {
        let page = store
            .read_stream(StreamId::tenant(tenant), from, Direction::Forwards, super::BATCH)
            .await?;
        if page.is_empty() {
            return Ok(organization);
        }
        from = from.plus(page.len());
        for event in &page {
            if let Ok(TenantEvent::OrganizationLinked(e)) = event.decode() {
                organization = Some(e.organization_id);
            }
        }
    }
}
