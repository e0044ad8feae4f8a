//! A card about a subject before it is drawn: who reads it, what is known, where its buttons belong. What every such
//! card has around its content is here: the line above the headline, how it stands, why it came.

use actors::card::SubjectCard;
use chrono::{DateTime, Utc};
use events::organization::{Family, Role, SubjectState};
use serde_json::{Value, json};

use super::OpenedSubject;
use super::buttons::{Place, expandable};
use super::content::Content;
use super::content::person::Person;
use super::elements::{Tone, close, fixed, from_outside, heading, labelled, paragraphs, said, words};
use super::escape::{self, shorten};
use super::link::HttpsLink;
use super::text::Texts;
use super::time::{Deadline, Reader};

/// How much of a long text shows at once where it folds, in characters.
const PREVIEW_CHARS: usize = 300;

/// Everything that the card of one subject is drawn from.
pub(super) struct Scene<'a> {
    /// Who reads it.
    pub(super) reader: Reader,
    /// What the actor decided.
    pub(super) card: &'a SubjectCard,
    /// What Chronus says and the person answered, opened.
    pub(super) opened: &'a OpenedSubject,
    /// The newest of what Chronus says, completed by what it said before.
    pub(super) content: Content,
    /// Where its buttons belong.
    pub(super) place: Place<'a>,
    /// How much of a long text may be shown, in characters.
    pub(super) max: usize,
}

impl<'a> Scene<'a> {
    /// Puts a card's parts together.
    pub(super) fn new(
        reader: Reader,
        card: &'a SubjectCard,
        opened: &'a OpenedSubject,
        place: Place<'a>,
        max: usize,
    ) -> Self {
        // Newest first.
        let before = opened
            .earlier
            .iter()
            .rev()
            .chain(&opened.previous)
            .chain([&opened.original]);
        Self {
            content: before.fold(opened.newest.clone(), |content, older| content.over(older)),
            reader,
            card,
            opened,
            place,
            max,
        }
    }

    /// The newest of what was told of this type (`mentoring_request.sent`), else what the card came from.
    pub(super) fn told_by(&self, name: &str) -> &'a Content {
        let opened = self.opened;
        let known = [&opened.newest]
            .into_iter()
            .chain(opened.earlier.iter().rev())
            .chain([&opened.original]);
        known
            .into_iter()
            .find(|content| content.is_of(name))
            .unwrap_or(&opened.original)
    }

    /// What was asked by events of this type (`mentoring_request.sent`): the newest, completed by those before it; else what
    /// the card came from.
    pub(super) fn asked_by(&self, name: &str) -> Content {
        let opened = self.opened;
        let known = [&opened.newest]
            .into_iter()
            .chain(opened.earlier.iter().rev())
            .chain([&opened.original]);
        let asked = known.filter(|content| content.is_of(name)).cloned();
        asked
            .reduce(|content, older| content.over(&older))
            .unwrap_or_else(|| opened.original.clone())
    }

    /// The reader's texts, for places that show them as they are.
    pub(super) fn text(&self) -> Texts {
        self.reader.text
    }

    /// The reader's texts, for places that read Markdown.
    pub(super) fn markdown(&self) -> Texts {
        self.reader.text.markdown()
    }

    /// When its state became what it is.
    pub(super) fn at(&self) -> String {
        self.reader.moment(self.card.at)
    }

    /// When the person answered.
    pub(super) fn answered_at(&self) -> String {
        self.reader.moment(self.card.answered_at.unwrap_or(self.card.at))
    }

    /// Whether its subject is in this state.
    pub(super) fn is(&self, state: SubjectState) -> bool {
        self.card.state == state
    }

    /// Whether nothing of it waits or can change any more for this person.
    pub(super) fn is_over(&self) -> bool {
        let answered = self.card.answer.is_some() && !self.card.open;
        self.card.ended().is_some() || answered
    }

    /// That it waits for the person's answer, and until when.
    pub(super) fn waits(&self, until: Option<Deadline>) -> Option<Value> {
        let text = self.text();
        let state = until.map_or_else(
            || text.waits_answer(),
            |at| text.waits_answer_by(&self.reader.deadline(at)),
        );
        self.card.open.then(|| standing(&state, None))
    }

    /// The picture and name of the person whom the card is about, where Chronus sent one and it may be shown.
    pub(super) fn person_picture(&self) -> Option<(HttpsLink, String)> {
        let role = self.card.kind.role();
        let key = match self.card.kind.family() {
            Family::Request if role == Role::Outcome => "mentor",
            Family::Request => "mentee",
            Family::Match => "mentor",
            Family::Connection => "partner",
            Family::Announcement => "author",
            Family::Message if role == Role::Main => "from",
            Family::Meeting if role == Role::Main => "organizer",
            Family::Message
            | Family::Meeting
            | Family::ErgEvent
            | Family::Survey
            | Family::Task
            | Family::News
            | Family::Greeting
            | Family::Summary
            | Family::Reply => return None,
        };
        let of = |content: &Content| Person::read(&content.data, key, content);
        let (told, original) = (of(&self.content), of(&self.opened.original));
        let person = if told.picture.is_some() { told } else { original };
        let name = person.name.unwrap_or_else(|| self.text().somebody());
        person
            .picture
            .filter(|_| self.reader.hosts_are_named)
            .map(|picture| (picture, name))
    }

    /// A text with its paragraphs, cut where the card would become too large.
    pub(super) fn prose(&self, whole: &str) -> Vec<Value> {
        self.prose_within(whole, self.max)
    }

    /// The same, of at most `max` characters.
    pub(super) fn prose_within(&self, whole: &str, max: usize) -> Vec<Value> {
        let shown = shorten(whole, max);
        let mut blocks = paragraphs(&shown);
        if shown.len() < whole.len() {
            blocks.push(close(fixed(self.text().shortened(), Tone::Small)));
        }
        blocks
    }

    /// The same, folded where it is long. At most one on a card.
    pub(super) fn folded(&self, whole: &str) -> Vec<Value> {
        let preview = shorten(whole, PREVIEW_CHARS);
        let full = self.prose(whole);
        if preview.len() < whole.len() {
            expandable(self.text(), &paragraphs(&preview), &full)
        } else {
            full
        }
    }

    /// As [`Scene::when`], for what is near: today, tomorrow.
    pub(super) fn soon(
        &self,
        starts_at: Option<DateTime<Utc>>,
        ends_at: Option<DateTime<Utc>>,
    ) -> Option<String> {
        let (starts_at, ends_at) = self.moments(starts_at, ends_at)?;
        Some(self.reader.near_span(starts_at, ends_at))
    }

    /// From when to when, in words: by the facts that the rules know, else by what Chronus wrote.
    pub(super) fn when(
        &self,
        starts_at: Option<DateTime<Utc>>,
        ends_at: Option<DateTime<Utc>>,
    ) -> Option<String> {
        let (starts_at, ends_at) = self.moments(starts_at, ends_at)?;
        Some(self.reader.span(starts_at, ends_at))
    }

    fn moments(
        &self,
        starts_at: Option<DateTime<Utc>>,
        ends_at: Option<DateTime<Utc>>,
    ) -> Option<(DateTime<Utc>, Option<DateTime<Utc>>)> {
        let facts = &self.card.facts;
        Some((facts.starts_at.or(starts_at)?, facts.ends_at.or(ends_at)))
    }
}

