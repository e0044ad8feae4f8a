//! The copy of a log is another log: its positions are others. It gets an id of its own, and knows the ids of the source
//! as logs whose positions mean nothing here, so that what was made from the source is neither trusted nor missed.

use events::lineage::{self, FORMAT, KeyTableBound, LogMoved, LogNamed, LossAccepted};
use events::{EventStore, LogEvent, LogId, Position, SystemClock};

/// Names the copy, unless an earlier run did and nothing was copied since.
pub(super) async fn name(
    source: &dyn EventStore,
    target: &dyn EventStore,
    from: &str,
    copied: u64,
) -> anyhow::Result<()> {
    let (theirs, mut ours) = (lineage::read(source).await?, lineage::read(target).await?);
    let known = |id: LogId| ours.ancestors.iter().any(|ancestor| ancestor.log_id == id);
    if copied == 0 && ours.log_id.is_some() && theirs.log_id.is_none_or(known) {
        return Ok(());
    }
    let moved = |log_id| {
        let from = from.to_owned();
        LogEvent::from(LogMoved { log_id, from })
    };
    let before = theirs
        .ancestors
        .iter()
        .map(|ancestor| ancestor.log_id)
        .chain(theirs.log_id);
    let mut ids: Vec<LogId> = before
        .filter(|id| ours.log_id != Some(*id) && !known(*id))
        .collect();
    let mut events: Vec<LogEvent> = Vec::new();
    if ours.log_id.is_none() {
        let log_id = if ids.is_empty() {
            LogId::unique()
        } else {
            ids.remove(0)
        };
        let format = FORMAT;
        events.push(LogNamed { log_id, format }.into());
        events.extend(
            theirs
                .key_table
                .map(|key_table| KeyTableBound { key_table }.into()),
        );
    }
    events.extend(ids.into_iter().chain([LogId::unique()]).map(moved));
    if theirs.keys_lost_until > Position::START {
        let loss = LossAccepted {
            log_id: LogId::unique(),
            kept: *target.head().borrow(),
            missing: vec!["keys that were given up before the log was moved".to_owned()],
            given_up: Vec::new(),
            by: "migrate".to_owned(),
            gone: Vec::new(),
            may_come_twice: Vec::new(),
        };
        events.push(loss.into());
    }
    Ok(lineage::record(target, &SystemClock, &mut ours, events).await?)
}
