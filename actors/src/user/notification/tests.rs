//! Phases, and the names of tries.

use std::collections::HashSet;

use events::user::{NotificationQueued, Source, UnknownPolicy};

use super::*;

fn card() -> Notification {
    let queued = NotificationQueued {
        notification_id: NotificationId::derive(["card"]),
        source: Source::Chat,
        card: CardKind::Help,
        subject: None,
        class: Class::Direct,
        expires_at: DateTime::UNIX_EPOCH,
        unknown_policy: UnknownPolicy::Retry,
        state: None,
        facts: None,
        prompt: None,
        awaited: false,
        happened_at: None,
        most_a_day: None,
        member_id: None,
    };
    let meta = Metadata {
        time: DateTime::UNIX_EPOCH,
        correlation_id: Uuid::nil(),
        causation_id: Uuid::nil(),
    };
    Notification::queued(&queued, &meta)
}

#[test]
fn a_card_is_unsent_perhaps_there_dead_or_settled() {
    let at = DateTime::UNIX_EPOCH;
    let other = NotificationId::derive(["other"]);
    // Phase; nothing was posted yet; may be in the chat; ended for a reason that may pass; nothing more happens.
    let table = [
        (Phase::Queued, true, false, false, false),
        (Phase::Retry(at), true, false, false, false),
        (Phase::Deferred(at), true, false, false, false),
        (Phase::Attempted, false, true, false, false),
        (Phase::Unknown(Some(at)), false, true, false, false),
        (Phase::Unknown(None), false, true, true, true),
        (Phase::Delivered, false, true, false, true),
        (Phase::Refused, false, false, true, true),
        (Phase::Expired, false, false, true, true),
        (Phase::Suppressed, false, false, false, true),
        (Phase::Withdrawn, false, false, false, true),
        (Phase::Merged(other), false, false, false, true),
    ];
    for (phase, unsent, shown, dead, settled) in table {
        assert_eq!(
            (
                phase.is_unsent(),
                phase.may_be_shown(),
                phase.is_dead(),
                phase.is_settled()
            ),
            (unsent, shown, dead, settled),
            "{phase:?}"
        );
    }
}

#[test]
fn every_try_has_a_name_of_its_own_also_after_a_replay() {
    let mut names = HashSet::new();
    let mut card = card();
    for replay in 0..3 {
        for attempt in 0..4 {
            card.attempts = attempt;
            let name = card.next_try();
            assert!(name.starts_with(&card.id.to_string()), "{name}");
            assert!(names.insert(name.clone()), "{name} twice");
            // Written: the first try of a card is known by this name in logs of earlier releases.
            if (replay, attempt) == (0, 0) {
                assert_eq!(name, format!("{}/1", card.id));
            }
        }
        card.replays.push(Uuid::from_u128(replay));
    }
}

#[test]
fn a_card_keeps_the_newest_few_words_that_were_written_on_it_and_counts_them_all() {
    let mut card = card();
    for number in 0..7 {
        card.write(Written {
            id: Uuid::from_u128(number),
            subject: SubjectRef::parse("thread/5").unwrap(),
            text: serde_json::from_value(
                serde_json::json!({ "sealed_for": "user/t/ada", "generation": 1, "box": "words" }),
            )
            .unwrap(),
            at: DateTime::UNIX_EPOCH,
            failed: false,
        });
    }
    let kept: Vec<u128> = card.written.iter().map(|written| written.id.as_u128()).collect();
    assert_eq!((kept, card.written_count), (vec![2, 3, 4, 5, 6], 7));
}
