//! What a user's stream tells of a notification on its way and in the chat: attempted, its outcome, seen, answered, updated.

use events::user::{
    Answer, Chat, Delivery, DeliveryOutcomeUnknown, DeliveryRetryScheduled, NotificationDelivered,
    NotificationRefused, NotificationSeen, RequestDeclined, Update,
};
use events::{ActivityId, UserEvent, UserKey};
use serde_json::{Value, json};

use super::NotificationState as State;
use super::card::{Card, Why, change, note};
use super::queue;
use crate::database::Sql;
use crate::fold::Fold;

pub(crate) fn fold(f: &Fold<'_>, user: &UserKey, event: &UserEvent) -> Sql<()> {
    match event {
        UserEvent::Queue(event) => queue::fold(f, user, event),
        UserEvent::Delivery(event) => {
            let id = event.notification_id();
            change(f, id, |card| delivery(f, card, event))?;
            let (what, detail) = delivery_words(event);
            note(f, id, what, &detail)
        }
        UserEvent::Update(event) => {
            let id = event.notification_id();
            change(f, id, |card| update(f, card, event))?;
            let (what, detail) = update_words(event);
            note(f, id, what, &detail)
        }
        UserEvent::Answer(event) => answered(f, event),
        UserEvent::Chat(event) => chat(f, event),
        UserEvent::Presence(_) | UserEvent::Identity(_) | UserEvent::Settings(_) => Ok(()),
    }
}

/// What became of an attempt to post the card.
fn delivery(f: &Fold<'_>, card: &mut Card, event: &Delivery) {
    match event {
        Delivery::Attempted(event) => {
            card.attempts = card.attempts.max(event.attempt);
            card.enter(f, State::Attempted, Why::PLAIN);
        }
        Delivery::RetryScheduled(event) => card.enter(f, State::Retry, retry(event)),
        Delivery::Delivered(event) => delivered(f, card, event),
        Delivery::Refused(event) => card.enter(f, State::Refused, refused(event)),
        Delivery::OutcomeUnknown(event) => unknown(f, card, event),
        Delivery::Seen(event) => seen(f, card, event),
    }
}

fn retry(event: &DeliveryRetryScheduled) -> Why {
    Why {
        status: event.status,
        due_ms: Some(event.retry_at.timestamp_millis()),
        ..Why::because(&event.reason)
    }
}

fn delivered(f: &Fold<'_>, card: &mut Card, event: &NotificationDelivered) {
    learn_activity(card, event.activity_id.as_ref());
    card.shown = card.shown.max(event.revision);
    card.wanted = card.wanted.max(event.revision);
    card.enter(f, State::Delivered, Why::PLAIN);
}

fn refused(event: &NotificationRefused) -> Why {
    Why {
        code: Some(event.code.clone()),
        status: event.status,
        ..Why::because(event.class.as_str())
    }
}

fn unknown(f: &Fold<'_>, card: &mut Card, event: &DeliveryOutcomeUnknown) {
    let due_ms = event.retry_at.map(|at| at.timestamp_millis());
    let state = if due_ms.is_some() {
        State::UnknownRetry
    } else {
        State::UnknownHeld
    };
    card.enter(
        f,
        state,
        Why {
            due_ms,
            ..Why::because(&event.reason)
        },
    );
}

/// Who sees a card has it: its first revision at least is in the chat, whatever is known of the attempt.
fn seen(f: &Fold<'_>, card: &mut Card, event: &NotificationSeen) {
    learn_activity(card, event.activity_id.as_ref());
    card.shown = card.shown.max(1);
    if card.state != State::Seen {
        card.enter(f, State::Seen, Why::PLAIN);
    }
}

/// The connector's own word for the message comes last and counts; it may come without one.
fn learn_activity(card: &mut Card, activity: Option<&ActivityId>) {
    if let Some(activity) = activity {
        card.activity = Some(activity.as_str().to_owned());
    }
}

