//! However somebody was away, what they missed and is still so comes as one card when they are back: it neither says
//! something twice, nor is it empty, and what it shows has arrived.

use events::user::{Queue, SuppressedReason};
use proptest::prelude::*;

use super::*;

/// A way of being away, and back again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Away {
    Uninstalled,
    Disconnected,
    Blocked,
    DisabledByAdmin,
    Paused,
    TenantOff,
}

const WAYS: [Away; 6] = [
    Away::Uninstalled,
    Away::Disconnected,
    Away::Blocked,
    Away::DisabledByAdmin,
    Away::Paused,
    Away::TenantOff,
];

fn plain(user: &User, number: u32) -> Route {
    Route {
        accepted_at: user.now,
        ..route(number, CardKind::Plain)
    }
}

impl User {
    fn goes(&mut self, away: Away) {
        match away {
            Away::Uninstalled => {
                self.receives(What::Uninstalled(UninstallEvidence::InstallationUpdate));
            }
            Away::Disconnected => {
                self.receives(typed(Command::Disconnect));
                self.receives(typed(Command::Disconnect));
            }
            Away::Blocked => self.is_refused("MessageWritesBlocked"),
            Away::DisabledByAdmin => self.is_refused("BotDisabledByAdmin"),
            Away::Paused => {
                self.receives(What::Typed(Typed {
                    pause: Some(crate::action::PauseTime::For(TimeDelta::days(3))),
                    ..Typed::plain(Command::Pause)
                }));
            }
            Away::TenantOff => self.tenant_off = true,
        }
    }

    /// Teams shows by a refusal of another card that the person is away.
    fn is_refused(&mut self, code: &str) {
        let number = 1_000 + self.activities + u32::from(self.tenant_off);
        self.hears(plain(self, number));
        self.is_sent(number, refused(403, code));
        self.activities += 1;
    }

    fn comes_back(&mut self, away: Away) {
        self.now += TimeDelta::days(4);
        self.is_back(away);
    }

    /// Without time having gone by, so that a pause lasts.
    fn is_back(&mut self, away: Away) {
        match away {
            Away::Uninstalled => {
                self.receives(What::Installed(InstallEvidence::InstallationUpdate));
            }
            Away::Disconnected => {
                self.receives(typed(Command::Connect));
            }
            Away::Blocked | Away::DisabledByAdmin => {
                self.receives(What::Contact);
            }
            // By time, and by an administrator.
            Away::Paused => {}
            Away::TenantOff => self.tenant_off = false,
        }
    }

    /// A lane does what is due; answers which cards were sent.
    fn everything_is_sent(&mut self) -> Vec<NotificationId> {
        let mut sent = Vec::new();
        let due: Vec<NotificationId> = self
            .state
            .notifications
            .iter()
            .filter(|card| card.phase.is_unsent())
            .map(|card| card.id)
            .collect();
        for id in due {
            let command = if self.tenant_off {
                UserCommand::BeginSendWhileOff { notification_id: id }
            } else {
                UserCommand::BeginSend { notification_id: id }
            };
            if self.when(&command) == ["DeliveryAttempted"]
                || self.state.notification(id).unwrap().phase == Phase::Attempted
            {
                let attempt = self.state.notification(id).unwrap().attempts;
                self.when(&UserCommand::FinishSend {
                    notification_id: id,
                    attempt,
                    revision: 1,
                    result: accepted(),
                });
                sent.push(id);
            }
        }
        sent
    }

    fn lists_sent(&mut self) -> Vec<ListView> {
        let sent = self.everything_is_sent();
        let lists = sent.into_iter().filter(|id| {
            let card = self.state.notification(*id).unwrap();
            crate::user::state::delivery::tells_missed(card.card)
        });
        lists.map(|id| self.list(id)).collect()
    }
}

