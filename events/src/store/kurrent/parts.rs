//! Events that are larger than one append may be. Servers of the 24 line take 1 MiB in one append, all its events together;
//! the embedded store takes whatever memory holds, and so does this one. The payloads of the largest events of an append
//! are written to a stream beside, `<prefix>part-<id>`, in pieces, and the event itself, which names that stream, is
//! appended when all of them stand. So nobody sees an event without its payload; pieces whose event was refused stay
//! behind unread, as everything does that a log once took.

use super::calls::{Answer, Calls, Exhausted, Expectation};
use super::failure::{Failure, Meaning};
use super::large::Parts;
use super::wire::{Empty, ProposedMessage, RecordedEvent, stream_options};
use super::{mapping, stream_from};
use crate::store::Direction;

/// What an event weighs beside payload, metadata and type, generously.
const AROUND: usize = 64;
/// Pieces read at once.
const PAGE: u64 = 8;

fn weight(event: &ProposedMessage) -> usize {
    let names: usize = event.metadata.values().map(|value| value.len() * 2).sum();
    event.data.len() + event.custom_metadata.len() + names + AROUND
}

impl Calls {
    /// The events of one append so that they fit into it: where they do not, the largest payloads are written beside
    /// first.
    pub(super) async fn made_to_fit(
        &self,
        mut events: Vec<ProposedMessage>,
    ) -> Result<Vec<ProposedMessage>, Exhausted> {
        let budget = self.largest.budget();
        let mut total: usize = events.iter().map(weight).sum();
        if total <= budget {
            return Ok(events);
        }
        let mut order: Vec<usize> = (0..events.len()).collect();
        order.sort_by_key(|index| std::cmp::Reverse(events.get(*index).map_or(0, weight)));
        for index in order {
            if total <= budget {
                break;
            }
            if let Some(event) = events.get_mut(index) {
                let before = weight(event);
                self.write_beside(event, budget).await?;
                total = total.saturating_sub(before) + weight(event);
            }
        }
        Ok(events)
    }

    /// Writes an event's payload to a stream of its own; the event then names it.
    async fn write_beside(&self, event: &mut ProposedMessage, budget: usize) -> Result<(), Exhausted> {
        let stream = self.names.part();
        let bytes = event.data.len() as u64;
        let mut count = 0_u64;
        for piece in event.data.chunks((budget / 2).max(1)) {
            let expectation = match count.checked_sub(1) {
                None => Expectation::NoStream(Empty {}),
                Some(before) => Expectation::Revision(before),
            };
            let part = mapping::proposed_part(piece);
            let answer = self
                .persist(self.limits.patience, |link| {
                    let (part, stream) = (part.clone(), &stream);
                    async move { self.append(&link, stream, expectation, vec![part]).await }
                })
                .await?;
            if let Answer::Conflict { .. } = answer {
                return Err(Exhausted {
                    failure: Failure::new(Meaning::Unknown, format!("{stream} was written by somebody else")),
                    maybe_done: false,
                });
            }
            count += 1;
        }
        mapping::refer_to_parts(event, Parts { stream, count, bytes });
        Ok(())
    }

    /// Puts the payload of an event that was written beside into its place.
    pub(super) async fn with_payload(&self, event: RecordedEvent) -> Result<RecordedEvent, Failure> {
        let Some(parts) = mapping::parts_of(&event) else {
            return Ok(event);
        };
        let mut data = Vec::with_capacity(usize::try_from(parts.bytes).unwrap_or(0));
        let mut next = 0;
        while next < parts.count {
            let from = stream_from(&parts.stream, stream_options::Revision::At(next));
            let read = self.persist(self.limits.patience, |link| {
                let from = from.clone();
                async move { self.read(&link, from, Direction::Forwards, false, PAGE).await }
            });
            let page = read.await.map_err(|exhausted| exhausted.failure)?;
            if page.is_empty() {
                break;
            }
            next += page.len() as u64;
            data.extend(page.into_iter().flat_map(|piece| piece.data));
        }
        if data.len() as u64 != parts.bytes {
            return Err(Failure::new(
                Meaning::Refused,
                format!(
                    "the event at {} has its payload in {}, where {} of {} bytes are found",
                    event.commit,
                    parts.stream,
                    data.len(),
                    parts.bytes
                ),
            ));
        }
        Ok(RecordedEvent { data, ..event })
    }
}

#[cfg(test)]
mod tests {
    use super::super::large::{LEAST, Largest};

    #[test]
    fn a_smaller_limit_is_learnt_and_a_larger_one_is_no_news() {
        let largest = Largest::default();
        assert!(!largest.learn(LEAST * 256));
        assert!(largest.learn(LEAST / 2));
        assert!(!largest.learn(LEAST / 2));
        assert!(largest.budget() < LEAST / 2);
    }
}
