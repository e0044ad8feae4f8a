//! Which events of the log are about the person.

use std::collections::HashSet;

use events::user::{Queue, Source};
use events::{
    Direction, EventId, EventStore, PersonId, ReadError, Recorded, StreamId, UserEvent, UserKey, Version,
};
use serde_json::{Map, Value, json};

use super::{BATCH, Whose};

/// The domain events whose cards these people got. One that was for everybody names nobody, and stands in the log before
/// the cards do.
pub(super) async fn sources(
    store: &dyn EventStore,
    users: &[UserKey],
) -> Result<HashSet<EventId>, ReadError> {
    let mut found = HashSet::new();
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
            found.extend(page.iter().filter_map(source));
        }
    }
    Ok(found)
}

fn source(event: &Recorded) -> Option<EventId> {
    let Ok(UserEvent::Queue(Queue::Queued(queued))) = event.decode() else {
        return None;
    };
    match queued.source {
        Source::DomainEvent { event_id, .. } => Some(event_id),
        Source::Chat => None,
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

    /// Leaves of others who were told the same their number alone.
    pub(super) fn leave_others_out(&self, data: &mut Value) {
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
            || text("notification_id").is_some_and(|card| self.cards.contains(card))
            || fields
                .get("response")
                .and_then(Value::as_u64)
                .is_some_and(|place| self.places.contains(&place))
    }
}

fn listed(data: &Value) -> Option<&Vec<Value>> {
    data.pointer("/recipients/listed").and_then(Value::as_array)
}

fn card(data: &Value) -> Option<String> {
    let id = data.get("notification_id").and_then(Value::as_str);
    id.map(str::to_owned)
}
