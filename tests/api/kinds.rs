//! Each kind from the domain event to the answer: the event is posted, its card comes, somebody presses, the answer
//! stands in the feed once, and the card in the chat has changed in place.

use chronus_teams::sandbox::client::Press;
use serde_json::{Value, json};

use crate::support::{ADA, World, example, fits_its_schema, pairs, press};

/// A press and what comes of it.
struct Case {
    example: &'static str,
    verb: &'static str,
    data: &'static [(&'static str, &'static str)],
    inputs: &'static [(&'static str, &'static str)],
    answer: &'static str,
    content: fn() -> Value,
    shows: &'static str,
}

const CASES: [Case; 12] = [
    Case {
        example: "mentoring_request.sent",
        verb: "request.accept",
        data: &[],
        inputs: &[],
        answer: "mentoring_request.accepted",
        content: || json!({}),
        shows: "You accepted this here",
    },
    Case {
        example: "mentoring_request.sent",
        verb: "request.decline",
        data: &[],
        inputs: &[("reason", "timing"), ("note", "Next year, gladly.")],
        answer: "mentoring_request.declined",
        content: || json!({ "reason": "timing", "note": "Next year, gladly." }),
        shows: "You declined this here",
    },
    Case {
        example: "recommended_match.suggested",
        verb: "match.request",
        data: &[],
        inputs: &[("message", "I admire your work.")],
        answer: "recommended_match.requested",
        content: || json!({ "message": "I admire your work." }),
        shows: "You sent a request",
    },
    Case {
        example: "recommended_match.suggested",
        verb: "match.dismiss",
        data: &[],
        inputs: &[],
        answer: "recommended_match.dismissed",
        content: || json!({}),
        shows: "You set this suggestion aside",
    },
    Case {
        example: "meeting.requested",
        verb: "meeting.accept",
        data: &[],
        inputs: &[("slot", "b")],
        answer: "meeting.accepted",
        content: || json!({ "slot": { "id": "b" } }),
        shows: "You chose",
    },
    Case {
        example: "meeting.requested",
        verb: "meeting.decline",
        data: &[],
        inputs: &[("note", "Away that week.")],
        answer: "meeting.declined",
        content: || json!({ "note": "Away that week." }),
        shows: "You declined",
    },
    Case {
        example: "meeting.requested",
        verb: "meeting.propose",
        data: &[],
        inputs: &[("date", "2099-07-01"), ("time", "09:30")],
        answer: "meeting.proposed",
        // 09:30 in Berlin's summer.
        content: || json!({ "starts_at": "2099-07-01T07:30:00Z" }),
        shows: "You proposed",
    },
    Case {
        example: "meeting.follow_up",
        verb: "meeting.held",
        data: &[("held", "false")],
        inputs: &[],
        answer: "meeting.held",
        content: || json!({ "held": false }),
        shows: "You said that you did not meet",
    },
    Case {
        example: "erg_event.invited",
        verb: "event.rsvp",
        data: &[("rsvp", "maybe")],
        inputs: &[],
        answer: "erg_event.rsvp",
        content: || json!({ "rsvp": "maybe" }),
        shows: "You answered maybe",
    },
    Case {
        example: "announcement.published",
        verb: "announcement.acknowledge",
        data: &[],
        inputs: &[],
        answer: "announcement.acknowledged",
        content: || json!({}),
        shows: "You confirmed that you read this",
    },
    Case {
        example: "message.sent",
        verb: "message.reply",
        data: &[],
        inputs: &[("text", "Gladly, at ten?")],
        answer: "thread.replied",
        content: || json!({ "text": "Gladly, at ten?" }),
        shows: "Gladly, at ten?",
    },
    Case {
        example: "task.assigned",
        verb: "task.complete",
        data: &[],
        inputs: &[],
        answer: "task.completed",
        content: || json!({}),
        shows: "✓ Done",
    },
];

/// Whether every leaf of `wanted` stands in `found`.
fn holds(found: &Value, wanted: &Value) -> bool {
    match wanted {
        Value::Object(fields) => fields.iter().all(|(name, inner)| holds(&found[name], inner)),
        other => found == other,
    }
}

