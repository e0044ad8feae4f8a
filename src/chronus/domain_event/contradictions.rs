//! What fits the schema field by field and contradicts itself as a whole: nobody could answer it as Chronus means it.

use std::collections::HashSet;

use events::organization::{CardKind, DomainKind};
use serde_json::{Map, Value};

use super::{Invalid, invalid};
use crate::cards::content::LOWEST;

/// Says the first of them.
pub(super) fn check(kind: DomainKind, data: &Map<String, Value>) -> Result<(), Invalid> {
    let list = |key: &str| data.get(key).and_then(Value::as_array).map(Vec::as_slice);
    if kind.card() == Some(CardKind::Meeting) {
        return unique("/data/slots", list("slots").unwrap_or_default(), "slot");
    }
    if !matches!(kind.card(), Some(CardKind::Survey | CardKind::SurveyReminder)) {
        return Ok(());
    }
    let questions = list("questions").unwrap_or_default();
    unique("/data/questions", questions, "question")?;
    for (place, question) in questions.iter().enumerate() {
        let at = format!("/data/questions/{place}");
        scale(&at, question)?;
        let options = question.get("options").and_then(Value::as_array);
        let options = options.map(Vec::as_slice).unwrap_or_default();
        unique(&format!("{at}/options"), options, "option")?;
    }
    Ok(())
}

/// A scale whose ends are the wrong way round has no step that could be pressed.
fn scale(at: &str, question: &Value) -> Result<(), Invalid> {
    if question["kind"] != "rating" {
        return Ok(());
    }
    let end = |key: &str| question["scale"][key].as_u64();
    let (min, Some(max)) = (end("min").unwrap_or(LOWEST.into()), end("max")) else {
        return Ok(());
    };
    if max > min {
        return Ok(());
    }
    invalid(
        format!("{at}/scale/max"),
        format!(
            "must be greater than min, which is {min}: a scale goes from its lowest number to its highest"
        ),
    )
}

/// An answer names what it chose by its id, so an id stands for one thing only.
fn unique(at: &str, listed: &[Value], what: &str) -> Result<(), Invalid> {
    let mut known = HashSet::new();
    for (place, one) in listed.iter().enumerate() {
        if let Some(id) = one["id"].as_str()
            && !known.insert(id)
        {
            return invalid(
                format!("{at}/{place}/id"),
                format!("is the id of an earlier {what} too: give each {what} of a list an id of its own"),
            );
        }
    }
    Ok(())
}
