//! What of a domain event's content stands open in the log, because rules go by it: times, names of choices, ids. No
//! words of anybody. The content fits its schema by now, so what cannot be read here is absent.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use events::MemberId;
use events::organization::{
    DomainKind, Family, Question, QuestionKind, ReminderKind, Role, Slot, SubjectFacts,
};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

/// Questions that are asked on a card; a longer survey is answered in Chronus.
const MOST_QUESTIONS: usize = 5;
/// Questions that a card asks in any case, as `cards::content::survey` reads them.
const MOST_STEPS: usize = 20;
/// Organizers of an event who are told how its invitation fares; the schema allows no more.
const MOST_ORGANIZERS: usize = 10;
/// How far the last place on Earth is behind UTC.
const LAST_ZONE: TimeDelta = TimeDelta::hours(12);

/// The facts of an event's data; `None` where it has none.
pub(super) fn of(kind: DomainKind, data: &Map<String, Value>) -> Option<SubjectFacts> {
    if matches!(kind, DomainKind::Member(_)) {
        return None;
    }
    let time = |key: &str| moment(data.get(key)?);
    let facts = SubjectFacts {
        starts_at: time("starts_at"),
        ends_at: time("ends_at"),
        respond_by: data.get("respond_by").and_then(moment_or_day),
        due_at: time("due_at"),
        slots: list(data, "slots").enumerate().filter_map(slot).collect(),
        questions: questions(data),
        acknowledge: is_true(data, "acknowledge"),
        anonymous: is_true(data, "anonymous"),
        counterpart: counterpart(kind, data),
        message_id: text(data, "message_id").map(str::to_owned),
        reminder: match text(data, "reminder") {
            Some("day") => Some(ReminderKind::Day),
            Some("soon") => Some(ReminderKind::Soon),
            _ => None,
        },
        urgent: text(data, "priority") == Some("urgent"),
        place: place(data),
    };
    Some(facts).filter(|facts| !facts.is_empty())
}

fn text<'a>(data: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    let text = data.get(key)?.as_str()?.trim();
    (!text.is_empty()).then_some(text)
}

fn is_true(data: &Map<String, Value>, key: &str) -> bool {
    data.get(key).and_then(Value::as_bool).unwrap_or(false)
}

fn list<'a>(data: &'a Map<String, Value>, key: &str) -> impl Iterator<Item = &'a Value> {
    data.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn moment(value: &Value) -> Option<DateTime<Utc>> {
    let moment = DateTime::parse_from_rfc3339(value.as_str()?.trim()).ok()?;
    Some(moment.to_utc())
}

/// A day lasts until it is over everywhere.
fn moment_or_day(value: &Value) -> Option<DateTime<Utc>> {
    let day = || {
        value
            .as_str()?
            .trim()
            .parse::<NaiveDate>()
            .ok()?
            .checked_add_days(Days::new(1))
    };
    moment(value).or_else(|| Some(day()?.and_time(NaiveTime::MIN).and_utc() + LAST_ZONE))
}

/// A slot is called by its number where Chronus gave it no name.
fn slot((index, value): (usize, &Value)) -> Option<Slot> {
    let given = value.get("id").and_then(Value::as_str).map(str::to_owned);
    Some(Slot {
        id: given.unwrap_or_else(|| (index + 1).to_string()),
        starts_at: moment(value.get("starts_at")?)?,
        ends_at: value.get("ends_at").and_then(moment),
    })
}

/// None where the survey is answered in Chronus: it is marked so, or it is long and says where.
fn questions(data: &Map<String, Value>) -> Vec<Question> {
    let web = || {
        data.get("links")
            .and_then(|links| links.get("web"))
            .and_then(Value::as_str)
    };
    let is_elsewhere = text(data, "url").or_else(web).is_some();
    let is_long = list(data, "questions").count() > MOST_QUESTIONS;
    if is_true(data, "link_only") || (is_long && is_elsewhere) {
        return Vec::new();
    }
    list(data, "questions")
        .filter_map(question)
        .take(MOST_STEPS)
        .collect()
}

fn question(value: &Value) -> Option<Question> {
    let named = |value: &Value| value.get("id").and_then(Value::as_str).map(str::to_owned);
    Some(Question {
        id: named(value)?,
        kind: match value.get("kind")?.as_str()? {
            "rating" => QuestionKind::Rating,
            "choice" => QuestionKind::Choice,
            "text" => QuestionKind::Text,
            _ => return None,
        },
        options: value
            .get("options")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(named)
            .collect(),
        required: value.get("required").and_then(Value::as_bool).unwrap_or(false),
        scale: (value.get("kind")? == "rating").then(|| scale(value.get("scale"))),
    })
}

/// The ends of a rating's scale, as the card draws it (`cards::content::survey`): 1 to 5 where nothing is told.
fn scale(given: Option<&Value>) -> (u32, u32) {
    let end = |key: &str| given?.get(key)?.as_u64()?.try_into().ok();
    crate::cards::content::scale(end("min"), end("max"))
}

/// The other person: whom the event names as such, else who caused it, where that is somebody to write back to.
fn counterpart(kind: DomainKind, data: &Map<String, Value>) -> Option<MemberId> {
    let card = kind.card()?;
    let named = match card.family() {
        Family::Connection => "partner",
        Family::Request if card.role() == Role::Outcome => "mentor",
        Family::Match => "mentor",
        Family::Request => "actor",
        Family::Message if card.role() == Role::Main => "actor",
        Family::Meeting => "organizer",
        Family::Message
        | Family::ErgEvent
        | Family::Announcement
        | Family::Survey
        | Family::Task
        | Family::News
        | Family::Greeting
        | Family::Summary
        | Family::Reply => return None,
    };
    let member = |key: &str| data.get(key)?.get("member_id")?.as_str();
    MemberId::parse(member(named).or_else(|| member("actor"))?.trim()).ok()
}