#[test]
fn whoever_comes_back_in_whatever_way_gets_one_card_of_what_was_missed() {
    for away in WAYS {
        let mut user = User::installed();
        user.everything_is_sent();
        user.goes(away);
        user.hears(plain(&user, 1));
        let sent = user.everything_is_sent();
        let phase = user.phase(1);
        assert_eq!(phase, Phase::Suppressed, "{away:?}: {sent:?}");

        user.comes_back(away);
        let lists = user.lists_sent();

        assert_eq!(lists.len(), 1, "{away:?}: {lists:?}");
        // The card that an administrator's switch stopped is tried again by itself.
        let by_refusal = usize::from(away == Away::Blocked);
        assert_eq!(lists[0].items.len(), 1 + by_refusal, "{away:?}");
        let gone = lists[0].missed.saturating_sub(lists[0].total);
        assert_eq!(gone, 0, "{away:?}: nothing is void");
        assert!(
            matches!(user.phase(1), Phase::Merged(_)),
            "{away:?}: it has arrived"
        );
        user.comes_back(away);
        let again: Vec<ListView> = user.lists_sent();
        let told_again = again.iter().any(|list| !list.items.is_empty());
        assert!(!told_again, "{away:?}: {again:?}");
    }
}

#[test]
fn while_the_tenant_is_off_a_card_is_told_as_such_and_who_types_gets_one_sentence() {
    let mut user = User::installed();
    user.everything_is_sent();
    user.tenant_off = true;
    user.hears(plain(&user, 1));
    let events = user.when_events(&UserCommand::TenantOff {
        notification_id: card(1),
    });
    assert!(matches!(
        &events[..],
        [UserEvent::Queue(Queue::Suppressed(event)), UserEvent::Queue(Queue::Queued(_))]
            if event.reason == SuppressedReason::TenantOff
    ));
    let again = UserCommand::TenantOff {
        notification_id: card(1),
    };
    assert!(user.when(&again).is_empty());

    assert_eq!(
        user.receives(typed(Command::Help)),
        ["CommandReceived", "NotificationQueued"]
    );
    assert_eq!(user.newest().card, CardKind::SwitchedOff);
    assert_eq!(
        user.receives(typed(Command::Disconnect)),
        ["CommandReceived"],
        "it stands right above"
    );
    assert!(user.state.connected, "nothing that is typed has an effect");
    let sent = user.everything_is_sent();
    assert_eq!(sent.len(), 1, "the sentence alone");
    user.now += TimeDelta::hours(2);
    assert_eq!(
        user.receives(typed(Command::Help)),
        ["CommandReceived", "NotificationQueued"]
    );
    // On again before it left: it is not true any more.
    user.tenant_off = false;
    let stale = user.newest().id;
    assert_eq!(user.begins(stale), ["NotificationSuppressed"]);
}

#[test]
fn an_answer_that_waited_when_the_tenant_went_off_is_not_sent() {
    let mut user = User::installed();
    user.everything_is_sent();
    user.receives(typed(Command::Help));
    let help = user.newest().id;
    user.tenant_off = true;
    assert_eq!(
        user.when(&UserCommand::BeginSendWhileOff {
            notification_id: help
        }),
        ["NotificationSuppressed"]
    );
}

#[test]
fn a_connect_during_a_pause_leaves_what_was_missed_to_the_end_of_the_pause() {
    let mut user = User::installed();
    user.everything_is_sent();
    user.goes(Away::Paused);
    user.hears(plain(&user, 1));
    user.everything_is_sent();
    user.receives(typed(Command::Connect));
    let lists = user.lists_sent();
    assert_eq!((lists.len(), lists[0].items.len(), lists[0].missed), (1, 0, 0));
    user.comes_back(Away::Paused);
    let lists = user.lists_sent();
    assert_eq!((lists.len(), lists[0].items.len()), (1, 1));
}

