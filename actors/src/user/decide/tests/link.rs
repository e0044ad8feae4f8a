//! The link to a member follows the evidence, once for each change.

use events::MemberId;
use events::user::UnlinkReason;

use super::*;
use crate::ports::LinkRoute;

fn link(to: Option<&str>, why: Option<UnlinkReason>, cause: u32) -> UserCommand {
    UserCommand::Link(Box::new(LinkRoute {
        user: UserKey::parse("t/ada").unwrap(),
        organization_id: OrganizationId::parse("acme").unwrap(),
        to: to.map(|member| (MemberId::parse(member).unwrap(), MatchedBy::Email)),
        why,
        cause: EventId::derive([cause.to_string().as_str()]),
        correlation_id: Uuid::nil(),
    }))
}

fn member(user: &User) -> Option<String> {
    let link = user.state.link.as_ref()?;
    link.member_id.as_ref().map(ToString::to_string)
}

#[test]
fn a_link_is_recorded_before_any_card_and_once() {
    let mut user = User::installed();
    assert_eq!(user.when(&link(Some("m1"), None, 1)), ["MemberLinked"]);
    assert_eq!(member(&user).as_deref(), Some("m1"));
    assert!(user.when(&link(Some("m1"), None, 1)).is_empty());
}

#[test]
fn another_member_ends_the_link_first() {
    let mut user = User::installed();
    user.when(&link(Some("m1"), None, 1));
    assert_eq!(
        user.when(&link(Some("m2"), None, 2)),
        ["MemberUnlinked", "MemberLinked"]
    );
    assert_eq!(member(&user).as_deref(), Some("m2"));
}

#[test]
fn a_link_ends_once_and_a_card_alone_does_not_change_which_member_it_is() {
    let mut user = User::installed();
    user.when(&link(Some("m1"), None, 1));
    let mut other = route(7, CardKind::MentoringRequest);
    if let Some(link) = &mut other.link {
        link.member_id = Some(MemberId::parse("m2").unwrap());
    }
    assert!(!user.hears(other).contains(&"MemberLinked"));
    let removed = link(None, Some(UnlinkReason::MemberRemoved), 2);
    assert_eq!(user.when(&removed), ["MemberUnlinked", "NotificationSuppressed"]);
    assert!(user.when(&removed).is_empty());
    assert_eq!(member(&user), None);
}

/// Hears of a card for this member, which waits until the morning.
fn waits_for(user: &mut User, number: u32, member: &str) {
    let mut route = route(number, CardKind::MentoringRequest);
    if let Some(link) = &mut route.link {
        link.member_id = Some(MemberId::parse(member).unwrap());
    }
    user.hears(route);
}

#[test]
fn what_waits_for_a_member_ends_when_the_person_is_no_longer_that_member() {
    for reason in [
        UnlinkReason::MemberRemoved,
        UnlinkReason::AddressChanged,
        UnlinkReason::ObjectIdGiven,
        UnlinkReason::Admin,
        UnlinkReason::Guest,
    ] {
        let mut user = User::installed();
        user.when(&link(Some("m1"), None, 1));
        waits_for(&mut user, 7, "m1");
        assert_eq!(
            user.when(&link(None, Some(reason), 2)),
            ["MemberUnlinked", "NotificationSuppressed"],
            "{reason:?}"
        );
    }
}

#[test]
fn of_two_members_the_cards_of_the_one_that_the_person_is_now_stay() {
    let mut user = User::installed();
    user.when(&link(Some("m1"), None, 1));
    waits_for(&mut user, 7, "m1");
    waits_for(&mut user, 8, "m2");
    assert_eq!(
        user.when(&link(Some("m2"), None, 2)),
        ["MemberUnlinked", "NotificationSuppressed", "MemberLinked"]
    );
    assert_eq!(user.begins(card(8)), ["DeliveryAttempted"]);
}

#[test]
fn while_the_evidence_disagrees_a_card_waits_and_goes_out_when_it_agrees() {
    let mut user = User::installed();
    user.when(&link(Some("m1"), None, 1));
    waits_for(&mut user, 7, "m1");
    assert_eq!(
        user.when(&link(None, Some(UnlinkReason::Conflict), 2)),
        ["MemberUnlinked"]
    );
    assert_eq!(user.begins(card(7)), ["NotificationDeferred"]);
    assert_eq!(
        user.when(&link(Some("m1"), None, 3)),
        ["MemberLinked", "NotificationDeferred"]
    );
    assert_eq!(user.begins(card(7)), ["DeliveryAttempted"]);
}

