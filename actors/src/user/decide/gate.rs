//! Whether a card that is due goes out now: what the person wants, what is still so, and what time it is for them.
//! Whether they can be reached at all is decided before.

use chrono::{DateTime, TimeDelta, Utc};
use events::NotificationId;
use events::organization::{CardKind, Class, Family, ReminderKind, Role, SubjectState};
use events::user::{DeferReason, MergeReason, Rsvp, SuppressedReason, TopicWay};

use super::cap;
use crate::settings::Rules;
use crate::user::membership::{self, Membership};
use crate::user::state::{Notification, Phase, UserState};
use crate::user::subject::{Answered, Subject};
use crate::user::{quiet, standing};

/// A change to what begins within this time is told at night too.
const SOON: TimeDelta = TimeDelta::hours(12);
/// Messages of one thread that come as cards of their own …
const MESSAGES: usize = 3;
/// … within this time; further ones are bundled.
const MESSAGES_WITHIN: TimeDelta = TimeDelta::minutes(10);

/// What becomes of a card that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It goes out.
    Send,
    /// Who the person is has to be read first.
    AskFirst,
    /// It is not sent, for this reason.
    Suppress(SuppressedReason),
    /// It is not sent: its subject ended.
    Withdraw(SubjectState),
    /// It is looked at again then.
    Defer(DateTime<Utc>, DeferReason),
    /// It goes into the digest, for this reason.
    Digest(MergeReason),
    /// That card shows it too.
    Bundle(NotificationId),
}

pub(super) fn check(state: &UserState, card: &Notification, now: DateTime<Utc>, rules: &Rules) -> Verdict {
    let paused = state.paused_until.filter(|until| *until > now);
    if card.class == Class::Reply {
        // What was missed was not asked for: a pause that began meanwhile holds for it.
        let wait = paused.filter(|_| card.card == CardKind::CatchUp);
        return wait.map_or(Verdict::Send, |until| Verdict::Defer(until, DeferReason::Paused));
    }
    match card.card.family() {
        Family::Greeting | Family::Reply => return Verdict::Send,
        Family::Summary if card.card == CardKind::Digest => {
            if nothing_left(state, card.of.iter(), now) {
                return Verdict::Suppress(SuppressedReason::NothingLeft);
            }
            if paused.is_some() {
                return Verdict::Suppress(SuppressedReason::Paused);
            }
        }
        Family::Summary => {
            if let Some(until) = paused {
                return Verdict::Defer(until, DeferReason::Paused);
            }
            if nothing_left(state, state.missed.of.iter().chain(&card.of), now) {
                return Verdict::Suppress(SuppressedReason::NothingLeft);
            }
        }
        Family::Request
        | Family::Connection
        | Family::Match
        | Family::Meeting
        | Family::ErgEvent
        | Family::Announcement
        | Family::Survey
        | Family::Message
        | Family::Task
        | Family::News => {
            match membership::of(state, card) {
                Membership::Theirs => {}
                Membership::InDoubt => return Verdict::Defer(doubt_ends(card, now), DeferReason::Conflict),
                Membership::SomebodyElses => return Verdict::Suppress(SuppressedReason::Unlinked),
            }
            if let Some(verdict) = void(state, card) {
                return verdict;
            }
            if paused.is_some() {
                return Verdict::Suppress(SuppressedReason::Paused);
            }
            match state.preferences.topics.get(&card.card.topic()) {
                Some(TopicWay::Off) => return Verdict::Suppress(SuppressedReason::TopicOff),
                Some(TopicWay::Digest) if !is_urgent(state, card, now) => {
                    return Verdict::Digest(MergeReason::Digest);
                }
                Some(TopicWay::Digest | TopicWay::On) | None => {}
            }
            if cap::is_reached(state, card, now) && !is_urgent(state, card, now) {
                return Verdict::Digest(MergeReason::DailyCap);
            }
        }
    }
    if let Some(until) = quiet::quiet_until(state, now, rules)
        && !is_urgent(state, card, now)
    {
        return Verdict::Defer(until, DeferReason::QuietHours);
    }
    bundled_with(state, card, now).map_or(Verdict::Send, Verdict::Bundle)
}

/// When a card in doubt is looked at again, should nothing settle the doubt before: ever more rarely.
fn doubt_ends(card: &Notification, now: DateTime<Utc>) -> DateTime<Utc> {
    let wait = TimeDelta::minutes(10 << card.deferrals.min(6));
    (now + wait).min(card.expires_at)
}

fn nothing_left<'a>(
    state: &UserState,
    of: impl Iterator<Item = &'a NotificationId>,
    now: DateTime<Utc>,
) -> bool {
    let mut cards = of.filter_map(|id| state.notification(*id));
    !cards.any(|card| standing::still_so(state, card, now))
}

