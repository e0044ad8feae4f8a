//! What an answer says beside who, when and where: the slot, the time, the words.

use events::organization::{DomainEventAccepted, QuestionKind, SubjectFacts};
use events::user::{Answer, SurveyAnswer};
use events::{Sealed, Vault, VaultError};
use metrics::counter;
use serde_json::{Map, Value, json};

use crate::metrics::ALERTS;

/// The field that names what was said and cannot be opened.
const UNREADABLE: &str = "unreadable";

/// The fields of an answer's data that are particular to it. Words whose key is gone are left out. Words that do not open
/// with their key are named: such an answer must not hold up those behind it, and is whole again after a repair.
pub(super) async fn of(
    event: &Answer,
    about: Option<&DomainEventAccepted>,
    vault: &Vault,
) -> Result<Map<String, Value>, VaultError> {
    let facts = about.and_then(|about| about.facts.as_ref());
    let (mut fields, words) = plain(event, facts);
    let mut unreadable = Vec::new();
    for (name, sealed) in words {
        match open(vault, sealed).await? {
            Words::Said(text) => drop(fields.insert(name.to_owned(), Value::String(text))),
            Words::Erased => {}
            Words::Unreadable => unreadable.push(name.to_owned()),
        }
    }
    if let Answer::SurveyAnswered(e) = event {
        let answers = survey(&e.answers, facts, vault, &mut unreadable).await?;
        fields.insert("answers".to_owned(), Value::Array(answers));
    }
    if !unreadable.is_empty() {
        fields.insert(UNREADABLE.to_owned(), unreadable.into());
    }
    fields.retain(|_, value| !value.is_null());
    Ok(fields)
}

/// What became of somebody's words.
enum Words {
    Said(String),
    /// Their key was destroyed.
    Erased,
    /// They do not open with their key.
    Unreadable,
}

async fn open(vault: &Vault, sealed: &Sealed) -> Result<Words, VaultError> {
    match vault.open(sealed).await {
        Ok(text) => Ok(text.map_or(Words::Erased, Words::Said)),
        Err(error @ VaultError::Damaged { .. }) => {
            tracing::error!(
                target: "alert", alert = "answer_unreadable", %error, "an answer is handed over without words that do not open"
            );
            counter!(ALERTS, "alert" => "answer_unreadable", "tenant" => "").increment(1);
            Ok(Words::Unreadable)
        }
        Err(error @ VaultError::Keys(_)) => Err(error),
    }
}

type Sayings<'a> = Vec<(&'static str, &'a Sealed)>;

/// What stands open, and what is still to be opened.
fn plain<'a>(event: &'a Answer, facts: Option<&SubjectFacts>) -> (Map<String, Value>, Sayings<'a>) {
    let words = |name: &'static str, text: &'a Option<Sealed>| text.iter().map(|text| (name, text)).collect();
    let (fields, words) = match event {
        Answer::RequestDeclined(e) => (json!({ "reason": e.reason }), words("note", &e.note)),
        Answer::MeetingAccepted(e) => (json!({ "slot": slot(e.slot.as_deref(), facts) }), Vec::new()),
        Answer::MeetingDeclined(e) => (json!({}), words("note", &e.note)),
        Answer::MeetingProposed(e) => (json!({ "starts_at": e.starts_at }), words("note", &e.note)),
        Answer::MeetingHeld(e) => (json!({ "held": e.held }), Vec::new()),
        Answer::EventRsvpGiven(e) => (json!({ "rsvp": e.rsvp }), Vec::new()),
        Answer::MatchRequested(e) => (json!({}), words("message", &e.message)),
        Answer::MessageReplied(e) => (json!({ "message_id": e.reply_id }), vec![("text", &e.text)]),
        Answer::MessageSent(e) => (json!({ "message_id": e.message_id }), vec![("text", &e.text)]),
        // The answers of a survey are opened one by one.
        Answer::SurveyAnswered(_)
        | Answer::RequestAccepted(_)
        | Answer::AnnouncementAcknowledged(_)
        | Answer::MatchDismissed(_)
        | Answer::TaskCompleted(_) => (json!({}), Vec::new()),
    };
    match fields {
        Value::Object(fields) => (fields, words),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            (Map::new(), words)
        }
    }
}

/// A slot with its time, so that nobody has to look up what its name meant.
fn slot(chosen: Option<&str>, facts: Option<&SubjectFacts>) -> Value {
    let Some(id) = chosen else { return Value::Null };
    let known = facts.and_then(|facts| facts.slots.iter().find(|slot| slot.id == id));
    known.map_or_else(|| json!({ "id": id }), |slot| json!(slot))
}

/// Ratings are numbers; everything else is text, a choice the id of its option.
async fn survey(
    answers: &[SurveyAnswer],
    facts: Option<&SubjectFacts>,
    vault: &Vault,
    unreadable: &mut Vec<String>,
) -> Result<Vec<Value>, VaultError> {
    let mut opened = Vec::with_capacity(answers.len());
    for SurveyAnswer { question, answer } in answers {
        let text = match open(vault, answer).await? {
            Words::Said(text) => text,
            Words::Erased => continue,
            Words::Unreadable => {
                unreadable.push(format!("answers/{question}"));
                continue;
            }
        };
        let asked = facts.and_then(|facts| facts.questions.iter().find(|asked| asked.id == *question));
        let is_rating = asked.is_some_and(|asked| asked.kind == QuestionKind::Rating);
        let number = text.trim().parse::<i64>().ok().filter(|_| is_rating);
        let answer = number.map_or(Value::String(text), Value::from);
        opened.push(json!({ "question": question, "answer": answer }));
    }
    Ok(opened)
}
