//! A Chronus thing as one person's stream tells of it: its state, its newest content, what the person answered.

use chrono::{DateTime, Utc};
use events::organization::{CardKind, SubjectFacts, SubjectState};
use events::user::{NotificationQueued, Rsvp, Source, SubjectChanged};
use events::{Metadata, Position, Sealed};
use serde::{Deserialize, Serialize};

/// Edits and deletions of single messages that a thread remembers; older messages keep their first words.
const EDITS: usize = 50;

/// See the module.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Subject {
    /// The card that tells most of it.
    pub kind: CardKind,
    /// How it stands.
    pub state: SubjectState,
    /// Since when.
    pub at: DateTime<Utc>,
    /// Whether this person brought it about here.
    pub here: bool,
    /// Its newest content; absent where older events did not tell.
    pub source: Option<Source>,
    /// Its content before the newest, oldest first: what a newer event leaves out still holds. Of very many the first
    /// and the last few.
    pub earlier: Vec<Source>,
    /// Its content before the last change of time or place.
    pub previous: Option<Source>,
    /// What rules go by.
    pub facts: SubjectFacts,
    /// The same before the last change of time or place.
    pub previous_facts: Option<SubjectFacts>,
    /// What the person answered.
    pub answer: Option<Answer>,
    /// Whether the person told that the meeting took place, and when they told.
    pub held: Option<(bool, DateTime<Utc>)>,
    /// How far the person is in the survey.
    pub survey: Progress,
    /// What became of single messages of a thread.
    pub edits: Vec<Edit>,
}

/// What the person answered, and when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// What.
    pub what: Answered,
    /// When.
    pub at: DateTime<Utc>,
}

/// What a person can answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answered {
    /// The request was accepted.
    Accepted,
    /// The request was declined.
    Declined,
    /// The meeting was accepted, at this of its times.
    Slot(Option<String>),
    /// The meeting was declined.
    MeetingDeclined,
    /// This time was proposed.
    Proposed(DateTime<Utc>),
    /// Whether the person comes.
    Rsvp(Rsvp),
    /// The survey was submitted.
    Submitted,
    /// The announcement was acknowledged.
    Acknowledged,
    /// The match was asked.
    MatchRequested,
    /// The match was dismissed.
    MatchDismissed,
    /// The task was done.
    Completed,
}

/// How far a person is in a survey.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Answers so far, by question.
    pub saved: Vec<(String, Sealed)>,
    /// The question to show; `None` for the first.
    pub current: Option<Step>,
}

/// Where a person is in a survey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// At this question.
    At(String),
    /// Behind this question.
    After(String),
    /// Behind the last one.
    End,
}

/// What became of one message of a thread.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Edit {
    /// Which message.
    pub message_id: String,
    /// Its newest words.
    pub source: Option<Source>,
    /// Edited or deleted.
    pub state: SubjectState,
}

/// Earlier contents that a subject remembers.
const EARLIER: usize = 6;

/// The place of a source in the log; the newest content is the one that stands last.
fn place(source: &Source) -> Position {
    match source {
        Source::DomainEvent { position, .. } => *position,
        Source::Chat => Position::START,
    }
}

impl Subject {
    /// A subject that the person hears of for the first time, by a card.
    pub fn of_card(event: &NotificationQueued, meta: &Metadata) -> Self {
        // That one message failed says nothing of its thread.
        let state = event
            .state
            .filter(|state| *state != SubjectState::Failed)
            .unwrap_or(SubjectState::Open);
        Self {
            source: Some(event.source.clone()),
            facts: event.facts.clone().unwrap_or_default(),
            ..Self::new(event.card, state, meta.time)
        }
    }

    /// A subject of which a change is told before any card.
    pub fn of_change(event: &SubjectChanged, meta: &Metadata) -> Self {
        Self {
            source: event.source.clone(),
            facts: event.facts.clone().unwrap_or_default(),
            ..Self::new(
                event.card.unwrap_or(CardKind::MentoringRequest),
                event.state,
                meta.time,
            )
        }
    }

    fn new(kind: CardKind, state: SubjectState, at: DateTime<Utc>) -> Self {
        Self {
            kind,
            state,
            at,
            here: false,
            source: None,
            earlier: Vec::new(),
            previous: None,
            facts: SubjectFacts::default(),
            previous_facts: None,
            answer: None,
            held: None,
            survey: Progress::default(),
            edits: Vec::new(),
        }
    }

    /// Another card about it was queued: its content counts where it is the newest. A reminder or a notice tells of
    /// the subject as it is and does not reopen it.
    pub fn told_by_card(&mut self, event: &NotificationQueued, meta: &Metadata) {
        if !is_living(event.card) || !self.is_newest(&event.source) {
            return;
        }
        self.kind = event.card;
        let facts = event.facts.clone().unwrap_or_default();
        let Some(state) = event.state else { return };
        if !self.state.is_final() || state != SubjectState::Open {
            self.turn(&event.source, &facts, state, meta);
        }
    }