/// A headline that holds words from outside.
pub(super) fn title(text: &str) -> Value {
    from_outside(heading(escape::markdown(text)))
}

/// What the card is, and of which programme.
pub(super) fn label_line(text: Texts, kind: &str, program: Option<&str>) -> Value {
    let direction = text.language().direction();
    let label = program.map_or_else(
        || kind.to_owned(),
        |program| format!("{kind} · {}", direction.embed(program)),
    );
    words(&label, Tone::Small)
}

/// Labels with what they label, where there is something.
pub(super) fn details(rows: impl IntoIterator<Item = (String, Option<String>)>) -> Vec<Value> {
    let rows = rows.into_iter();
    rows.filter_map(|(label, value)| value.map(|value| close(labelled(&label, &value))))
        .collect()
}

/// A label above a list of short texts.
pub(super) fn bullets(label: &str, lines: &[String]) -> Vec<Value> {
    if lines.is_empty() {
        return Vec::new();
    }
    let lines = lines
        .iter()
        .map(|line| close(words(&format!("•  {line}"), Tone::Normal)));
    [words(label, Tone::Strong)].into_iter().chain(lines).collect()
}

/// How the subject stands, and what comes next: a strip right below the headline. Its colour repeats the sign that the
/// words begin with and so tells nothing that they do not.
pub(super) fn standing(state: &str, next: Option<&str>) -> Value {
    let mut lines = vec![words(state, Tone::Strong)];
    lines.extend(next.map(|next| close(said(next, Tone::Normal))));
    let style = match state.chars().next() {
        Some('✓') => "good",
        Some('✕' | '⚠') => "attention",
        Some('⏳' | '↻') => "accent",
        _ => "emphasis",
    };
    json!({ "type": "Container", "style": style, "bleed": true, "items": lines })
}

/// Whether this is such a strip.
pub(super) fn is_standing(element: &Value) -> bool {
    element["bleed"] == true
}

/// The line below the buttons: why the person gets this or, where no button says it, how to get fewer.
pub(super) fn footer(line: &str) -> Value {
    close(words(line, Tone::Small))
}
