//! What becomes of a card that does not go out by itself now: it waits, another card shows it, or it is not sent. Each
//! leads to exactly one of these, so nothing is lost and nothing comes twice.

use chrono::{DateTime, TimeDelta, Utc};
use events::NotificationId;
use events::organization::{CardKind, Class};
use events::user::{
    CardUpdateQueued, DeferReason, MergeReason, NotificationDeferred, NotificationMerged, NotificationQueued,
    NotificationSuppressed, NotificationWithdrawn, Resumed, ResumedBy, Source, SuppressedReason,
    UnknownPolicy,
};

use super::Decision;
use super::cause::record;
use super::gate::Verdict;
use crate::user::quiet;
use crate::user::state::{Notification, Phase, UserState};

/// How long a digest is worth sending after its time.
const DIGEST_LIFE: TimeDelta = TimeDelta::days(3);

pub(super) fn held_back(
    state: &UserState,
    card: &Notification,
    verdict: Verdict,
    now: DateTime<Utc>,
) -> Decision {
    let notification_id = card.id;
    // A card may be put off several times before its next try, so the key counts both.
    let key = match verdict {
        Verdict::Defer(..) => format!("gate/{}/{}", card.next_try(), card.deferrals),
        Verdict::Send
        | Verdict::AskFirst
        | Verdict::Suppress(_)
        | Verdict::Withdraw(_)
        | Verdict::Digest(_)
        | Verdict::Bundle(_) => {
            format!("send/{}", card.next_try())
        }
    };
    let mut decision = Decision::new(key);
    match verdict {
        Verdict::Send | Verdict::AskFirst => {}
        Verdict::Suppress(reason) => {
            if reason == SuppressedReason::NothingLeft {
                pause_is_over(&mut decision, state, card, now);
            }
            record(
                &mut decision,
                card,
                NotificationSuppressed {
                    notification_id,
                    reason,
                },
            );
        }
        Verdict::Withdraw(state) => {
            record(
                &mut decision,
                card,
                NotificationWithdrawn {
                    notification_id,
                    state,
                },
            );
        }
        Verdict::Defer(until, reason) => {
            if reason == DeferReason::QuietHours {
                pause_is_over(&mut decision, state, card, now);
            }
            record(
                &mut decision,
                card,
                NotificationDeferred {
                    notification_id,
                    until,
                    reason,
                },
            );
        }
        Verdict::Digest(reason) => gather(&mut decision, state, card, reason, now),
        Verdict::Bundle(into) => bundle(&mut decision, state, card, into),
    }
    decision
}

/// The card that was put off until a pause ends shows that it ended by its time.
pub(super) fn pause_is_over(
    decision: &mut Decision,
    state: &UserState,
    card: &Notification,
    now: DateTime<Utc>,
) {
    let over = state.paused_until.is_some_and(|until| until <= now);
    if over && card.card == CardKind::CatchUp {
        record(
            decision,
            card,
            Resumed {
                by: ResumedBy::Time,
                at: None,
            },
        );
    }
}

/// Into the digest that gathers, or a new one: it waits for the end of its window.
fn gather(
    decision: &mut Decision,
    state: &UserState,
    card: &Notification,
    reason: MergeReason,
    now: DateTime<Utc>,
) {
    let mut cards = state.notifications.iter().rev();
    let open =
        cards.find(|other| other.card == CardKind::Digest && matches!(other.phase, Phase::Deferred(_)));
    let into = if let Some(open) = open {
        open.id
    } else {
        // The first card of a window gives the digest its id.
        let notification_id = NotificationId::derive(["digest", card.id.to_string().as_str()]);
        let plan = state.preferences.digest.unwrap_or_default();
        let until = quiet::digest_at(quiet::zone(state), plan, now);
        let queued = NotificationQueued {
            notification_id,
            source: Source::Chat,
            card: CardKind::Digest,
            subject: None,
            class: Class::Broadcast,
            expires_at: until + DIGEST_LIFE,
            unknown_policy: UnknownPolicy::Hold,
            state: None,
            facts: None,
            prompt: None,
            awaited: false,
            happened_at: None,
            most_a_day: None,
            member_id: None,
        };
        record(decision, card, queued);
        record(
            decision,
            card,
            NotificationDeferred {
                notification_id,
                until,
                reason: DeferReason::Digest,
            },
        );
        notification_id
    };
    merge(decision, card, into, reason);
}

/// Into the last message of the thread, which is drawn anew.
fn bundle(decision: &mut Decision, state: &UserState, card: &Notification, into: NotificationId) {
    merge(decision, card, into, MergeReason::Thread);
    if let Some(shown_by) = state.notification(into) {
        let event = CardUpdateQueued {
            notification_id: into,
            revision: shown_by.wanted + 1,
        };
        record(decision, shown_by, event);
    }
}

fn merge(decision: &mut Decision, card: &Notification, into: NotificationId, reason: MergeReason) {
    let event = NotificationMerged {
        notification_id: card.id,
        into,
        reason,
    };
    record(decision, card, event);
}