#[actix_web::test]
async fn each_kind_is_answered_once_from_two_devices_and_its_card_changes_in_place() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    for (number, case) in (1..).zip(&CASES) {
        let place = format!("{} on {}", case.verb, case.example);
        let sent = world.send(&[example(case.example, ADA, number)]).await;
        assert_eq!(sent.status, 202, "{place}: {sent:?}");
        let card = sent.card(0);
        world.reaches(&card, "delivered").await;
        let message = ada.chat().card_of(&card).unwrap().id.clone();
        let pressed = Press {
            data: pairs(case.data),
            inputs: pairs(case.inputs),
            ..press(&card, case.verb)
        };

        // Two devices show the open card; both press before either has its answer.
        let (one, other) = tokio::join!(ada.press(pressed.clone()), ada.press(pressed));

        for outcome in [one.unwrap(), other.unwrap()] {
            assert_eq!(outcome.status, Some(200), "{place}");
            let shown = outcome.answer.unwrap().to_string();
            assert!(shown.contains(case.shows), "{place}: {shown}");
        }
        world.at_rest().await;
        let told = world.answers().await;
        assert_eq!(told.len(), usize::try_from(number).unwrap(), "{place}: {told:#?}");
        let answer = told.last().unwrap();
        assert_eq!(
            answer["type"],
            format!("com.chronus.teams.{}", case.answer),
            "{place}"
        );
        let (data, content) = (&answer["data"], (case.content)());
        assert!(holds(data, &content), "{place}: {data:#} lacks {content:#}");
        assert_eq!(data["notification_id"], card, "{place}");
        assert_eq!(data["teams_user"]["aad_object_id"], ADA.id, "{place}");
        assert_eq!(
            (&data["device"], &data["device_class"]),
            (&json!("Web"), &json!("web")),
            "{place}"
        );
        fits_its_schema(answer);
        let chat = ada.chat();
        let now = chat.message(&message).unwrap();
        assert!(
            now.edits >= 1 && now.shows(case.shows),
            "{place}: {:#?}",
            now.shown()
        );
        assert_eq!(world.status_of(&card).await["state"], "answered", "{place}");
    }
}

#[actix_web::test]
async fn every_example_is_accepted_and_none_of_their_cards_stays_behind() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/examples");
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .filter_map(|entry| {
            let path = entry.unwrap().path();
            path.is_file()
                .then(|| path.file_stem().unwrap().to_string_lossy().into_owned())
        })
        // They would take the address away that the others are sent to.
        .filter(|name| !name.starts_with("member."))
        .collect();
    names.sort();
    for batch in names.chunks(crate::support::MAX_BATCH) {
        let events: Vec<Value> = batch
            .iter()
            .zip(1..)
            .map(|(name, number)| example(name, ADA, number))
            .collect();
        let sent = world.send(&events).await;
        for (place, name) in batch.iter().enumerate() {
            assert_eq!(sent.result(place)["status"], "accepted", "{name}: {sent:?}");
        }
    }
    world.at_rest().await;
    assert!(ada.chat().messages.len() > 20, "{}", ada.chat().messages.len());
    assert_eq!(ada.chat().duplicates(), 0);
}

#[actix_web::test]
async fn an_event_with_several_faults_is_told_every_one_of_them() {
    let world = World::start().await;
    let mut wrong = example("survey.requested", ADA, 1);
    wrong["data"]["questions"] = json!([{ "id": "q 1", "kind": "stars", "text": "" }]);
    wrong.as_object_mut().unwrap().remove("subject");

    let told = world.send(&[wrong]).await;

    assert_eq!(told.status, 422);
    let problem = &told.result(0)["problem"];
    let pointers: Vec<&str> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["pointer"].as_str().unwrap())
        .collect();
    assert_eq!(
        pointers,
        [
            "/data/questions/0/id",
            "/data/questions/0/kind",
            "/data/questions/0/text",
            "/subject"
        ]
    );
    assert_eq!(problem["pointer"], pointers[0]);
}

#[actix_web::test]
async fn an_rsvp_may_change_and_each_change_is_told_once() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    let card = world.send(&[example("erg_event.invited", ADA, 1)]).await.card(0);
    world.reaches(&card, "delivered").await;
    for rsvp in ["going", "not_going", "going"] {
        let chosen = Press {
            data: pairs(&[("rsvp", rsvp)]),
            ..press(&card, "event.rsvp")
        };
        assert!(ada.press(chosen).await.unwrap().taken());
        world.at_rest().await;
    }
    let told = world.answers().await;
    let said: Vec<&Value> = told.iter().map(|answer| &answer["data"]["rsvp"]).collect();
    assert_eq!(said, ["going", "not_going", "going"]);
}

#[actix_web::test]
async fn an_old_card_pressed_after_the_meeting_was_cancelled_shows_how_it_stands() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    let card = world.send(&[example("meeting.requested", ADA, 1)]).await.card(0);
    world.reaches(&card, "delivered").await;
    let message = ada.chat().card_of(&card).unwrap().clone();
    world.send(&[example("meeting.cancelled", ADA, 1)]).await;
    world.at_rest().await;
    assert!(ada.chat().message(&message.id).unwrap().shows("Cancelled"));

    // A client that still shows the old card.
    let mut activity = ada.chat().deeds.values().next().unwrap().activity.clone();
    activity["type"] = "invoke".into();
    activity["name"] = "adaptiveCard/action".into();
    activity["id"] = "f:late".into();
    activity["replyToId"] = message.id.into();
    let data = json!({ "notification_id": card, "slot": "a" });
    activity["value"] = json!({
        "trigger": "manual",
        "action": { "type": "Action.Execute", "verb": "meeting.accept", "data": data },
    });
    let kind = chronus_teams::sandbox::bot::TokenKind::Genuine;
    let answer = world
        .sandbox
        .post_activity(activity.to_string(), kind)
        .await
        .unwrap();

    assert_eq!(answer.status, 200);
    let shown = answer.body.unwrap().to_string();
    assert!(shown.contains("Cancelled"), "{shown}");
    world.at_rest().await;
    assert!(world.answers().await.is_empty());
}

