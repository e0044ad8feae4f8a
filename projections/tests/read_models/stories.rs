//! What each event changes in the read models and in the reports, and that it changes nothing else. Each file in `stories/`
//! is a log: an event, its time and its stream on a line; below it, further in, every row that it changes, with the new
//! values, and every figure. What follows a `?` is asked of the read models there.
//!
//! `card-1` is a notification, `event-1` a domain event's own id (`log-1` the id of the log's first event), `key-1` any other id,
//! `@09:30` that time of one day, `@2T09:30` of the second.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::path::Path;

use chrono::{DateTime, Utc};
use events::organization::DomainEventAccepted;
use events::work::Most;
use events::{
    EventId, Metadata, NotificationId, OrganizationEvent, OrganizationId, Position, Recorded,
    StoredEvent as _, StreamId, TenantId, UserKey, Version,
};
use projections::dead_letters::DeadLetterFilter;
use projections::delivery_report::ReportFilter;
use projections::metrics::fold::Fold;
use projections::metrics::{catalogue, why};
use rusqlite::types::Value;
use uuid::Uuid;

use crate::world::World;

/// The names that a story may use, with what they stand for; the longer ones first, since `card-1` begins `card-12` too.
fn names() -> Vec<(String, Uuid)> {
    let numbers = (1_u32..=99).rev();
    let ids = numbers.flat_map(|number| {
        let name = |of: &str| format!("{of}-{number}");
        let (card, event) = (name("card"), name("event"));
        [
            (card.clone(), NotificationId::derive([card.as_str()]).0),
            (event, event_id(number)),
            (name("log"), EventId::derive([name("log").as_str()]).0),
            (name("key"), Uuid::from_u128(u128::from(number))),
        ]
    });
    ids.collect()
}

/// The domain event whose own id is this number.
fn event_id(number: u32) -> Uuid {
    let organization = OrganizationId::parse("acme").unwrap();
    DomainEventAccepted::event_id(&organization, "/test", &number.to_string()).0
}

fn written_out(text: &str, names: &[(String, Uuid)]) -> String {
    let text = names.iter().fold(text.to_owned(), |text, (name, id)| {
        text.replace(name, &id.to_string())
    });
    let mut parts = text.split('@');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| match part.split_at_checked(7) {
        Some((day, rest)) if day[1..].starts_with('T') => {
            format!(
                "{text}2026-03-{:02}T{}:00Z{}",
                day[..1].parse::<u32>().unwrap() + 1,
                &day[2..],
                rest
            )
        }
        _ if part.as_bytes().get(2) == Some(&b':') => {
            format!("{text}2026-03-02T{}:00Z{}", &part[..5], &part[5..])
        }
        _ => format!("{text}@{part}"),
    })
}

fn abbreviated(text: &str, names: &[(String, Uuid)]) -> String {
    names
        .iter()
        .fold(text.to_owned(), |text, (name, id)| {
            text.replace(&id.to_string(), name)
        })
        .replace("2026-03-02T", "@")
        .replace("2026-03-03T", "@2T")
        .replace("2026-03-04T", "@3T")
        .replace(":00Z", "")
}

/// An event on a line: its time, its stream, its name, its payload.
fn read(line: &str, position: u64) -> Recorded {
    let parts: Vec<&str> = line.splitn(4, ' ').collect();
    let [time, stream, name, payload]: [&str; 4] = parts.try_into().unwrap();
    let organization = || OrganizationId::parse("acme").unwrap();
    let tenant = || TenantId::parse("t-1").unwrap();
    let mut id = EventId::derive([format!("log-{position}").as_str()]);
    let stream = match stream {
        "chronus" => {
            let event = OrganizationEvent::decode(name, 1, payload).unwrap();
            let OrganizationEvent::DomainEventAccepted(event) = event;
            id = DomainEventAccepted::event_id(&organization(), &event.source, &event.id);
            StreamId::organization(&organization())
        }
        "tenant" => StreamId::tenant(&tenant()),
        "service" => StreamId::routing(&organization()),
        person => StreamId::user(&UserKey::parse(format!("t-1/{person}")).unwrap()),
    };
    Recorded {
        stream,
        version: Version(position),
        position: Position(position),
        id,
        event_type: name.into(),
        schema_version: 1,
        payload: payload.into(),
        metadata: Metadata {
            time: time.parse().unwrap(),
            correlation_id: Uuid::from_u128(99),
            causation_id: Uuid::from_u128(98),
        },
    }
}

