//! What each event changes in the fold, and that it changes nothing else. Each file beside this one is a stream: an event and
//! its time on a line, and below it, further in, every field that it changes, with its new value.
//!
//! What the cards say at a time is asked by a line that begins with a question mark.
//!
//! `card-1` is a notification, `event-1` a domain event, `key-1` any other id, `@09:30` that time of one day.

use chrono::DateTime;
use events::{EventId, Metadata, NotificationId, StoredEvent as _, UserEvent, UserKey};
use serde_json::Value;
use uuid::Uuid;

use super::UserState;
use crate::settings::Rules;
use crate::user::view;

const DAY: &str = "2026-03-02T";

/// The names that a story may use, with what they stand for.
pub(in crate::user) struct Names(Vec<(String, String)>);

impl Default for Names {
    fn default() -> Self {
        // The longer ones first: `card-1` begins `card-12` too.
        let numbers = (1_u32..=150).rev();
        let ids = numbers.flat_map(|number| {
            let name = |of: &str| format!("{of}-{number}");
            let key = Uuid::from_u128(u128::from(number)).to_string();
            let card = NotificationId::derive([name("card").as_str()]).to_string();
            [
                (
                    name("way"),
                    EventId::derive(["delivery", card.as_str()]).to_string(),
                ),
                (name("card"), card),
                (
                    name("event"),
                    EventId::derive([name("event").as_str()]).to_string(),
                ),
                (
                    name("reply"),
                    NotificationId::derive(["chat", key.as_str()]).to_string(),
                ),
                (name("key"), key),
            ]
        });
        Self(ids.collect())
    }
}

impl Names {
    pub(in crate::user) fn written_out(&self, text: &str) -> String {
        let text = self
            .0
            .iter()
            .fold(text.to_owned(), |text, (name, id)| text.replace(name, id));
        let mut parts = text.split('@');
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |text, part| match part.as_bytes().get(2) {
            // With seconds it stands as a whole: `@09:30:05Z`.
            Some(b':') if part.as_bytes().get(5) == Some(&b':') => format!("{text}{DAY}{part}"),
            Some(b':') => format!("{text}{DAY}{}:00Z{}", &part[..5], &part[5..]),
            _ => format!("{text}@{part}"),
        })
    }

    pub(in crate::user) fn abbreviated(&self, text: &str) -> String {
        let text = self
            .0
            .iter()
            .fold(text.to_owned(), |text, (name, id)| text.replace(id, name));
        let mut parts = text.split(DAY);
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |text, part| {
            let rest = part[5..].strip_prefix(":00Z").unwrap_or(&part[5..]);
            format!("{text}@{}{rest}", &part[..5])
        })
    }
}

/// Checks a story in this file of the crate; with `INSTA_UPDATE=always` writes it anew, to be read before it is kept.
#[track_caller]
pub(in crate::user) fn story_holds(file: &str, told: impl Fn(&str) -> String) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let story = std::fs::read_to_string(&path).unwrap();
    let now = told(&story);
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        std::fs::write(&path, now).unwrap();
        return;
    }
    let differs = now.lines().zip(story.lines()).find(|(now, then)| now != then);
    if let Some((now, then)) = differs {
        panic!("{file}: {then:?} is {now:?} now");
    }
    assert_eq!(now, story);
}

/// Every field in which the two differ, with its new value.
fn differences(path: &str, before: &Value, after: &Value, found: &mut Vec<String>) {
    match (before, after) {
        (before, after) if before == after => {}
        (Value::Object(before), Value::Object(after)) => {
            for (name, now) in after {
                let path = format!("{path}.{name}");
                differences(&path, before.get(name).unwrap_or(&Value::Null), now, found);
            }
            let gone = before.keys().filter(|name| !after.contains_key(*name));
            found.extend(gone.map(|name| format!("{path}.{name} is gone")));
        }
        (Value::Array(before), Value::Array(after)) if is_set(path) => {
            found.push(format!("{path} has {} more", after.len() - before.len()));
        }
        (Value::Array(before), Value::Array(after)) => items(path, before, after, found),
        (_, after) => found.push(format!("{path} = {}", brief(after))),
    }
}

