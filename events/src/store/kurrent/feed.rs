//! Keeps the head of the log current: a live subscription to our part of `$all`, made again whenever it ends,
//! however it ends, from where it had come to. A look at the log now and then finds what a subscription that
//! only seems to live did not tell, and a leader that is none any more.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::calls::{Calls, Exhausted, Place, all, at};
use super::failure::{Failure, Meaning};
use super::nodes::Link;
use super::place::AtPlace;
use super::tail::Tail;
use super::wire::{self, Empty, read_resp};
use crate::envelope::Position;
use crate::store::Direction;

/// So often in a row the log must be seen without what it held until it is believed.
const BELIEVED: u32 = 3;

/// The head, told to everybody who waits.
#[derive(Debug)]
pub(super) struct Head {
    /// `None` once the store is closed, which those who wait then see.
    sender: Mutex<Option<watch::Sender<Position>>>,
    receiver: watch::Receiver<Position>,
}

impl Head {
    pub(super) fn new(position: Position) -> Self {
        let (sender, receiver) = watch::channel(position);
        Self {
            sender: Mutex::new(Some(sender)),
            receiver,
        }
    }

    pub(super) fn now(&self) -> Position {
        *self.receiver.borrow()
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<Position> {
        self.receiver.clone()
    }

    /// The log has come at least so far.
    pub(super) fn raise(&self, to: Position) {
        self.with(|sender| {
            sender.send_if_modified(|head| {
                let higher = to > *head;
                *head = to.max(*head);
                higher
            });
        });
    }

    /// Wakes everybody, so that one who read from a node that lagged looks again.
    fn remind(&self) {
        self.with(|sender| sender.send_modify(|_| {}));
    }

    pub(super) fn close(&self) {
        drop(self.sender.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    pub(super) fn is_closed(&self) -> bool {
        self.sender
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_none()
    }

    fn with(&self, act: impl FnOnce(&watch::Sender<Position>)) {
        if let Some(sender) = self
            .sender
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
        {
            act(sender);
        }
    }
}

/// Where the log ends now: the place to subscribe from, and the position of our last event.
pub(super) async fn ends(calls: &Calls, patience: Duration) -> Result<(Place, Position), Exhausted> {
    // First the end of everything, then our last event: what is written between the two is told twice, never missed.
    let end = calls.persist(patience, move |link| async move {
        let end = all(Place::End(Empty {}));
        calls.read(&link, end, Direction::Backwards, false, 1).await
    });
    let place = end.await?.first().map_or(Place::Start(Empty {}), place_of);
    let head = calls.our_last(patience).await?;
    let head = head.map_or(Position::START, |event| Position(event.commit));
    Ok((place, head))
}

/// See the module. Runs until it is aborted.
pub(super) async fn run(calls: Arc<Calls>, head: Arc<Head>, mut resume: Place, look_every: Duration) {
    let mut pause = calls.limits.first_pause;
    let mut known = Known::default();
    loop {
        let mut heard = false;
        match calls.nodes.leader().await {
            Err(failure) => {
                tracing::debug!(%failure, "the event store cannot be followed now");
                calls.health.failed(&failure);
            }
            Ok(link) => {
                let mut course = Course {
                    resume: &mut resume,
                    known: &mut known,
                    heard: &mut heard,
                };
                let followed = follow(&calls, &link, &head, &mut course, look_every).await;
                match followed {
                    Ok(why) => tracing::debug!(why, node = %link.node, "following the event store anew"),
                    Err(failure) => {
                        tracing::debug!(%failure, "following the event store anew");
                        calls.nodes.failed(&link, &failure);
                        if failure.meaning.passes() || failure.meaning == Meaning::SetUp {
                            calls.health.failed(&failure);
                        }
                    }
                }
            }
        }
        if heard {
            pause = calls.limits.first_pause;
        }
        calls.health.tell_outage();
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(calls.limits.longest_pause);
    }
}

/// What looks at the log found.
#[derive(Debug, Default)]
struct Known {
    /// The last event that was found, and its id. A log that went back and grew on holds another one there.
    found: Option<(Position, Option<wire::Uuid>)>,
    /// How often in a row, and since when, something was missing.
    missing: Option<(Instant, u32)>,
}

/// What following goes on from.
struct Course<'a> {
    resume: &'a mut Place,
    known: &'a mut Known,
    heard: &'a mut bool,
}

/// Whether the log still holds what was seen of it. Otherwise is believed when it was so several times: a leader that
/// was frozen and thaws answers for a moment from what it knew before.
async fn holds(
    calls: &Calls,
    link: &Link,
    head: &Head,
    known: &mut Known,
    look_every: Duration,
) -> Result<bool, Failure> {
    // First what was found before: where the log went back and grew beyond the head meanwhile, the head proves nothing.
    let found = known.found.take();
    if let Some((position, id)) = found {
        known.found = Some((position, id.clone()));
        if !stands(calls, link, position, id.as_ref()).await? {
            return Ok(missed(calls, known, position, look_every));
        }
    }
    let seen = head.now();
    if seen > Position::START && known.found.as_ref().is_none_or(|(found, _)| seen > *found) {
        match calls.at_place(link, seen).await? {
            AtPlace::Event(event) => known.found = Some((seen, event.id)),
            AtPlace::Later => {}
            AtPlace::Nothing => return Ok(missed(calls, known, seen, look_every)),
        }
    }
    known.missing = None;
    Ok(true)
}

fn missed(calls: &Calls, known: &mut Known, seen: Position, look_every: Duration) -> bool {
    let (since, times) = known.missing.unwrap_or_else(|| (Instant::now(), 0));
    known.missing = Some((since, times + 1));
    if times + 1 >= BELIEVED && since.elapsed() >= look_every {
        calls.health.gone(seen);
    }
    false
}

/// Whether the event of this id stands at a place, or was let go of there, as old leases are.
async fn stands(
    calls: &Calls,
    link: &Link,
    position: Position,
    id: Option<&wire::Uuid>,
) -> Result<bool, Failure> {
    Ok(match calls.at_place(link, position).await? {
        AtPlace::Event(there) => there.id.as_ref() == id,
        AtPlace::Later => true,
        AtPlace::Nothing => false,
    })
}

/// Follows over one connection, until it ends; tells why.
async fn follow(
    calls: &Calls,
    link: &Link,
    head: &Head,
    course: &mut Course<'_>,
    look_every: Duration,
) -> Result<&'static str, Failure> {
    const GONE: &str = "the log does not hold what it held";
    if !holds(calls, link, head, course.known, look_every).await? {
        // Whoever is asked next may know better.
        calls.tail.forget();
        calls.nodes.forget(link);
        return Ok(GONE);
    }
    calls.health.answered();
    let mut messages = calls.subscribe(link, *course.resume).await?;
    calls.tail.begins(*course.resume);
    head.remind();
    let mut looks = tokio::time::interval(look_every);
    looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    looks.tick().await;
    loop {
        tokio::select! {
            message = messages.message() => match message {
                Ok(Some(message)) => {
                    *course.heard |= note(head, &calls.tail, course.resume, message.content);
                }
                Ok(None) => return Ok("the subscription ended"),
                Err(status) => return Err(Failure::status(&link.node, &status)),
            },
            _ = looks.tick() => {
                if !calls.nodes.is_current(link) {
                    return Ok("another connection is used");
                }
                if !holds(calls, link, head, course.known, look_every).await? {
                    calls.tail.forget();
                    calls.nodes.forget(link);
                    return Ok(GONE);
                }
                calls.health.answered();
                calls.health.tell_outage();
                if look(calls, link, head, *course.resume).await? {
                    return Ok("the subscription is silent");
                }
                head.remind();
            }
        }
    }
}

/// Takes in what the subscription says; answers whether it moved.
fn note(head: &Head, tail: &Tail, resume: &mut Place, content: Option<read_resp::Content>) -> bool {
    match content {
        Some(read_resp::Content::Event(read)) => {
            let Some(event) = read.event else { return false };
            *resume = place_of(&event);
            tail.told(&event);
            head.raise(Position(event.commit));
        }
        Some(read_resp::Content::Checkpoint(checkpoint)) => {
            *resume = Place::At(wire::LogPosition {
                commit: checkpoint.commit,
                prepare: checkpoint.prepare,
            });
        }
        Some(read_resp::Content::CaughtUp(caught_up)) => {
            if let Some(position) = caught_up.position {
                *resume = Place::At(position);
            }
        }
        _ => return false,
    }
    true
}

/// Whether there is an event of ours that the subscription should have told and did not.
async fn look(calls: &Calls, link: &Link, head: &Head, resume: Place) -> Result<bool, Failure> {
    // An append that was just answered raises the head before the subscription tells it.
    let from = match resume {
        Place::At(place) if head.now().0 > place.commit => at(head.now()),
        Place::At(_) | Place::Start(_) | Place::End(_) => resume,
    };
    let found = calls.read(link, all(from), Direction::Forwards, true, 2).await?;
    let Some(newest) = found.iter().map(|event| Position(event.commit)).max() else {
        return Ok(false);
    };
    let missed = newest > head.now();
    head.raise(newest);
    Ok(missed)
}

fn place_of(event: &wire::RecordedEvent) -> Place {
    Place::At(wire::LogPosition {
        commit: event.commit,
        prepare: event.prepare,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn place(at: u64) -> Place {
        Place::At(wire::LogPosition {
            commit: at,
            prepare: at,
        })
    }

    /// The official client resumes from its last event alone, and looks through everything behind it once more.
    #[test]
    fn checkpoints_and_having_caught_up_move_the_place_to_resume_from() {
        let (head, tail) = (Head::new(Position(10)), Tail::default());
        let mut resume = place(10);
        let checkpoint = wire::Checkpoint {
            commit: 70,
            prepare: 70,
            timestamp: None,
        };
        assert!(note(
            &head,
            &tail,
            &mut resume,
            Some(read_resp::Content::Checkpoint(checkpoint))
        ));
        assert_eq!((resume, head.now()), (place(70), Position(10)));

        let caught_up = |position| {
            read_resp::Content::CaughtUp(wire::CaughtUp {
                timestamp: None,
                stream_revision: None,
                position,
            })
        };
        let at = wire::LogPosition {
            commit: 90,
            prepare: 90,
        };
        assert!(note(&head, &tail, &mut resume, Some(caught_up(Some(at)))));
        assert_eq!(resume, place(90));
        assert!(note(&head, &tail, &mut resume, Some(caught_up(None))));
        assert_eq!(resume, place(90), "a server that tells no place moves nothing");

        let event = wire::RecordedEvent {
            commit: 120,
            prepare: 120,
            ..wire::RecordedEvent::default()
        };
        let event = wire::ReadEvent {
            event: Some(event),
            ..wire::ReadEvent::default()
        };
        assert!(note(
            &head,
            &tail,
            &mut resume,
            Some(read_resp::Content::Event(Box::new(event)))
        ));
        assert_eq!((resume, head.now()), (place(120), Position(120)));
        assert!(!note(&head, &tail, &mut resume, None));
    }
}