/// Every row by its table and key: column and value.
type Rows = BTreeMap<String, Vec<(String, String)>>;

fn rows(path: &Path) -> Rows {
    let db = rusqlite::Connection::open(path).unwrap();
    let mut tables = db
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('meta', 'skipped')")
        .unwrap();
    let tables: Vec<String> = tables
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    tables.iter().flat_map(|table| rows_of(&db, table)).collect()
}

fn rows_of(db: &rusqlite::Connection, table: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut columns = db
        .prepare("SELECT name, pk FROM pragma_table_info(?1) ORDER BY cid")
        .unwrap();
    let columns: Vec<(String, bool)> = columns
        .query_map([table], |row| Ok((row.get(0)?, row.get::<_, u32>(1)? > 0)))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let mut found = db.prepare(&format!("SELECT * FROM {table}")).unwrap();
    let found = found.query_map([], |row| {
        let mut key = table.to_owned();
        let mut fields = Vec::new();
        for (place, (name, is_key)) in columns.iter().enumerate() {
            let value = shown(row.get(place)?);
            if *is_key {
                key = format!("{key} {value}");
            } else {
                fields.push((name.clone(), value));
            }
        }
        Ok((key, fields))
    });
    found.unwrap().map(Result::unwrap).collect()
}

/// Ids as text, and what is a moment of these days as that.
fn shown(value: Value) -> String {
    match value {
        Value::Null => "-".into(),
        Value::Integer(number) => match DateTime::<Utc>::from_timestamp_millis(number) {
            Some(at) if number > 1_700_000_000_000 && number < 2_000_000_000_000 => {
                at.format("%FT%TZ").to_string()
            }
            _ => number.to_string(),
        },
        Value::Real(number) => number.to_string(),
        Value::Text(text) => text,
        Value::Blob(bytes) => {
            Uuid::from_slice(&bytes).map_or_else(|_| format!("{bytes:?}"), |id| id.to_string())
        }
    }
}

fn changed_rows(before: &Rows, after: &Rows) -> Vec<String> {
    let mut lines = Vec::new();
    for (key, now) in after {
        let then = before.get(key);
        let differs = |(place, (name, value)): (usize, &(String, String))| {
            let is_same = then.map_or(["-", "0", ""].contains(&value.as_str()), |then| {
                then[place].1 == *value
            });
            (!is_same).then(|| format!("{name} = {value}"))
        };
        let fields: Vec<String> = now.iter().enumerate().filter_map(differs).collect();
        if then.is_none() || !fields.is_empty() {
            let sign = if then.is_none() { "+ " } else { "" };
            lines.push(format!("{sign}{key}: {}", fields.join(", ")));
        }
    }
    let gone = before.keys().filter(|key| !after.contains_key(*key));
    lines.extend(gone.map(|key| format!("- {key}")));
    lines
}

/// What an event changes in each report.
fn changed_figures(fold: &mut Fold) -> Vec<String> {
    let mut lines = Vec::new();
    for definition in catalogue::ALL {
        let Some(ledger) = fold.ledger_of(definition) else {
            continue;
        };
        for change in ledger.changes() {
            let cell = ledger.cell(change.cell);
            let row = &change.row;
            let mut line = format!(
                "{} {} {:?} {:+} x {} at {} of {} {}",
                definition.name,
                cell.section,
                cell.labels.join("|"),
                change.delta,
                change.value,
                change.at.format("%FT%TZ"),
                row.person,
                row.id
            );
            for (name, value) in [
                ("organization", row.organization.as_ref().map(ToString::to_string)),
                ("tenant", row.tenant.as_ref().map(ToString::to_string)),
                ("program", row.program.clone()),
                ("kind", row.kind.map(|kind| kind.as_str().to_owned())),
                ("class", row.class.map(|class| format!("{class:?}"))),
                ("type", row.event_type.clone()),
                ("subject", row.subject.as_ref().map(ToString::to_string)),
                ("anonymous", row.anonymous.then(|| "yes".to_owned())),
            ] {
                if let Some(value) = value {
                    write!(line, ", {name} {value}").unwrap();
                }
            }
            lines.push(line);
        }
    }
    fold.forget_changes();
    lines
}