/// Words that would do something if a card took them for more than words.
const TRICKS: [&str; 5] = [
    "<at>Everybody</at> look",
    "[Free gift](https://evil.example/x)",
    "**bold** _it_ `code` # head",
    "<script>alert(1)</script>",
    "\u{202e}gnp.exe",
];

/// Every text of a card in which Markdown has an effect.
fn marked_up(part: &Value) -> Vec<String> {
    match part {
        Value::Object(fields) => {
            let own = (fields.get("type") == Some(&json!("TextBlock")))
                .then(|| fields["text"].as_str().unwrap_or_default().to_owned());
            own.into_iter()
                .chain(fields.values().flat_map(marked_up))
                .collect()
        }
        Value::Array(items) => items.iter().flat_map(marked_up).collect(),
        _ => Vec::new(),
    }
}

#[actix_web::test]
async fn names_and_messages_are_shown_as_words_whatever_they_hold() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    for (number, trick) in (1..).zip(TRICKS) {
        for kind in [
            "message.sent",
            "meeting.requested",
            "erg_event.invited",
            "task.assigned",
            "announcement.published",
        ] {
            let mut event = example(kind, ADA, number);
            for field in [
                "title",
                "text",
                "agenda",
                "description",
                "body",
                "location",
                "erg",
            ] {
                if event["data"].get(field).is_some() {
                    event["data"][field] = trick.into();
                }
            }
            for person in ["actor", "organizer", "host", "author"] {
                if event["data"][person].is_object() {
                    event["data"][person]["name"] = trick.into();
                }
            }
            event["data"]["url"] = "javascript:alert(1)".into();
            let sent = world.send(&[event]).await;
            assert_eq!(sent.status, 202, "{sent:?}");
        }
    }
    world.at_rest().await;
    let chat = ada.chat();
    assert!(chat.messages.len() >= 25);
    for message in chat.messages.iter().filter(|message| message.from_bot) {
        let Some(card) = &message.card else { continue };
        let whole = card.to_string();
        // A mention needs an entity beside its text; without one it is a word like any other.
        for forbidden in ["\"entities\"", "javascript:", "\u{202e}"] {
            assert!(!whole.contains(forbidden), "{forbidden} in {whole}");
        }
        // Only text blocks read mark-up; text runs and labels show what they hold.
        for text in marked_up(card) {
            // An escaped bracket is shown as one.
            let text = text.replace("\\]", "");
            for forbidden in ["<at>", "](https://evil.example", "<script>"] {
                assert!(!text.contains(forbidden), "{forbidden} in {text}");
            }
        }
        let toast = message.summary.clone().unwrap_or_default();
        assert!(!TRICKS.iter().any(|trick| toast.contains(trick)), "{toast}");
    }
}

#[actix_web::test]
async fn a_card_of_somebody_else_cannot_be_answered() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    let ben = world.install(crate::support::BEN).await;
    let bens = world
        .send(&[example("task.assigned", crate::support::BEN, 1)])
        .await
        .card(0);
    let adas = world.send(&[example("task.assigned", ADA, 2)]).await.card(0);
    world.reaches(&bens, "delivered").await;
    world.reaches(&adas, "delivered").await;
    ada.press(press(&adas, "task.complete")).await.unwrap();
    let deed = ada
        .chat()
        .deeds
        .values()
        .find(|deed| deed.activity["type"] == "invoke")
        .unwrap()
        .clone();
    let mut forged = deed.activity;
    forged["id"] = "f:forged".into();
    forged["value"]["action"]["data"] =
        json!({ "notification_id": bens, "subject": "task/12-1", "revision": 1 });
    let kind = chronus_teams::sandbox::bot::TokenKind::Genuine;

    let answer = world
        .sandbox
        .post_activity(forged.to_string(), kind)
        .await
        .unwrap();

    assert_eq!(answer.status, 200);
    world.at_rest().await;
    assert_eq!(world.answers().await.len(), 1, "only Ada's own answer");
    assert!(!ben.chat().card_of(&bens).unwrap().shows("✓ Done"));
    let status = world.status_of(&bens).await;
    assert_eq!(status["state"], "delivered");
    // What is not the person's own is not even shown.
    let shown = answer.body.map(|body| body.to_string()).unwrap_or_default();
    assert!(!shown.contains("task/12-1"), "{shown}");
}
