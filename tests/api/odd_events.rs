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
        // 200 characters of four bytes each.
        (
            with("id", json!("\u{1f469}".repeat(200))),
            "/id",
            "512 bytes at most",
        ),
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
}

/// Which of the two is meant, nobody can tell: one reader takes the first, another the last.
#[actix_web::test]
async fn a_name_that_comes_twice_is_a_fault_at_every_depth_and_in_every_mode() {
    let world = World::start().await;
    let whole = event(
        "1",
        "com.chronus.meeting.requested",
        Some("meeting/1"),
        json!({
            "recipients": [{ "email": ADA.email }], "title": "T", "actor": { "member_id": "m-1", "name": "P" },
            "slots": [{ "starts_at": "2026-12-01T10:00:00Z" }], "note": { "a": [{ "b": 1 }] },
        }),
    )
    .to_string();
    for (before, more, pointer) in [
        ("\"specversion\"", "\"id\":\"another\",", "/id"),
        ("\"title\"", "\"recipients\":\"all\",", "/data/recipients"),
        (
            "\"email\"",
            "\"email\":\"another@acme.example\",",
            "/data/recipients/0/email",
        ),
        ("\"name\"", "\"n\\u0061me\":\"Q\",", "/data/actor/name"),
        ("\"starts_at\"", "\"starts_at\":null,", "/data/slots/0/starts_at"),
        ("\"b\"", "\"b\":2,", "/data/note/a/0/b"),
    ] {
        let twice = whole.replacen(before, &format!("{more}{before}"), 1);
        let batch = format!("[{twice},{}]", plain(pointer, ADA.email, "T"));
        let answer = post(&world, BATCH, batch.into_bytes()).await;
        let problem = &answer.result(0)["problem"];
        assert_eq!(problem["pointer"], pointer, "{answer:?}");
        assert_eq!(problem["detail"], "is given twice; send it once");
        assert_eq!(answer.result(1)["status"], "accepted", "{answer:?}");
        let alone = post(&world, STRUCTURED, twice.into_bytes()).await;
        assert_eq!((alone.status, &alone.result(0)["problem"]), (422, problem));
    }
    let binary = world.http.post(world.url("/v1/events")).bearer_auth(ACME_KEY);
    let binary = [
        ("specversion", "1.0"),
        ("id", "2"),
        ("source", "/x"),
        ("type", "com.chronus.news.told"),
    ]
    .iter()
    .fold(binary, |request, (name, value)| {
        request.header(format!("ce-{name}"), *value)
    });
    let body = format!(
        r#"{{"title":"A","title":"B","recipients":[{{"email":"{}"}}]}}"#,
        ADA.email
    );
    let answer = Answer::of(binary.header("content-type", "application/json").body(body)).await;
    assert_eq!(
        answer.result(0)["problem"]["pointer"],
        "/data/title",
        "{answer:?}"
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
    let told: Vec<_> = warnings
        .iter()
        .map(|warning| (&warning["code"], &warning["pointer"]))
        .collect();
    assert_eq!(
        told,
        [
            (&json!("unknown_attribute"), &json!("/sbuject")),
            (&json!("unknown_type"), &json!("/type"))
        ]
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

#[actix_web::test]
async fn of_a_batch_of_faults_sixty_are_told_and_every_event_its_first_one() {
    let world = World::start().await;
    let survey = json!({ "recipients": "all", "title": "T", "questions": vec![json!({}); 30] });
    let kind = "com.chronus.survey.requested";
    let batch: Vec<Value> = (0..5)
        .map(|number| event(&number.to_string(), kind, Some("survey/1"), survey.clone()))
        .collect();
    let answer = world.send(&batch).await;
    assert_eq!(answer.status, 422);
    let told: Vec<usize> = (0..5)
        .map(|index| {
            let problem = &answer.result(index)["problem"];
            assert!(
                problem["pointer"]
                    .as_str()
                    .unwrap()
                    .starts_with("/data/questions"),
                "{problem}"
            );
            problem["errors"].as_array().map_or(1, Vec::len)
        })
        .collect();
    assert_eq!(told, [20, 20, 20, 1, 1]);
}
