//! Requests in every mode, and what is wrong with those that are none.

use cloudevents::AttributesReader as _;
use serde_json::json;

use super::*;

const LIMITS: Limits = Limits {
    batch: 10,
    depth: 8,
    values: 100,
};

fn event(id: &str) -> Value {
    json!({ "specversion": "1.0", "id": id, "source": "/chronus/acme", "type": "com.chronus.x.y",
            "datacontenttype": "application/json", "data": { "title": "T" } })
}

fn read(
    content_type: &str,
    headers: &[(&str, &str)],
    body: impl AsRef<[u8]>,
) -> Result<Vec<Received>, EnvelopeError> {
    let headers: Vec<_> = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()))
        .collect();
    let parts = cut(content_type, &headers, body.as_ref(), LIMITS)?;
    Ok(parts.into_iter().map(|part| part.read(LIMITS)).collect())
}

fn fault_of(received: &Received) -> (&str, &str) {
    let fault = received.event.as_ref().unwrap_err();
    (&fault.pointer, &fault.detail)
}

#[test]
fn a_bad_event_does_not_spoil_its_neighbours() {
    let good = event("good").to_string();
    let with = |from: &str, to: &str| event("odd").to_string().replace(from, to);
    let deep = format!("{}{}", "[".repeat(9), "]".repeat(9));
    let bad: [(Vec<u8>, &str, &str); 8] = [
        (with("\"T\"", "\"T \\ud83d\"").into(), "/data/title", "surrogate"),
        (with("\"T\"", "1e400").into(), "/data/title", "number"),
        (with("\"T\"", &deep).into(), "/data/title/0/0", "deeper than 8"),
        (
            with("\"T\"", &format!("[{}1]", "1,".repeat(100))).into(),
            "",
            "more than 100 values",
        ),
        (with("\"T\"", "nonsense").into(), "/data/title", "not JSON"),
        (
            with("\"source\":", "\"id\":\"other\",\"source\":").into(),
            "/id",
            "twice",
        ),
        (b"7".to_vec(), "", "object"),
        (
            b"{\"id\":\"odd\",\"specversion\":\"1.0\",\"a\":\"\xff\"}".to_vec(),
            "/a",
            "UTF-8",
        ),
    ];
    for (odd, pointer, told) in bad {
        let batch = [b"[", good.as_bytes(), b",", &odd, b",", good.as_bytes(), b"]"].concat();
        let read = read(BATCH, &[], batch).unwrap();
        assert_eq!(read.len(), 3);
        assert!(read[0].event.is_ok() && read[2].event.is_ok());
        let fault = fault_of(&read[1]);
        assert_eq!(fault.0, pointer, "{fault:?}");
        assert!(fault.1.contains(told), "{fault:?}");
        let named = read[1].id.as_deref();
        assert_eq!(
            named,
            (odd.first() == Some(&b'{') && pointer != "/id").then_some("odd")
        );
    }
}

/// A change of an event, the place of the fault, and a part of what is told.
type Case<'c> = (&'c dyn Fn(&mut Value), &'c str, &'c str);

#[test]
fn attributes_are_faulted_with_their_place_and_what_to_send() {
    let alone = |change: &dyn Fn(&mut Value)| {
        let mut event = event("1");
        change(&mut event);
        read(STRUCTURED, &[], event.to_string()).unwrap().remove(0)
    };
    let cases: [Case<'_>; 10] = [
        (
            &|event| drop(event["id"].take()),
            "/id",
            "is missing; send with source",
        ),
        (
            &|event| event["source"] = 7.into(),
            "/source",
            "must be text; send who",
        ),
        (
            &|event| event["specversion"] = "0.3".into(),
            "/specversion",
            "must be \"1.0\"",
        ),
        (
            &|event| event["time"] = "yesterday".into(),
            "/time",
            "such as 2026",
        ),
        (&|event| event["subject"] = json!([]), "/subject", "must be text"),
        (
            &|event| event["datacontenttype"] = "text/plain".into(),
            "/datacontenttype",
            "application/json",
        ),
        (
            &|event| event["data_base64"] = "e30=".into(),
            "/data_base64",
            "one of the two",
        ),
        (&|event| event["extra"] = json!({}), "/extra", "extension"),
        (&|event| event["extra/x"] = json!(1.5), "/extra~1x", "extension"),
        (
            &|event| event["dataschema"] = "no address".into(),
            "/dataschema",
            "URI",
        ),
    ];
    for (change, pointer, told) in cases {
        let received = alone(change);
        let fault = fault_of(&received);
        assert!(fault.0 == pointer && fault.1.contains(told), "{fault:?}");
    }
    let received = alone(&|event| {
        event["subjcet"] = "meeting/9".into();
        event["traceparent"] = "00-1".into();
    });
    let warnings = received.event.unwrap().1;
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert_eq!(warnings[0].pointer.as_deref(), Some("/subjcet"));
}

