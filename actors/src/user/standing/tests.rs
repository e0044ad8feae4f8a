//! What waits, what is still worth telling, and which card stands for a thing: each rule by its cases.

use chrono::TimeDelta;
use events::{Metadata, NotificationId, StoredEvent as _, UserEvent};
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;

/// Nine o'clock.
fn now() -> DateTime<Utc> {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

fn later(minutes: i64) -> DateTime<Utc> {
    now() + TimeDelta::minutes(minutes)
}

fn card(number: u128) -> NotificationId {
    NotificationId(Uuid::from_u128(number))
}

/// A person and what happened to them, a minute apart.
#[derive(Default)]
struct Person {
    state: UserState,
    events: i64,
}

impl Person {
    fn apply(&mut self, name: &str, payload: &Value) -> &mut Self {
        self.events += 1;
        let meta = Metadata {
            time: now() - TimeDelta::hours(1) + TimeDelta::minutes(self.events),
            correlation_id: Uuid::nil(),
            causation_id: Uuid::nil(),
        };
        let event = UserEvent::decode(name, 1, &payload.to_string()).unwrap();
        self.state.apply(&event, &meta);
        self
    }

    /// Chronus has a card for the person, worth sending until ten.
    fn hears(&mut self, number: u128, kind: &str, subject: &str, facts: &Value) -> &mut Self {
        self.hears_of(number, kind, subject, "open", facts)
    }

    fn hears_of(&mut self, number: u128, kind: &str, subject: &str, state: &str, facts: &Value) -> &mut Self {
        let source = json!({ "domain_event": {
            "organization_id": "acme", "event_id": Uuid::from_u128(number), "position": number
        }});
        self.apply(
            "NotificationQueued",
            &json!({
                "notification_id": card(number), "source": source, "card": kind, "subject": subject,
                "class": "direct", "expires_at": later(60), "unknown_policy": "retry", "state": state,
                "facts": facts
            }),
        )
    }

    fn learns(&mut self, number: u128, kind: &str, subject: &str, state: &str) -> &mut Self {
        let id = Uuid::from_u128(number);
        self.apply(
            "SubjectChanged",
            &json!({
                "subject": subject, "state": state, "domain_event": id, "card": kind, "source": { "domain_event": {
                    "organization_id": "acme", "event_id": id, "position": number
                }}
            }),
        )
    }

    /// The card is in the chat.
    fn sees(&mut self, number: u128) -> &mut Self {
        self.apply(
            "NotificationDelivered",
            &json!({ "notification_id": card(number), "attempt": 1, "conversation_id": "a:chat", "revision": 1 }),
        )
    }

    fn answers(&mut self, name: &str, subject: &str, also: &Value) -> &mut Self {
        let on = json!({
            "organization_id": "acme", "notification_id": card(1), "subject": subject,
            "domain_event": Uuid::from_u128(1)
        });
        let mut payload = json!({ "on": on });
        for (field, value) in also.as_object().unwrap() {
            payload[field] = value.clone();
        }
        self.apply(name, &payload)
    }

    fn card(&self, number: u128) -> &Notification {
        self.state.notification(card(number)).unwrap()
    }

    fn waits(&self, number: u128, at: DateTime<Utc>) -> bool {
        waits(&self.state, self.card(number), at)
    }

    fn is_so(&self, number: u128, at: DateTime<Utc>) -> bool {
        still_so(&self.state, self.card(number), at)
    }
}

fn person() -> Person {
    Person::default()
}

fn at_noon() -> Value {
    json!({ "starts_at": "2026-03-02T12:00:00Z" })
}

fn ids(cards: &[&Notification]) -> Vec<u128> {
    cards.iter().map(|card| card.id.0.as_u128()).collect()
}

#[test]
fn whether_a_meeting_took_place_waits_for_a_word_until_its_cards_time_is_over() {
    let mut ada = person();
    ada.hears(1, "meeting_follow_up", "meeting/9", &json!({}));
    assert!(ada.waits(1, later(59)) && ada.is_so(1, later(59)));
    assert!(!ada.waits(1, later(60)) && !ada.waits(1, later(61)));
    ada.answers("MeetingHeld", "meeting/9", &json!({ "held": true }));
    assert!(!ada.waits(1, later(59)) && !ada.is_so(1, later(59)));
    // It is over by then, and asked for all the same.
    let mut bob = person();
    bob.hears(
        1,
        "meeting_follow_up",
        "meeting/9",
        &json!({ "starts_at": "2026-03-02T08:00:00Z" }),
    );
    assert!(bob.is_so(1, now()));
}

#[test]
fn a_meeting_waits_while_its_time_is_open_or_was_moved_and_nobody_answered() {
    for (state, waits) in [
        ("open", true),
        ("moved", true),
        ("scheduled", false),
        ("cancelled", false),
    ] {
        let mut ada = person();
        ada.hears_of(1, "meeting", "meeting/9", state, &at_noon());
        assert_eq!(ada.waits(1, now()), waits, "{state}");
        ada.answers("MeetingAccepted", "meeting/9", &json!({}));
        assert!(!ada.waits(1, now()), "{state}, accepted");
    }
}

#[test]
fn an_announcement_waits_only_where_it_is_to_be_acknowledged() {
    let mut ada = person();
    ada.hears(
        1,
        "announcement",
        "announcement/1",
        &json!({ "acknowledge": true }),
    );
    ada.hears(2, "announcement", "announcement/2", &json!({}));
    assert!(ada.waits(1, now()) && !ada.waits(2, now()));
    ada.answers("AnnouncementAcknowledged", "announcement/1", &json!({}));
    assert!(!ada.waits(1, now()));
}

#[test]
fn a_card_about_a_moment_is_past_once_that_is_over_and_not_because_it_ended() {
    let mut ada = person();
    ada.hears(
        1,
        "meeting",
        "meeting/9",
        &json!({ "starts_at": "2026-03-02T08:30:00Z" }),
    );
    let past = |ada: &Person| is_past(&ada.state, ada.card(1), now());
    assert!(past(&ada));
    assert!(!is_past(&ada.state, ada.card(1), now() - TimeDelta::minutes(31)));
    ada.learns(50, "meeting", "meeting/9", "cancelled");
    assert!(!past(&ada));
}

#[test]
fn a_meeting_is_worth_telling_until_it_is_over_ends_or_is_declined() {
    let mut ada = person();
    ada.hears(1, "meeting", "meeting/9", &at_noon());
    // Its card's time is over long before.
    assert!(ada.is_so(1, later(179)) && !ada.is_so(1, later(180)));
    let mut comes = person();
    comes.hears(1, "meeting", "meeting/9", &at_noon());
    comes.answers("MeetingAccepted", "meeting/9", &json!({}));
    assert!(comes.is_so(1, now()));
    let mut declined = person();
    declined.hears_of(1, "meeting", "meeting/9", "scheduled", &at_noon());
    declined.answers("MeetingDeclined", "meeting/9", &json!({}));
    assert!(!declined.is_so(1, now()));
    ada.learns(50, "meeting", "meeting/9", "cancelled");
    assert!(!ada.is_so(1, now()));
}

#[test]
fn what_was_answered_is_late_or_has_ended_is_not_worth_telling() {
    let by_ten =
        || json!({ "respond_by": "2026-03-02T10:00:00Z", "questions": [{ "id": "q", "kind": "text" }] });
    for (kind, subject, answer) in [
        ("survey", "survey/4", "SurveyAnswered"),
        ("task", "task/6", "TaskCompleted"),
    ] {
        let mut ada = person();
        ada.hears(1, kind, subject, &by_ten());
        assert!(ada.is_so(1, later(59)), "{kind}");
        assert!(!ada.is_so(1, later(60)), "{kind} is late");
        let mut bob = person();
        bob.hears(1, kind, subject, &by_ten());
        bob.answers(answer, subject, &json!({ "answers": [] }));
        assert!(!bob.is_so(1, now()), "{kind} was answered");
        ada.learns(50, kind, subject, "expired");
        assert!(!ada.is_so(1, now()), "{kind} expired");
    }
}

#[test]
fn a_match_is_worth_telling_while_it_lives_and_nobody_answered() {
    let mut ada = person();
    ada.hears(1, "recommended_match", "recommended_match/1", &json!({}));
    assert!(ada.is_so(1, later(59)) && !ada.is_so(1, later(60)));
    let mut bob = person();
    bob.hears(1, "recommended_match", "recommended_match/1", &json!({}));
    bob.answers("MatchDismissed", "recommended_match/1", &json!({}));
    assert!(!bob.is_so(1, now()));
    ada.learns(50, "recommended_match", "recommended_match/1", "withdrawn");
    assert!(!ada.is_so(1, now()));
}

#[test]
fn how_a_request_ended_and_that_words_were_lost_is_worth_telling_while_the_card_lives() {
    let mut ada = person();
    ada.hears_of(
        1,
        "request_outcome",
        "mentoring_request/1",
        "accepted",
        &json!({}),
    );
    ada.hears_of(2, "message_notice", "thread/5", "failed", &json!({}));
    for number in [1, 2] {
        assert!(ada.is_so(number, later(59)), "{number}");
        assert!(!ada.is_so(number, later(60)), "{number}");
    }
}

#[test]
fn a_message_is_worth_telling_until_it_is_taken_back() {
    let mut ada = person();
    ada.hears(1, "message", "thread/5", &json!({ "message_id": "m1" }));
    ada.hears(2, "message", "thread/5", &json!({ "message_id": "m2" }));
    assert!(ada.is_so(1, later(1_000)) && can_answer(&ada.state, ada.card(1), now()));
    let taken_back = json!({
        "subject": "thread/5", "state": "deleted", "domain_event": Uuid::from_u128(50), "card": "message",
        "facts": { "message_id": "m1" }
    });
    ada.apply("SubjectChanged", &taken_back);
    assert!(!ada.is_so(1, now()) && !can_answer(&ada.state, ada.card(1), now()));
    assert!(ada.is_so(2, now()) && can_answer(&ada.state, ada.card(2), now()));
    ada.learns(51, "connection", "thread/5", "closed");
    assert!(!can_answer(&ada.state, ada.card(2), now()));
}

#[test]
fn news_of_an_end_is_for_whoever_was_told_of_the_beginning() {
    let ended = |ada: &mut Person| {
        ada.hears(1, "meeting", "meeting/9", &at_noon());
        ada.learns(50, "meeting", "meeting/9", "cancelled");
        ada.hears_of(2, "meeting_notice", "meeting/9", "cancelled", &json!({}));
    };
    let (mut told, mut never) = (person(), person());
    ended(&mut told);
    ended(&mut never);
    told.sees(1);
    assert!(told.is_so(2, now()));
    // That itself is in the chat tells nobody of the beginning.
    never.sees(2);
    assert!(!never.is_so(2, now()));
    // A word of a change before it says nothing any more, nor does a card about the meeting itself.
    told.hears_of(3, "meeting_notice", "meeting/9", "moved", &json!({}));
    told.hears_of(4, "meeting", "meeting/9", "cancelled", &json!({}));
    assert!(!told.is_so(3, now()) && !told.is_so(4, now()));
}

#[test]
fn of_each_thing_its_newest_card_stands_for_it_in_the_order_of_their_beginning() {
    let mut ada = person();
    ada.hears(
        1,
        "meeting",
        "meeting/1",
        &json!({ "starts_at": "2026-03-02T13:30:00Z" }),
    );
    ada.hears(
        2,
        "meeting",
        "meeting/2",
        &json!({ "starts_at": "2026-03-02T14:00:00Z" }),
    );
    ada.hears(
        3,
        "meeting",
        "meeting/2",
        &json!({ "starts_at": "2026-03-02T14:00:00Z" }),
    );
    ada.hears(
        4,
        "meeting_reminder",
        "meeting/1",
        &json!({ "starts_at": "2026-03-02T13:30:00Z" }),
    );
    ada.hears(
        5,
        "meeting",
        "meeting/3",
        &json!({ "slots": [{ "id": "a", "starts_at": "2026-03-02T13:00:00Z" }] }),
    );
    assert_eq!(ids(&meetings(&ada.state, now())), [5, 1, 3]);
    // A card that was withdrawn stands for nothing, and no card of the chat does.
    ada.apply(
        "NotificationWithdrawn",
        &json!({ "notification_id": card(5), "state": "cancelled" }),
    );
    ada.apply(
        "NotificationQueued",
        &json!({
            "notification_id": card(6), "source": "chat", "card": "meeting", "subject": "meeting/1",
            "class": "reply", "expires_at": later(60), "unknown_policy": "retry", "prompt": { "of": [card(1)] }
        }),
    );
    assert_eq!(ids(&meetings(&ada.state, now())), [1, 3]);
}

#[test]
fn a_thread_is_open_for_thirty_days_after_its_newest_message() {
    let mut ada = person();
    ada.hears(1, "message", "thread/5", &json!({ "message_id": "m1" }));
    let queued = ada.card(1).queued_at;
    let open = |at| ids(&threads(&ada.state, at));
    assert_eq!(open(queued + TimeDelta::days(30) - TimeDelta::seconds(1)), [1]);
    assert_eq!(open(queued + TimeDelta::days(30)), []);
}

#[test]
fn words_go_on_a_card_of_the_connection_or_the_thread_and_on_nothing_else() {
    let mut ada = person();
    ada.hears(1, "connection", "connection/3", &json!({}));
    ada.hears_of(2, "connection_notice", "connection/3", "ending", &json!({}));
    ada.apply(
        "NotificationQueued",
        &json!({
            "notification_id": card(3), "source": "chat", "card": "connection", "subject": "connection/3",
            "class": "reply", "expires_at": later(60), "unknown_policy": "retry", "prompt": { "of": [card(1)] }
        }),
    );
    let connection = SubjectRef::parse("connection/3").unwrap();
    let on = |ada: &Person| {
        let found = written_on(&ada.state, &connection, now());
        found.map(|card| card.id.0.as_u128())
    };
    assert_eq!(on(&ada), Some(1));
    ada.apply(
        "NotificationWithdrawn",
        &json!({ "notification_id": card(1), "state": "ended" }),
    );
    assert_eq!(on(&ada), None);
}

#[test]
fn a_card_of_the_chat_that_shows_a_thing_is_whosever_that_thing_is() {
    let mut ada = person();
    ada.apply(
        "MemberLinked",
        &json!({ "organization_id": "acme", "member_id": "m-1", "matched_by": "email" }),
    );
    ada.hears(1, "task", "task/6", &json!({}));
    ada.apply(
        "NotificationQueued",
        &json!({
            "notification_id": card(2), "source": "chat", "card": "task", "subject": "task/6",
            "class": "reply", "expires_at": later(60), "unknown_policy": "retry", "prompt": { "of": [card(1)] }
        }),
    );
    let task = SubjectRef::parse("task/6").unwrap();
    let whose = |ada: &Person| membership::of_thing(&ada.state, ada.card(2));
    assert!(whose(&ada) == Membership::Theirs && membership::has(&ada.state, &task));
    let unlinked = |reason: &str| json!({ "organization_id": "acme", "member_id": "m-1", "reason": reason });
    ada.apply("MemberUnlinked", &unlinked("conflict"));
    assert!(whose(&ada) == Membership::InDoubt && !membership::has(&ada.state, &task));
    ada.apply("MemberUnlinked", &unlinked("member_removed"));
    assert!(whose(&ada) == Membership::SomebodyElses && !membership::has(&ada.state, &task));
}

#[test]
fn an_update_that_was_put_off_is_due_at_its_time() {
    let mut ada = person();
    ada.hears(1, "task", "task/6", &json!({})).sees(1);
    let due = |ada: &Person, at| crate::user::revisions::update_is_due(ada.card(1), at);
    assert!(!due(&ada, now()));
    ada.apply(
        "CardUpdateQueued",
        &json!({ "notification_id": card(1), "revision": 2 }),
    );
    assert!(due(&ada, now()));
    ada.apply(
        "CardUpdateRetryScheduled",
        &json!({
            "notification_id": card(1), "revision": 2, "tries": 1, "retry_at": later(5), "reason": "throttled"
        }),
    );
    assert!(!due(&ada, later(4)) && due(&ada, later(5)));
}

#[test]
fn what_was_missed_is_listed_from_the_very_end_of_a_pause_on() {
    let mut ada = person();
    ada.apply("Paused", &json!({ "until": later(5) }));
    ada.apply(
        "NotificationQueued",
        &json!({
            "notification_id": card(1), "source": "chat", "card": "welcome_back", "class": "direct",
            "expires_at": later(60), "unknown_policy": "retry"
        }),
    );
    let lists = |at| ada.state.lists_missed(ada.card(1), at);
    assert!(!lists(later(4)) && lists(later(5)));
}