#[test]
fn a_card_in_doubt_is_somebody_elses_once_the_person_is_another_member() {
    let mut user = User::installed();
    user.when(&link(Some("m1"), None, 1));
    waits_for(&mut user, 7, "m1");
    user.when(&link(None, Some(UnlinkReason::Conflict), 2));
    assert_eq!(
        user.when(&link(Some("m2"), None, 3)),
        ["MemberLinked", "NotificationSuppressed"]
    );
}

/// A person who is m1 and has a request and a meeting of m1's in the chat; then the link ends `why`.
fn was_m1(why: UnlinkReason) -> User {
    let mut user = User::installed();
    user.when(&link(Some("m1"), None, 1));
    let meeting = about(8, CardKind::Meeting, "meeting/9", SubjectFacts::default());
    for mut route in [route(7, CardKind::MentoringRequest), meeting] {
        if let Some(link) = &mut route.link {
            link.member_id = Some(MemberId::parse("m1").unwrap());
        }
        user.gets(route);
    }
    user.when(&link(None, Some(why), 2));
    user.now += TimeDelta::minutes(1);
    user
}

fn meeting_moves(name: &str) -> SubjectRoute {
    let meeting = SubjectRef::parse("meeting/9").unwrap();
    change(meeting, CardKind::Meeting, SubjectState::Moved, name, 900)
}

#[test]
fn whoever_was_a_member_hears_nothing_more_of_what_that_member_got() {
    for why in [
        UnlinkReason::MemberRemoved,
        UnlinkReason::AddressChanged,
        UnlinkReason::Admin,
        UnlinkReason::Conflict,
    ] {
        let mut user = was_m1(why);
        let in_doubt = why == UnlinkReason::Conflict;
        let learnt = user.learns(meeting_moves("moved"));
        assert_eq!(
            learnt.contains(&"NotificationQueued"),
            in_doubt,
            "{why:?} {learnt:?}"
        );
        assert!(!learnt.contains(&"CardUpdateQueued"), "{why:?} {learnt:?}");
        let shown = if in_doubt {
            CardContent::InDoubt
        } else {
            CardContent::NotTheirs
        };
        for card in [card(7), card(8)] {
            assert_eq!(user.content(card), shown, "{why:?}");
        }
        for command in [Command::Pending, Command::Meetings] {
            user.receives(typed(command));
            let listed = user.newest().id;
            assert_eq!(user.list(listed).items, [], "{why:?} {command:?}");
        }
        assert_eq!(
            user.presses(ACCEPT(7)),
            ["NotificationSeen", "ActionIgnored"],
            "{why:?}"
        );
        // What is sent to them as who they are now is theirs.
        let id = user.gets(about(9, CardKind::Task, "task/1", SubjectFacts::default()));
        assert!(matches!(user.content(id), CardContent::Subject(_)), "{why:?}");
    }
}

#[test]
fn a_thing_that_ends_meanwhile_ends_for_what_still_waits_without_a_word() {
    let mut user = was_m1(UnlinkReason::Conflict);
    let cancelled = SubjectRoute {
        state: SubjectState::Cancelled,
        ..meeting_moves("cancelled")
    };
    assert_eq!(user.learns(cancelled), ["SubjectChanged", "NotificationQueued"]);
    let notice = user.newest().id;
    assert_eq!(user.begins(notice), ["NotificationDeferred"]);
}

#[test]
fn whoever_is_that_member_again_sees_what_changed_meanwhile_and_gets_the_short_word_of_it() {
    let mut user = was_m1(UnlinkReason::Conflict);
    user.learns(meeting_moves("moved"));
    let notice = user.newest().id;
    assert_eq!(user.begins(notice), ["NotificationDeferred"]);
    user.now += TimeDelta::minutes(1);
    assert_eq!(
        user.when(&link(Some("m1"), None, 3)),
        ["MemberLinked", "CardUpdateQueued", "NotificationDeferred"]
    );
    assert_eq!(user.subject_card(card(8)).state, SubjectState::Moved);
    assert_eq!(user.begins(notice), ["DeliveryAttempted"]);
    assert!(user.presses(ACCEPT(7)).contains(&"RequestAccepted"));
}

