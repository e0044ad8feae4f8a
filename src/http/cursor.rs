//! The feed's cursor: a position, and the log that it is a position of. A position alone, as `sequence` in every answer
//! has it, is taken too.

use events::lineage::Standing;
use events::{Lineage, LogId, Position};

use super::problem::Problem;

/// Characters of the log's id in a cursor: its random end.
const TAG: usize = 12;

fn tag(log_id: LogId) -> String {
    let id = log_id.0.simple().to_string();
    id[id.len() - TAG..].to_owned()
}

/// The cursor after the answer at `position`.
pub(super) fn write(lineage: &Lineage, position: Position) -> String {
    match lineage.log_id {
        Some(log_id) => format!("{position}-{}", tag(log_id)),
        None => position.to_string(),
    }
}

/// Reads a cursor; `head` is where the log ends.
pub(super) fn read(text: &str, lineage: &Lineage, head: Position) -> Result<Position, Problem> {
    let (digits, of) = text
        .split_once('-')
        .map_or((text, None), |(position, tag)| (position, Some(tag)));
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let position = digits
        .parse()
        .ok()
        .filter(|_| is_number)
        .map(Position)
        .ok_or_else(|| {
            Problem::malformed(
                "after must be the value of next from the page before, an answer's sequence, or 0",
            )
        })?;
    if let Some(of) = of {
        held_against(of, position, lineage)?;
    }
    if position > head {
        return Err(Problem::cursor(format!(
            "after={text} lies beyond the end of the log, which is at {head}: the cursor is of another log, or of a part that \
             was lost. Begin again with after=0 and leave out the ids that you know"
        )));
    }
    Ok(position)
}

/// Whether the log that the cursor names is this one up to there.
fn held_against(of: &str, position: Position, lineage: &Lineage) -> Result<(), Problem> {
    let ancestors = lineage.ancestors.iter().map(|ancestor| ancestor.log_id);
    let named = lineage
        .log_id
        .into_iter()
        .chain(ancestors)
        .find(|id| tag(*id) == of);
    match named.map_or(Standing::Foreign, |id| lineage.standing(id, position)) {
        Standing::Here => Ok(()),
        Standing::Lost(shared) => Err(Problem::cursor(format!(
            "the cursor lies in a part of the log that is gone: it was lost, or a backup was restored. Go on with \
             after={shared} and leave out the ids that you know"
        ))),
        Standing::Foreign => Err(Problem::cursor(
            "the cursor is of another log. Begin again with after=0 and leave out the ids that you know",
        )),
    }
}

#[cfg(test)]
mod tests {
    use events::LogEvent;
    use events::lineage::{FORMAT, LogNamed, LogRestored};

    use super::*;

    fn lineage() -> Lineage {
        let mut lineage = Lineage::default();
        let (log_id, format) = (LogId::derive(["1"]), FORMAT);
        lineage.apply(&LogNamed { log_id, format }.into());
        lineage
    }

    fn restored(mut lineage: Lineage, kept: u64) -> Lineage {
        let restored: LogEvent = LogRestored {
            erasures: 0,
            log_id: LogId::derive(["2"]),
            kept: Position(kept),
            by: "cli".to_owned(),
        }
        .into();
        lineage.apply(&restored);
        lineage
    }

    fn refused(text: &str, lineage: &Lineage) -> String {
        read(text, lineage, Position(100)).unwrap_err().to_string()
    }

    #[test]
    fn a_cursor_is_read_as_it_was_written_and_so_is_a_sequence() {
        let log = lineage();
        let cursor = write(&log, Position(7));
        assert_eq!(read(&cursor, &log, Position(100)), Ok(Position(7)));
        assert_eq!(read("7", &log, Position(100)), Ok(Position(7)));
        assert_eq!(read("0", &log, Position(0)), Ok(Position(0)));
    }

    #[test]
    fn a_cursor_of_another_log_or_beyond_the_end_is_told_with_the_way_on() {
        let log = lineage();
        assert!(refused("101", &log).contains("after=0"));
        assert!(refused("7-000000000000", &log).contains("another log"));
        for nonsense in ["", "x", "-7", "+7", "7.0", "99999999999999999999999", "-"] {
            assert!(refused(nonsense, &log).contains("sequence"), "{nonsense:?}");
        }
    }

    #[test]
    fn after_a_restore_a_cursor_before_the_cut_holds_and_one_behind_it_does_not() {
        let (before, after) = (lineage(), restored(lineage(), 10));
        let cursor = |position| write(&before, Position(position));
        assert_eq!(read(&cursor(10), &after, Position(100)), Ok(Position(10)));
        let told = refused(&cursor(11), &after);
        assert!(told.contains("after=10") && told.contains("gone"), "{told}");
    }
}
