//! How a command has its effect: read, decide, append, apply, answer.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use events::codec::StoredEvent as _;
use events::store::Snapshot;
use events::{
    AppendError, Direction, EventId, EventStore, Expected, Metadata, NewEvent, StreamId, StreamWrite,
    UserKey, Version,
};
use tracing::Span;

use super::command::{Reply, UserCommand};
use super::decide::{Decision, Fact, decide};
use super::reply::{View, answer};
use super::state::{SNAPSHOT_SCHEMA, UserState};
use super::{Answer, AskError, Deps, Kept, Loaded};

/// Events read from a stream at a time.
const PAGE: usize = 500;

/// Bytes around an event's payload, about.
const AROUND: usize = 200;

/// Tries to append before a conflict is reported; each reads the other writer's events first.
const CONFLICT_TRIES: usize = 5;

/// Reads a user's state from the log.
pub async fn load(store: &dyn EventStore, user: &UserKey) -> Result<Loaded, AskError> {
    let stream = StreamId::user(user);
    let snapshot = store
        .load_snapshot(stream.clone())
        .await
        .map_err(|e| AskError::Read(Arc::new(e)))?;
    let from_snapshot = snapshot
        .filter(|snapshot| snapshot.schema == SNAPSHOT_SCHEMA)
        .and_then(|snapshot| {
            let state = serde_json::from_slice(&snapshot.state).ok()?;
            Some(Loaded {
                state,
                version: snapshot.version,
                kept: Kept {
                    version: snapshot.version,
                    bytes: snapshot.state.len(),
                    since: 0,
                },
            })
        });
    let start = from_snapshot.unwrap_or(Loaded {
        state: UserState::default(),
        version: Version::NONE,
        kept: Kept::default(),
    });
    catch_up(store, &stream, start).await
}

/// Folds what the stream holds beyond `loaded`.
async fn catch_up(store: &dyn EventStore, stream: &StreamId, mut loaded: Loaded) -> Result<Loaded, AskError> {
    loop {
        let page = store
            .read_stream(stream.clone(), loaded.version.plus(1), Direction::Forwards, PAGE)
            .await
            .map_err(|e| AskError::Read(Arc::new(e)))?;
        for recorded in &page {
            let event = recorded.decode().map_err(|e| AskError::Decode(Arc::new(e)))?;
            loaded.state.apply(&event, &recorded.metadata);
            loaded.version = recorded.version;
            loaded.kept.since += recorded.payload.len() + AROUND;
        }
        if page.len() < PAGE {
            return Ok(loaded);
        }
    }
}

/// Read, decide, append, apply, answer.
pub(super) async fn execute(
    user: &UserKey,
    deps: &Deps,
    loaded: Option<Loaded>,
    command: &UserCommand,
) -> Result<(Loaded, Answer), AskError> {
    let stream = StreamId::user(user);
    // Where other nodes write too, what is remembered may be old. An append would find out; "nothing to do" would not.
    let mut doubtful = deps.settings.shared_log && loaded.is_some();
    let mut loaded = match loaded {
        Some(loaded) => loaded,
        None => load(&*deps.store, user).await?,
    };
    let now = deps.clock.now();
    for _ in 0..CONFLICT_TRIES {
        let mut decision = decide(&loaded.state, command, now, &deps.rules);
        if decision.facts.is_empty() && std::mem::take(&mut doubtful) {
            loaded = catch_up(&*deps.store, &stream, loaded).await?;
            decision = decide(&loaded.state, command, now, &deps.rules);
        }
        if decision.facts.is_empty() {
            let reply = replied(user, deps, &loaded, command, &decision, now);
            return Ok((
                loaded,
                Answer {
                    reply,
                    position: None,
                },
            ));
        }
        let events = encode(&stream, &decision, now);
        let bytes: usize = events.iter().map(|event| event.payload.len() + AROUND).sum();
        let expected = Expected::Exactly(loaded.version);
        let write = StreamWrite {
            stream: stream.clone(),
            expected,
            events,
        };
        match deps.store.append(vec![write]).await {
            Ok(appended) => {
                if appended.iter().all(|appended| !appended.recognised) {
                    for fact in &decision.facts {
                        loaded.state.apply(&fact.event, &metadata(fact, now));
                    }
                    loaded.version = loaded.version.plus(decision.facts.len());
                    loaded.kept.since += bytes;
                } else {
                    // Another node decided the same a moment earlier. What stands is what counts: its times and threads
                    // are not those that were decided here.
                    loaded = catch_up(&*deps.store, &stream, loaded).await?;
                }
                save_snapshot(deps, &stream, &mut loaded).await;
                tell(&decision);
                let reply = replied(user, deps, &loaded, command, &decision, now);
                let position = appended.first().map(|appended| appended.position);
                return Ok((loaded, Answer { reply, position }));
            }
            Err(AppendError::Conflict { .. }) => {
                loaded = catch_up(&*deps.store, &stream, loaded).await?;
            }
            Err(AppendError::Busy) => return Err(AskError::Busy),
            Err(error) => return Err(AskError::Append(Arc::new(error))),
        }
    }
    Err(AskError::Busy)
}