#[test]
fn whom_the_next_card_finds_to_be_that_member_again_sees_what_changed_meanwhile() {
    for why in [UnlinkReason::AddressChanged, UnlinkReason::Conflict] {
        let mut user = was_m1(why);
        user.learns(meeting_moves("moved"));
        user.now += TimeDelta::minutes(1);
        let mut next = route(9, CardKind::Task);
        if let Some(link) = &mut next.link {
            link.member_id = Some(MemberId::parse("m1").unwrap());
        }
        let heard = user.hears(next);
        assert_eq!(
            heard[..2],
            ["MemberLinked", "CardUpdateQueued"],
            "{why:?} {heard:?}"
        );
        assert_eq!(user.subject_card(card(8)).state, SubjectState::Moved, "{why:?}");
        assert!(user.presses(ACCEPT(7)).contains(&"RequestAccepted"), "{why:?}");
    }
}

#[test]
fn what_changed_while_it_was_in_doubt_and_then_denied_is_seen_by_whom_it_is_after_all() {
    let mut user = was_m1(UnlinkReason::Conflict);
    user.learns(meeting_moves("moved"));
    user.now += TimeDelta::minutes(1);
    let denied = user.when(&link(None, Some(UnlinkReason::AddressChanged), 3));
    assert_eq!(denied[0], "MemberUnlinked", "{denied:?}");
    user.now += TimeDelta::minutes(1);
    let again = user.when(&link(Some("m1"), None, 4));
    assert!(again.contains(&"CardUpdateQueued"), "{again:?}");
    assert_eq!(user.subject_card(card(8)).state, SubjectState::Moved);
}

#[test]
fn a_card_that_was_drawn_while_the_person_was_not_that_member_is_drawn_again_when_they_are() {
    for why in [UnlinkReason::AddressChanged, UnlinkReason::Conflict] {
        let mut user = was_m1(why);
        user.when(&link(Some("m1"), None, 3));
        // The change comes while the person is known, and the chat takes it when they are not.
        user.now += TimeDelta::minutes(1);
        assert!(user.learns(meeting_moves("moved")).contains(&"CardUpdateQueued"));
        let revision = user.state.notification(card(8)).unwrap().wanted;
        user.now += TimeDelta::minutes(1);
        user.when(&link(None, Some(why), 4));
        assert!(
            !matches!(user.content(card(8)), CardContent::Subject(_)),
            "{why:?}"
        );
        user.now += TimeDelta::seconds(1);
        let put = UserCommand::FinishUpdate {
            notification_id: card(8),
            revision,
            abandoned: None,
        };
        assert_eq!(user.when(&put), ["CardUpdated"]);
        user.now += TimeDelta::minutes(1);
        let again = user.when(&link(Some("m1"), None, 5));
        let redrawn = again.iter().filter(|name| **name == "CardUpdateQueued").count();
        assert_eq!(redrawn, 1, "{why:?} {again:?}");
        let drawn = user.state.notification(card(8)).unwrap();
        assert!(drawn.wanted > revision, "{why:?}");
    }
}

#[test]
fn what_may_have_arrived_is_not_posted_again_while_it_is_in_doubt_whose_it_is() {
    let mut user = User::installed();
    user.when(&link(Some("m1"), None, 1));
    let mut request = route(7, CardKind::MentoringRequest);
    if let Some(link) = &mut request.link {
        link.member_id = Some(MemberId::parse("m1").unwrap());
    }
    let id = request.notification_id;
    user.hears(request);
    assert_eq!(user.begins(id), ["DeliveryAttempted"]);
    let revision = user.state.notification(id).unwrap().wanted;
    user.when(&UserCommand::FinishSend {
        notification_id: id,
        attempt: 1,
        revision,
        result: SendResult::NoAnswer {
            reason: "timeout".to_owned(),
        },
    });
    user.when(&link(None, Some(UnlinkReason::Conflict), 2));
    user.now += TimeDelta::minutes(10);
    assert_eq!(user.begins(id), ["DeliveryOutcomeUnknown"]);
    assert!(user.begins(id).is_empty());
}

