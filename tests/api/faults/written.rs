//! The table in the documentation is the table that is played.

use super::table::{self, Kind, Row, WHOLE};

const BEGIN: &str = "<!-- the fault matrix: made by tests/api/faults -->\n";
const END: &str = "<!-- end of the fault matrix -->";

fn line(row: &Row) -> String {
    let card = match row.kind {
        Kind::Request => "request",
        Kind::Announcement => "announcement",
    };
    let mut state = format!("`{}`", row.ends);
    if let Some(reason) = row.reason {
        state = format!("{state}, `{reason}`");
    }
    let (outcome, reason) = row.counted;
    format!(
        "| {} | {card} | {state} | {} | {} | {} | `{outcome}`, `{reason}` |\n",
        row.name, row.tries, row.shown, row.person
    )
}

fn written() -> String {
    let mut text = String::from(
        "| What the POST of a card meets | Card | Where it ends | Tries | In the chat | The person | \
         `chronus_teams_attempts_total` |\n|---|---|---|---|---|---|---|\n",
    );
    for family in [
        table::throttled(),
        table::refusals(),
        table::repeated(),
        table::broken(),
        table::held(),
    ] {
        text.extend(family.iter().map(line));
    }
    text.push_str("\n| What fails as a whole | What follows | Shows in |\n|---|---|---|\n");
    for whole in WHOLE {
        let line = format!("| {} | {} | `{}` |\n", whole.name, whole.follows, whole.series);
        text.push_str(&line);
    }
    text
}

#[test]
fn the_table_in_the_documentation_is_the_one_that_is_played() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/delivery.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (_, rest) = text.split_once(BEGIN).unwrap();
    let (shown, _) = rest.split_once(END).unwrap();
    let wanted = written();
    assert!(shown == wanted, "docs/delivery.md should hold\n{wanted}");
}
