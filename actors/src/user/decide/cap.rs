//! How many cards that can wait a person gets within a day, where the organization says so. What is more goes into the next digest.
//!
//! A request, a meeting, a message, a connection or a task waits for nobody's count, and neither does what cannot wait for the morning.

use chrono::{DateTime, TimeDelta, Utc};
use events::organization::{Family, Role};

use crate::user::state::{Notification, UserState};

/// The time within which cards are counted.
const DAY: TimeDelta = TimeDelta::days(1);

/// Whether the person got as many cards within a day as the organization wants them to get.
pub(super) fn is_reached(state: &UserState, card: &Notification, now: DateTime<Utc>) -> bool {
    let Some(most) = card.most_a_day.filter(|_| counts(card)) else {
        return false;
    };
    let came = |other: &&Notification| {
        let at = other.delivered_at.or(other.tried_at);
        let shown = other.phase.may_be_shown() && other.id != card.id;
        shown && counts(other) && at.is_some_and(|at| now - at < DAY)
    };
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    state.notifications.iter().rev().filter(came).take(most).count() >= most
}

/// Whether a card can wait for a digest.
fn counts(card: &Notification) -> bool {
    match card.card.family() {
        Family::Announcement | Family::News | Family::Match | Family::Survey => card.is_from_chronus(),
        Family::ErgEvent => card.card.role() == Role::Main && card.is_from_chronus(),
        Family::Request
        | Family::Connection
        | Family::Meeting
        | Family::Message
        | Family::Task
        | Family::Greeting
        | Family::Summary
        | Family::Reply => false,
    }
}
