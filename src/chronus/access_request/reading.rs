//! Which events of the log are about the person.

use std::collections::{HashMap, HashSet};

use events::user::{Delivery, Queue, Source};
use events::{
    Direction, EventId, EventStore, NotificationId, PersonId, ReadError, Recorded, StreamId, UserEvent,
    UserKey, Version,
};
use serde_json::{Map, Value, json};

use super::{BATCH, Whose};

/// The domain events whose cards these people saw. One that was for everybody names nobody, and stands in the log before the
/// cards do; one whose card was never shown, such as of a member whom the person was taken for, is none of theirs.
pub(super) async fn sources(
    store: &dyn EventStore,
    users: &[UserKey],
) -> Result<HashSet<EventId>, ReadError> {
    let mut shown = Shown::default();
    for user in users {
        let mut from = Version::NONE.plus(1);
        loop {
            let stream = StreamId::user(user);
            let page = store
                .read_stream(stream, from, Direction::Forwards, BATCH)
                .await?;
            if page.is_empty() {
                break;
            }
            from = from.plus(page.len());
            for event in page.iter().filter_map(|event| event.decode().ok()) {
                shown.see(&event);
            }
        }
    }
    Ok(shown.sources())
}

/// Which cards came into the chat, by themselves or within another.
#[derive(Debug, Default)]
struct Shown {
    queued: HashMap<NotificationId, EventId>,
    within: Vec<(NotificationId, NotificationId)>,
    shown: HashSet<NotificationId>,
}

impl Shown {
    fn see(&mut self, event: &UserEvent) {
        match event {
            UserEvent::Queue(event) => self.queue(event),
            UserEvent::Delivery(event) => self.delivery(event),
            UserEvent::Presence(_)
            | UserEvent::Identity(_)
            | UserEvent::Settings(_)
            | UserEvent::Chat(_)
            | UserEvent::Answer(_)
            | UserEvent::Update(_) => {}
        }
    }

    fn queue(&mut self, event: &Queue) {
        match event {
            Queue::Queued(e) => {
                if let Source::DomainEvent { event_id, .. } = &e.source {
                    self.queued.insert(e.notification_id, *event_id);
                }
            }
            Queue::Merged(e) => self.within.push((e.notification_id, e.into)),
            Queue::Shown(e) => {
                self.shown.insert(e.notification_id);
            }
            Queue::Requeued(_)
            | Queue::Deferred(_)
            | Queue::Suppressed(_)
            | Queue::Withdrawn(_)
            | Queue::Expired(_) => {}
        }
    }

    fn delivery(&mut self, event: &Delivery) {
        match event {
            // One whose outcome is unknown may stand there.
            Delivery::Delivered(_) | Delivery::Seen(_) | Delivery::OutcomeUnknown(_) => {
                self.shown.insert(event.notification_id());
            }
            Delivery::Attempted(_) | Delivery::RetryScheduled(_) | Delivery::Refused(_) => {}
        }
    }

    fn sources(self) -> HashSet<EventId> {
        let Self {
            queued,
            within,
            mut shown,
        } = self;
        let gathered: Vec<_> = within
            .into_iter()
            .filter(|(_, into)| shown.contains(into))
            .collect();
        shown.extend(gathered.into_iter().map(|(card, _)| card));
        queued
            .into_iter()
            .filter_map(|(card, source)| shown.contains(&card).then_some(source))
            .collect()
    }
}

/// Reads the log in its order, and remembers what the person's cards and answers are called.
#[derive(Debug)]
pub(super) struct Reader<'w> {
    whose: &'w Whose,
    sources: HashSet<EventId>,
    cards: HashSet<String>,
    /// Places of the person's own events, by which answers are named that were handed over.
    places: HashSet<u64>,
}

impl<'w> Reader<'w> {
    pub(super) fn new(whose: &'w Whose, sources: HashSet<EventId>) -> Self {
        Self {
            whose,
            sources,
            cards: HashSet::new(),
            places: HashSet::new(),
        }
    }

    pub(super) fn whose(&self) -> &Whose {
        self.whose
    }

    fn is_own(&self, event: &Recorded) -> bool {
        let user = event.stream.user_key();
        user.is_some_and(|user| self.whose.users.contains(&user))
    }

    /// Whether it can be about the person, by its stream alone.
    pub(super) fn may_concern(&self, event: &Recorded) -> bool {
        let is_of_organization = event.stream.organization_id().as_ref() == Some(&self.whose.organization);
        let is_of_tenant = || {
            let tenant = event.stream.tenant_id();
            event.stream.user_key().is_none() && tenant.is_some()
        };
        is_of_organization || self.is_own(event) || is_of_tenant()
    }

