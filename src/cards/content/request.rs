//! A mentoring request, and what became of one.

use super::super::escape::shorten;
use super::super::link::HttpsLink;
use super::super::time::Deadline;
use super::Content;
use super::field::{count, deadline, line, lines, link, text};
use super::person::Person;

/// What a mentoring request says.
pub(crate) struct Request {
    /// Who asks.
    pub(crate) person: Person,
    /// The person's own words.
    pub(crate) message: Option<String>,
    /// What the person wants to reach.
    pub(crate) goals: Vec<String>,
    /// What the reader is asked to be: `mentor`.
    pub(crate) role: Option<String>,
    /// What both have in common.
    pub(crate) why_matched: Vec<String>,
    /// Expected time.
    pub(crate) time_commitment: Option<String>,
    /// How many of the reader's places are taken, and how many there are.
    pub(crate) capacity: Option<(u32, u32)>,
    /// Until when an answer is useful.
    pub(crate) respond_by: Option<Deadline>,
    /// The asker's profile in Chronus.
    pub(crate) profile: Option<HttpsLink>,
}

impl Request {
    /// Reads it. Where it names no mentee, the actor of `asked` is the one who asks: later events have other actors.
    pub(crate) fn read(content: &Content, asked: &Content) -> Self {
        let data = &content.data;
        let capacity = &data["capacity"];
        Self {
            person: Person::read(data, "mentee", asked),
            // A sender who knows only the plain card's fields still has their words shown.
            message: text(data, "message").or_else(|| text(data, "body")),
            goals: lines(data, "goals"),
            role: line(data, "role"),
            why_matched: lines(data, "why_matched"),
            time_commitment: line(data, "time_commitment"),
            capacity: count(capacity, "used").zip(count(capacity, "total")),
            respond_by: deadline(data, "respond_by"),
            profile: link(&data["links"], "profile"),
        }
    }
}

/// Longest reason shown, in characters.
const MAX_REASON_CHARS: usize = 300;

/// Why a request was declined or taken back, as the event that ended it says.
pub(crate) fn reason(ending: &Content) -> Option<String> {
    let ends = ["declined", "withdrawn"].iter();
    let mut ends = ends.map(|what| format!("mentoring_request.{what}"));
    let ends_it = ends.any(|name| ending.is_of(&name));
    ending
        .reason()
        .filter(|_| ends_it)
        .map(|reason| shorten(&reason, MAX_REASON_CHARS))
}

/// What became of a request, for the person who sent it.
pub(crate) struct Outcome {
    /// Who was asked.
    pub(crate) person: Person,
    /// What that person wrote with the answer.
    pub(crate) note: Option<String>,
    /// Why it was declined or taken back.
    pub(crate) reason: Option<String>,
    /// How Chronus puts it.
    pub(crate) title: Option<String>,
    /// What Chronus says about it.
    pub(crate) body: Option<String>,
}

impl Outcome {
    /// Reads it: whom from all that is known, and what was said about it from the newest event alone. Whoever withdraws a
    /// request, or lets it expire, is not the one who was asked.
    pub(crate) fn read(content: &Content, newest: &Content) -> Self {
        let answered = ["accepted", "declined"]
            .iter()
            .any(|what| newest.is_of(&format!("mentoring_request.{what}")));
        let person = if answered {
            Person::read(&content.data, "mentor", newest)
        } else {
            Person::only(&content.data, "mentor")
        };
        let data = &newest.data;
        Self {
            person,
            note: text(data, "note").or_else(|| text(data, "message")),
            reason: reason(newest),
            title: line(data, "title"),
            body: text(data, "body"),
        }
    }
}