#[test]
fn no_other_return_brings_anything_to_somebody_who_disconnected_or_paused() {
    let others = [Away::Uninstalled, Away::Blocked, Away::TenantOff];
    let both = [Away::Disconnected, Away::Paused].map(|wish| others.map(|other| (wish, other)));
    for (wish, other) in both.into_iter().flatten() {
        let mut user = User::installed();
        user.everything_is_sent();
        user.goes(wish);
        user.everything_is_sent();
        user.now += TimeDelta::minutes(10);
        if other == Away::Blocked {
            // No card leaves that could find it out: one that was under way did.
            user.state.reachability = Reachability::Blocked;
        } else {
            user.goes(other);
        }
        user.hears(plain(&user, 1));
        user.everything_is_sent();
        assert_eq!(user.phase(1), Phase::Suppressed, "{wish:?}, {other:?}");

        user.now += TimeDelta::hours(1);
        user.is_back(other);
        let lists = user.lists_sent();
        let greetings = usize::from(other == Away::Uninstalled);
        assert_eq!(lists.len(), greetings, "{wish:?}, {other:?}: {lists:?}");
        let told = lists.iter().any(|list| !list.items.is_empty() || list.missed > 0);
        assert!(!told, "{wish:?}, {other:?}: {lists:?}");
        assert_eq!(user.phase(1), Phase::Suppressed, "{wish:?}, {other:?}");

        user.comes_back(wish);
        let lists = user.lists_sent();
        assert_eq!(lists.len(), 1, "{wish:?}, {other:?}: {lists:?}");
        assert_eq!(
            (lists[0].items.len(), lists[0].missed),
            (1, 1),
            "{wish:?}, {other:?}"
        );
        assert!(matches!(user.phase(1), Phase::Merged(_)), "{wish:?}, {other:?}");
    }
}

#[test]
fn a_greeting_that_is_tried_again_after_a_disconnect_lists_nothing_any_more() {
    let mut user = User::installed();
    user.everything_is_sent();
    user.goes(Away::Uninstalled);
    user.hears(plain(&user, 1));
    user.everything_is_sent();
    user.now += TimeDelta::hours(1);
    user.is_back(Away::Uninstalled);
    let greeting = user.newest().id;
    assert_eq!(user.list(greeting).items.len(), 1);
    user.when(&UserCommand::BeginSend {
        notification_id: greeting,
    });
    user.when(&UserCommand::FinishSend {
        notification_id: greeting,
        attempt: 1,
        revision: 1,
        result: refused(429, "Throttled"),
    });
    user.goes(Away::Disconnected);
    user.now += TimeDelta::hours(1);
    let lists = user.lists_sent();
    assert_eq!((lists.len(), lists[0].items.len(), lists[0].missed), (1, 0, 0));
    user.comes_back(Away::Disconnected);
    let lists = user.lists_sent();
    assert_eq!((lists.len(), lists[0].items.len()), (1, 1));
}

#[test]
fn a_pause_that_is_ended_while_disconnected_brings_nothing() {
    let mut user = User::installed();
    user.everything_is_sent();
    user.goes(Away::Paused);
    user.goes(Away::Disconnected);
    user.hears(plain(&user, 1));
    user.everything_is_sent();
    user.receives(typed(Command::Resume));
    let lists = user.lists_sent();
    assert_eq!((lists.len(), lists[0].items.len(), lists[0].missed), (1, 0, 0));
    user.is_back(Away::Disconnected);
    assert_eq!(user.lists_sent()[0].items.len(), 1);
}

#[test]
fn what_an_earlier_release_let_a_greeting_list_is_not_listed_again() {
    let mut user = User::installed();
    user.everything_is_sent();
    user.goes(Away::Disconnected);
    user.hears(plain(&user, 1));
    user.goes(Away::Uninstalled);
    user.everything_is_sent();
    user.now += TimeDelta::hours(1);
    user.is_back(Away::Uninstalled);
    let greeting = user.newest().id;
    user.everything_is_sent();
    let shown = events::user::NotificationShown {
        notification_id: card(1),
        by: greeting,
    };
    let meta = Metadata {
        time: user.now,
        correlation_id: Uuid::nil(),
        causation_id: Uuid::nil(),
    };
    user.state.apply(&shown.into(), &meta);
    assert_eq!(user.list(greeting).items.len(), 1);
    user.comes_back(Away::Disconnected);
    let lists = user.lists_sent();
    assert_eq!((lists.len(), lists[0].items.len(), lists[0].missed), (1, 0, 0));
}

