//! A life in which everything happens that leaves something of its own in the log.

use std::iter;
use std::path::Path;

use chronus_teams::sandbox::Sandbox;
use chronus_teams::sandbox::client::Client;
use chronus_teams::sandbox::faults::{Effect, Fault, Operation};
use events::lease::{LeaseEvent, LeasesTaken, NodeExpired, NodeJoined};
use events::store::sqlite::{SqliteOptions, SqliteStore};
use events::{
    Clock as _, EventId, EventStore as _, Expected, Metadata, NewEvent, NodeId, StreamId, StreamWrite,
    SystemClock,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::desk::{Desk, card_of, installs, microsoft, person, presses};
use crate::serve::Serve;

/// Nobody's.
const ADA: Uuid = Uuid::from_u128(0x5b1c_9a52_7c0e_4f0f_9d3c_2a7d_0b6f_0001);
const BEN: Uuid = Uuid::from_u128(0x5b1c_9a52_7c0e_4f0f_9d3c_2a7d_0b6f_0002);
const CLEO: Uuid = Uuid::from_u128(0x5b1c_9a52_7c0e_4f0f_9d3c_2a7d_0b6f_0003);
const DORA: Uuid = Uuid::from_u128(0x5b1c_9a52_7c0e_4f0f_9d3c_2a7d_0b6f_0004);
const ERASURE: &str = "00000000-0000-4000-8000-0000000000e1";
const TAKEN: &str = "00000000-0000-4000-8000-000000000c01";
const REVOKED: &str = "00000000-0000-4000-8000-000000000c02";

/// What a life left behind.
pub(super) struct Lived {
    pub(super) serve: Serve,
    /// Keys of the API that were made while the service ran: one that is taken, and one that was taken back.
    pub(super) keys: [String; 2],
    /// A domain event that was taken; handed over again it is a duplicate.
    pub(super) taken: Value,
    /// What the API is to be asked later, which needs a running service.
    pub(super) paths: Vec<String>,
}

fn news(member: &str, subject: &str) -> (Option<String>, Value) {
    let data = json!({
        "recipients": [{ "member_id": member }], "title": format!("News for {member}"), "body": "Four circles begin.",
    });
    (Some(subject.to_owned()), data)
}

async fn told(desk: &Desk<'_>, kind: &str, (subject, data): (Option<String>, Value)) -> String {
    card_of(&desk.hand_over(kind, subject.as_deref(), data).await)
}

/// A mentoring request that is accepted, a survey, a message with its reply: what is sealed and for whom.
async fn answers(desk: &Desk<'_>, ada: &Client) -> Vec<String> {
    let to = json!([{ "member_id": "m-1", "email": "ada@acme.example" }]);
    let priya = json!({ "member_id": "m-9", "name": "Priya Nair", "title": "Director" });
    let request = json!({ "recipients": to, "actor": priya, "message": "Would you be my mentor?" });
    let request = told(
        desk,
        "mentoring_request.sent",
        (Some("mentoring_request/1".to_owned()), request),
    )
    .await;
    presses(ada, &request, "request.accept", &[]).await;
    let message =
        json!({ "recipients": to, "actor": priya, "text": "When shall we meet?", "message_id": "1" });
    let message = told(desk, "message.sent", (Some("thread/1".to_owned()), message)).await;
    presses(ada, &message, "message.reply", &[("text", "On Tuesday")]).await;
    let questions = json!([{ "id": "q", "kind": "text", "text": "How is it?", "required": true }]);
    let survey = json!({ "recipients": to, "title": "Survey", "anonymous": false, "questions": questions });
    let survey = told(desk, "survey.requested", (Some("survey/1".to_owned()), survey)).await;
    presses(ada, &survey, "survey.answer", &[("value", "Very well")]).await;
    presses(ada, &survey, "survey.submit", &[]).await;
    vec![request, message, survey]
}

/// A card of which nobody knows whether it arrived, and that is left at that.
async fn held(desk: &Desk<'_>, sandbox: &Sandbox, cleo: &Client) -> String {
    let lost = Fault::next(Effect::Reset { delivered: true }, 1).on(Operation::Send);
    sandbox.order(lost.for_user(&cleo.person().key));
    let card = told(desk, "announcement.published", news("m-3", "announcement/1")).await;
    desk.stands(&card, "unknown_held").await;
    card
}

/// Somebody new shows the address of somebody who is linked: whom a card is for is in doubt from here on.
async fn doubted(desk: &Desk<'_>, sandbox: &Sandbox) -> String {
    let twin = person(DORA, "Dora Blum", "cleo@acme.example", "dora@acme.example");
    let dora = sandbox.add_person(twin).await.unwrap();
    installs(&dora).await;
    desk.becomes("/v1/conflicts", "names a conflict", |said| {
        said["conflicts"].as_array().is_some_and(|all| !all.is_empty())
    })
    .await;
    let waits = told(desk, "task.assigned", (Some("task/1".to_owned()), json!({
        "recipients": [{ "member_id": "m-3" }], "title": "Three goals", "actor": { "member_id": "m-9", "name": "Priya Nair" },
    })))
    .await;
    let path = format!("/v1/notifications/{waits}");
    desk.becomes(&path, "held back", |said| said["reason"] == "conflict")
        .await;
    waits
}

/// A key that stays, and one that is taken back.
async fn keys(desk: &Desk<'_>) -> [String; 2] {
    let mut made = Vec::new();
    for (id, name) in [(TAKEN, "nightly"), (REVOKED, "leaver")] {
        let new = json!({ "key_id": id, "name": name, "roles": ["read"], "reason": "ticket 7" });
        let key = desk.post("/v1/keys", new).await;
        made.push(key["key"].as_str().unwrap().to_owned());
    }
    let why = json!({ "reason": "ticket 8" });
    desk.post(&format!("/v1/keys/{REVOKED}/revoke"), why).await;
    made.try_into().unwrap()
}

/// What two nodes of a cluster say of their leases. An embedded log never holds it; a log that every reader must understand may.
async fn leases(data: &Path) {
    let store = SqliteStore::open(data, &SqliteOptions::default()).unwrap();
    let [one, two] = ["one", "two"].map(|name| NodeId::parse(name).unwrap());
    let joined = |node: &NodeId| NodeJoined {
        node: node.clone(),
        span_ms: 15_000,
    };
    let takes = |node: &NodeId, epoch, partitions| LeasesTaken {
        node: node.clone(),
        epoch,
        partitions,
    };
    let said: [LeaseEvent; 6] = [
        joined(&one).into(),
        takes(&one, 1, vec![0, 1, 2, 3]).into(),
        joined(&two).into(),
        events::lease::LeasesReleased {
            node: one.clone(),
            partitions: vec![2, 3],
        }
        .into(),
        takes(&two, 2, vec![2, 3]).into(),
        NodeExpired {
            node: one.clone(),
            by: two.clone(),
        }
        .into(),
    ];
    let events = said.iter().enumerate().map(|(number, event)| {
        let id = EventId::derive(["freeze", number.to_string().as_str()]);
        let metadata = Metadata {
            time: SystemClock.now(),
            correlation_id: id.0,
            causation_id: id.0,
        };
        NewEvent::encode(id, event, metadata)
    });
    let write = StreamWrite {
        stream: StreamId::leases(),
        expected: Expected::Any,
        events: events.collect(),
    };
    store.append(vec![write]).await.unwrap();
    store.close().await;
}

/// Lives it, with the program of today; the service is stopped afterwards.
pub(super) async fn live() -> Lived {
    let sandbox = microsoft(vec![
        person(ADA, "Ada Lund", "ada@acme.example", "ada.lund@acme.example"),
        person(BEN, "Ben Ode", "ben@acme.example", "ben.ode@acme.example"),
        person(CLEO, "Cleo Park", "cleo@acme.example", "cleo.park@acme.example"),
    ])
    .await;
    let serve = Serve::beside(&sandbox, None);
    serve.replaces(&[(
        r#"["ingest", "read"]"#,
        r#"["ingest", "read", "analyst", "audit", "admin"]"#,
    )]);
    let running = serve.start_with(&[]);
    let desk = Desk::before(&serve);
    let clients = sandbox.clients();
    let of = |id: Uuid| {
        let found = clients
            .iter()
            .find(|client| client.person().key.aad_object_id.as_str() == id.to_string());
        found.unwrap()
    };
    for (member, id, email) in [
        ("m-1", ADA, "ada@acme.example"),
        ("m-2", BEN, "ben@acme.example"),
        ("m-3", CLEO, "cleo@acme.example"),
    ] {
        installs(of(id)).await;
        desk.links(member, email).await;
    }
    let mut cards = answers(&desk, of(ADA)).await;
    cards.push(told(&desk, "announcement.published", news("m-2", "announcement/2")).await);
    desk.stands(&cards[3], "delivered").await;
    cards.push(held(&desk, &sandbox, of(CLEO)).await);
    doubted(&desk, &sandbox).await;
    let why = json!({ "reason": "ticket 9" });
    desk.post("/v1/members/m-2/unlink", why).await;
    let keys = keys(&desk).await;
    let order = json!({ "erasure_id": ERASURE, "reason": "request 118" });
    let erased = desk.post("/v1/members/m-1/erase", order).await;
    assert!(erased["certificate"].is_number(), "{erased:#}");
    let taken = json!({
        "specversion": "1.0", "id": "taken", "source": "/chronus/freeze", "type": "com.chronus.member.upserted",
        "data": { "recipients": [{ "member_id": "m-2", "email": "ben@acme.example" }] },
    });
    assert_eq!(desk.send(&taken).await["results"][0]["status"], "accepted");
    tokio::task::spawn_blocking(move || running.stop()).await.unwrap();
    leases(&serve.folder().join("data")).await;
    // What was just appended is hashed, and read by every reader, by a start and a stop in order.
    let running = serve.start_with(&[]);
    tokio::task::spawn_blocking(move || running.stop()).await.unwrap();
    sandbox.stop().await;
    let paths = cards
        .iter()
        .map(|card| format!("/v1/notifications/{card}"))
        .chain(["m-1", "m-2", "m-3"].map(|member| format!("/v1/members/{member}")))
        .chain(iter::once("/v1/responses?after=0".to_owned()));
    Lived {
        paths: paths.collect(),
        serve,
        keys,
        taken,
    }
}