/// The history's words for an event.
fn delivery_words(event: &Delivery) -> (&'static str, Value) {
    match event {
        Delivery::Attempted(event) => ("attempted", json!({ "attempt": event.attempt })),
        Delivery::RetryScheduled(event) => (
            "retry_scheduled",
            json!({ "attempt": event.attempt, "reason": event.reason, "status": event.status, "retry_at": event.retry_at,
                    "recover": event.recover }),
        ),
        Delivery::Delivered(event) => (
            "delivered",
            json!({ "attempt": event.attempt, "activity_id": event.activity_id, "revision": event.revision }),
        ),
        Delivery::Refused(event) => (
            "refused",
            json!({ "attempt": event.attempt, "class": event.class, "status": event.status, "code": event.code }),
        ),
        Delivery::OutcomeUnknown(event) => (
            "outcome_unknown",
            json!({ "attempt": event.attempt, "reason": event.reason, "retry_at": event.retry_at }),
        ),
        Delivery::Seen(event) => ("seen", json!({ "evidence": event.evidence })),
    }
}

fn update(f: &Fold<'_>, card: &mut Card, event: &Update) {
    match event {
        Update::Queued(event) => {
            if card.wanted <= card.shown || card.update_position.is_none() {
                card.update_position = Some(f.position);
                card.update_ms = Some(f.ms);
            }
            card.wanted = card.wanted.max(event.revision);
            // What is newer is tried at once.
            card.update_due_ms = None;
        }
        Update::Updated(event) => {
            card.shown = card.shown.max(event.revision);
            card.update_due_ms = None;
        }
        Update::RetryScheduled(event) => card.update_due_ms = Some(event.retry_at.timestamp_millis()),
        Update::Abandoned(event) if event.is_for_good() => {
            card.abandoned = card.abandoned.max(event.revision);
        }
        // It waits for the person to be back, when it is asked for again.
        Update::Abandoned(_) => (card.update_position, card.update_due_ms) = (None, None),
    }
}

fn update_words(event: &Update) -> (&'static str, Value) {
    match event {
        Update::Queued(event) => ("update_queued", json!({ "revision": event.revision })),
        Update::Updated(event) => ("updated", json!({ "revision": event.revision })),
        Update::RetryScheduled(event) => (
            "update_retry_scheduled",
            json!({ "revision": event.revision, "tries": event.tries, "reason": event.reason, "status": event.status,
                    "retry_at": event.retry_at, "recover": event.recover }),
        ),
        Update::Abandoned(event) => (
            "update_abandoned",
            json!({ "revision": event.revision, "code": event.code }),
        ),
    }
}

fn answered(f: &Fold<'_>, event: &Answer) -> Sql<()> {
    let (on, word) = (event.answered_on(), event.word());
    change(f, on.notification_id, |card| {
        card.enter(f, State::Answered, Why::PLAIN);
        card.answer = Some(word.to_owned());
    })?;
    let (what, detail) = match event {
        Answer::RequestAccepted(_) => ("request_accepted", json!({ "platform": on.platform })),
        Answer::RequestDeclined(RequestDeclined { reason, .. }) => (
            "request_declined",
            json!({ "platform": on.platform, "reason": reason }),
        ),
        Answer::MeetingAccepted(_)
        | Answer::MeetingDeclined(_)
        | Answer::MeetingProposed(_)
        | Answer::MeetingHeld(_)
        | Answer::EventRsvpGiven(_)
        | Answer::SurveyAnswered(_)
        | Answer::AnnouncementAcknowledged(_)
        | Answer::MatchRequested(_)
        | Answer::MatchDismissed(_)
        | Answer::MessageReplied(_)
        | Answer::MessageSent(_)
        | Answer::TaskCompleted(_) => ("answered", json!({ "answer": word, "platform": on.platform })),
    };
    note(f, on.notification_id, what, &detail)
}

/// Nothing of this changes a card's row; what the person did on it is part of its history.
fn chat(f: &Fold<'_>, event: &Chat) -> Sql<()> {
    match event {
        Chat::ActionIgnored(event) => event.notification_id.map_or(Ok(()), |id| {
            note(f, id, "press_ignored", &json!({ "reason": event.reason }))
        }),
        Chat::SurveyStepSaved(event) => {
            let detail = json!({ "question": event.question });
            note(f, event.on.notification_id, "survey_step_saved", &detail)
        }
        Chat::CommandReceived(_)
        | Chat::SubjectChanged(_)
        | Chat::SurveyStepShown(_)
        | Chat::MessageHandOverFailed(_) => Ok(()),
    }
}
