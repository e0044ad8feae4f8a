//! One trace from Chronus through card and press back to Chronus, as a collector and the receiver of answers see it.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::Value;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::support::{ADA, PATIENCE, World, mentoring_request, press};

/// The example of W3C Trace Context, section 3.2.4.
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const SPAN: &str = "b7ad6b7169203331";
static AT: OnceLock<String> = OnceLock::new();

/// The first organization's answers and all traces go to the stand-in.
fn with_collector(text: String) -> String {
    let at = AT.get().unwrap();
    let line = text.lines().find(|line| line.starts_with("webhook = ")).unwrap();
    let url = line.split('"').nth(1).unwrap().to_owned();
    let traces =
        format!("[traces]\nendpoint = \"{at}\"\nheader_name = \"api-key\"\nheader_value = \"collect-me\"\n");
    text.replace(&url, &format!("{at}/hook"))
        .replace("[metrics]", &format!("{traces}[metrics]"))
}

async fn stand_in() -> MockServer {
    let server = MockServer::start().await;
    AT.set(server.uri()).unwrap();
    // A collector that is busy is asked again.
    let busy = Mock::given(path("/v1/traces")).respond_with(ResponseTemplate::new(503));
    busy.up_to_n_times(1).with_priority(1).mount(&server).await;
    Mock::given(method("POST"))
        .and(path("/v1/traces"))
        .and(header("api-key", "collect-me"))
        .respond_with(ResponseTemplate::new(200).set_body_string("{}"))
        .mount(&server)
        .await;
    Mock::given(path("/hook"))
        .respond_with(ResponseTemplate::new(200))
        .mount(&server)
        .await;
    server
}

/// The spans that were taken, by name.
fn spans(requests: &[Request]) -> BTreeMap<String, Value> {
    let taken = requests
        .iter()
        .filter(|request| request.url.path() == "/v1/traces");
    let spans = taken.flat_map(|request| {
        let told: Value = request.body_json().unwrap();
        let spans = told["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array();
        spans.cloned().unwrap_or_default()
    });
    let named = spans.map(|span| (span["name"].as_str().unwrap().to_owned(), span));
    named.filter(|(_, span)| span["traceId"] == TRACE).collect()
}

#[actix_web::test]
async fn a_trace_of_chronus_goes_on_through_card_and_press_to_the_webhook() {
    let server = stand_in().await;
    let mut world = World::start().await;
    world.edit_configuration(with_collector);
    world.restart_service().await;
    let ada = world.install(ADA).await;
    let mut request = mentoring_request("1", ADA.email);
    request["traceparent"] = format!("00-{TRACE}-{SPAN}-01").into();
    let card = world.send(&[request]).await.card(0);
    world.reaches(&card, "delivered").await;
    assert!(ada.press(press(&card, "Accept")).await.unwrap().taken());

    let all = [
        "DomainEventAccepted",
        "NotificationQueued",
        "NotificationDelivered",
        "RequestAccepted",
        "ResponseDelivered",
    ];
    let mut folded = world.service().models().folded();
    let waiting = async {
        loop {
            let requests = server.received_requests().await.unwrap();
            let told = spans(&requests);
            if all.iter().all(|name| told.contains_key(*name)) {
                return (requests, told);
            }
            let again = tokio::time::timeout(Duration::from_millis(50), folded.changed()).await;
            drop(again);
        }
    };
    let (requests, told) = tokio::time::timeout(PATIENCE, waiting).await.unwrap();
    let of = |name: &str| &told[name];
    assert_eq!(of("DomainEventAccepted")["parentSpanId"], SPAN);
    assert_eq!(of("DomainEventAccepted")["kind"], 5);
    assert_eq!(
        of("NotificationQueued")["parentSpanId"],
        of("DomainEventAccepted")["spanId"]
    );
    assert_eq!(
        of("ResponseDelivered")["parentSpanId"],
        of("DomainEventAccepted")["spanId"]
    );
    for span in told.values() {
        let time = |name: &str| span[name].as_str().unwrap().parse::<u64>().unwrap();
        assert!(time("startTimeUnixNano") <= time("endTimeUnixNano"), "{span:#}");
        assert!(!span.to_string().contains(ADA.email), "{span:#}");
    }
    let hook = requests
        .iter()
        .find(|request| request.url.path() == "/hook")
        .unwrap();
    let answer: Value = hook.body_json().unwrap();
    let went_on = hook.headers["traceparent"].to_str().unwrap();
    assert_eq!(answer["traceparent"], went_on);
    let span = of("RequestAccepted")["spanId"].as_str().unwrap();
    assert_eq!(went_on, format!("00-{TRACE}-{span}-01"));
}
