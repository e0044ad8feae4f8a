//! How the fold follows what the person asked and answered, and what Chronus told of subjects.

use events::organization::SubjectState;
use events::user::{Answer, AnsweredOn, Chat, SubjectChanged};
use events::{Metadata, Sealed, SubjectRef};
use uuid::Uuid;

use super::UserState;
use crate::user::notification::Written;
use crate::user::subject::{Answered, Step, Subject};

impl UserState {
    pub(super) fn apply_chat(&mut self, event: &Chat, meta: &Metadata) {
        match event {
            // Chronus' doing, and no activity of the person.
            Chat::SubjectChanged(e) => return self.subject_changed(e, meta),
            Chat::CommandReceived(e) => {
                let connected = self.connected;
                self.wished_at
                    .typed(e.command, connected, e.at.unwrap_or(meta.time));
            }
            Chat::ActionIgnored(e) => {
                let affirmed = e
                    .affirms
                    .as_ref()
                    .and_then(|subject| self.subjects.get_mut(subject));
                if let Some(subject) = affirmed {
                    subject.affirmed(e.at.unwrap_or(meta.time));
                }
                if let (Some(id), Some(fault)) = (e.notification_id, e.fault) {
                    self.change(id, |card| card.fault = Some(fault));
                }
            }
            Chat::SurveyStepSaved(e) => {
                self.change_subject(&e.on, |subject| subject.survey.save(e));
                self.acted(&e.on);
            }
            Chat::SurveyStepShown(e) => {
                self.change_subject(&e.on, |subject| {
                    subject.survey.current = Some(e.question.clone().map_or(Step::End, Step::At));
                });
                self.acted(&e.on);
            }
            Chat::MessageHandOverFailed(e) => {
                self.handled.insert(e.reply_id);
                self.notifications.each(|card| {
                    let written = card.written.iter_mut().filter(|written| written.id == e.reply_id);
                    written.for_each(|written| written.failed = true);
                });
            }
        }
        self.handled.insert(meta.causation_id);
    }

    fn subject_changed(&mut self, event: &SubjectChanged, meta: &Metadata) {
        self.changed_by.insert(event.domain_event.0);
        self.subjects
            .entry(event.subject.clone())
            .and_modify(|known| known.told_by_change(event, meta))
            .or_insert_with(|| Subject::of_change(event, meta));
    }

    pub(super) fn apply_answer(&mut self, event: &Answer, meta: &Metadata) {
        match event {
            Answer::RequestAccepted(e) => {
                self.end_here(&e.subject, Answered::Accepted, SubjectState::Accepted, meta);
            }
            Answer::RequestDeclined(e) => {
                self.end_here(&e.subject, Answered::Declined, SubjectState::Declined, meta);
                self.gave(&e.subject, e.given);
            }
            Answer::MeetingAccepted(e) => self.answer(&e.on, Answered::Slot(e.slot.clone()), meta),
            Answer::MeetingDeclined(e) => {
                self.answer(&e.on, Answered::MeetingDeclined, meta);
                self.gave(&e.on.subject, e.given);
            }
            Answer::MeetingProposed(e) => {
                self.answer(&e.on, Answered::Proposed(e.starts_at), meta);
                self.gave(&e.on.subject, e.given);
            }
            Answer::MeetingHeld(e) => {
                self.change_subject(&e.on, |subject| subject.held = Some((e.held, meta.time)));
                self.acted(&e.on);
            }
            Answer::EventRsvpGiven(e) => self.answer(&e.on, Answered::Rsvp(e.rsvp), meta),
            Answer::SurveyAnswered(e) => self.answer(&e.on, Answered::Submitted, meta),
            Answer::AnnouncementAcknowledged(e) => self.answer(&e.on, Answered::Acknowledged, meta),
            Answer::MatchRequested(e) => {
                self.answer(&e.on, Answered::MatchRequested, meta);
                self.gave(&e.on.subject, e.given);
            }
            Answer::MatchDismissed(e) => self.answer(&e.on, Answered::MatchDismissed, meta),
            Answer::TaskCompleted(e) => self.answer(&e.on, Answered::Completed, meta),
            Answer::MessageReplied(e) => self.wrote(&e.on, e.reply_id, &e.text, meta),
            Answer::MessageSent(e) => self.wrote(&e.on, e.message_id, &e.text, meta),
        }
        self.handled.insert(meta.causation_id);
    }

    fn answer(&mut self, on: &AnsweredOn, what: Answered, meta: &Metadata) {
        let wished_at = on.at.unwrap_or(meta.time);
        self.change_subject(on, |subject| subject.answered(what, meta.time, wished_at));
        self.acted(on);
    }

    /// The answer came with these reasons and words.
    fn gave(&mut self, subject: &SubjectRef, given: Option<Uuid>) {
        let answer = self
            .subjects
            .get_mut(subject)
            .and_then(|subject| subject.answer.as_mut());
        if let Some(answer) = answer {
            answer.given = given;
        }
    }

    fn wrote(&mut self, on: &AnsweredOn, id: Uuid, text: &Sealed, meta: &Metadata) {
        let written = Written {
            id,
            subject: on.subject.clone(),
            text: text.clone(),
            at: meta.time,
            failed: false,
        };
        self.change(on.pressed_on(), |card| card.write(written));
        self.acted(on);
    }

    /// The newest form of the card was acted on.
    fn acted(&mut self, on: &AnsweredOn) {
        self.change(on.pressed_on(), |card| card.acted = card.wanted);
    }

    fn change_subject(&mut self, on: &AnsweredOn, change: impl FnOnce(&mut Subject)) {
        if let Some(subject) = self.subjects.get_mut(&on.subject) {
            change(subject);
        }
    }

    fn end_here(&mut self, subject: &SubjectRef, what: Answered, state: SubjectState, meta: &Metadata) {
        if let Some(subject) = self.subjects.get_mut(subject) {
            subject.answered(what, meta.time, meta.time);
            subject.ended_here(state, meta.time);
        }
    }
}