/// A value without what is as at the beginning: nothing, none, no.
fn brief(value: &Value) -> Value {
    let is_plain = |value: &Value| match value {
        Value::Null | Value::Bool(false) => true,
        Value::Bool(true) => false,
        Value::Number(number) => number.as_u64() == Some(0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
    };
    match value {
        Value::Array(items) => items.iter().map(brief).collect(),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| (name.clone(), brief(value)));
            fields.filter(|(_, value)| !is_plain(value)).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

/// The same of two lists. What was left out at the front, or put in or left out further on, is told as that.
fn items(path: &str, before: &[Value], after: &[Value], found: &mut Vec<String>) {
    let goes_on = |gone: &usize| after.starts_with(&before[*gone..]) && *gone < before.len();
    if let Some(gone) = (1..before.len())
        .find(goes_on)
        .filter(|_| !after.starts_with(before))
    {
        found.push(format!("{path} without its first {gone}"));
        return items(path, &before[gone..], after, found);
    }
    let same = before
        .iter()
        .zip(after)
        .take_while(|(before, after)| before == after)
        .count();
    let (before, after) = (&before[same..], &after[same..]);
    let both = before.iter().rev().zip(after.iter().rev());
    let last = if before.len() == after.len() {
        0
    } else {
        both.take_while(|(before, after)| before == after).count()
    };
    let (before, after) = (&before[..before.len() - last], &after[..after.len() - last]);
    for (place, now) in after.iter().enumerate() {
        let path = format!("{path}.{}", same + place);
        match before.get(place).filter(|_| before.len() == after.len()) {
            Some(before) => differences(&path, before, now, found),
            None => found.push(format!("{path} = {}", brief(now))),
        }
    }
    if before.len() > after.len() {
        found.push(format!("{path} without {} from place {same} on", before.len()));
    }
}

/// Sets of hashed ids: the hashes tell a reader nothing.
fn is_set(path: &str) -> bool {
    [".handled", ".told", ".changed_by", ".notifications.forgotten"].contains(&path)
}

/// The state with the moments of sending as times.
fn as_json(state: &UserState) -> Value {
    let mut json = serde_json::to_value(state).unwrap();
    json["recent"] = serde_json::to_value(state.recent.after(DateTime::UNIX_EPOCH)).unwrap();
    json
}

/// The stream with what its events change, as it is now.
fn told(stream: &str) -> String {
    let names = Names::default();
    let events: Vec<&str> = stream.lines().filter(|line| !line.starts_with(' ')).collect();
    let read = names.written_out(&events.join("\n"));
    let mut state = UserState::default();
    let mut before = as_json(&state);
    let mut lines = Vec::new();
    for (line, read) in events.iter().zip(read.lines()) {
        lines.push((*line).to_owned());
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(asked) = read.strip_prefix("? ") {
            lines.extend(contents(&state, asked));
            continue;
        }
        apply(&mut state, read);
        let after = as_json(&state);
        let mut changed = Vec::new();
        differences("", &before, &after, &mut changed);
        let short = |line: &String| format!("    {}", line[1..].replace("notifications.list.", "#"));
        lines.extend(changed.iter().map(short));
        before = after;
    }
    let read: UserState = serde_json::from_value(serde_json::to_value(&state).unwrap()).unwrap();
    assert_eq!(read, state, "a state that is read back is the state");
    names.abbreviated(&(lines.join("\n") + "\n"))
}

/// What the cards say at that time, as in `@09:30 card-1 card-2`.
fn contents(state: &UserState, asked: &str) -> Vec<String> {
    let (time, cards) = asked.split_once(' ').unwrap();
    let (now, user) = (time.parse().unwrap(), UserKey::parse("t/ada").unwrap());
    let content = |id: &str| {
        let card = state.notification(NotificationId(id.parse().unwrap())).unwrap();
        let card = view::card(state, &user, card, now, &Rules::default());
        format!("    {id} r{}: {:?}", card.revision, card.content)
    };
    cards.split(' ').map(content).collect()
}

/// An event on a line: its time, what caused it, its name, its payload.
fn apply(state: &mut UserState, line: &str) {
    let [time, cause, name, payload] = line.splitn(4, ' ').collect::<Vec<_>>()[..] else {
        panic!("{line:?} is no event");
    };
    let meta = Metadata {
        time: time.parse().unwrap(),
        correlation_id: Uuid::from_u128(99),
        causation_id: cause.parse().unwrap(),
    };
    state.apply(&UserEvent::decode(name, 1, payload).unwrap(), &meta);
}

#[track_caller]
fn holds(name: &str) {
    story_holds(&format!("src/user/state/tests/{name}.txt"), told);
}

#[test]
fn what_tells_that_the_person_is_there_changes_where_they_are_and_nothing_else() {
    holds("presence");
}

#[test]
fn what_tells_who_the_person_is_changes_profile_and_link_and_nothing_else() {
    holds("identity");
}

#[test]
fn what_the_person_wants_changes_what_they_want_and_nothing_else() {
    holds("settings");
}

#[test]
fn what_becomes_of_a_card_changes_that_card_and_what_it_carries() {
    holds("cards");
}

#[test]
fn lists_of_what_was_missed_take_it_and_give_it_back() {
    holds("missed");
}

#[test]
fn answers_change_the_subject_and_the_card_that_was_pressed() {
    holds("answers");
}

#[test]
fn what_chronus_tells_of_a_subject_takes_its_place_in_time() {
    holds("subjects");
}

#[test]
fn cards_say_what_is_so_when_they_are_drawn() {
    holds("says");
}

#[test]
fn of_very_many_missed_cards_only_the_number_is_known() {
    let id = |number: u32| NotificationId::derive([number.to_string().as_str()]);
    let mut missed = super::Missed::default();
    for number in 0..201 {
        missed.add(id(number));
        missed.add(id(number));
    }
    assert_eq!((missed.count, missed.of.len(), missed.of[0]), (201, 200, id(1)));
    missed.remove(id(0));
    assert_eq!((missed.count, missed.of.len()), (201, 200));
    missed.remove(id(1));
    assert_eq!((missed.count, missed.of.len()), (200, 199));
}

/// A card of Chronus' with this number, about `subject` where one is named.
fn hears(state: &mut UserState, number: u32, subject: Option<&str>, awaited: bool) {
    let id = Uuid::from_u128(u128::from(number));
    let queued = serde_json::json!({
        "notification_id": id, "card": "task", "subject": subject, "class": "direct", "state": "expired",
        "expires_at": "2026-03-20T09:00:00Z", "unknown_policy": "retry", "awaited": awaited,
        "source": { "domain_event": { "organization_id": "acme", "event_id": id, "position": number } }
    });
    apply(
        state,
        &format!("2026-03-02T09:00:00Z {id} NotificationQueued {queued}"),
    );
}

fn not_sent(state: &mut UserState, number: u32) {
    let id = Uuid::from_u128(u128::from(number));
    let event = serde_json::json!({ "notification_id": id, "reason": "uninstalled" });
    apply(
        state,
        &format!("2026-03-02T09:01:00Z {id} NotificationSuppressed {event}"),
    );
}

fn chat_card(state: &mut UserState, id: Uuid, card: &str) {
    let queued = serde_json::json!({
        "notification_id": id, "source": "chat", "card": card, "class": "direct",
        "expires_at": "2026-03-20T09:00:00Z", "unknown_policy": "retry"
    });
    apply(
        state,
        &format!("2026-03-02T09:00:00Z {id} NotificationQueued {queued}"),
    );
}

#[test]
fn a_greeting_counts_the_first_hundred_that_waited_for_the_person() {
    let (mut state, greeting) = (UserState::default(), Uuid::from_u128(1_000));
    chat_card(&mut state, greeting, "welcome");
    for number in 1..=101 {
        hears(&mut state, number, None, true);
    }
    assert_eq!(
        state.notification(NotificationId(greeting)).unwrap().of.len(),
        100
    );
}

#[test]
fn of_things_whose_cards_are_all_forgotten_nothing_is_kept() {
    let mut state = UserState::default();
    for number in 1..=300 {
        hears(&mut state, number, Some(&format!("task/{number}")), false);
        not_sent(&mut state, number);
    }
    let kept = state.notifications.len();
    assert!(kept < 300, "{kept}");
    assert_eq!(state.subjects.len(), kept);
}

#[test]
fn a_list_that_was_not_sent_gives_back_also_what_it_knew_by_number_alone() {
    let (mut state, list) = (UserState::default(), Uuid::from_u128(1_000));
    for number in 1..=203 {
        hears(&mut state, number, None, false);
        not_sent(&mut state, number);
    }
    assert_eq!((state.missed.count, state.missed.of.len()), (203, 200));
    chat_card(&mut state, list, "catch_up");
    for (name, payload) in [
        (
            "DeliveryAttempted",
            serde_json::json!({ "notification_id": list, "attempt": 1 }),
        ),
        (
            "NotificationExpired",
            serde_json::json!({ "notification_id": list }),
        ),
    ] {
        apply(
            &mut state,
            &format!("2026-03-02T09:02:00Z {list} {name} {payload}"),
        );
    }
    assert_eq!(state.missed.count, 203);
}
