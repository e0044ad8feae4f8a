//! The check's workbench: stores under a prefix, streams, events.

use std::sync::Arc;

use anyhow::Context as _;
use chrono::DateTime;
use events::store::kurrent::{Address, KurrentOptions, KurrentStore, Switch};
use events::user::{Command, CommandReceived};
use events::{
    AadObjectId, EventId, EventStore, Expected, Metadata, NewEvent, Position, Recorded, StreamId,
    StreamWrite, TenantId, UserEvent, UserKey, Version,
};
use uuid::Uuid;

/// Where a promise is looked at.
#[derive(Debug, Clone)]
pub(super) struct Setting {
    pub(super) address: Address,
    pub(super) prefix: String,
}

impl Setting {
    /// A store with connections of its own.
    pub(super) async fn open(&self) -> anyhow::Result<Arc<KurrentStore>> {
        self.open_through(None).await
    }

    /// The same, over connections that obey a switch.
    pub(super) async fn open_through(&self, switch: Option<Switch>) -> anyhow::Result<Arc<KurrentStore>> {
        self.open_as(super::options(&self.prefix), switch).await
    }

    /// The same, working in another way than the others.
    pub(super) async fn open_as(
        &self,
        options: KurrentOptions,
        switch: Option<Switch>,
    ) -> anyhow::Result<Arc<KurrentStore>> {
        let store = KurrentStore::open_through(self.address.clone(), options, switch).await;
        Ok(Arc::new(store.context("the store cannot be opened")?))
    }
}

pub(super) fn stream(name: &str) -> anyhow::Result<StreamId> {
    let user = UserKey::new(TenantId::parse("check")?, AadObjectId::parse(name)?);
    Ok(StreamId::user(&user))
}

/// An event of a stream; no other stream has its id.
pub(super) fn event(stream: &str, id: &str) -> anyhow::Result<NewEvent> {
    let event = UserEvent::from(CommandReceived {
        command: Command::Help,
        at: None,
    });
    let metadata = Metadata {
        time: DateTime::from_timestamp_millis(1_700_000_000_123).context("the time is out of range")?,
        correlation_id: Uuid::from_u128(1),
        causation_id: Uuid::from_u128(2),
    };
    Ok(NewEvent::encode(
        EventId::derive(["store-check", stream, id]),
        &event,
        metadata,
    ))
}

pub(super) fn write(name: &str, expected: u64, ids: &[&str]) -> anyhow::Result<StreamWrite> {
    Ok(StreamWrite {
        stream: stream(name)?,
        expected: Expected::Exactly(Version(expected)),
        events: ids
            .iter()
            .map(|id| event(name, id))
            .collect::<anyhow::Result<_>>()?,
    })
}

pub(super) async fn whole_log(store: &dyn EventStore) -> anyhow::Result<Vec<Recorded>> {
    Ok(store.read_log(Position::START, usize::MAX).await?)
}

/// The versions of events, in their order.
pub(super) fn versions(events: &[Recorded]) -> Vec<u64> {
    events.iter().map(|event| event.version.0).collect()
}
