//! Events and writes for the tests.

use chrono::DateTime;
use events::user::{Command, CommandReceived};
use events::{
    AadObjectId, EventId, EventStore, Expected, Metadata, NewEvent, Position, Recorded, StreamId,
    StreamWrite, TenantId, UserEvent, UserKey, Version,
};
use uuid::Uuid;

pub(crate) fn stream(name: &str) -> StreamId {
    StreamId::user(&UserKey::new(
        TenantId::parse("t").unwrap(),
        AadObjectId::parse(name).unwrap(),
    ))
}

pub(crate) fn event(id: &str) -> NewEvent {
    let event = UserEvent::from(CommandReceived {
        command: Command::Help,
        at: None,
    });
    let metadata = Metadata {
        time: DateTime::from_timestamp_millis(1_700_000_000_123).unwrap(),
        correlation_id: Uuid::from_u128(1),
        causation_id: Uuid::from_u128(2),
    };
    NewEvent::encode(EventId::derive([id]), &event, metadata)
}

pub(crate) fn write(name: &str, expected: u64, ids: &[&str]) -> StreamWrite {
    let events = ids.iter().map(|id| event(id)).collect();
    StreamWrite {
        stream: stream(name),
        expected: Expected::Exactly(Version(expected)),
        events,
    }
}

pub(crate) async fn whole_log(store: &dyn EventStore) -> Vec<Recorded> {
    store.read_log(Position::START, usize::MAX).await.unwrap()
}

pub(crate) fn ids(events: &[Recorded]) -> Vec<EventId> {
    events.iter().map(|event| event.id).collect()
}

pub(crate) fn derived(names: &[&str]) -> Vec<EventId> {
    names.iter().map(|name| EventId::derive([*name])).collect()
}
