//! The drill of an erasure: what was planted for somebody opens before it and nowhere after it, whatever was written before, and
//! also where a backup of before is restored.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::spelt::{Left, Planted, found, holds, keys_of, spelt, words};
use super::{ANOTHER, OBJECT_ID, files, started};
use crate::desk::{Desk, card_of, installs, microsoft, person, presses};
use crate::serve::{KEY, Serve};

/// What is sealed for the person who is erased: by the directory, by Chronus, and what they write.
const ERASED: [&str; 6] = [
    "zyxname",
    "zyxmail",
    "zyxupn",
    "zyxreply",
    "zyxsurvey",
    "zyxwrote",
];
/// What is sealed for somebody who stays.
const STAYS: [&str; 2] = ["qvoname", "qvoreply"];
const EMAIL: &str = "zyxmail@acme.example";

/// Both hear from each other and answer.
async fn both_live(desk: &Desk<'_>, sandbox: &chronus_teams::sandbox::Sandbox) {
    let clients = sandbox.clients();
    for (member, email, who, reply) in [
        ("m-1", EMAIL, OBJECT_ID, "Zyxreply to that"),
        ("m-3", "qvomail@acme.example", ANOTHER, "Qvoreply to that"),
    ] {
        let mut clients = clients.iter();
        let client = clients.find(|one| one.person().key.aad_object_id.as_str() == who.to_string());
        let client = client.unwrap();
        installs(client).await;
        let to = json!([{ "member_id": member, "email": email }]);
        desk.links(member, email).await;
        // What somebody wrote is sealed for who wrote it.
        let (writer, text) = if member == "m-1" {
            ("m-3", "A word from the other one")
        } else {
            ("m-1", "Zyxwrote this")
        };
        let actor = json!({ "member_id": writer, "name": "One of them" });
        let message = json!({ "recipients": to, "actor": actor, "text": text, "message_id": member });
        let subject = format!("thread/{member}");
        let card = card_of(&desk.hand_over("message.sent", Some(&subject), message).await);
        presses(client, &card, "message.reply", &[("text", reply)]).await;
        let questions = json!([{ "id": "q", "kind": "text", "text": "How is it?", "required": true }]);
        let survey =
            json!({ "recipients": to, "title": "Survey", "anonymous": false, "questions": questions });
        let subject = format!("survey/{member}");
        let card = card_of(&desk.hand_over("survey.requested", Some(&subject), survey).await);
        let answer = if member == "m-1" {
            "Zyxsurvey is mine"
        } else {
            "Fine"
        };
        presses(client, &card, "survey.answer", &[("value", answer)]).await;
    }
}

/// All that can be opened: the log, and what the member is shown.
fn opened(serve: &Serve, out: &str) -> Left {
    let asked = [
        "access-request",
        "--organization",
        "acme",
        "--reason",
        "request 120",
    ];
    serve.run(&[&asked[..], &["m-1", "--out", out]].concat());
    let mut opened = files(&serve.folder().join(out), &[]);
    std::fs::remove_dir_all(serve.folder().join(out)).unwrap();
    let log = serve.run(&["replay", "--reveal", "--reason", "test"]);
    opened.push(("replay --reveal".to_owned(), log.into_bytes()));
    opened
}

fn opens(left: &Left, word: &str) -> bool {
    let planted = &spelt(word, word.as_bytes(), true)[0];
    left.iter().any(|(_, bytes)| holds(bytes, planted))
}

/// Nothing of whom is erased opens or lies anywhere below the folder; what is somebody else's opens.
fn is_forgotten(serve: &Serve, keys: &[Planted], when: &str, but: &[&str]) {
    let opened = opened(serve, "shown");
    for word in STAYS {
        assert!(opens(&opened, word), "{word} {when}");
    }
    let wanted = words(&ERASED);
    let mut leaks = found(&opened, wanted.iter());
    let left = files(serve.folder(), &[&["chronus-teams.toml"], but].concat());
    leaks.extend(found(&left, wanted.iter().chain(keys)));
    assert!(leaks.is_empty(), "{when}: {leaks:#?}");
}

fn export(serve: &Serve, into: &str) {
    serve.run(&["export", into]);
    let report = format!("{into}.json");
    serve.run(&[
        "report",
        "messages",
        "--small-groups",
        "--format",
        "json",
        "--out",
        &report,
    ]);
}

/// The keys that an erasure is to destroy: the member's, the person's, and those of the addresses.
fn doomed(data: &Path) -> Vec<Planted> {
    let keys = keys_of(data, |whose| {
        whose.contains("m-1") || whose.contains(&OBJECT_ID.to_string())
    });
    assert!(keys.len() >= 2, "the member's and the person's");
    keys
}

/// Waits for a certificate that somebody caused.
async fn certified(desk: &Desk<'_>, by: &str) {
    desk.becomes("/v1/audit", "certified", |said| {
        let mut entries = said["entries"].as_array().into_iter().flatten();
        entries.any(|entry| entry["event"] == "ErasureCertified" && entry["by"] == by)
    })
    .await;
}