/// Members who hear how many people an invitation reached, each once.
pub(super) fn organizers(kind: DomainKind, data: &Map<String, Value>) -> Vec<MemberId> {
    let invites = kind
        .card()
        .is_some_and(|card| card.family() == Family::ErgEvent && card.role() == Role::Main);
    let listed = list(data, "organizers").filter(|_| invites).take(MOST_ORGANIZERS);
    let mut named = Vec::new();
    for organizer in listed {
        let member = organizer.get("member_id").and_then(Value::as_str);
        let member = member.and_then(|member| MemberId::parse(member.trim()).ok());
        named.extend(member.filter(|member| !named.contains(member)));
    }
    named
}

/// Tells one place from another, without telling where it is.
fn place(data: &Map<String, Value>) -> Option<String> {
    let parts = ["location", "join_url", "online_url"].map(|key| text(data, key));
    parts.iter().any(Option::is_some).then(|| {
        let whole = parts.map(Option::unwrap_or_default).join("\n");
        let digest = Sha256::digest(whole.as_bytes());
        let first = digest.iter().take(8);
        first.fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn facts(event: &str, data: Value) -> SubjectFacts {
        let Value::Object(data) = data else {
            panic!("no object")
        };
        of(DomainKind::of(&format!("com.chronus.{event}")), &data).unwrap_or_default()
    }

    #[test]
    fn slots_without_names_are_called_by_their_numbers() {
        let times = ["2026-12-01T10:00:00+01:00", "2026-12-02T10:00:00Z"];
        let facts = facts(
            "meeting.requested",
            json!({ "slots": [{ "starts_at": times[0] }, { "id": "late", "starts_at": times[1] }] }),
        );
        let names: Vec<&str> = facts.slots.iter().map(|slot| slot.id.as_str()).collect();
        assert_eq!(names, ["1", "late"]);
        assert_eq!(facts.slots[0].starts_at.to_rfc3339(), "2026-12-01T09:00:00+00:00");
    }

    #[test]
    fn a_day_to_answer_by_ends_when_it_is_over_everywhere() {
        let by = facts("mentoring_request.sent", json!({ "respond_by": "2026-12-04" })).respond_by;
        assert_eq!(by.unwrap().to_rfc3339(), "2026-12-05T12:00:00+00:00");
    }

    #[test]
    fn a_long_survey_is_asked_on_the_card_only_where_there_is_no_other_place() {
        let question = |n: u32| json!({ "id": n.to_string(), "kind": "text", "text": "?" });
        let many: Vec<Value> = (0..6).map(question).collect();
        let asked = |data: Value| facts("survey.requested", data).questions.len();
        assert_eq!(asked(json!({ "questions": many })), 6);
        assert_eq!(asked(json!({ "questions": many, "url": "https://x.example" })), 0);
        assert_eq!(
            asked(json!({ "questions": [question(1)], "url": "https://x.example" })),
            1
        );
        assert_eq!(asked(json!({ "questions": [question(1)], "link_only": true })), 0);
    }

    #[test]
    fn another_place_is_another_fingerprint_and_the_words_are_not_in_it() {
        let place = |data: Value| facts("meeting.scheduled", data).place;
        let (here, there) = (
            place(json!({ "location": "Room 4" })),
            place(json!({ "location": "Room 5" })),
        );
        assert!(here.is_some() && here != there);
        assert_eq!(here, place(json!({ "location": " Room 4 ", "join_url": null })));
        assert_eq!(place(json!({ "location": "" })), None);
    }

    #[test]
    fn the_other_person_is_whom_the_kind_names() {
        let data = json!({
            "actor": { "member_id": "m-actor" }, "partner": { "member_id": "m-partner" },
            "mentor": { "member_id": "m-mentor" }, "organizer": { "name": "No id" },
        });
        let other = |event: &str| {
            facts(event, data.clone())
                .counterpart
                .map(|member| member.to_string())
        };
        assert_eq!(other("connection.started").as_deref(), Some("m-partner"));
        assert_eq!(other("recommended_match.suggested").as_deref(), Some("m-mentor"));
        assert_eq!(other("message.sent").as_deref(), Some("m-actor"));
        assert_eq!(other("meeting.requested").as_deref(), Some("m-actor"));
        assert_eq!(other("task.assigned"), None);
    }

    #[test]
    fn no_words_of_anybody_are_facts() {
        let data = json!({
            "title": "SECRET", "text": "SECRET", "location": "SECRET", "reason": "SECRET", "agenda": "SECRET",
            "organizer": { "name": "SECRET", "member_id": "m-1" },
            "slots": [{ "starts_at": "2026-12-01T10:00:00Z" }],
            "questions": [{ "id": "q", "kind": "choice", "text": "SECRET", "options": [{ "id": "o", "text": "SECRET" }] }],
        });
        let stored = serde_json::to_string(&facts("meeting.requested", data)).unwrap();
        assert!(!stored.contains("SECRET"), "{stored}");
    }

    #[test]
    fn an_event_without_facts_stores_none() {
        assert_eq!(of(DomainKind::of("com.chronus.x.y"), &Map::new()), None);
    }
}