/// Why a card about a moment in its subject's life says nothing true any more, or nothing that concerns the person.
fn void(state: &UserState, card: &Notification) -> Option<Verdict> {
    use SuppressedReason::{AlreadyAnswered, NotGoing, Superseded};
    let subject = state.subject_of(card)?;
    let ended = Some(subject.state)
        .filter(|state| state.is_final())
        .map(Verdict::Withdraw);
    let suppress = |when: bool, reason| when.then_some(Verdict::Suppress(reason));
    let answer = subject.standing_answer();
    let declined = answer.is_some_and(|answer| answer.what == Answered::MeetingDeclined);
    let of_reminder = || match card.card.family() {
        Family::Meeting => {
            let of_old_time =
                card.facts.starts_at.is_some() && card.facts.starts_at != subject.facts.starts_at;
            ended
                .or(suppress(declined, NotGoing))
                .or(suppress(of_old_time, Superseded))
        }
        Family::ErgEvent => {
            let comes = matches!(subject.rsvp(), Some(Rsvp::Going | Rsvp::Maybe));
            ended.or(suppress(!comes, NotGoing))
        }
        Family::Request
        | Family::Connection
        | Family::Match
        | Family::Announcement
        | Family::Survey
        | Family::Message
        | Family::Task
        | Family::News
        | Family::Greeting
        | Family::Summary
        | Family::Reply => suppress(subject.answer.is_some(), AlreadyAnswered).or(ended),
    };
    let overtaken = || suppress(is_overtaken(state, card), Superseded);
    match card.card.role() {
        Role::Reminder => of_reminder(),
        Role::FollowUp => ended.or(suppress(subject.held.is_some(), AlreadyAnswered)),
        // That words were lost is true of each of them.
        Role::Notice if card.card.family() == Family::Message => None,
        Role::Notice => {
            let stays_away = declined || subject.rsvp() == Some(Rsvp::NotGoing);
            suppress(stays_away, NotGoing).or(overtaken())
        }
        Role::Main if card.card == CardKind::Message => subject
            .edit_of(&card.facts)
            .map(|edit| edit.state)
            .filter(|state| *state == SubjectState::Deleted)
            .map(Verdict::Withdraw),
        // It ended while a try was under way that created nothing. Of several askings that wait the newest goes out alone:
        // it says what is so.
        Role::Main => ended
            .filter(|_| !tells_of_end(subject, card))
            .or(suppress(standing::asked_anew(state, card).is_some(), Superseded)),
        Role::Outcome | Role::Chat => None,
    }
}

/// Whether the end of its subject is what a card itself tells.
fn tells_of_end(subject: &Subject, card: &Notification) -> bool {
    card.tells != Some(SubjectState::Open) && subject.source.as_ref() == Some(&card.source)
}

/// Whether a newer notice about the same subject says more.
fn is_overtaken(state: &UserState, card: &Notification) -> bool {
    let about = card
        .subject
        .as_ref()
        .map(|subject| state.notifications.about(subject));
    let newest = about.and_then(|mut cards| cards.rfind(|other| other.card == card.card));
    newest.is_some_and(|newest| newest.id != card.id)
}

/// Whether a card may wake somebody: it cannot wait for the morning.
fn is_urgent(state: &UserState, card: &Notification, now: DateTime<Utc>) -> bool {
    if card.facts.urgent {
        return true;
    }
    let begins_soon = || {
        let subject = state.subject_of(card);
        let was = subject.and_then(|subject| subject.previous_facts.as_ref()?.starts_at);
        let is = subject
            .and_then(|subject| subject.facts.starts_at)
            .or(card.facts.starts_at);
        [was, is]
            .into_iter()
            .flatten()
            .any(|starts_at| starts_at > now && starts_at - now <= SOON)
    };
    let takes_place = card.card.family().takes_place();
    match card.card.role() {
        Role::Reminder => takes_place && card.facts.reminder == Some(ReminderKind::Soon),
        Role::Notice => takes_place && begins_soon(),
        Role::Main | Role::FollowUp | Role::Outcome | Role::Chat => false,
    }
}

/// The card that shows this message too, where many of its thread came at once.
fn bundled_with(state: &UserState, card: &Notification, now: DateTime<Utc>) -> Option<NotificationId> {
    if card.card != CardKind::Message || card.attempts > 0 {
        return None;
    }
    let subject = card.subject.as_ref()?;
    let recent: Vec<&Notification> = state
        .notifications
        .about(subject)
        .filter(|other| other.card == CardKind::Message && other.phase == Phase::Delivered)
        .filter(|other| other.delivered_at.is_some_and(|at| now - at < MESSAGES_WITHIN))
        .collect();
    let last = recent
        .iter()
        .rev()
        .find(|other| other.activity_id.is_some() && !other.frozen)?;
    (recent.len() >= MESSAGES).then_some(last.id)
}
