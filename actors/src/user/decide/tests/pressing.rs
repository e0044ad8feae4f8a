//! Which card a press is meant for, and what of it counts.

use events::user::{Chat, IgnoredReason, InputFault, Rsvp};

use super::*;
use crate::action::{PauseTime, SettingsForm};

/// A card of the chat that answers this command, delivered.
fn card_of(user: &mut User, command: Command) -> NotificationId {
    user.receives(typed(command));
    let id = user.newest().id;
    user.is_delivered(id);
    id
}

fn on(id: NotificationId, act: Act<Sealed>) -> Press {
    Press {
        on: Some(id),
        ..press(1, act)
    }
}

/// Why a press was ignored, and what the card says of it.
fn ignored(user: &mut User, press: Press) -> Option<(IgnoredReason, Option<InputFault>)> {
    let command = user.activity(What::Pressed { press, on: None });
    let events = user.when_events(&command);
    events.iter().find_map(|event| match event {
        UserEvent::Chat(Chat::ActionIgnored(event)) => Some((event.reason, event.fault)),
        _ => None,
    })
}

fn subject(name: &str) -> SubjectRef {
    SubjectRef::parse(name).unwrap()
}

#[test]
fn whoever_confirms_on_the_card_of_privacy_is_forgotten_once_and_by_no_other_card() {
    let mut user = User::installed();
    let help = card_of(&mut user, Command::Help);
    assert_eq!(
        ignored(&mut user, on(help, Act::ConfirmErasure)),
        Some((IgnoredReason::UnknownCard, Some(InputFault::NotOffered)))
    );
    let privacy = card_of(&mut user, Command::Privacy);
    assert_eq!(
        user.presses(on(privacy, Act::ConfirmErasure)),
        ["NotificationSeen", "ErasureRequested", "CardUpdateQueued"]
    );
    assert!(user.state.erasing);
    assert_eq!(
        ignored(&mut user, on(privacy, Act::ConfirmErasure)),
        Some((IgnoredReason::AlreadyResolved, None))
    );
}

#[test]
fn a_press_on_no_card_that_is_known_says_whether_card_or_act_is_unknown() {
    let mut user = User::installed();
    let unknown = |reason| Some((reason, None));
    assert_eq!(
        ignored(&mut user, press(9, Act::AcceptRequest)),
        unknown(IgnoredReason::UnknownCard)
    );
    assert_eq!(
        ignored(&mut user, press(9, Act::Unknown)),
        unknown(IgnoredReason::UnknownAction)
    );
}

#[test]
fn settings_that_the_card_does_not_offer_change_nothing_and_the_card_says_so() {
    let mut user = User::installed();
    let settings = card_of(&mut user, Command::Notifications);
    let form = SettingsForm {
        invalid: true,
        ..SettingsForm::default()
    };
    assert_eq!(
        user.presses(on(settings, Act::SaveSettings(form))),
        ["NotificationSeen", "CardUpdateQueued", "ActionIgnored"]
    );
}

#[test]
fn ending_a_pause_by_its_button_brings_what_was_missed() {
    let mut user = User::installed();
    user.is_greeted();
    user.receives(What::Typed(Typed {
        pause: Some(PauseTime::For(TimeDelta::days(2))),
        ..Typed::plain(Command::Pause)
    }));
    let paused = user.newest().id;
    user.is_delivered(paused);
    user.hears(route(1, CardKind::MentoringRequest));
    assert_eq!(user.begins(card(1)), ["NotificationSuppressed"]);
    let events = user.presses(on(paused, Act::EndPause));
    assert!(events.contains(&"Resumed"), "{events:?}");
    assert_eq!(user.newest().card, CardKind::CatchUp);
}