    /// Chronus told of a change.
    pub fn told_by_change(&mut self, event: &SubjectChanged, meta: &Metadata) {
        if event.state == SubjectState::Failed {
            return;
        }
        if event.card == Some(CardKind::Message) {
            return self.edit(event);
        }
        if let Some(source) = &event.source {
            if !self.is_newest(source) {
                return;
            }
            let facts = event.facts.clone().unwrap_or_default();
            // A reminder of something that the person answered, or that ended, does not reopen it.
            let reopens = self.state.is_final() && event.state == SubjectState::Open;
            let state = if reopens { self.state } else { event.state };
            self.turn(source, &facts, state, meta);
        } else {
            self.enter(event.state, meta.time);
        }
    }

    fn is_newest(&self, source: &Source) -> bool {
        self.source
            .as_ref()
            .is_none_or(|known| place(known) <= place(source))
    }

    fn turn(&mut self, source: &Source, facts: &SubjectFacts, state: SubjectState, meta: &Metadata) {
        let now = self.facts.overlaid(facts);
        if moves(&self.facts, &now) {
            self.previous.clone_from(&self.source);
            self.previous_facts = Some(std::mem::replace(&mut self.facts, now));
        } else {
            self.facts = now;
        }
        if let Some(before) = self
            .source
            .replace(source.clone())
            .filter(|before| before != source)
        {
            if self.earlier.len() == EARLIER {
                self.earlier.remove(1);
            }
            self.earlier.push(before);
        }
        self.enter(state, meta.time);
    }

    fn enter(&mut self, state: SubjectState, at: DateTime<Utc>) {
        let repeats = matches!(
            state,
            SubjectState::Scheduled | SubjectState::Moved | SubjectState::Updated
        );
        if self.state != state || repeats {
            self.state = state;
            self.at = at;
            self.here = false;
        }
    }

    /// The person brought the subject into a state here.
    pub fn ended_here(&mut self, state: SubjectState, at: DateTime<Utc>) {
        (self.state, self.at, self.here) = (state, at, true);
    }

    fn edit(&mut self, event: &SubjectChanged) {
        let Some(message_id) = event.facts.as_ref().and_then(|facts| facts.message_id.clone()) else {
            return;
        };
        self.edits.retain(|edit| edit.message_id != message_id);
        if self.edits.len() == EDITS {
            self.edits.remove(0);
        }
        self.edits.push(Edit {
            message_id,
            source: event.source.clone(),
            state: event.state,
        });
    }

    /// What became of a message of this thread.
    pub fn edit_of(&self, facts: &SubjectFacts) -> Option<&Edit> {
        let message_id = facts.message_id.as_ref()?;
        self.edits.iter().find(|edit| edit.message_id == *message_id)
    }

    /// Keeps an answer.
    pub fn answered(&mut self, what: Answered, at: DateTime<Utc>) {
        self.answer = Some(Answer { what, at });
    }

    /// The answer, where it was given to what is so now: a meeting that was moved since is to be answered anew,
    /// except by those who declined it and leave it at that; and a time that was proposed is settled by the one that
    /// was fixed after it.
    pub fn standing_answer(&self) -> Option<&Answer> {
        let answer = self.answer.as_ref()?;
        let before = self.kind == CardKind::Meeting && answer.at < self.at;
        let overtaken = match answer.what {
            Answered::MeetingDeclined => false,
            Answered::Proposed(_) => matches!(self.state, SubjectState::Scheduled | SubjectState::Moved),
            Answered::Accepted
            | Answered::Declined
            | Answered::Slot(_)
            | Answered::Rsvp(_)
            | Answered::Submitted
            | Answered::Acknowledged
            | Answered::MatchRequested
            | Answered::MatchDismissed
            | Answered::Completed => self.state == SubjectState::Moved,
        };
        (!(before && overtaken)).then_some(answer)
    }

    /// The answer to an invitation.
    pub fn rsvp(&self) -> Option<Rsvp> {
        match self.answer.as_ref()?.what {
            Answered::Rsvp(rsvp) => Some(rsvp),
            Answered::Accepted
            | Answered::Declined
            | Answered::Slot(_)
            | Answered::MeetingDeclined
            | Answered::Proposed(_)
            | Answered::Submitted
            | Answered::Acknowledged
            | Answered::MatchRequested
            | Answered::MatchDismissed
            | Answered::Completed => None,
        }
    }

    /// The place of the question that the survey's card shows; their number when all were shown.
    pub fn survey_step(&self) -> usize {
        let questions = &self.facts.questions;
        let place = |id: &str| questions.iter().position(|question| question.id == *id);
        match &self.survey.current {
            None => 0,
            Some(Step::At(id)) => place(id).unwrap_or(0),
            Some(Step::After(id)) => place(id).map_or(0, |place| place + 1),
            Some(Step::End) => questions.len(),
        }
    }
}

/// Whether time or place changed.
pub fn moves(before: &SubjectFacts, now: &SubjectFacts) -> bool {
    let time =
        before.starts_at.is_some() && (before.starts_at != now.starts_at || before.ends_at != now.ends_at);
    time || now.is_elsewhere_than(before)
}

/// Whether a card tells of its subject as a whole, and not of a moment in its life.
pub fn is_living(card: CardKind) -> bool {
    matches!(
        card,
        CardKind::MentoringRequest
            | CardKind::RequestOutcome
            | CardKind::Connection
            | CardKind::RecommendedMatch
            | CardKind::Meeting
            | CardKind::ErgEvent
            | CardKind::Announcement
            | CardKind::Survey
            | CardKind::Message
            | CardKind::Task
            | CardKind::Plain
    )
}