/// A thing with a time that the person has in the chat, and comes to.
fn knows(user: &mut User, number: u32, kind: CardKind, name: &str) {
    let facts = SubjectFacts {
        starts_at: Some(user.now + TimeDelta::days(20)),
        ..SubjectFacts::default()
    };
    let accepted_at = user.now;
    user.gets(Route {
        accepted_at,
        ..about(number, kind, name, facts)
    });
    if kind == CardKind::ErgEvent {
        user.presses(press(number, crate::action::Act::Rsvp(events::user::Rsvp::Going)));
    }
}

fn becomes(
    user: &User,
    kind: CardKind,
    name: &str,
    state: SubjectState,
    facts: SubjectFacts,
    position: u64,
) -> SubjectRoute {
    let told = format!("{name} {position}");
    SubjectRoute {
        accepted_at: user.now,
        facts: Some(facts),
        ..change(SubjectRef::parse(name).unwrap(), kind, state, &told, position)
    }
}

const ENDS: [(CardKind, &str, SubjectState, CardKind); 3] = [
    (
        CardKind::ErgEvent,
        "erg_event/7",
        SubjectState::Cancelled,
        CardKind::ErgEventNotice,
    ),
    (
        CardKind::Meeting,
        "meeting/9",
        SubjectState::Cancelled,
        CardKind::MeetingNotice,
    ),
    (
        CardKind::Connection,
        "connection/3",
        SubjectState::Ended,
        CardKind::ConnectionNotice,
    ),
];

#[test]
fn whoever_comes_back_in_whatever_way_hears_what_of_theirs_was_cancelled() {
    // An administrator's switch is tried by the first card that is due, so that its news is no line of a list.
    for away in WAYS.into_iter().filter(|away| *away != Away::DisabledByAdmin) {
        let mut user = User::installed();
        user.everything_is_sent();
        for (number, (kind, name, ..)) in (1..).zip(ENDS) {
            knows(&mut user, number, kind, name);
        }
        user.goes(away);
        user.everything_is_sent();
        for (position, (kind, name, state, _)) in (11..).zip(ENDS) {
            let end = becomes(&user, kind, name, state, SubjectFacts::default(), position);
            user.learns(end);
            user.everything_is_sent();
        }
        user.comes_back(away);
        let lists = user.lists_sent();
        assert_eq!(lists.len(), 1, "{away:?}: {lists:?}");
        let items = lists[0].items.iter();
        let kinds: Vec<CardKind> = items.map(|item| item.kind).collect();
        for (.., notice) in ENDS {
            assert!(kinds.contains(&notice), "{away:?}: {kinds:?}");
        }
        assert_eq!(lists[0].missed, lists[0].total, "{away:?}: nothing is void");
    }
}