#[test]
fn a_press_may_name_the_subject_of_its_card_and_only_a_list_may_name_another() {
    let mut user = User::with_delivered_request(1);
    let facts = SubjectFacts {
        starts_at: Some(user.now + TimeDelta::days(3)),
        ..SubjectFacts::default()
    };
    user.gets(about(2, CardKind::ErgEvent, "erg_event/1", facts));
    let list = card_of(&mut user, Command::Pending);
    let naming = |on_card, name: &str, act| Press {
        subject: Some(subject(name)),
        ..on(on_card, act)
    };
    let going = Act::Rsvp(Rsvp::Going);
    let not_of_this = Some((IgnoredReason::UnknownCard, Some(InputFault::NotOffered)));
    assert_eq!(
        ignored(&mut user, naming(card(1), "erg_event/1", going.clone())),
        not_of_this
    );
    assert_eq!(
        ignored(&mut user, naming(list, "erg_event/2", going.clone())),
        not_of_this
    );
    assert!(
        user.presses(naming(list, "erg_event/1", going))
            .contains(&"EventRsvpGiven")
    );
    assert!(
        user.presses(naming(card(1), "mentoring_request/1", Act::AcceptRequest))
            .contains(&"RequestAccepted")
    );
}

#[test]
fn on_a_list_it_is_told_of_the_follow_up_whether_a_meeting_took_place() {
    let mut user = User::installed();
    let facts = SubjectFacts {
        starts_at: Some(user.now + TimeDelta::hours(1)),
        ..SubjectFacts::default()
    };
    user.gets(about(1, CardKind::Meeting, "meeting/1", facts.clone()));
    user.now += TimeDelta::hours(2);
    user.gets(about(2, CardKind::MeetingFollowUp, "meeting/1", facts));
    let list = card_of(&mut user, Command::Pending);
    let events = user.presses(Press {
        subject: Some(subject("meeting/1")),
        ..on(list, Act::TellMeetingHeld { held: true })
    });
    assert!(events.contains(&"MeetingHeld"), "{events:?}");
}

#[test]
fn on_a_form_to_write_words_go_to_the_newest_card_on_which_one_can_write() {
    let mut user = User::installed();
    let message = |number: u32| {
        let facts = SubjectFacts {
            message_id: Some(number.to_string()),
            ..SubjectFacts::default()
        };
        about(number, CardKind::Message, "thread/1", facts)
    };
    user.gets(message(1));
    user.gets(message(2));
    let form = card_of(&mut user, Command::Message);
    let text = Some(messages::words("hello"));
    let events = user.presses(Press {
        subject: Some(subject("thread/1")),
        ..on(form, Act::Send { text })
    });
    assert!(events.contains(&"MessageReplied"), "{events:?}");
}

#[test]
fn whether_a_meeting_took_place_counts_though_it_arrives_after_a_later_answer() {
    let mut user = User::installed();
    let facts = SubjectFacts {
        starts_at: Some(user.now + TimeDelta::hours(5)),
        ..SubjectFacts::default()
    };
    user.gets(about(1, CardKind::Meeting, "meeting/1", facts.clone()));
    user.gets(about(2, CardKind::MeetingFollowUp, "meeting/1", facts));
    let pressed_at = user.now;
    user.now += TimeDelta::minutes(1);
    user.presses(press(1, Act::DeclineMeeting { note: None }));
    let mut late = user.activity(What::Pressed {
        press: press(2, Act::TellMeetingHeld { held: false }),
        on: None,
    });
    if let UserCommand::Receive(inbound) = &mut late {
        inbound.at = Some(pressed_at);
    }
    assert!(user.when(&late).contains(&"MeetingHeld"));
}

#[test]
fn once_a_time_is_fixed_accepting_without_naming_one_means_that() {
    let mut user = User::installed();
    let slot = |id: &str, days| events::organization::Slot {
        id: id.into(),
        starts_at: User::new().now + TimeDelta::days(days),
        ends_at: None,
    };
    let facts = SubjectFacts {
        slots: vec![slot("1", 1), slot("2", 2)],
        ..SubjectFacts::default()
    };
    user.gets(about(1, CardKind::Meeting, "meeting/1", facts.clone()));
    user.learns(SubjectRoute {
        facts: Some(SubjectFacts {
            starts_at: Some(slot("2", 2).starts_at),
            ..facts
        }),
        ..change(
            subject("meeting/1"),
            CardKind::Meeting,
            SubjectState::Scheduled,
            "s",
            1_000,
        )
    });
    let events = user.presses(press(1, Act::AcceptMeeting { slot: None }));
    assert!(events.contains(&"MeetingAccepted"), "{events:?}");
}
