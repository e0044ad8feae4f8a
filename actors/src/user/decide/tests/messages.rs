//! Messages both ways: which thread an answer belongs to, bundles, edits, and what is lost.

use events::organization::CardKind::Message;
use events::user::Answer;

use super::*;
use crate::card::AnswerView;

const THREAD: &str = "thread/55";

fn message(number: u32, thread: &str) -> Route {
    let facts = SubjectFacts {
        message_id: Some(format!("m{number}")),
        ..SubjectFacts::default()
    };
    about(number, Message, thread, facts)
}

fn edit(number: u32, state: SubjectState, position: u64) -> SubjectRoute {
    SubjectRoute {
        facts: Some(SubjectFacts {
            message_id: Some(format!("m{number}")),
            ..SubjectFacts::default()
        }),
        ..change(
            SubjectRef::parse(THREAD).unwrap(),
            Message,
            state,
            &position.to_string(),
            position,
        )
    }
}

pub(super) fn words(text: &str) -> Sealed {
    serde_json::from_value(serde_json::json!({ "sealed_for": "user/t/ada", "generation": 1, "box": text }))
        .unwrap()
}

/// What the edge knows of a text.
fn written(text: &str) -> PressInput {
    PressInput {
        fingerprint: Some(EventId::derive([text]).0),
        ..PressInput::default()
    }
}

fn reply(number: u32, revision: u32, text: &str) -> Press {
    Press {
        revision: Some(revision),
        input: written(text),
        ..press(
            number,
            Act::Reply {
                text: Some(words(text)),
            },
        )
    }
}

#[test]
fn an_answer_is_bound_to_the_thread_of_its_card_and_a_double_click_counts_once() {
    let mut user = User::installed();
    user.gets(message(1, THREAD));
    user.gets(message(2, "thread/56"));
    let command = user.activity(What::Pressed {
        press: reply(1, 1, "aa"),
        on: None,
    });
    let events = user.when_events(&command);
    let UserEvent::Answer(Answer::MessageReplied(replied)) = &events[1] else {
        panic!("{events:?}")
    };
    assert_eq!(replied.on.subject.as_str(), THREAD);
    assert_eq!(user.presses(reply(1, 1, "aa")), ["ActionIgnored"]);
    // On the card that shows the first answer, a second one is another message, in the same words too.
    for text in ["aa", "cc"] {
        assert_eq!(
            user.presses(reply(1, 2, text)),
            ["MessageReplied", "CardUpdateQueued"]
        );
    }
    let Some(AnswerView::Replied {
        text, count, failed, ..
    }) = user.subject_card(card(1)).answer
    else {
        panic!("no answer")
    };
    assert_eq!((text, count, failed), (words("cc"), 3, false));
}

#[test]
fn another_text_from_the_same_form_is_another_reply() {
    let mut user = User::installed();
    user.gets(message(1, THREAD));
    // Two clients show the card without a reply, and one of them sends twice.
    for text in ["aa", "bb", "cc"] {
        assert!(
            user.presses(reply(1, 1, text)).contains(&"MessageReplied"),
            "{text}"
        );
    }
    for text in ["cc", "aa"] {
        assert_eq!(user.presses(reply(1, 1, text)), ["ActionIgnored"], "{text}");
    }
}

#[test]
fn a_reply_that_was_lost_can_be_sent_again_from_the_same_form() {
    let mut user = User::installed();
    user.gets(message(1, THREAD));
    let command = user.activity(What::Pressed {
        press: reply(1, 1, "aa"),
        on: None,
    });
    let events = user.when_events(&command);
    let reply_id = events
        .iter()
        .find_map(|event| event.answer()?.written_id())
        .unwrap();
    user.when(&UserCommand::HandOverFailed {
        reply_id,
        correlation_id: Uuid::nil(),
    });
    assert!(user.presses(reply(1, 1, "aa")).contains(&"MessageReplied"));
}