#[test]
fn an_end_is_no_news_once_it_is_past_or_of_what_was_never_seen_or_undone() {
    let (kind, name, ..) = ENDS[0];
    let cancelled = |user: &User| {
        becomes(
            user,
            kind,
            name,
            SubjectState::Cancelled,
            SubjectFacts::default(),
            11,
        )
    };
    // Past.
    let mut user = User::installed();
    user.everything_is_sent();
    knows(&mut user, 1, kind, name);
    user.goes(Away::Disconnected);
    user.everything_is_sent();
    let end = cancelled(&user);
    user.learns(end);
    user.everything_is_sent();
    user.now += TimeDelta::days(30);
    user.is_back(Away::Disconnected);
    let list = user.lists_sent().remove(0);
    assert_eq!((list.items.len(), list.missed), (0, 1));

    // Never seen: the invitation itself was missed.
    let mut user = User::installed();
    user.everything_is_sent();
    user.goes(Away::Disconnected);
    user.everything_is_sent();
    let facts = SubjectFacts {
        starts_at: Some(user.now + TimeDelta::days(20)),
        ..SubjectFacts::default()
    };
    user.hears(about(1, kind, name, facts));
    user.everything_is_sent();
    let end = cancelled(&user);
    user.learns(end);
    user.everything_is_sent();
    user.comes_back(Away::Disconnected);
    let list = user.lists_sent().remove(0);
    assert_eq!((list.items.len(), list.missed), (0, 1));

    // Undone: it takes place after all.
    let mut user = User::installed();
    user.everything_is_sent();
    knows(&mut user, 1, kind, name);
    user.goes(Away::Disconnected);
    user.everything_is_sent();
    let end = cancelled(&user);
    user.learns(end);
    user.everything_is_sent();
    let again = becomes(
        &user,
        kind,
        name,
        SubjectState::Updated,
        SubjectFacts::default(),
        12,
    );
    user.learns(again);
    user.everything_is_sent();
    user.comes_back(Away::Disconnected);
    let list = user.lists_sent().remove(0);
    assert!(
        list.items
            .iter()
            .all(|item| item.state != SubjectState::Cancelled)
    );
}

#[test]
fn what_was_moved_and_then_cancelled_meanwhile_is_one_line() {
    let (kind, name, ..) = ENDS[1];
    let mut user = User::installed();
    user.everything_is_sent();
    knows(&mut user, 1, kind, name);
    user.goes(Away::Disconnected);
    user.everything_is_sent();
    let later = SubjectFacts {
        starts_at: Some(user.now + TimeDelta::days(25)),
        ..SubjectFacts::default()
    };
    let states = [
        (SubjectState::Moved, later),
        (SubjectState::Cancelled, SubjectFacts::default()),
    ];
    for (position, (state, facts)) in (11..).zip(states) {
        let change = becomes(&user, kind, name, state, facts, position);
        user.learns(change);
        user.everything_is_sent();
    }
    user.comes_back(Away::Disconnected);
    let list = user.lists_sent().remove(0);
    assert_eq!((list.items.len(), list.missed), (1, 1));
    assert_eq!(list.items[0].state, SubjectState::Cancelled);
}

#[test]
fn whoever_heard_of_a_thing_by_a_list_hears_of_its_end_as_well() {
    let (kind, name, ..) = ENDS[1];
    let mut user = User::installed();
    user.everything_is_sent();
    user.goes(Away::Disconnected);
    user.everything_is_sent();
    let facts = SubjectFacts {
        starts_at: Some(user.now + TimeDelta::days(20)),
        ..SubjectFacts::default()
    };
    user.hears(about(1, kind, name, facts));
    user.everything_is_sent();
    user.comes_back(Away::Disconnected);
    assert_eq!(user.lists_sent()[0].items.len(), 1);
    user.goes(Away::Paused);
    user.everything_is_sent();
    let end = becomes(
        &user,
        kind,
        name,
        SubjectState::Cancelled,
        SubjectFacts::default(),
        11,
    );
    user.learns(end);
    user.everything_is_sent();
    user.comes_back(Away::Paused);
    let lists = user.lists_sent();
    assert_eq!((lists.len(), lists[0].items.len()), (1, 1), "{lists:?}");
}