const MOST: Most = Most {
    organizations: 10,
    each: 100,
};

fn tell<T: std::fmt::Debug>(told: &mut Vec<String>, name: &str, found: impl IntoIterator<Item = T>) {
    told.extend(found.into_iter().map(|one| format!("{name}: {one:?}")));
}

/// What is to be done: one line for each thing that is found.
fn work_to_do(world: &World, now: DateTime<Utc>) -> Vec<String> {
    let tenant = || TenantId::parse("t-1").unwrap();
    let (work, mut told) = (world.work(), Vec::new());
    tell(&mut told, "to queue", work.resolved(100, |_| true).unwrap());
    tell(&mut told, "to tell", work.subject_changes(100, |_| true).unwrap());
    tell(&mut told, "to link", work.links(100, |_| true).unwrap());
    tell(&mut told, "to look up", work.look_ups(100, |_| true).unwrap());
    tell(&mut told, "lost", work.lost_messages(100, |_| true).unwrap());
    tell(&mut told, "held", work.held(100, |_| true).unwrap());
    tell(
        &mut told,
        "tenants with work",
        work.tenants(None).unwrap().tenants,
    );
    tell(
        &mut told,
        "due",
        work.due(&tenant(), now, &HashSet::new(), 100).unwrap(),
    );
    tell(&mut told, "next answer", work.next_answer().unwrap());
    tell(&mut told, "runs out", Some(work.runs_out(now).unwrap()));
    tell(&mut told, "unreached", Some(work.is_unreached(now).unwrap()));
    tell(
        &mut told,
        "answer",
        work.answers(now, now, MOST, |_| false).unwrap(),
    );
    told
}

/// The same and what the read models answer.
async fn answers(world: &World, now: DateTime<Utc>) -> Vec<String> {
    let organization = || OrganizationId::parse("acme").unwrap();
    let tenant = || TenantId::parse("t-1").unwrap();
    let (models, mut told) = (world.models(), work_to_do(world, now));
    tell(&mut told, "tenant", models.tenants().await.unwrap());
    tell(
        &mut told,
        "person",
        models.people(tenant(), None, 100).await.unwrap(),
    );
    tell(
        &mut told,
        "invitation",
        models.invitations(DateTime::UNIX_EPOCH).await.unwrap(),
    );
    tell(
        &mut told,
        "conflict",
        models
            .conflicts(organization(), String::new(), 100)
            .await
            .unwrap()
            .0,
    );
    tell(
        &mut told,
        "unroutable",
        models.unroutable(Vec::new(), now, 100).await.unwrap(),
    );
    tell(
        &mut told,
        "not found",
        models.unreached(Vec::new(), now, 100).await.unwrap(),
    );
    tell(
        &mut told,
        "response",
        models
            .responses_after(organization(), Position::START, 100)
            .await
            .unwrap(),
    );
    tell(
        &mut told,
        "webhook",
        models.webhook(organization()).await.unwrap(),
    );
    let dead = models.dead_letters(organization(), DeadLetterFilter::default(), Position::START, 100);
    tell(
        &mut told,
        "dead letter",
        dead.await.unwrap().iter().map(|card| card.id),
    );
    tell(
        &mut told,
        "reach",
        models
            .reached(organization(), None, None, now, 100)
            .await
            .unwrap(),
    );
    let preflight = models.preflight(organization(), None, now).await.unwrap();
    tell(
        &mut told,
        "preflight",
        preflight.counts.iter().filter(|(_, count)| **count > 0),
    );
    let mut backlog = models.backlog().await.unwrap();
    backlog.position = Position::START;
    tell(&mut told, "backlog", Some(backlog));
    tell(
        &mut told,
        "report",
        models
            .delivery_report(ReportFilter::default())
            .await
            .unwrap()
            .lines,
    );
    tell(&mut told, "erasure", models.erasures(10, 10).await.unwrap());
    tell(
        &mut told,
        "removed",
        models.removed_before(now, 10).await.unwrap(),
    );
    tell(&mut told, "profile", models.oldest_profiles().await.unwrap());
    told
}