    /// Whether it is about the person. Has to be asked of every event that can be, in the log's order.
    pub(super) fn concerns(&mut self, event: &Recorded, data: &Value) -> bool {
        let is_own = self.is_own(event);
        let is_of_tenant = event.stream.user_key().is_none() && event.stream.tenant_id().is_some();
        if is_of_tenant && data["organization_id"] != self.whose.organization.as_str() {
            // A tenant's stream speaks of several organizations' members, whose ids may be the same.
            return false;
        }
        let concerns = is_own || self.sources.contains(&event.id) || self.names(data);
        if is_own {
            self.places.insert(event.position.0);
            self.cards.extend(card(data));
        } else if concerns && let Some(listed) = listed(data) {
            let theirs = listed.iter().filter(|one| self.names(one));
            let cards: Vec<String> = theirs.filter_map(card).collect();
            self.cards.extend(cards);
        }
        concerns
    }

    /// Leaves of others who were told the same their number alone, and of who looked at it not from where.
    pub(super) fn leave_others_out(&self, data: &mut Value, is_audit: bool) {
        if let Some(fields) = data.as_object_mut().filter(|_| is_audit) {
            fields.remove("from");
            fields.remove("chain");
        }
        if let Some(Value::Array(organizers)) = data.get_mut("organizers") {
            organizers.retain(|one| one == self.whose.member.as_str());
        }
        let Some(recipients) = data.get_mut("recipients").and_then(Value::as_object_mut) else {
            return;
        };
        let Some(Value::Array(listed)) = recipients.remove("listed") else {
            return;
        };
        let all = listed.len();
        let theirs: Vec<Value> = listed.into_iter().filter(|one| self.names(one)).collect();
        recipients.insert("others".to_owned(), json!(all - theirs.len()));
        recipients.insert("listed".to_owned(), Value::Array(theirs));
    }

    /// Whether anything in it is the person's: an id, a card, an answer, or what is sealed for them.
    fn names(&self, value: &Value) -> bool {
        match value {
            Value::Object(fields) => self.is_theirs(fields) || fields.values().any(|child| self.names(child)),
            Value::Array(list) => list.iter().any(|child| self.names(child)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
        }
    }

    fn is_theirs(&self, fields: &Map<String, Value>) -> bool {
        let text = |name: &str| fields.get(name).and_then(Value::as_str);
        let is_person = |id: &str| {
            self.whose
                .users
                .iter()
                .any(|user| user.aad_object_id.as_str() == id)
        };
        text("sealed_for").is_some_and(|person| self.whose.persons.contains(&PersonId::from_stored(person)))
            || text("member_id") == Some(self.whose.member.as_str())
            || text("aad_object_id").is_some_and(is_person)
            || text("about").is_some_and(|about| self.is_about(about))
            || fields
                .get("organizers")
                .and_then(Value::as_array)
                .is_some_and(|all| all.iter().any(|one| one == self.whose.member.as_str()))
            || text("notification_id").is_some_and(|card| self.cards.contains(card))
            || fields
                .get("response")
                .and_then(Value::as_u64)
                .is_some_and(|place| self.places.contains(&place))
    }
}

impl Reader<'_> {
    /// Whether an opening of personal values was about the person.
    fn is_about(&self, about: &str) -> bool {
        about.strip_prefix("member/") == Some(self.whose.member.as_str())
            || about
                .strip_prefix("person/")
                .is_some_and(|person| self.whose.users.iter().any(|user| user.to_string() == person))
    }
}

fn listed(data: &Value) -> Option<&Vec<Value>> {
    data.pointer("/recipients/listed").and_then(Value::as_array)
}

fn card(data: &Value) -> Option<String> {
    let id = data.get("notification_id").and_then(Value::as_str);
    id.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use events::{MemberId, Metadata, OrganizationId, Position, TenantId};
    use projections::erasure::Traces;

    use super::*;

    fn of_tenant(data: &Value) -> Recorded {
        let id = EventId::derive(["told"]);
        Recorded {
            stream: StreamId::tenant(&TenantId::parse("t-2").unwrap()),
            version: Version(1),
            position: Position(1),
            id,
            event_type: "MemberLinkDecided".into(),
            schema_version: 1,
            payload: data.to_string().into(),
            metadata: Metadata {
                time: DateTime::<Utc>::UNIX_EPOCH,
                correlation_id: id.0,
                causation_id: id.0,
            },
        }
    }

    #[test]
    fn what_another_organization_decided_of_a_member_with_the_same_id_is_none_of_it() {
        let (organization, member) = (
            OrganizationId::parse("acme").unwrap(),
            MemberId::parse("m-1").unwrap(),
        );
        let nobody = Traces {
            users: Vec::new(),
            lookups: Vec::new(),
        };
        let whose = Whose::new(&organization, &member, &nobody);
        let mut reader = Reader::new(&whose, HashSet::new());
        for (of, is_theirs) in [("acme", true), ("beta", false)] {
            let data = json!({ "organization_id": of, "member_id": "m-1", "reason": "x" });
            assert_eq!(reader.concerns(&of_tenant(&data), &data), is_theirs, "{of}");
        }
    }
}