#[test]
fn more_than_three_messages_in_ten_minutes_become_one_card_that_grows() {
    let mut user = User::installed();
    for number in 1..=3 {
        user.gets(message(number, THREAD));
    }
    for number in [4, 5] {
        user.hears(message(number, THREAD));
        assert_eq!(
            user.begins(card(number)),
            ["NotificationMerged", "CardUpdateQueued"]
        );
    }
    let shown = user.subject_card(card(3));
    assert_eq!(shown.more.len(), 2);
    assert_eq!(shown.source, route(3, Message).source);
    assert_eq!(shown.more[1].source, route(5, Message).source);
    // Another thread is not concerned, and neither is the same one later.
    user.gets(message(6, "thread/56"));
    user.now += TimeDelta::minutes(11);
    user.gets(message(7, THREAD));
}

#[test]
fn edits_and_deletions_reach_the_card_that_shows_the_message() {
    let mut user = User::installed();
    for number in 1..=3 {
        user.gets(message(number, THREAD));
    }
    user.hears(message(4, THREAD));
    user.begins(card(4));
    assert_eq!(
        user.learns(edit(1, SubjectState::Edited, 20)),
        ["SubjectChanged", "CardUpdateQueued"]
    );
    let shown = user.subject_card(card(1));
    assert_eq!(shown.state, SubjectState::Edited);
    assert_ne!(shown.source, shown.original);
    assert_eq!(user.subject_card(card(2)).state, SubjectState::Open);
    // The fourth is shown by the third card.
    assert_eq!(
        user.learns(edit(4, SubjectState::Deleted, 21)),
        ["SubjectChanged", "CardUpdateQueued"]
    );
    assert_eq!(user.subject_card(card(3)).more[0].state, SubjectState::Deleted);
}

#[test]
fn a_message_deleted_before_it_was_sent_is_not_sent() {
    let mut user = User::installed();
    user.hears(message(1, THREAD));
    assert_eq!(
        user.learns(edit(1, SubjectState::Deleted, 20)),
        ["SubjectChanged", "NotificationWithdrawn"]
    );
    user.learns(edit(2, SubjectState::Deleted, 21));
    user.hears(message(2, THREAD));
    assert_eq!(user.phase(2), Phase::Withdrawn);
    assert_eq!(user.hears(message(3, THREAD)), ["NotificationQueued"]);
}

#[test]
fn what_chronus_did_not_take_is_told_to_its_writer_once() {
    let mut user = User::installed();
    user.gets(message(1, THREAD));
    let command = user.activity(What::Pressed {
        press: reply(1, 1, "aa"),
        on: None,
    });
    let reply_id = user
        .when_events(&command)
        .iter()
        .find_map(|event| event.answer()?.written_id())
        .unwrap();
    let lost = UserCommand::HandOverFailed {
        reply_id,
        correlation_id: Uuid::nil(),
    };
    assert_eq!(
        user.when(&lost),
        ["MessageHandOverFailed", "CardUpdateQueued", "NotificationQueued"]
    );
    assert!(user.when(&lost).is_empty());
    assert_eq!(user.newest().card, CardKind::MessageNotice);
    // Both the card and the word about it show what was written, not what the partner wrote.
    for shown in [card(1), user.newest().id] {
        let Some(AnswerView::Replied { text, failed, .. }) = user.subject_card(shown).answer else {
            panic!("no answer")
        };
        assert!(failed);
        assert_eq!(text, words("aa"));
    }
}

#[test]
fn typed_text_is_never_guessed_to_be_an_answer() {
    let mut user = User::installed();
    user.receives(typed(Command::Unknown));
    assert_eq!(user.newest().card, CardKind::NotUnderstood);
    user.gets(message(1, THREAD));
    user.gets(message(2, "thread/56"));
    user.receives(typed(Command::Unknown));
    assert_eq!(user.newest().card, CardKind::WhichThread);
    let asked = user.newest().id;
    user.is_delivered(asked);
    let CardContent::Compose(compose) = user.content(asked) else {
        panic!("not a question")
    };
    assert_eq!(compose.targets.len(), 2);
    let choose = |subject: &str| Press {
        on: Some(asked),
        revision: Some(1),
        subject: Some(SubjectRef::parse(subject).unwrap()),
        line: None,
        input: written("aa"),
        act: Act::Reply {
            text: Some(words("aa")),
        },
    };
    let told = user.presses(choose(THREAD));
    assert_eq!(told[1..], ["MessageReplied", "CardUpdateQueued"]);
    assert_eq!(user.presses(choose(THREAD)), ["ActionIgnored"]);
    // A thread of somebody else is not this person's to write to.
    assert_eq!(
        user.presses(choose("thread/99")),
        ["CardUpdateQueued", "ActionIgnored"]
    );
}