#[test]
fn what_waited_for_the_evidence_to_agree_goes_out_whatever_says_so_first() {
    let mut user = was_m1(UnlinkReason::Conflict);
    user.learns(meeting_moves("moved"));
    let notice = user.newest().id;
    assert_eq!(user.begins(notice), ["NotificationDeferred"]);
    user.now += TimeDelta::minutes(1);
    let mut next = route(9, CardKind::Task);
    if let Some(link) = &mut next.link {
        link.member_id = Some(MemberId::parse("m1").unwrap());
    }
    let heard = user.hears(next);
    assert!(heard.contains(&"NotificationDeferred"), "{heard:?}");
    assert_eq!(user.begins(notice), ["DeliveryAttempted"]);
}

#[test]
fn whoever_turns_out_to_be_somebody_else_gets_no_short_word_of_what_changed() {
    let ends = [
        link(Some("m2"), None, 3),
        link(None, Some(UnlinkReason::AddressChanged), 3),
    ];
    for end in ends {
        let mut user = was_m1(UnlinkReason::Conflict);
        user.learns(meeting_moves("moved"));
        let notice = user.newest().id;
        let ended = user.when(&end);
        assert!(ended.contains(&"NotificationSuppressed"), "{ended:?}");
        assert!(user.begins(notice).is_empty());
        assert_eq!(user.content(card(8)), CardContent::NotTheirs);
        assert!(user.when(&end).is_empty(), "once");
    }
}

/// The directory tells this address of the person.
fn shows(user: &mut User, address: &str) -> Vec<&'static str> {
    user.when(&looked_up(Some(address)))
}

#[test]
fn an_address_that_is_not_theirs_any_more_puts_in_doubt_who_the_person_is_before_anything_leaves() {
    let mut user = User::installed();
    shows(&mut user, "old@x");
    user.when(&link(Some("m1"), None, 1));
    waits_for(&mut user, 7, "m1");
    let contradicted = shows(&mut user, "new@x");
    assert!(
        contradicted.starts_with(&["ProfileResolved", "MemberUnlinked"]),
        "{contradicted:?}"
    );
    assert_eq!(user.begins(card(7)), ["NotificationDeferred"]);
    user.now += TimeDelta::minutes(1);
    let again = user.when(&link(Some("m1"), None, 2));
    assert!(again.contains(&"MemberLinked"), "{again:?}");
    assert_eq!(user.begins(card(7)), ["DeliveryAttempted"]);
}

#[test]
fn what_shows_otherwise_who_the_person_is_is_not_put_in_doubt_by_another_address() {
    let object_id = UserCommand::Link(Box::new(LinkRoute {
        user: UserKey::parse("t/ada").unwrap(),
        organization_id: OrganizationId::parse("acme").unwrap(),
        to: Some((MemberId::parse("m1").unwrap(), MatchedBy::ObjectId)),
        why: None,
        cause: EventId::derive(["1"]),
        correlation_id: Uuid::nil(),
    }));
    let mut user = User::installed();
    shows(&mut user, "old@x");
    user.when(&object_id);
    assert!(!shows(&mut user, "new@x").contains(&"MemberUnlinked"));

    // The same address, now as the UPN.
    let mut user = User::installed();
    shows(&mut user, "old@x");
    user.when(&link(Some("m1"), None, 1));
    let mut both = told(Some("new@x"));
    both.upn_lookup = Some(Lookup::from_stored("old@x"));
    let told = user.when(&UserCommand::ProfileFound(Box::new(both)));
    assert!(!told.contains(&"MemberUnlinked"), "{told:?}");
}

