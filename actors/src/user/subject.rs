//! A Chronus thing as one person's stream tells of it: its state, its newest content, what the person answered.

use chrono::{DateTime, Utc};
use events::organization::{CardKind, Question, SubjectFacts, SubjectState};
use events::user::{NotificationQueued, Rsvp, Source, SubjectChanged, SurveyStepSaved};
use events::{EventId, Metadata, Sealed};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

mod told;

pub use told::Order;
use told::{Account, History, Told};

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
    /// Since when this person's stream knows.
    pub known_at: DateTime<Utc>,
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
    /// What Chronus told, from which all of the above follows.
    history: History,
    /// The state into which the person brought it here, and when.
    own_end: Option<(SubjectState, DateTime<Utc>)>,
    /// The domain event that asked anew last for what had ended; answers are younger.
    asked_by: Option<EventId>,
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
    /// When it was recorded.
    pub at: DateTime<Utc>,
    /// When the person gave it, or gave it again last: what they gave before that and what comes late changes nothing.
    pub wished_at: DateTime<Utc>,
    /// Tells equal reasons and words given with it from others.
    pub given: Option<Uuid>,
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
    /// What tells each of them from others, by question.
    pub given: Vec<(String, Option<Uuid>)>,
    /// The question to show; `None` for the first.
    pub current: Option<Step>,
}

impl Progress {
    /// Keeps the answer to a question, and goes on to the next one.
    pub fn save(&mut self, event: &SurveyStepSaved) {
        self.saved.retain(|(question, _)| *question != event.question);
        self.saved.push((event.question.clone(), event.answer.clone()));
        self.given.retain(|(question, _)| *question != event.question);
        self.given.push((event.question.clone(), event.given));
        self.current = Some(Step::After(event.question.clone()));
    }

    /// Whether this very answer to the question is kept.
    pub fn holds(&self, question: &str, given: Option<Uuid>) -> bool {
        self.given
            .iter()
            .any(|(id, known)| id == question && *known == given)
    }

    /// Questions changed. What was answered to a question that is asked otherwise now, or no more, is void, and the card
    /// goes back to the first such question. Answers are sealed, so the question as it was says what they may be.
    fn void_unfit(&mut self, before: &[Question], now: &[Question]) {
        if before == now {
            return;
        }
        let named = |list: &[Question], id: &str| list.iter().find(|question| question.id == id).cloned();
        let holds = |id: &str| {
            let both = named(before, id).zip(named(now, id));
            both.is_some_and(|(before, now)| now.takes_answers_to(&before))
        };
        let void = |id: &str| !holds(id) && self.saved.iter().any(|(saved, _)| saved == id);
        let again = now
            .iter()
            .find(|question| void(&question.id))
            .map(|question| question.id.clone());
        self.saved.retain(|(id, _)| holds(id));
        self.given.retain(|(id, _)| holds(id));
        if let Some(question) = again {
            self.current = Some(Step::At(question));
        }
    }
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
    /// The place of that among other changes of the message.
    pub order: Order,
    /// Since when this person's stream knows.
    pub known_at: DateTime<Utc>,
}

impl Subject {
    /// A subject that the person hears of for the first time, by a card.
    pub fn of_card(event: &NotificationQueued, meta: &Metadata) -> Self {
        let mut subject = Self::new(event.card, meta.time);
        subject.told_by_card(event, meta);
        subject
    }

    /// A subject of which a change is told before any card.
    pub fn of_change(event: &SubjectChanged, meta: &Metadata) -> Self {
        let mut subject = Self::new(event.card.unwrap_or(CardKind::MentoringRequest), meta.time);
        subject.told_by_change(event, meta);
        subject
    }

    fn new(kind: CardKind, at: DateTime<Utc>) -> Self {
        Self {
            kind,
            state: SubjectState::Open,
            at,
            known_at: at,
            here: false,
            source: None,
            earlier: Vec::new(),
            previous: None,
            facts: SubjectFacts::default(),
            previous_facts: None,
            history: History::default(),
            own_end: None,
            asked_by: None,
            answer: None,
            held: None,
            survey: Progress::default(),
            edits: Vec::new(),
        }
    }

    /// A card about it was queued: what its domain event told takes its place among the rest.
    pub fn told_by_card(&mut self, event: &NotificationQueued, meta: &Metadata) {
        let Source::DomainEvent { event_id, .. } = &event.source else {
            return;
        };
        self.tell(Told {
            event: *event_id,
            order: Order::of(Some(&event.source), event.happened_at.unwrap_or(meta.time)),
            timed: event.happened_at.is_some(),
            known_at: meta.time,
            card: event.card,
            state: event.state,
            source: Some(event.source.clone()),
            facts: event.facts.clone().unwrap_or_default(),
        });
    }

    /// Chronus told of a change.
    pub fn told_by_change(&mut self, event: &SubjectChanged, meta: &Metadata) {
        if event.state == SubjectState::Failed {
            return;
        }
        let order = Order::of(event.source.as_ref(), event.happened_at.unwrap_or(meta.time));
        if event.card == Some(CardKind::Message) {
            return self.edit(event, order, meta.time);
        }
        self.tell(Told {
            event: event.domain_event,
            order,
            timed: event.happened_at.is_some(),
            known_at: meta.time,
            card: event.card.unwrap_or(self.kind),
            state: Some(event.state),
            source: event.source.clone(),
            facts: event.facts.clone().unwrap_or_default(),
        });
    }