proptest! {
    /// In whatever order somebody goes away and cards come, each card that still holds is listed once by the time they
    /// are back from everything, and no list is empty that speaks of something missed.
    #[test]
    fn what_was_missed_is_listed_once(ways in proptest::collection::vec(0..WAYS.len(), 1..5)) {
        let mut user = User::installed();
        user.everything_is_sent();
        let mut cards = 0;
        let mut listed: Vec<NotificationId> = Vec::new();
        for way in ways {
            let away = WAYS[way];
            user.goes(away);
            cards += 1;
            user.hears(plain(&user, cards));
            user.everything_is_sent();
            user.comes_back(away);
            for list in user.lists_sent() {
                listed.extend(list.items.iter().map(|item| item.notification_id));
                prop_assert!(list.missed == 0 || !list.items.is_empty());
            }
        }
        for number in 1..=cards {
            let times = listed.iter().filter(|id| **id == card(number)).count();
            prop_assert_eq!(times, 1, "card {}", number);
        }
    }
}

#[test]
fn whoever_adds_the_app_again_while_the_tenant_is_off_gets_one_card_when_it_is_on() {
    for removals in [1, 2] {
        let mut user = User::installed();
        user.everything_is_sent();
        user.goes(Away::TenantOff);
        user.hears(plain(&user, 1));
        user.everything_is_sent();
        for _ in 0..removals {
            user.now += TimeDelta::minutes(10);
            user.goes(Away::Uninstalled);
            user.now += TimeDelta::minutes(10);
            user.is_back(Away::Uninstalled);
            user.everything_is_sent();
        }
        user.now += TimeDelta::days(5);
        user.tenant_off = false;
        let lists = user.lists_sent();
        assert_eq!(lists.len(), 1, "{removals}: {lists:?}");
        assert_eq!(lists[0].kind, CardKind::WelcomeBack);
        assert_eq!(lists[0].items.len(), 1, "{removals}: {lists:?}");
        assert!(matches!(user.phase(1), Phase::Merged(_)));
    }
}

#[test]
fn whoever_adds_the_app_twice_while_the_tenant_is_off_is_greeted_once() {
    let mut user = User::new();
    user.tenant_off = true;
    user.receives(What::Installed(InstallEvidence::InstallationUpdate));
    user.now += TimeDelta::minutes(10);
    user.goes(Away::Uninstalled);
    user.now += TimeDelta::minutes(10);
    user.is_back(Away::Uninstalled);
    // The tenant may be off for longer than a greeting lives otherwise.
    user.now += TimeDelta::days(60);
    user.tenant_off = false;
    let sent = user.everything_is_sent();
    let kinds: Vec<CardKind> = sent
        .iter()
        .map(|id| user.state.notification(*id).unwrap().card)
        .collect();
    assert_eq!(kinds, [CardKind::Welcome]);
}

#[test]
fn a_list_that_was_tried_and_gives_way_to_another_loses_nothing() {
    let mut user = User::installed();
    user.everything_is_sent();
    user.goes(Away::TenantOff);
    user.hears(plain(&user, 1));
    user.everything_is_sent();
    user.tenant_off = false;
    let list = user.newest().id;
    user.begins(list);
    let attempt = user.state.notification(list).unwrap().attempts;
    user.when(&UserCommand::FinishSend {
        notification_id: list,
        attempt,
        revision: 1,
        result: refused(429, "throttled"),
    });
    user.now += TimeDelta::minutes(10);
    user.goes(Away::Uninstalled);
    user.now += TimeDelta::minutes(10);
    user.is_back(Away::Uninstalled);
    let lists = user.lists_sent();
    assert_eq!((lists.len(), lists[0].items.len()), (1, 1), "{lists:?}");
}

fn says_more(user: &mut User) {
    user.receives(typed(Command::More));
}

