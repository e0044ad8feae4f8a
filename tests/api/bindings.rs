//! How events come over HTTP: attributes in headers, media types, codings of the body.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::header::{HeaderName, HeaderValue};
use serde_json::{Value, json};

use crate::support::{ACME_KEY, ADA, Answer, MAX_BODY, World, plain};

const STRUCTURED: &str = "application/cloudevents+json";

/// Headers that a request has beside the usual ones, or in their place.
type Headers<'h> = &'h [(&'h str, &'h [u8])];

async fn binary(world: &World, media: &str, headers: Headers<'_>) -> Answer {
    let given = |name: &str| headers.iter().any(|(header, _)| *header == name);
    let usual: [(&str, &[u8]); 4] = [
        ("ce-specversion", b"1.0"),
        ("ce-id", b"1"),
        ("ce-source", b"/hr"),
        ("ce-type", b"com.chronus.news.published"),
    ];
    let mut request = world.http.post(world.url("/v1/events")).bearer_auth(ACME_KEY);
    let usual = usual.iter().filter(|(name, _)| !given(name));
    for (name, value) in usual.chain(headers) {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        request = request.header(name, HeaderValue::from_bytes(value).unwrap());
    }
    let data = json!({ "recipients": [{ "email": ADA.email }], "title": "T" });
    Answer::of(request.header("content-type", media).body(data.to_string())).await
}

#[actix_web::test]
async fn attributes_in_headers_are_one_raw_encoded_and_quoted() {
    let world = World::start().await;
    let name = "Übung 1";
    let first = binary(&world, "application/json", &[("ce-id", name.as_bytes())]).await;
    assert_eq!(
        (first.status, &first.result(0)["id"]),
        (202, &json!(name)),
        "{first:?}"
    );
    for same in [
        "%C3%9Cbung 1",
        "%c3%9cbung%201",
        "\"Übung 1\"",
        "\"%C3%9Cbung 1\"",
    ] {
        let again = binary(&world, "application/json", &[("ce-id", same.as_bytes())]).await;
        assert_eq!(again.result(0)["status"], "duplicate", "{same}: {again:?}");
    }
    let other = binary(&world, "application/json", &[("ce-id", b"%25C3%259Cbung 1")]).await;
    assert_eq!(other.result(0)["status"], "accepted", "decoded once: {other:?}");
}

#[actix_web::test]
async fn a_header_that_cannot_be_read_or_comes_twice_is_never_left_out() {
    let world = World::start().await;
    let head = world.head();
    let cases: [(Headers<'_>, &str, &str); 8] = [
        (&[("ce-data", b"{}")], "/data", "is the body"),
        (
            &[("ce-datacontenttype", b"text/html")],
            "/datacontenttype",
            "Content-Type",
        ),
        (&[("ce-id", b"order%FF")], "/id", "UTF-8"),
        (&[("ce-id", b"order\xff")], "/id", "UTF-8"),
        (&[("ce-subject", b"meeting/%E9")], "/subject", "UTF-8"),
        (&[("ce-id", b"A"), ("ce-id", b"B")], "/id", "twice"),
        (
            &[
                ("ce-time", b"2026-11-01T08:00:00Z"),
                ("ce-time", b"2026-11-01T09:00:00Z"),
            ],
            "/time",
            "twice",
        ),
        (
            &[("ce-specversion", b"1.0"), ("ce-specversion", b"1.0")],
            "/specversion",
            "twice",
        ),
    ];
    for (headers, pointer, told) in cases {
        let answer = binary(&world, "application/json", headers).await;
        assert_eq!(answer.status, 422, "{answer:?}");
        let problem = &answer.result(0)["problem"];
        assert_eq!(problem["pointer"], pointer, "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains(told), "{problem}");
    }
    assert_eq!(world.head(), head);
    let misspelt = binary(&world, "application/json", &[("ce-subjct", b"news/1")]).await;
    assert_eq!(misspelt.result(0)["warnings"][0]["pointer"], "/subjct");
    // Said twice and the same is said.
    let same: Headers<'_> = &[("ce-id", b"same"), ("ce-datacontenttype", b"Application/JSON")];
    assert_eq!(binary(&world, "application/json", same).await.status, 202);
}

#[actix_web::test]
async fn media_types_have_no_case() {
    let world = World::start().await;
    let mut odd = plain("1", ADA.email, "T");
    odd["datacontenttype"] = "APPLICATION/JSON; Charset=UTF-8".into();
    let media = "Application/CloudEvents+JSON; CHARSET=\"UTF-8\"";
    let structured = world.post_events(Some(ACME_KEY), media, odd.to_string()).await;
    assert_eq!(structured.status, 202, "{structured:?}");
    let binary_form = binary(&world, "Application/Vnd.Acme+JSON", &[("ce-id", b"2")]).await;
    assert_eq!(binary_form.status, 202, "{binary_form:?}");
    let latin = world
        .post_events(
            Some(ACME_KEY),
            "application/cloudevents+json; charset=latin1",
            "{}",
        )
        .await;
    assert_eq!(
        (latin.status, &latin.body["type"]),
        (415, &json!("urn:chronus-teams:problem:unsupported-charset"))
    );
}

fn zipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

async fn coded(world: &World, coding: &str, body: Vec<u8>) -> (Answer, Option<String>) {
    let request = world.http.post(world.url("/v1/events")).bearer_auth(ACME_KEY);
    let request = request
        .header("content-type", STRUCTURED)
        .header("content-encoding", coding)
        .body(body);
    let response = request.send().await.unwrap();
    let accepted = response.headers().get("accept-encoding");
    let accepted = accepted.map(|value| value.to_str().unwrap().to_owned());
    let (status, text) = (response.status().as_u16(), response.text().await.unwrap());
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    let (content_type, retry_after) = (String::new(), None);
    (
        Answer {
            status,
            content_type,
            retry_after,
            body,
        },
        accepted,
    )
}

#[actix_web::test]
async fn gzip_is_taken_within_the_limit_and_other_codings_are_told() {
    let world = World::start().await;
    let event = |id: &str| plain(id, ADA.email, "T").to_string().into_bytes();
    for (id, coding) in [
        ("1", "gzip"),
        ("2", "GZIP"),
        ("3", "x-gzip"),
        ("4", "identity, gzip"),
    ] {
        let (answer, _) = coded(&world, coding, zipped(&event(id))).await;
        assert_eq!(answer.status, 202, "{coding}: {answer:?}");
    }
    for coding in ["br", "gzip, gzip", "deflate", "zstd"] {
        let (answer, accepted) = coded(&world, coding, zipped(&event("5"))).await;
        assert_eq!(
            (answer.status, accepted.as_deref()),
            (415, Some("gzip")),
            "{coding}: {answer:?}"
        );
        assert_eq!(answer.body["status"], 415);
    }
    let (answer, _) = coded(&world, "gzip", zipped(&vec![b' '; MAX_BODY * 100])).await;
    assert_eq!(answer.status, 413, "{answer:?}");
    let (answer, _) = coded(&world, "gzip", event("6")).await;
    assert_eq!(
        (answer.status, &answer.body["type"]),
        (400, &json!("urn:chronus-teams:problem:malformed"))
    );
}
