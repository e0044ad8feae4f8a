//! What an answer says beside who, when and where: the slot, the time, the words.

use events::organization::{DomainEventAccepted, QuestionKind, SubjectFacts};
use events::user::SurveyAnswer;
use events::{Sealed, UserEvent, Vault, VaultError};
use serde_json::{Map, Value, json};

/// The fields of an answer's data that are particular to it. Words whose key is gone are left out.
pub(super) async fn of(
    event: &UserEvent,
    about: Option<&DomainEventAccepted>,
    vault: &Vault,
) -> Result<Map<String, Value>, VaultError> {
    let facts = about.and_then(|about| about.facts.as_ref());
    let (mut fields, words) = plain(event, facts);
    for (name, sealed) in words {
        if let Some(text) = vault.open(sealed).await? {
            fields.insert(name.to_owned(), Value::String(text));
        }
    }
    if let UserEvent::SurveyAnswered(e) = event {
        let answers = survey(&e.answers, facts, vault).await?;
        fields.insert("answers".to_owned(), Value::Array(answers));
    }
    fields.retain(|_, value| !value.is_null());
    Ok(fields)
}

type Words<'a> = Vec<(&'static str, &'a Sealed)>;

/// What stands open, and what is still to be opened.
fn plain<'a>(event: &'a UserEvent, facts: Option<&SubjectFacts>) -> (Map<String, Value>, Words<'a>) {
    let words = |name: &'static str, text: &'a Option<Sealed>| text.iter().map(|text| (name, text)).collect();
    let (fields, words) = match event {
        UserEvent::RequestDeclined(e) => (json!({ "reason": e.reason }), words("note", &e.note)),
        UserEvent::MeetingAccepted(e) => (json!({ "slot": slot(e.slot.as_deref(), facts) }), Vec::new()),
        UserEvent::MeetingDeclined(e) => (json!({}), words("note", &e.note)),
        UserEvent::MeetingProposed(e) => (json!({ "starts_at": e.starts_at }), words("note", &e.note)),
        UserEvent::MeetingHeld(e) => (json!({ "held": e.held }), Vec::new()),
        UserEvent::EventRsvpGiven(e) => (json!({ "rsvp": e.rsvp }), Vec::new()),
        UserEvent::MatchRequested(e) => (json!({}), words("message", &e.message)),
        UserEvent::MessageReplied(e) => (json!({ "message_id": e.reply_id }), vec![("text", &e.text)]),
        UserEvent::MessageSent(e) => (json!({ "message_id": e.message_id }), vec![("text", &e.text)]),
        _ => (json!({}), Vec::new()),
    };
    match fields {
        Value::Object(fields) => (fields, words),
        _ => (Map::new(), words),
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
) -> Result<Vec<Value>, VaultError> {
    let mut opened = Vec::with_capacity(answers.len());
    for SurveyAnswer { question, answer } in answers {
        let Some(text) = vault.open(answer).await? else {
            continue;
        };
        let asked = facts.and_then(|facts| facts.questions.iter().find(|asked| asked.id == *question));
        let is_rating = asked.is_some_and(|asked| asked.kind == QuestionKind::Rating);
        let number = text.trim().parse::<i64>().ok().filter(|_| is_rating);
        let answer = number.map_or(Value::String(text), Value::from);
        opened.push(json!({ "question": question, "answer": answer }));
    }
    Ok(opened)
}