/// Served, the member is nobody, gets no card, and the directory is not asked about the person.
async fn is_erased_again(serve: &Serve, desk: &Desk<'_>, sandbox: &chronus_teams::sandbox::Sandbox) {
    let clients = sandbox.clients();
    let mut clients = clients.iter();
    let client = clients.find(|one| one.person().key.aad_object_id.as_str() == OBJECT_ID.to_string());
    let chat = client.unwrap();
    let shown = chat.chat().messages.len();
    let mut running = started(serve);
    assert!(
        serve.answers(&desk.http, &mut running).await,
        "it did not come up"
    );
    // The first answer is that of whoever was erased before anybody could ask.
    let (_, member) = desk.asked_with(KEY, "/v1/members/m-1").await;
    assert_eq!(
        (&member["removed"], &member["linked_to"]),
        (&json!(true), &Value::Null),
        "{member:#}"
    );
    certified(desk, "api:all").await;
    let to = json!({ "recipients": [{ "member_id": "m-1" }], "title": "For nobody" });
    let card = card_of(
        &desk
            .hand_over("something_new.happened", Some("task/restored"), to)
            .await,
    );
    desk.becomes(&format!("/v1/notifications/{card}"), "without a person", |said| {
        said["state"] == "unresolved" && said["teams_user"].is_null()
    })
    .await;
    tokio::task::spawn_blocking(move || running.stop()).await.unwrap();
    assert_eq!(chat.chat().messages.len(), shown, "{:#?}", chat.chat().messages);
    let restored = serve.replay();
    let mut restored = restored
        .iter()
        .rev()
        .take_while(|event| event["type"] != "LogRestored");
    assert!(!restored.any(|event| event["type"] == "ProfileResolved"));
}

#[actix_web::test]
async fn what_was_planted_for_somebody_who_is_erased_opens_nowhere_afterwards() {
    let sandbox = microsoft(vec![
        person(OBJECT_ID, "Zyxname Qvornak", EMAIL, "zyxupn@acme.example"),
        person(
            ANOTHER,
            "Qvoname Ode",
            "qvomail@acme.example",
            "qvoupn@acme.example",
        ),
    ])
    .await;
    let serve = Serve::beside(&sandbox, None);
    serve.replaces(&[(r#"["ingest", "read"]"#, r#"["ingest", "admin"]"#)]);
    let desk = Desk::before(&serve);
    let mut running = started(&serve);
    assert!(
        serve.answers(&desk.http, &mut running).await,
        "it did not come up"
    );
    both_live(&desk, &sandbox).await;
    serve.run(&["backup", "--to", "before"]);
    export(&serve, "export-before");
    tokio::task::spawn_blocking(move || running.stop()).await.unwrap();

    // Before, all of it opens.
    let data = serve.folder().join("data");
    let keys = doomed(&data);
    let before = opened(&serve, "shown");
    for word in ERASED.iter().chain(&STAYS) {
        assert!(opens(&before, word), "{word}");
    }
    assert!(!found(&files(&data, &[]), keys.iter()).is_empty());

    // When the member is erased while the service runs,
    let mut running = started(&serve);
    assert!(
        serve.answers(&desk.http, &mut running).await,
        "it did not come up"
    );
    let order = json!({ "erasure_id": "00000000-0000-4000-8000-0000000000e1", "reason": "request 118" });
    let erased: Value = desk.post("/v1/members/m-1/erase", order).await;
    assert!(erased["certificate"].is_number(), "{erased:#}");
    // and what Chronus told of them before comes late once more,
    let late = json!({
        "specversion": "1.0", "id": "late", "source": "/chronus/desk", "type": "com.chronus.member.upserted",
        "time": "2026-01-01T00:00:00Z", "data": { "recipients": [{ "member_id": "m-1", "email": EMAIL }] },
    });
    desk.send(&late).await;
    certified(&desk, "service").await;
    export(&serve, "export-after");
    serve.run(&["backup", "--to", "after"]);
    std::fs::write(
        serve.folder().join("audit.ndjson"),
        serve.run(&["audit", "--organization", "acme", "--format", "ndjson"]),
    )
    .unwrap();
    tokio::task::spawn_blocking(move || running.stop()).await.unwrap();

    // then nothing of it is left in the data, the log lines, exports of before and after, and a backup of after.
    is_forgotten(&serve, &keys, "after the erasure", &["before"]);
    assert!(serve.check_with(&["--audit"]).0);
    // A backup of before, put in the place of what knows of the erasure, is erased again.
    let list = serve.folder().join("erasures.ndjson");
    std::fs::write(&list, serve.run(&["erasures"])).unwrap();
    serve.run(&["restore", "--from", "before", "--replace"]);
    is_forgotten(&serve, &keys, "after the restore", &["before"]);
    assert!(serve.check_with(&["--audit"]).0);
    // And the member is, wherever a kill finds it.
    serve.spawn_and_kill_after(Duration::from_millis(200));
    is_erased_again(&serve, &desk, &sandbox).await;
    is_forgotten(&serve, &keys, "served after the restore", &["before"]);
    assert!(serve.check_with(&["--audit"]).0);
    // So it is in a folder that knows of no erasure, by the list.
    std::fs::rename(&data, serve.folder().join("put-away")).unwrap();
    serve.run(&["restore", "--from", "before", "--erasures", "erasures.ndjson"]);
    is_erased_again(&serve, &desk, &sandbox).await;
    is_forgotten(&serve, &keys, "restored with the list", &["before"]);
    assert!(serve.check_with(&["--audit"]).0);
    std::fs::remove_dir_all(&data).unwrap();
    std::fs::rename(serve.folder().join("put-away"), &data).unwrap();
    // Gone on with, the backup of before is a backup of after: it has the keys no more, into whatever folder it is restored.
    serve.run(&["restore", "--from", "after", "--replace"]);
    std::fs::remove_dir_all(serve.folder().join("before")).unwrap();
    std::fs::remove_dir_all(&data).unwrap();
    serve.run(&["restore", "--from", "after"]);
    is_forgotten(&serve, &keys, "restored into an empty folder", &[]);
    assert!(serve.check_with(&["--audit"]).0);
    sandbox.stop().await;
}