#[test]
fn media_types_have_no_case_and_parameters() {
    let mut odd = event("1");
    odd["datacontenttype"] = "APPLICATION/JSON; charset=UTF-8".into();
    let mut read = read(
        "Application/CloudEvents+JSON; Charset=\"utf-8\"",
        &[],
        odd.to_string(),
    )
    .unwrap();
    let (mut event, _) = read.remove(0).event.unwrap();
    assert_eq!(take_data(&mut event), Some(json!({ "title": "T" })));
}

#[test]
fn data_in_base64_is_json() {
    let mut odd = event("1");
    odd.as_object_mut().unwrap().remove("data");
    odd["data_base64"] = "eyJ0aXRsZSI6IlQifQ==".into();
    let mut read = read(STRUCTURED, &[], odd.to_string()).unwrap();
    let (mut event, _) = read.remove(0).event.unwrap();
    assert_eq!(take_data(&mut event), Some(json!({ "title": "T" })));
}

const HEADERS: [(&str, &str); 5] = [
    ("specversion", "1.0"),
    ("id", "a%20b"),
    ("source", "/chronus/acme"),
    ("type", "com.chronus.x.y"),
    ("subject", "meeting/9"),
];

#[test]
fn binary_mode_reads_its_attributes_from_headers() {
    let media = "application/json; charset=utf-8";
    let mut read = read(media, &HEADERS, br#"{"title":"T"}"#).unwrap();
    let (mut event, _) = read.remove(0).event.unwrap();
    assert_eq!(
        (event.id(), event.source().as_str(), event.ty(), event.subject()),
        ("a b", "/chronus/acme", "com.chronus.x.y", Some("meeting/9"))
    );
    assert_eq!(take_data(&mut event), Some(json!({ "title": "T" })));
}

#[test]
fn faults_of_binary_events_name_the_same_places() {
    for (media, more, body, pointer) in [
        ("application/json", None, "{", "/data"),
        ("application/json", None, r#"{"title":"\ud83d"}"#, "/data/title"),
        ("text/xml", None, "<a/>", "/datacontenttype"),
        ("application/json", Some(("id", "other")), "{}", "/id"),
        (
            "application/json",
            Some(("dataschema", "%FF")),
            "{}",
            "/dataschema",
        ),
    ] {
        let headers: Vec<_> = HEADERS.into_iter().chain(more).collect();
        let read = read(media, &headers, body).unwrap();
        assert_eq!(fault_of(&read[0]).0, pointer, "{media} {body}");
    }
}

#[test]
fn requests_that_are_no_cloud_events_are_told_what_to_send() {
    let one = event("1").to_string();
    let two = json!([event("1"), event("2")]).to_string();
    let many = format!("[{}]", ["{}"; 11].join(","));
    for (media, body, error) in [
        ("application/json", "{}", EnvelopeError::NoCloudEvent),
        (STRUCTURED, "{", EnvelopeError::NotAnObject { at: 1 }),
        ("application/json", &one, EnvelopeError::OneEvent),
        ("", &one, EnvelopeError::OneEvent),
        (BATCH, &one, EnvelopeError::OneEvent),
        (STRUCTURED, &two, EnvelopeError::List),
        ("application/json", &two, EnvelopeError::List),
        (STRUCTURED, " \n", EnvelopeError::Empty),
        (BATCH, "", EnvelopeError::Empty),
        ("application/json", "", EnvelopeError::Empty),
        (BATCH, "{}", EnvelopeError::NotAList { at: 0 }),
        (BATCH, "[{]", EnvelopeError::NotAList { at: 2 }),
        (BATCH, &many, EnvelopeError::TooMany { found: 11, most: 10 }),
        (
            "application/cloudevents+json; charset=latin1",
            "{}",
            EnvelopeError::Charset,
        ),
    ] {
        assert_eq!(read(media, &[], body).unwrap_err(), error, "{media} {body}");
    }
    assert!(read(BATCH, &[], "\u{feff} [] ").unwrap().is_empty());
}