#[test]
fn what_was_missed_is_listed_for_nobody_while_it_is_in_doubt_whose_it_is_and_afterwards_for_whose_it_is() {
    let missed = || {
        let mut user = User::installed();
        user.is_greeted();
        shows(&mut user, "old@x");
        user.when(&link(Some("m1"), None, 1));
        user.receives(What::Uninstalled(UninstallEvidence::InstallationUpdate));
        waits_for(&mut user, 7, "m1");
        assert_eq!(user.begins(card(7)), ["NotificationSuppressed"]);
        user.now += TimeDelta::minutes(5);
        user.receives(What::Installed(InstallEvidence::InstallationUpdate));
        let greeting = user.newest().id;
        shows(&mut user, "new@x");
        assert_eq!(
            user.begins(greeting),
            ["NotificationSuppressed", "DeliveryAttempted"]
        );
        let CardContent::WelcomeBack { link, list, .. } = user.content(greeting) else {
            panic!("{:?}", user.content(greeting))
        };
        assert_eq!((list.items, list.missed), (Vec::new(), 0));
        assert!(!matches!(link.state, crate::card::LinkState::Linked(_)));
        user.now += TimeDelta::minutes(1);
        user
    };
    let mut user = missed();
    let again = user.when(&link(Some("m1"), None, 2));
    assert!(again.contains(&"NotificationQueued"), "{again:?}");
    let list = user.newest().id;
    assert_eq!(user.begins(list), ["DeliveryAttempted"]);
    assert_eq!(user.list(list).items.len(), 1);

    for end in [
        link(Some("m2"), None, 2),
        link(None, Some(UnlinkReason::AddressChanged), 2),
    ] {
        let mut user = missed();
        let ended = user.when(&end);
        assert!(ended.contains(&"NotificationSuppressed"), "{ended:?}");
        assert!(!ended.contains(&"NotificationQueued"), "{ended:?}");
        assert_eq!(user.state.missed.count, 0);
    }
}

#[test]
fn what_a_member_missed_is_told_as_unreached_when_the_person_is_no_longer_that_member() {
    let mut user = User::installed();
    user.when(&link(Some("m1"), None, 1));
    user.receives(typed(Command::Disconnect));
    user.receives(typed(Command::Disconnect));
    waits_for(&mut user, 7, "m1");
    assert_eq!(user.begins(card(7)), ["NotificationSuppressed"]);
    assert_eq!(user.state.missed.of, [card(7)]);
    assert_eq!(
        user.when(&link(None, Some(UnlinkReason::AddressChanged), 2)),
        ["MemberUnlinked", "NotificationSuppressed"]
    );
    assert_eq!(user.state.missed.count, 0);
}

#[test]
fn a_message_that_is_deleted_while_it_is_in_doubt_whose_it_is_never_leaves() {
    use events::organization::SubjectState::{Deleted, Edited};
    let of = |number: u32| SubjectFacts {
        message_id: Some(number.to_string()),
        ..SubjectFacts::default()
    };
    let edit = |number: u32, state, position: u64| SubjectRoute {
        facts: Some(of(number)),
        ..change(
            SubjectRef::parse("thread/5").unwrap(),
            CardKind::Message,
            state,
            &format!("edit {number} {position}"),
            position,
        )
    };
    let mut user = User::installed();
    user.when(&link(Some("m1"), None, 1));
    for number in [1, 2] {
        let mut message = about(number, CardKind::Message, "thread/5", of(number));
        if let Some(link) = &mut message.link {
            link.member_id = Some(MemberId::parse("m1").unwrap());
        }
        user.hears(message);
    }
    user.is_delivered(card(1));
    user.now += TimeDelta::minutes(1);
    user.when(&link(None, Some(UnlinkReason::Conflict), 2));
    assert_eq!(user.begins(card(2)), ["NotificationDeferred"]);
    user.now += TimeDelta::minutes(1);

    assert_eq!(
        user.learns(edit(2, Deleted, 20)),
        ["SubjectChanged", "NotificationWithdrawn"]
    );
    assert_eq!(
        user.learns(edit(1, Edited, 21)),
        ["SubjectChanged"],
        "what is in the chat stays while it may be somebody else's"
    );
    assert_eq!(
        user.learns(edit(1, Deleted, 22)),
        ["SubjectChanged", "CardUpdateQueued"],
        "what is taken back goes from wherever it stands"
    );
    assert_eq!(user.content(card(1)), CardContent::InDoubt);
    let again = user.when(&link(Some("m1"), None, 3));

    assert_eq!(
        again,
        ["MemberLinked", "CardUpdateQueued"],
        "and follows afterwards"
    );
    assert_eq!(user.phase(2), Phase::Withdrawn);
    assert!(user.begins(card(2)).is_empty());
}
