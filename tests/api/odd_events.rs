//! One odd event of a batch: it is rejected by name, and the rest is taken.

use serde_json::{Value, json};

use crate::support::{ACME_KEY, ADA, Answer, World, event, plain};

const BATCH: &str = "application/cloudevents-batch+json";
const STRUCTURED: &str = "application/cloudevents+json";

async fn post(world: &World, media: &str, body: Vec<u8>) -> Answer {
    let request = world.http.post(world.url("/v1/events")).bearer_auth(ACME_KEY);
    Answer::of(request.header("content-type", media).body(body)).await
}

/// An event whose title is these bytes of JSON.
fn titled(id: &str, title: &[u8]) -> Vec<u8> {
    let whole = plain(id, ADA.email, "THE TITLE").to_string();
    let (before, after) = whole.split_once("\"THE TITLE\"").unwrap();
    [before.as_bytes(), title, after.as_bytes()].concat()
}

#[actix_web::test]
async fn an_event_that_cannot_be_read_is_rejected_by_name_and_the_rest_is_taken() {
    let world = World::start().await;
    let deep = format!("{}{}", "[".repeat(40), "]".repeat(40));
    let many = format!("[{}1]", "1,".repeat(30_000));
    for (number, (title, pointer, told)) in [
        (
            b"\"Well done \\ud83d\"".to_vec(),
            "/data/title",
            "half of a surrogate pair",
        ),
        (b"1e400".to_vec(), "/data/title", "number"),
        (b"{\"list\":[1,-1e999]}".to_vec(), "/data/title/list/1", "number"),
        (b"\"caf\xe9\"".to_vec(), "/data/title", "UTF-8"),
        (b"\"a\tb\"".to_vec(), "/data/title", "control character"),
        (b"undefined".to_vec(), "/data/title", "is not JSON"),
        (deep.into_bytes(), "/data/title/0/0", "nest less"),
        (many.into_bytes(), "/data/title", "must be text"),
    ]
    .into_iter()
    .enumerate()
    {
        let good = |place: &str| {
            plain(&format!("{number}-{place}"), ADA.email, "T")
                .to_string()
                .into_bytes()
        };
        let odd = titled(&format!("{number}-odd"), &title);
        let batch = [b"[", &*good("first"), b",", &*odd, b", ", &*good("last"), b"]"].concat();
        let answer = post(&world, BATCH, batch).await;
        assert_eq!(answer.status, 202, "{answer:?}");
        let statuses = [0, 1, 2].map(|index| answer.result(index)["status"].clone());
        assert_eq!(statuses, ["accepted", "rejected", "accepted"], "{answer:?}");
        let rejected = answer.result(1);
        assert_eq!(
            (&rejected["index"], &rejected["id"]),
            (&json!(1), &json!(format!("{number}-odd")))
        );
        let problem = &rejected["problem"];
        assert_eq!(problem["pointer"], pointer, "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains(told), "{problem}");

        // Alone it is the same fault.
        let head = world.head();
        let alone = post(&world, STRUCTURED, odd).await;
        assert_eq!((alone.status, &alone.result(0)["problem"]), (422, problem));
        assert_eq!(world.head(), head);
    }
}

#[actix_web::test]
async fn faults_of_attributes_have_their_place_and_what_to_send() {
    let world = World::start().await;
    let whole = plain("1", ADA.email, "T");
    let without = |name: &str| {
        let mut event = whole.clone();
        event.as_object_mut().unwrap().remove(name);
        event
    };
    let with = |name: &str, value: Value| {
        let mut event = whole.clone();
        event[name] = value;
        event
    };
    for (odd, pointer, told) in [
        (without("id"), "/id", "is missing; send"),
        (without("source"), "/source", "is missing; send"),
        (without("type"), "/type", "is missing; send com.chronus."),
        (without("specversion"), "/specversion", "is missing; send"),
        (with("specversion", json!("0.3")), "/specversion", "must be"),
        (with("time", json!("yesterday")), "/time", "such as 2026"),
        (with("subject", json!("meeting/Größe")), "/subject", "not allowed"),
        (
            with("datacontenttype", json!("text/html")),
            "/datacontenttype",
            "application/json",
        ),
        (json!("no object"), "", "must be a JSON object"),
    ] {
        let answer = world.send(&[odd.clone(), plain("2", ADA.email, "T")]).await;
        let problem = &answer.result(0)["problem"];
        assert_eq!(problem["pointer"], pointer, "{odd} {answer:?}");
        assert!(problem["detail"].as_str().unwrap().contains(told), "{problem}");
        assert_ne!(answer.result(1)["status"], "rejected");
    }
    let mut twice = plain("1", ADA.email, "T").to_string();
    twice.insert_str(1, "\"id\":\"another\",");
    let answer = post(&world, STRUCTURED, twice.into_bytes()).await;
    assert_eq!(
        (answer.status, &answer.result(0)["problem"]["pointer"]),
        (422, &json!("/id"))
    );
}

#[actix_web::test]
async fn a_misspelt_attribute_is_told_and_an_extension_is_not() {
    let world = World::start().await;
    let mut odd = event(
        "1",
        "com.chronus.news.published",
        None,
        json!({ "recipients": "all", "title": "T" }),
    );
    odd["sbuject"] = "news/1".into();
    odd["traceparent"] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into();
    let answer = world.send(&[odd]).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    let warnings = answer.result(0)["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert_eq!(
        (&warnings[0]["code"], &warnings[0]["pointer"]),
        (&json!("unknown_attribute"), &json!("/sbuject"))
    );
}

#[actix_web::test]
async fn an_empty_batch_is_taken_with_an_empty_list() {
    let world = World::start().await;
    for body in ["[]", " [ \n] ", "\u{feff}[]"] {
        let answer = post(&world, BATCH, body.into()).await;
        assert_eq!(
            (answer.status, answer.body),
            (202, json!({ "results": [] })),
            "{body:?}"
        );
    }
}
