//! Finding our events in a log that others fill as well. While the server looks at what is not ours, a read says
//! nothing and cannot be told from a node that hangs. A subscription says every so many events where it is; so a
//! read that fell silent is done once more as a subscription, which is ended where the log ended. Servers tell that
//! they caught up since 24.2; none older is supported.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

use super::calls::{Calls, Exhausted, Place, all, at};
use super::failure::{Failure, Meaning};
use super::nodes::Link;
use super::wire::{RecordedEvent, read_resp};
use crate::envelope::Position;
use crate::store::Direction;

impl Calls {
    /// Our events from `place` on, at most `count`. The one at `place` itself comes or not.
    pub(super) async fn ours_from(&self, place: Place, count: u64) -> Result<Vec<RecordedEvent>, Exhausted> {
        self.or_scan(
            move |link| async move {
                self.read(&link, all(place), Direction::Forwards, true, count)
                    .await
            },
            move |link| async move {
                let mut found = Vec::new();
                let take = |event| {
                    found.push(event);
                    if (found.len() as u64) < count {
                        ControlFlow::Continue(())
                    } else {
                        ControlFlow::Break(())
                    }
                };
                self.scan(&link, place, take).await?;
                Ok(found)
            },
            self.limits.patience,
        )
        .await
    }

    /// Our last event.
    pub(super) async fn our_last(
        &self,
        patience: std::time::Duration,
    ) -> Result<Option<RecordedEvent>, Exhausted> {
        let end = Place::End(super::Empty {});
        self.or_scan(
            move |link| async move {
                let last = self.read(&link, all(end), Direction::Backwards, true, 1).await?;
                Ok(last.into_iter().next())
            },
            move |link| async move {
                let mut last = None;
                let take = |event| {
                    last = Some(event);
                    ControlFlow::Continue(())
                };
                self.scan(&link, Place::Start(super::Empty {}), take).await?;
                Ok(last)
            },
            patience,
        )
        .await
    }

    /// The same after any position, also one at which no record begins: then with our next event behind it.
    pub(super) async fn ours_after(
        &self,
        after: Position,
        count: u64,
    ) -> Result<Vec<RecordedEvent>, Exhausted> {
        // The event at `after` comes too: a read begins with the place that it is given.
        let wanted = count.saturating_add(1);
        let mut events = match self.ours_from(at(after), wanted).await {
            Err(exhausted) if exhausted.failure.meaning == Meaning::BadPosition => {
                let before = self.ours_before(after).await?;
                self.ours_from(before, wanted).await?
            }
            read => read?,
        };
        events.retain(|event| event.commit > after.0);
        events.truncate(usize::try_from(count).unwrap_or(usize::MAX));
        Ok(events)
    }

    /// The place of our last event before a position at which no record begins. The server finds none from there, so it
    /// is looked for from whichever end of the log is nearer.
    async fn ours_before(&self, position: Position) -> Result<Place, Exhausted> {
        let end = self.our_last(self.limits.patience).await?;
        let direction = if end.is_some_and(|last| last.commit / 2 > position.0) {
            Direction::Forwards
        } else {
            Direction::Backwards
        };
        let found = self
            .or_scan(
                move |link| async move {
                    let mut found = None;
                    let take = |event: RecordedEvent| {
                        let before = event.commit < position.0;
                        if before {
                            found = Some(event.commit);
                        }
                        // Forwards the first one behind the position ends the search, backwards the first one before it.
                        if before == (direction == Direction::Forwards) {
                            ControlFlow::Continue(())
                        } else {
                            ControlFlow::Break(())
                        }
                    };
                    self.read_ours_while(&link, direction, take).await?;
                    Ok(found)
                },
                move |link| async move {
                    let mut found = None;
                    let take = |event: RecordedEvent| {
                        if event.commit >= position.0 {
                            return ControlFlow::Break(());
                        }
                        found = Some(event.commit);
                        ControlFlow::Continue(())
                    };
                    self.scan(&link, Place::Start(super::Empty {}), take).await?;
                    Ok(found)
                },
                self.limits.patience,
            )
            .await?;
        Ok(found.map_or(Place::Start(super::Empty {}), |commit| at(Position(commit))))
    }

    /// Persists with `read`, and with `scan` after a try whose answer did not come.
    async fn or_scan<T, R, S>(
        &self,
        read: impl Fn(Link) -> R,
        scan: impl Fn(Link) -> S,
        patience: std::time::Duration,
    ) -> Result<T, Exhausted>
    where
        R: Future<Output = Result<T, Failure>>,
        S: Future<Output = Result<T, Failure>>,
    {
        let silent = AtomicBool::new(false);
        self.persist_long(patience, |link| {
            let scanning = silent.load(Ordering::Relaxed);
            let work = if scanning {
                futures_util::future::Either::Right(scan(link))
            } else {
                futures_util::future::Either::Left(read(link))
            };
            let silent = &silent;
            async move {
                let answer = work.await;
                if matches!(&answer, Err(failure) if failure.meaning == Meaning::Unknown) {
                    silent.store(true, Ordering::Relaxed);
                }
                answer
            }
        })
        .await
    }

    /// Hands our events after `place` to `take` until it has enough, or the log ends.
    async fn scan(
        &self,
        link: &Link,
        place: Place,
        mut take: impl FnMut(RecordedEvent) -> ControlFlow<()>,
    ) -> Result<(), Failure> {
        let mut messages = self.subscribe(link, place).await?;
        while let Some(content) = self.next(link, &mut messages).await? {
            if matches!(content, read_resp::Content::CaughtUp(_)) {
                return Ok(());
            }
            if let read_resp::Content::Event(read) = content
                && read.event.is_some_and(|event| take(event).is_break())
            {
                return Ok(());
            }
        }
        Err(Failure::new(
            Meaning::NotDone,
            format!("{} ended a subscription before it had caught up", link.node),
        ))
    }
}