    fn tell(&mut self, told: Told) {
        self.history.insert(told);
        self.refold();
    }

    fn refold(&mut self) {
        let Some(account) = self.history.account() else {
            return;
        };
        if account.asked.is_some() && account.asked != self.asked_by {
            self.asked_by = account.asked;
            self.forget_answers(account.kind);
        }
        // Chronus has the last word on how it ended; until then what the person did here stands.
        let own = self
            .own_end
            .filter(|(state, _)| !account.state.is_final() || account.state == *state);
        let Account {
            kind,
            state,
            at,
            known_at,
            source,
            earlier,
            previous,
            facts,
            previous_facts,
            asked: _,
        } = account;
        self.kind = kind;
        (self.source, self.earlier, self.previous) = (source, earlier, previous);
        let asked = std::mem::replace(&mut self.facts, facts);
        self.survey.void_unfit(&asked.questions, &self.facts.questions);
        self.previous_facts = previous_facts;
        (self.state, self.at, self.known_at) =
            own.map_or((state, at, known_at), |(state, at)| (state, at, at));
        self.here = own.is_some();
    }

    /// Chronus asked anew for what it had ended: what the person answered before counts for what they had before them then.
    /// Whether they come to an event stands, since they can say otherwise at any time.
    fn forget_answers(&mut self, kind: CardKind) {
        self.own_end = None;
        if kind != CardKind::ErgEvent {
            self.answer = None;
        }
        self.held = None;
        self.survey = Progress::default();
    }

    /// The person brought the subject into a state here.
    pub fn ended_here(&mut self, state: SubjectState, at: DateTime<Utc>) {
        self.own_end = Some((state, at));
        (self.state, self.at, self.known_at, self.here) = (state, at, at, true);
    }

    /// Whether a card about it shows the same.
    pub fn shows_same(&self, other: &Self) -> bool {
        (self.state, self.at, self.here) == (other.state, other.at, other.here)
            && (&self.source, &self.earlier, &self.previous)
                == (&other.source, &other.earlier, &other.previous)
            && (&self.facts, &self.previous_facts) == (&other.facts, &other.previous_facts)
            && self.edits == other.edits
    }

    /// Whether what happened at `order` is older than the newest content.
    pub fn supersedes(&self, order: Order) -> bool {
        self.history.newest().is_some_and(|newest| newest > order)
    }

    fn edit(&mut self, event: &SubjectChanged, order: Order, known_at: DateTime<Utc>) {
        let Some(message_id) = event.facts.as_ref().and_then(|facts| facts.message_id.clone()) else {
            return;
        };
        let known = self.edits.iter().position(|edit| edit.message_id == message_id);
        if let Some(known) = known {
            if self.edits[known].order > order {
                return;
            }
            self.edits.remove(known);
        }
        let edit = Edit {
            message_id,
            source: event.source.clone(),
            state: event.state,
            order,
            known_at,
        };
        let place = self.edits.partition_point(|known| known.order <= order);
        self.edits.insert(place, edit);
        if self.edits.len() > EDITS {
            self.edits.remove(0);
        }
    }

    /// Whether Chronus told of it, or of a message of it, since then.
    pub fn changed_since(&self, then: DateTime<Utc>) -> bool {
        self.known_at > then || self.edits.iter().any(|edit| edit.known_at > then)
    }

    /// What became of a message of this thread.
    pub fn edit_of(&self, facts: &SubjectFacts) -> Option<&Edit> {
        let message_id = facts.message_id.as_ref()?;
        self.edits.iter().find(|edit| edit.message_id == *message_id)
    }

    /// Keeps an answer.
    pub fn answered(&mut self, what: Answered, at: DateTime<Utc>, wished_at: DateTime<Utc>) {
        self.answer = Some(Answer {
            what,
            at,
            wished_at,
            given: None,
        });
    }

    /// The person gave the answer that stands again.
    pub fn affirmed(&mut self, at: DateTime<Utc>) {
        if let Some(answer) = &mut self.answer {
            answer.wished_at = answer.wished_at.max(at);
        }
    }

    /// The answer, where it was given to what is so now: a meeting that was moved since is to be answered anew,
    /// except by those who declined it and leave it at that; one that is asked for again with other times is to be answered
    /// anew by everybody; and a time that was proposed is settled by the one that was fixed after it.
    pub fn standing_answer(&self) -> Option<&Answer> {
        let answer = self.answer.as_ref()?;
        let before = self.kind == CardKind::Meeting && answer.at < self.known_at;
        // Other times than those before are a question of their own.
        let asked = self.state == SubjectState::Open;
        let overtaken = match answer.what {
            Answered::MeetingDeclined => asked,
            Answered::Proposed(_) => matches!(
                self.state,
                SubjectState::Open | SubjectState::Scheduled | SubjectState::Moved
            ),
            Answered::Accepted
            | Answered::Declined
            | Answered::Slot(_)
            | Answered::Rsvp(_)
            | Answered::Submitted
            | Answered::Acknowledged
            | Answered::MatchRequested
            | Answered::MatchDismissed
            | Answered::Completed => asked || self.state == SubjectState::Moved,
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

#[cfg(test)]
mod tests;
