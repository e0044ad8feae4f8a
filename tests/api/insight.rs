//! What an operator sees: metrics and the health page, and who may look.

use chronus_teams::sandbox::faults::{Effect, Fault, Operation};

use crate::support::{ACME_KEY, ADA, Answer, World, mentoring_request, plain, press};

/// The text of a page.
async fn text(world: &World, path: &str) -> String {
    let answer = Answer::of(world.http.get(world.url(path))).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body.as_str().unwrap().to_owned()
}

/// The value of the first line that begins with `series`.
pub(crate) fn value(metrics: &str, series: &str) -> Option<f64> {
    let line = metrics.lines().find(|line| line.starts_with(series))?;
    line.rsplit(' ').next()?.parse().ok()
}

/// Asks again until the metrics fulfil `wanted`: they follow the log by a moment.
pub(crate) async fn shown(world: &World, wanted: impl Fn(&str) -> bool) -> String {
    let mut last = String::new();
    let waiting = async {
        loop {
            last = text(world, "/metrics").await;
            if wanted(&last) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    let waited = tokio::time::timeout(crate::support::PATIENCE, waiting).await;
    assert!(waited.is_ok(), "{last}");
    last
}

#[actix_web::test]
async fn a_card_and_its_answer_are_counted_and_timed_from_end_to_end() {
    let world = World::start().await;
    world.install(ADA).await;
    let throttle = Effect::Throttle { retry_after: Some(1) };
    let fault = Fault::next(throttle, 1).on(Operation::Send);
    world.sandbox.order(fault.for_user(&ADA.key()));
    let card = world.send(&[mentoring_request("1", ADA.email)]).await.card(0);
    world.reaches(&card, "delivered").await;
    let pressed = world.client(ADA).press(press(&card, "Accept")).await.unwrap();
    assert!(pressed.taken());
    world.webhook_got(1).await;

    let metrics = shown(&world, |metrics| {
        value(metrics, "chronus_teams_answering_seconds_count").is_some_and(|count| count >= 1.0)
    })
    .await;

    for series in [
        r#"chronus_teams_delivery_seconds_count{class="direct"}"#,
        r#"chronus_teams_delivery_seconds_bucket{class="direct",le="60"}"#,
        r#"chronus_teams_sending_seconds_count{class="direct"}"#,
        r#"chronus_teams_attempts_total{outcome="delivered",reason="taken"}"#,
        r#"chronus_teams_attempts_total{outcome="retry",reason="throttled"}"#,
        r#"chronus_teams_throttled_total{tenant="7b1f6a52"#,
        r#"chronus_teams_domain_events_total{organization="acme"}"#,
        r#"chronus_teams_responses_total{result="taken"}"#,
        r#"chronus_teams_token_requests_total{result="granted"}"#,
        r#"chronus_teams_http_requests_total{route="/v1/events",status="202"}"#,
        r#"chronus_teams_http_seconds_count{route="/api/messages"}"#,
    ] {
        let counted = value(&metrics, series).is_some_and(|count| count >= 1.0);
        assert!(counted, "{series} is not counted in\n{metrics}");
    }
}

#[actix_web::test]
async fn what_waits_shows_with_its_age_and_goes_away_when_it_is_sent() {
    let world = World::start().await;
    world.install(ADA).await;
    // Longer than a busy machine takes to look.
    let throttle = Effect::Throttle {
        retry_after: Some(60),
    };
    let fault = Fault::next(throttle, 1).on(Operation::Send);
    world.sandbox.order(fault.for_user(&ADA.key()));
    let card = world.send(&[plain("1", ADA.email, "In good time")]).await.card(0);
    world.reaches(&card, "retry").await;
    world.clock.advance(chrono::TimeDelta::seconds(2));
    let queue =
        r#"chronus_teams_queue_waiting{tenant="7b1f6a52-0d4e-4c55-9a0e-5d1c6f2e9a01",class="direct"}"#;
    let metrics = shown(&world, |metrics| {
        value(metrics, queue) == Some(1.0)
            && value(metrics, "chronus_teams_unsettled_oldest_seconds ").is_some_and(|age| age >= 2.0)
    })
    .await;
    assert_eq!(value(&metrics, "chronus_teams_follower_lag_events "), Some(0.0));

    world.clock.advance(chrono::TimeDelta::seconds(60));
    world.reaches(&card, "delivered").await;
    shown(&world, |metrics| {
        value(metrics, queue) == Some(0.0)
            && value(metrics, "chronus_teams_unsettled_oldest_seconds ") == Some(0.0)
    })
    .await;
}

#[actix_web::test]
async fn the_health_page_tells_how_things_stand_and_what_failed() {
    let world = World::start().await;
    world.install(ADA).await;
    let blocked = Effect::Refuse {
        status: 403,
        code: "MessageWritesBlocked".to_owned(),
        delivered: false,
    };
    let fault = Fault::next(blocked, 1).on(Operation::Send);
    world.sandbox.order(fault.for_user(&ADA.key()));
    let card = world.send(&[plain("1", ADA.email, "Unwanted")]).await.card(0);
    world.reaches(&card, "refused").await;
    shown(&world, |metrics| metrics.contains(r#"outcome="refused""#)).await;
    let page = text(&world, "/health").await;
    assert!(page.contains("All is well."), "{page}");
    let root = world.http.get(world.operators_url("/")).send().await.unwrap();
    assert_eq!(root.url().path(), "/health", "the root leads there");
    assert!(page.contains("MessageWritesBlocked"), "{page}");
    assert!(!page.contains("ada@"), "nothing personal may stand there: {page}");
}

#[actix_web::test]
async fn a_client_secret_that_the_login_refuses_is_the_headline_with_what_to_change() {
    let mut world = World::start().await;
    world.install(ADA).await;
    world.edit_configuration(|text| {
        text.replace("a-secret-between-service-and-sandbox", "a-secret-of-nobody")
    });
    world.restart_service().await;
    world.send(&[plain("1", ADA.email, "Waits")]).await;
    let told = "Microsoft's login refuses this service (AADSTS7000215): the client secret is wrong; write the secret's \
                value, not its id, into teams.client_secret_file and restart";
    let mut page = String::new();
    let waiting = async {
        while !page.contains(told) {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            let answer = world.http.get(world.url("/health")).send().await.unwrap();
            page = answer.text().await.unwrap();
        }
    };
    let waited = tokio::time::timeout(crate::support::PATIENCE, waiting).await;
    assert!(waited.is_ok(), "{page}");
    assert!(
        !page.contains("does not answer") && !page.contains("All is well."),
        "{page}"
    );
}

#[actix_web::test]
async fn only_this_machine_may_look_unless_it_is_configured_otherwise() {
    let world = World::start().await;
    for path in ["/metrics", "/health", "/readyz"] {
        for (name, value) in [
            ("host", "chronus-teams.example"),
            ("origin", "https://elsewhere.example"),
            ("x-forwarded-for", "203.0.113.7"),
        ] {
            let request = world.http.get(world.operators_url(path)).bearer_auth(ACME_KEY);
            let answer = Answer::of(request.header(name, value)).await;
            assert_eq!(answer.status, 404, "{path} with {name}: {value}");
        }
    }
    // Nobody else's listener knows the pages, nor this one the API.
    let main = format!("http://{}", world.service().address());
    for path in ["/metrics", "/health"] {
        let answer = Answer::of(world.http.get(format!("{main}{path}"))).await;
        assert_eq!(answer.status, 404, "{path}");
    }
    let api = world
        .http
        .get(world.operators_url("/v1/responses"))
        .bearer_auth(ACME_KEY);
    assert_eq!(Answer::of(api).await.status, 404);
}

#[actix_web::test]
async fn one_correlation_id_leads_from_the_domain_event_to_chronus_having_the_answer() {
    let world = World::start().await;
    world.install(ADA).await;
    let sent = world
        .send(&[
            mentoring_request("1", ADA.email),
            mentoring_request("2", ADA.email),
        ])
        .await;
    for card in [sent.card(0), sent.card(1)] {
        world.reaches(&card, "delivered").await;
        assert!(
            world
                .client(ADA)
                .press(press(&card, "Accept"))
                .await
                .unwrap()
                .taken()
        );
    }
    world.webhook_got(2).await;
    world.at_rest().await;
    let status = world.status_of(&sent.card(0)).await;
    let correlation = status["correlation_id"].as_str().unwrap();

    let output = std::process::Command::new(env!("CARGO_BIN_EXE_chronus-teams"))
        .env("CHRONUS_TEAMS_DATA__FOLDER", world.folder())
        .args(["replay", "--correlation", correlation])
        .output()
        .unwrap();

    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    let types: Vec<String> = lines
        .map(|line: serde_json::Value| line["type"].as_str().unwrap().to_owned())
        .collect();
    let count = |name: &str| types.iter().filter(|found| *found == name).count();
    for name in [
        "DomainEventAccepted",
        "NotificationQueued",
        "DeliveryAttempted",
        "NotificationDelivered",
        "RequestAccepted",
        "ResponseDelivered",
    ] {
        assert_eq!(count(name), 1, "{name} in {types:?}");
    }
    assert_eq!(types.first().map(String::as_str), Some("DomainEventAccepted"));
}