/// The lines that came and went.
fn changed_answers(before: &[String], after: &[String]) -> Vec<String> {
    let came = after.iter().filter(|line| !before.contains(line));
    let went = before.iter().filter(|line| !after.contains(line));
    // What it was in full stands where it came.
    let went = went.map(|line| format!("? - {}", line.chars().take(60).collect::<String>()));
    went.chain(came.map(|line| format!("? + {line}"))).collect()
}

/// The story with what its events change, as it is now.
async fn told(story: &str) -> String {
    let names = names();
    let events: Vec<&str> = story.lines().filter(|line| !line.starts_with(' ')).collect();
    let read_out = written_out(&events.join("\n"), &names);
    let mut world = World::empty();
    let mut fold = Fold::of_every_report().unwrap();
    let mut reasons = why::Reasons::default();
    world.fold_without_directory().await;
    let (mut before, mut asked) = (rows(&world.path()), Vec::new());
    let (mut lines, mut position, mut now) = (Vec::new(), 0, crate::world::start());
    for (line, written) in events.iter().copied().zip(read_out.lines()).chain([("", "")]) {
        if line.is_empty() {
            let answers = answers(&world, now).await;
            lines.extend(
                changed_answers(&asked, &answers)
                    .iter()
                    .map(|line| format!("    {line}")),
            );
            asked = answers;
        }
        lines.push(line.to_owned());
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        position += 1;
        let recorded = read(written, position);
        now = recorded.metadata.time;
        world.append_recorded(&recorded).await;
        world.fold_without_directory().await;
        let after = rows(&world.path());
        let mut changed = changed_rows(&before, &after);
        fold.see(&recorded).unwrap();
        changed.extend(changed_figures(&mut fold));
        reasons.see(&recorded).unwrap();
        changed.extend(because(&reasons, &recorded));
        lines.extend(changed.iter().map(|line| format!("    {line}")));
        before = after;
    }
    lines.pop();
    abbreviated(&(lines.join("\n") + "\n"), &names)
}

/// Why the card that an event is about stands as it does.
fn because(reasons: &why::Reasons, recorded: &Recorded) -> Option<String> {
    let payload: serde_json::Value = serde_json::from_str(&recorded.payload).unwrap();
    let id = [&payload["notification_id"], &payload["on"]["notification_id"]];
    let id = id.into_iter().find_map(|id| id.as_str())?;
    let because = reasons.of(id.parse().unwrap())?;
    let shown_by = because
        .shown_by
        .map_or_else(String::new, |at| format!(" (by {})", at.position.0));
    Some(format!(
        "why {id} {:?}: {}{shown_by}",
        because.card.state, because.words.told
    ))
}

async fn holds(name: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/read_models/stories/{name}.txt"));
    let story = std::fs::read_to_string(&file).unwrap();
    let now = told(&story).await;
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        std::fs::write(&file, now).unwrap();
        return;
    }
    let differs = now.lines().zip(story.lines()).find(|(now, then)| now != then);
    assert_eq!(differs, None, "{name}.txt: what is so now, and what stands there");
    assert_eq!(now, story);
}

#[tokio::test]
async fn of_people() {
    holds("people").await;
}

#[tokio::test]
async fn of_cards_on_their_way() {
    holds("delivery").await;
}

#[tokio::test]
async fn of_answers_and_subjects() {
    holds("answers").await;
}

#[tokio::test]
async fn of_who_is_meant() {
    holds("identity").await;
}
