//! How commands have their effect: read, decide, append, apply, answer. What is asked at once is decided one after the
//! other, each upon what those before it led to, and is one append: all of it stands, or none.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use events::codec::StoredEvent as _;
use events::store::Snapshot;
use events::user::Delivery;
use events::{
    AppendError, Direction, EventId, EventStore, Expected, Metadata, NewEvent, Position, StreamId,
    StreamWrite, UserEvent, UserKey, Version,
};
use tracing::Span;

use super::asking::View;
use super::chats;
use super::command::UserCommand;
use super::decide::{Decision, Fact, decide};
use super::state::{SNAPSHOT_SCHEMA, UserState};
use super::{AskError, Deps, Kept, Loaded, Request};

/// Events read from a stream at a time.
const PAGE: usize = 500;

/// Bytes around an event's payload, about.
const AROUND: usize = 200;

/// Bytes from which on no more is decided for one append.
const GROUP_BYTES: usize = 256 << 10;

/// Commands decided for one append.
const GROUP_COMMANDS: usize = 64;

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

/// Read, decide, append, apply, answer; see the module. Answers the first of `requests`, as many as are not too much for one
/// append, and at least one.
pub(super) async fn execute(
    user: &UserKey,
    deps: &Deps,
    loaded: Option<Loaded>,
    requests: &[Request],
) -> Result<(Loaded, Vec<Option<Position>>), AskError> {
    let stream = StreamId::user(user);
    // Where other nodes write too, what is remembered may be old. An append would find out; "nothing to do" would not.
    let mut doubtful = deps.settings.shared_log && loaded.is_some();
    let mut loaded = match loaded {
        Some(loaded) => loaded,
        None => load(&*deps.store, user).await?,
    };
    let disclaimed = chats::without_others(user, deps, &loaded.state, requests).await?;
    let requests = disclaimed.as_deref().unwrap_or(requests);
    let now = deps.clock.now();
    for _ in 0..CONFLICT_TRIES {
        let mut group = Group::new(user, deps, loaded, now);
        for request in requests {
            for command in &*request.commands {
                // Where something is to be appended, that finds out whether what was known is old.
                if group.decide(command, request) && group.events.is_empty() && std::mem::take(&mut doubtful)
                {
                    let known = std::mem::take(&mut group.loaded);
                    group.looked_again(catch_up(&*deps.store, &stream, known).await?);
                    group.decide(command, request);
                }
            }
            group.end_request(request);
            if group.is_full() {
                break;
            }
        }
        if group.events.is_empty() {
            return Ok((group.loaded, group.positions));
        }
        let events = std::mem::take(&mut group.events);
        let write = StreamWrite {
            stream: stream.clone(),
            expected: Expected::Exactly(group.base),
            events,
        };
        match deps.store.append(vec![write]).await {
            Ok(appended) => {
                if appended.iter().any(|appended| appended.recognised) {
                    // Another node decided the same a moment earlier. What stands is what counts: its times and threads
                    // are not those that were decided here.
                    group.loaded = load(&*deps.store, user).await?;
                    group.answer_again();
                }
                return Ok(group.appended(appended.first().map(|appended| appended.position)));
            }
            // What was decided upon is not what stands.
            Err(AppendError::Conflict { .. }) => loaded = load(&*deps.store, user).await?,
            Err(AppendError::Busy) => return Err(AskError::Busy),
            Err(error) => return Err(AskError::Append(Arc::new(error))),
        }
    }
    Err(AskError::Busy)
}

/// What is decided together.
struct Group<'a> {
    user: &'a UserKey,
    deps: &'a Deps,
    now: DateTime<Utc>,
    /// The version that everything here is decided upon.
    base: Version,
    /// What is known, with what was decided so far.
    loaded: Loaded,
    events: Vec<NewEvent>,
    bytes: usize,
    decided: Vec<Decided<'a>>,
    /// The requests whose replies are noted.
    answered: Vec<&'a Request>,
    /// The last event appended for each; `None` where there was none.
    positions: Vec<Option<Position>>,
}

/// A command and what it leads to.
struct Decided<'a> {
    decision: Decision,
    span: &'a Span,
    /// Which of the requests it belongs to.
    request: usize,
}

impl<'a> Group<'a> {
    fn new(user: &'a UserKey, deps: &'a Deps, loaded: Loaded, now: DateTime<Utc>) -> Self {
        Self {
            user,
            deps,
            now,
            base: loaded.version,
            loaded,
            events: Vec::new(),
            bytes: 0,
            decided: Vec::new(),
            answered: Vec::new(),
            positions: Vec::new(),
        }
    }

    /// Decides upon what was decided before; answers whether there is nothing to do.
    fn decide(&mut self, command: &UserCommand, request: &'a Request) -> bool {
        let decision = decide(&self.loaded.state, command, self.now, &self.deps.rules);
        let events = encode(&StreamId::user(self.user), &decision, self.now);
        self.bytes += events
            .iter()
            .map(|event| event.payload.len() + AROUND)
            .sum::<usize>();
        self.events.extend(events);
        for fact in &decision.facts {
            self.loaded.state.apply(&fact.event, &metadata(fact, self.now));
        }
        self.loaded.version = self.loaded.version.plus(decision.facts.len());
        let nothing = decision.facts.is_empty();
        self.decided.push(Decided {
            decision,
            span: &request.span,
            request: self.answered.len(),
        });
        nothing
    }

    /// The last decision, to do nothing, was made upon what may have been old; this is what stands.
    fn looked_again(&mut self, loaded: Loaded) {
        self.decided.pop();
        self.base = loaded.version;
        self.loaded = loaded;
    }

    /// The request's last command is answered.
    fn end_request(&mut self, request: &'a Request) {
        let number = self.answered.len();
        let mut of_it = self.decided.iter().filter(|decided| decided.request == number);
        let appends = of_it.any(|decided| !decided.decision.facts.is_empty());
        self.note_reply(number, request);
        self.answered.push(request);
        // Where the events stand is known once they do.
        self.positions.push(appends.then_some(Position::START));
    }

    /// What stands is something else than what was decided.
    fn answer_again(&self) {
        for (number, request) in self.answered.iter().enumerate() {
            self.note_reply(number, request);
        }
    }

    fn note_reply(&self, number: usize, request: &Request) {
        let view = View {
            state: &self.loaded.state,
            user: self.user,
            now: self.now,
            rules: &self.deps.rules,
        };
        let mut of_it = self.decided.iter().filter(|decided| decided.request == number);
        if let Some(last) = of_it.next_back() {
            request.asker.note(&view, &last.decision);
        }
    }

    fn is_full(&self) -> bool {
        self.bytes >= GROUP_BYTES || self.decided.len() >= GROUP_COMMANDS
    }

    /// It stands, the last event at this place.
    fn appended(mut self, position: Option<Position>) -> (Loaded, Vec<Option<Position>>) {
        for decided in &self.decided {
            decided.span.in_scope(|| tell(&decided.decision));
        }
        for appended in self.positions.iter_mut().filter(|appended| appended.is_some()) {
            *appended = position;
        }
        self.loaded.kept.since += self.bytes;
        (self.loaded, self.positions)
    }
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
            event.id = if matches!(fact.event, UserEvent::Delivery(Delivery::Attempted(_))) {
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
pub(super) async fn keep_snapshot(user: &UserKey, deps: &Deps, loaded: &mut Loaded) {
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
    if let Err(error) = deps.store.save_snapshot(StreamId::user(user), snapshot).await {
        tracing::warn!(%error, "a snapshot could not be kept");
    }
}
