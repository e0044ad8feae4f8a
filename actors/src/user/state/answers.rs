//! How the fold follows what the person asked and answered, and what Chronus told of subjects.

use events::organization::SubjectState;
use events::user::{AnsweredOn, MessageReplied, MessageSent};
use events::{Metadata, SubjectRef, UserEvent};

use super::UserState;
use crate::user::notification::Written;
use crate::user::subject::{Answered, Step, Subject};

impl UserState {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "`apply` lists every event and sends only these"
    )]
    pub(super) fn apply_answer(&mut self, event: &UserEvent, meta: &Metadata) {
        match event {
            UserEvent::SubjectChanged(e) => {
                self.changed_by.insert(e.domain_event.0);
                self.subjects
                    .entry(e.subject.clone())
                    .and_modify(|known| known.told_by_change(e, meta))
                    .or_insert_with(|| Subject::of_change(e, meta));
                return;
            }
            UserEvent::RequestAccepted(e) => {
                self.end_here(&e.subject, Answered::Accepted, SubjectState::Accepted, meta);
            }
            UserEvent::RequestDeclined(e) => {
                self.end_here(&e.subject, Answered::Declined, SubjectState::Declined, meta);
            }
            UserEvent::MeetingAccepted(e) => self.answer(&e.on, Answered::Slot(e.slot.clone()), meta),
            UserEvent::MeetingDeclined(e) => self.answer(&e.on, Answered::MeetingDeclined, meta),
            UserEvent::MeetingProposed(e) => self.answer(&e.on, Answered::Proposed(e.starts_at), meta),
            UserEvent::MeetingHeld(e) => {
                self.change_subject(&e.on, |subject| subject.held = Some((e.held, meta.time)));
            }
            UserEvent::EventRsvpGiven(e) => self.answer(&e.on, Answered::Rsvp(e.rsvp), meta),
            UserEvent::SurveyStepSaved(e) => self.change_subject(&e.on, |subject| {
                subject
                    .survey
                    .saved
                    .retain(|(question, _)| *question != e.question);
                subject.survey.saved.push((e.question.clone(), e.answer.clone()));
                subject.survey.current = Some(Step::After(e.question.clone()));
            }),
            UserEvent::SurveyStepShown(e) => self.change_subject(&e.on, |subject| {
                subject.survey.current = Some(e.question.clone().map_or(Step::End, Step::At));
            }),
            UserEvent::SurveyAnswered(e) => self.answer(&e.on, Answered::Submitted, meta),
            UserEvent::AnnouncementAcknowledged(e) => self.answer(&e.on, Answered::Acknowledged, meta),
            UserEvent::MatchRequested(e) => self.answer(&e.on, Answered::MatchRequested, meta),
            UserEvent::MatchDismissed(e) => self.answer(&e.on, Answered::MatchDismissed, meta),
            UserEvent::TaskCompleted(e) => self.answer(&e.on, Answered::Completed, meta),
            UserEvent::MessageReplied(MessageReplied {
                on,
                reply_id: id,
                text,
            })
            | UserEvent::MessageSent(MessageSent {
                on,
                message_id: id,
                text,
            }) => {
                let written = Written {
                    id: *id,
                    subject: on.subject.clone(),
                    text: text.clone(),
                    at: meta.time,
                    failed: false,
                };
                self.change(on.pressed_on(), |card| card.write(written));
            }
            UserEvent::ActionIgnored(e) => {
                if let (Some(id), Some(fault)) = (e.notification_id, e.fault) {
                    self.change(id, |card| card.fault = Some(fault));
                }
            }
            UserEvent::MessageHandOverFailed(e) => {
                self.handled.insert(e.reply_id);
                self.notifications.each(|card| {
                    let written = card.written.iter_mut().filter(|written| written.id == e.reply_id);
                    written.for_each(|written| written.failed = true);
                });
            }
            _ => {}
        }
        self.handled.insert(meta.causation_id);
        if let Some(on) = event.on() {
            self.change(on.pressed_on(), |card| card.acted = card.wanted);
        }
    }

    fn answer(&mut self, on: &AnsweredOn, what: Answered, meta: &Metadata) {
        self.change_subject(on, |subject| subject.answered(what, meta.time));
    }

    fn change_subject(&mut self, on: &AnsweredOn, change: impl FnOnce(&mut Subject)) {
        if let Some(subject) = self.subjects.get_mut(&on.subject) {
            change(subject);
        }
    }

    fn end_here(&mut self, subject: &SubjectRef, what: Answered, state: SubjectState, meta: &Metadata) {
        if let Some(subject) = self.subjects.get_mut(subject) {
            subject.answered(what, meta.time);
            subject.ended_here(state, meta.time);
        }
    }
}