fn replied(
    user: &UserKey,
    deps: &Deps,
    loaded: &Loaded,
    command: &UserCommand,
    decision: &Decision,
    now: DateTime<Utc>,
) -> Reply {
    let view = View {
        state: &loaded.state,
        user,
        now,
        rules: &deps.rules,
    };
    answer(&view, command, decision)
}

/// Leaves a trace of what was decided, and gives the asker's span the thread that it belongs to.
fn tell(decision: &Decision) {
    if let Some(first) = decision.facts.first() {
        Span::current().record("correlation.id", tracing::field::display(first.correlation_id));
    }
    for fact in &decision.facts {
        let (thread, cause) = (fact.correlation_id, fact.causation_id);
        tracing::debug!(
            target: "thread",
            { correlation.id = %thread, causation.id = %cause, event = fact.event.type_name() },
            "decided"
        );
    }
}

fn metadata(fact: &Fact, now: DateTime<Utc>) -> Metadata {
    Metadata {
        time: now,
        correlation_id: fact.correlation_id,
        causation_id: fact.causation_id,
    }
}

/// The facts as they are stored. A store takes an append for a repeat when the ids are the same, so an id must stand
/// for what was decided: two nodes that decide the same at once agree, and the second one reads what the first one
/// stored; of two that decide differently one conflicts. An attempt is never the same as another one: leave to send is given once.
fn encode(stream: &StreamId, decision: &Decision, now: DateTime<Utc>) -> Vec<NewEvent> {
    let facts = decision.facts.iter().enumerate();
    facts
        .map(|(index, fact)| {
            let place = decision.event_id(stream.as_str(), index);
            let mut event = NewEvent::encode(place, &fact.event, metadata(fact, now));
            event.id = if matches!(fact.event, events::UserEvent::DeliveryAttempted(_)) {
                EventId::unique()
            } else {
                EventId::derive([
                    place.to_string().as_str(),
                    event.event_type,
                    event.payload.as_str(),
                ])
            };
            event
        })
        .collect()
}

/// Keeps a snapshot of a long stream now and then: not before so many events, and not before those are as long as the
/// snapshot that they would replace, since reading them costs less than writing it. A lost one costs time and nothing
/// else.
async fn save_snapshot(deps: &Deps, stream: &StreamId, loaded: &mut Loaded) {
    let every = deps.settings.snapshot_every.max(1);
    let kept = loaded.kept;
    if loaded.version.0 - kept.version.0.min(loaded.version.0) < every || kept.since < kept.bytes {
        return;
    }
    let state = serde_json::to_vec(&loaded.state);
    let Ok(state) = state.inspect_err(|error| tracing::warn!(%error, "a snapshot could not be written"))
    else {
        return;
    };
    // Also where it cannot be kept now: the next one is due as much later.
    loaded.kept = Kept {
        version: loaded.version,
        bytes: state.len(),
        since: 0,
    };
    let snapshot = Snapshot {
        version: loaded.version,
        schema: SNAPSHOT_SCHEMA,
        state,
    };
    if let Err(error) = deps.store.save_snapshot(stream.clone(), snapshot).await {
        tracing::warn!(%error, "a snapshot could not be kept");
    }
}
