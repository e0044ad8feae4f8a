//! The intake: domain events for people whom Chronus names by address, one by one and in batches, each answered
//! after the durable append. Nobody has the app, so that the cards wait and nothing is sent beside it.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use crate::http::{hammer, post};
use crate::stage::{API_KEY, Stage};
use crate::{Outcome, Settings, say, stage};

/// Events in a batch.
const BATCH: u64 = 100;

pub(crate) async fn measure(folder: &Path, settings: &Settings) -> Outcome<()> {
    let stage = Stage::start(&folder.join("data"), 0).await?;
    let people = settings.people;
    // Everybody's key is made once.
    let mut connection = crate::http::Connection::open(stage.address()).await?;
    for first in 0..people.div_ceil(BATCH) {
        let answer = connection.ask(&request(people, 0, first, BATCH)).await?;
        if answer.status != 202 {
            return Err(format!("the first events were answered with {}", answer.status).into());
        }
    }
    say("| events a request | connections | events/s | median | p99 |\n|---|---|---|---|---|")?;
    let time = Duration::from_secs(settings.seconds);
    for (round, (batch, connections)) in (1_u64..).zip([(1, 1), (1, 16), (BATCH, 1), (BATCH, 16)]) {
        let make = move |number: u64| request(people, round, number, batch);
        let answered = hammer(stage.address(), connections, time, 202, make).await?;
        let rate = answered.rate() * batch as f64;
        say(&format!("| {batch} | {connections} | {rate:.0} | {answered} |"))?;
    }
    stage.stop().await
}

fn request(people: u64, round: u64, number: u64, batch: u64) -> Vec<u8> {
    if batch == 1 {
        let body = event(people, round, number);
        return post("/v1/events", API_KEY, "application/cloudevents+json", &body);
    }
    let mut body = String::from("[");
    for index in 0..batch {
        let separator = if index == 0 { "" } else { "," };
        let one = event(people, round, number * batch + index);
        // Writing to a string cannot fail.
        if write!(body, "{separator}{one}").is_err() {
            break;
        }
    }
    body.push(']');
    post("/v1/events", API_KEY, "application/cloudevents-batch+json", &body)
}

/// A mentoring request as `docs/chronus-events.md` describes it.
fn event(people: u64, round: u64, number: u64) -> String {
    mentoring_request(&format!("{round}-{number}"), number % people)
}

/// A mentoring request with an id, to one person.
pub(crate) fn mentoring_request(id: &str, person: u64) -> String {
    let email = stage::email(person);
    format!(
        r#"{{"specversion":"1.0","id":"e-{id}","source":"/load","type":"com.chronus.mentoring_request.sent",
"subject":"mentoring_request/{id}","datacontenttype":"application/json","data":{{
"recipients":[{{"member_id":"m-{person}","email":"{email}"}}],
"actor":{{"member_id":"a-{person}","name":"Priya Nair","title":"Senior Product Designer","location":"Lisbon"}},
"message":"I will lead a small team from January and would like to learn from you.",
"goals":["Lead a team","Give feedback to former peers"],"role":"mentor","program":"Spring Mentoring 2027",
"time_commitment":"2 x 45 minutes a month, 6 months",
"links":{{"profile":"https://acme.chronus.example/members/m-117"}}}}}}"#
    )
}