#[test]
fn what_a_list_has_no_room_for_is_told_when_it_is_asked_for_and_not_before() {
    for away in [Away::Disconnected, Away::TenantOff, Away::Paused] {
        let mut user = User::installed();
        user.everything_is_sent();
        user.goes(away);
        user.everything_is_sent();
        for number in 1..=13 {
            user.hears(plain(&user, number));
        }
        user.everything_is_sent();
        user.comes_back(away);
        let lists = user.lists_sent();
        assert_eq!(lists.len(), 1, "{away:?}");
        assert_eq!((lists[0].items.len(), lists[0].more), (10, 3), "{away:?}");
        let told = |user: &User| {
            let cards = (1..=13).filter(|number| matches!(user.phase(*number), Phase::Merged(_)));
            cards.count()
        };
        assert_eq!(told(&user), 10, "{away:?}");

        says_more(&mut user);
        let lists = user.lists_sent();
        assert_eq!((lists[0].items.len(), lists[0].more), (3, 0), "{away:?}");
        assert_eq!(lists[0].missed.saturating_sub(lists[0].total), 0, "{away:?}");
        assert_eq!(told(&user), 13, "{away:?}");
    }
}

#[test]
fn every_message_of_a_thread_that_was_missed_is_a_line() {
    let mut user = User::installed();
    user.everything_is_sent();
    user.goes(Away::Uninstalled);
    for number in [1, 2] {
        let facts = SubjectFacts {
            message_id: Some(number.to_string()),
            ..SubjectFacts::default()
        };
        let message = about(number, CardKind::Message, "thread/5", facts);
        user.hears(Route {
            accepted_at: user.now,
            ..message
        });
    }
    user.everything_is_sent();
    user.comes_back(Away::Uninstalled);
    let lists = user.lists_sent();
    assert_eq!(lists[0].items.len(), 2);
    for number in [1, 2] {
        assert!(matches!(user.phase(number), Phase::Merged(_)));
    }
    // The card of a line is that of its own message.
    let show = Press {
        line: Some(card(1)),
        ..press(1, Act::Show)
    };
    user.presses(show);
    let shown = user.subject_card(user.newest().id);
    assert_eq!(shown.original, user.state.notification(card(1)).unwrap().source);
    assert!(shown.more.is_empty());
}

#[test]
fn cards_found_for_somebody_only_once_the_tenant_is_on_again_are_one_card() {
    let mut user = User::installed();
    user.everything_is_sent();
    let mut queued = 0;
    for number in 1..=5 {
        user.hears(plain(&user, number));
        let events = user.when(&UserCommand::WasHeld {
            notification_id: card(number),
        });
        assert_eq!(events[0], "NotificationSuppressed");
        queued += events
            .iter()
            .filter(|name| **name == "NotificationQueued")
            .count();
    }
    assert_eq!(queued, 1);
    let list = user.newest().id;
    assert!(user.begins(list).is_empty(), "it waits for the others");
    user.now += TimeDelta::seconds(4);
    let lists = user.lists_sent();
    assert_eq!((lists.len(), lists[0].items.len()), (1, 5));
}

#[test]
fn an_activity_that_brings_somebody_back_does_so_once_however_often_teams_tells_of_it() {
    let mut user = User::installed();
    user.is_greeted();
    user.goes(Away::Blocked);
    // It happened in the moment of the last one, so its time is not noted.
    let back = user.activity(What::Contact);
    let first = user.when(&back);
    assert!(
        first.contains(&"ReachabilityChanged") && first.contains(&"NotificationQueued"),
        "{first:?}"
    );
    user.goes(Away::Blocked);
    assert_eq!(user.when(&back), [""; 0]);
    assert_eq!(user.state.reachability, Reachability::Blocked);
}

#[test]
fn whoever_was_forgotten_comes_back_in_the_chat_that_was_theirs_though_nothing_else_shows_that() {
    let mut user = User::installed();
    user.when(&UserCommand::Erase {
        erasure_id: Uuid::from_u128(1),
        by: "ops".into(),
    });
    user.now += TimeDelta::hours(1);
    let mut command = user.activity(What::Installed(InstallEvidence::InstallationUpdate));
    if let UserCommand::Receive(inbound) = &mut command {
        inbound.chat = ActivityChat::Unproven(conversation());
    }
    assert!(user.when(&command).contains(&"AppInstalled"));
}