#[test]
fn words_that_resemble_a_command_go_to_an_open_thread_and_a_command_is_obeyed() {
    let reading = |command, meant| {
        What::Typed(Typed {
            meant,
            near: vec![Command::Disconnect],
            ..Typed::plain(command)
        })
    };
    let mut user = User::installed();
    user.receives(reading(Command::Unknown, Meant::Words));
    assert_eq!(user.newest().card, CardKind::NotUnderstood);
    user.gets(message(1, THREAD));
    for (command, meant, card) in [
        (Command::Unknown, Meant::Words, CardKind::WhichThread),
        (Command::Quiet, Meant::Words, CardKind::WhichThread),
        (Command::Unknown, Meant::Mistyped, CardKind::NotUnderstood),
        (Command::Meetings, Meant::Command, CardKind::Meetings),
    ] {
        user.receives(reading(command, meant));
        assert_eq!(user.newest().card, card, "{command:?} {meant:?}");
    }
    assert!(user.state.preferences.quiet_hours.is_none());
}

#[test]
fn a_person_writes_to_a_connection_of_theirs_and_to_no_other() {
    let mut user = User::installed();
    user.gets(about(
        1,
        CardKind::Connection,
        "connection/3",
        SubjectFacts::default(),
    ));
    user.receives(What::Typed(Typed {
        argument: Some(words("name")),
        ..Typed::plain(Command::Message)
    }));
    let asked = user.newest().id;
    user.is_delivered(asked);
    let CardContent::Compose(compose) = user.content(asked) else {
        panic!("nothing to write on")
    };
    assert_eq!((compose.targets.len(), compose.query), (1, Some(words("name"))));
    let send = |subject: &str| Press {
        on: Some(asked),
        revision: Some(1),
        subject: Some(SubjectRef::parse(subject).unwrap()),
        line: None,
        input: written("aa"),
        act: Act::Send {
            text: Some(words("aa")),
        },
    };
    assert_eq!(user.presses(send("connection/4")).last(), Some(&"ActionIgnored"));
    assert_eq!(
        user.presses(send("connection/3")),
        ["MessageSent", "CardUpdateQueued"]
    );
    let CardContent::Compose(compose) = user.content(asked) else {
        panic!("nothing to write on")
    };
    assert_eq!(compose.sent.unwrap().subject.as_str(), "connection/3");
}

#[test]
fn a_reply_that_was_being_written_while_its_message_was_deleted_is_a_reply() {
    let mut user = User::installed();
    user.gets(message(1, THREAD));
    user.learns(edit(1, SubjectState::Deleted, 20));
    assert!(user.presses(reply(1, 1, "on my way")).contains(&"MessageReplied"));
}

#[test]
fn of_several_questions_where_a_text_belongs_one_lives() {
    let mut user = User::installed();
    user.gets(message(1, THREAD));
    let is_closed = |user: &User, id| match user.content(id) {
        CardContent::Compose(compose) => compose.is_closed,
        other => panic!("{other:?}"),
    };
    let mut asked = Vec::new();
    for number in 0..3 {
        let events = user.receives(typed(Command::Unknown));
        let closes = usize::from(number > 0);
        assert_eq!(
            events.iter().filter(|name| **name == "CardUpdateQueued").count(),
            closes
        );
        asked.push(user.newest().id);
        user.is_delivered(user.newest().id);
    }
    let closed: Vec<bool> = asked.iter().map(|id| is_closed(&user, *id)).collect();
    assert_eq!(closed, [true, true, false]);
    // What was not sent yet is not sent any more.
    user.receives(typed(Command::Unknown));
    let unsent = user.newest().id;
    assert!(
        user.receives(typed(Command::Unknown))
            .contains(&"NotificationSuppressed")
    );
    assert!(user.begins(unsent).is_empty());
    // A form that somebody still has before them takes what they wrote.
    let late = Press {
        subject: Some(SubjectRef::parse(THREAD).unwrap()),
        line: None,
        input: written("late"),
        act: Act::Send {
            text: Some(words("late")),
        },
        on: Some(asked[0]),
        revision: Some(1),
    };
    assert!(user.presses(late).contains(&"MessageReplied"));
}
