//! Faults of everything at once: the login, the keys, the disk, the clock, Chronus.

use chrono::TimeDelta;
use chronus_teams::sandbox::faults::{Effect, Fault, Operation};

use super::table::{
    CLOCK_BACK, CLOCK_FORWARD, DISK_FULL, KEYS_DOWN, KEYS_ROTATED, LOGIN_DOWN, SECRET_REFUSED, WEBHOOK_DOWN,
    Whole,
};
use crate::insight::{shown, value};
use crate::support::{ACME_KEY, ADA, World, mentoring_request, plain, press};

fn failing(operation: Operation, status: u16, code: &str, count: u32) -> Fault {
    let code = code.to_owned();
    let effect = Effect::Refuse {
        status,
        code,
        delivered: false,
    };
    Fault::next(effect, count).on(operation)
}

/// Waits until the series that the table names has counted something.
async fn counted(world: &World, whole: Whole) {
    shown(world, |metrics| {
        value(metrics, whole.series).is_some_and(|count| count >= 1.0)
    })
    .await;
}

#[actix_web::test]
async fn while_the_login_is_down_cards_wait_and_then_all_of_them_go_out() {
    let world = World::start().await;
    world
        .sandbox
        .order(failing(Operation::Token, 503, "temporarily_unavailable", 1_000));
    let installed = world.client(ADA).install().await.unwrap();
    assert!(
        installed.taken(),
        "the person's side must not notice: {installed:?}"
    );
    counted(&world, LOGIN_DOWN).await;
    assert!(
        !world
            .client(ADA)
            .chat()
            .messages
            .iter()
            .any(|message| message.from_bot)
    );

    world.sandbox.clear_faults();
    world.sees(ADA, "Chronus").await;
    let card = world.send(&[plain("1", ADA.email, "After all")]).await.card(0);
    world.reaches(&card, "delivered").await;
}

#[actix_web::test]
async fn a_refused_secret_keeps_cards_until_an_operator_acts() {
    let world = World::start().await;
    world
        .sandbox
        .order(failing(Operation::Token, 401, "invalid_client", 1_000));
    assert!(world.client(ADA).install().await.unwrap().taken());
    counted(&world, SECRET_REFUSED).await;

    world.sandbox.clear_faults();
    // A refused secret is asked about again only after a while.
    world.clock.advance(TimeDelta::minutes(5));
    world.sees(ADA, "Chronus").await;
}

#[actix_web::test]
async fn an_activity_signed_with_a_new_key_is_taken_at_its_first_try() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    world.sandbox.rotate_keys().await.unwrap();
    let said = ada.say("help").await.unwrap();
    assert_eq!((said.status, said.tries), (Some(200), 1));
    counted(&world, KEYS_ROTATED).await;
}

#[actix_web::test]
async fn without_any_key_activities_are_put_off_and_with_known_ones_they_are_taken() {
    let mut world = World::start().await;
    world.stop_service().await;
    world.sandbox.order(failing(Operation::Keys, 503, "", 1_000));
    world.start_service().await;
    let (installing, client) = (world.client(ADA), world.client(ADA));
    let installing = tokio::spawn(async move { installing.install().await });
    counted(&world, KEYS_DOWN).await;
    world.sandbox.clear_faults();
    // A failed look at the keys is repeated after a while; Teams sends the activity again meanwhile.
    world.clock.advance(TimeDelta::minutes(1));
    let outcome = installing.await.unwrap().unwrap();
    assert!(outcome.taken() && outcome.tries > 1, "{outcome:?}");

    world.sandbox.order(failing(Operation::Keys, 503, "", 1_000));
    world.clock.advance(TimeDelta::hours(30));
    let said = client.say("help").await.unwrap();
    assert_eq!(said.status, Some(200), "known keys must serve on: {said:?}");
}

#[actix_web::test]
async fn a_full_disk_refuses_what_it_cannot_store_and_loses_nothing() {
    let world = World::start().await;
    world.install(ADA).await;
    let head = world.head();
    let long = plain("1", ADA.email, &"A long story ".repeat(1_000)).to_string();
    let structured = "application/cloudevents+json";
    let store = world.service().embedded_store().unwrap();
    store.limit_pages(Some(1)).await.unwrap();
    let refused = world.post_events(Some(ACME_KEY), structured, long.clone()).await;
    assert_eq!(refused.status, 503, "{refused:?}");
    assert_eq!(world.head(), head);
    counted(&world, DISK_FULL).await;

    store.limit_pages(None).await.unwrap();
    let taken = world.post_events(Some(ACME_KEY), structured, long).await;
    assert_eq!(taken.status, 202, "{taken:?}");
    world.sees(ADA, "A long story").await;
}

#[actix_web::test]
async fn a_clock_that_jumps_ahead_sends_what_waited_and_lets_expire_what_ran_out() {
    let world = World::start().await;
    world.install(ADA).await;
    let throttle = |seconds| Effect::Throttle {
        retry_after: Some(seconds),
    };
    let order = |seconds| {
        let fault = Fault::next(throttle(seconds), 1).on(Operation::Send);
        world.sandbox.order(fault.for_user(&ADA.key()));
    };
    order(3_000);
    let lasting = world.send(&[mentoring_request("1", ADA.email)]).await.card(0);
    world.reaches(&lasting, "retry").await;
    let mut short = mentoring_request("2", ADA.email);
    let soon = events::Clock::now(&*world.clock) + TimeDelta::hours(1);
    short["data"]["expires_at"] = soon.to_rfc3339().into();
    let short = world.send(&[short]).await.card(0);
    world.reaches(&short, "deferred").await;

    world.clock.advance(TimeDelta::days(3));

    world.reaches(&lasting, "delivered").await;
    world.reaches(&short, "expired").await;
    counted(&world, CLOCK_FORWARD).await;
}

#[actix_web::test]
async fn a_clock_that_is_set_back_does_not_hold_up_new_cards() {
    let world = World::start().await;
    world.install(ADA).await;
    let before = world.send(&[mentoring_request("1", ADA.email)]).await.card(0);
    world.reaches(&before, "delivered").await;

    world.clock.advance(TimeDelta::hours(-1));

    let after = world.send(&[mentoring_request("2", ADA.email)]).await.card(0);
    world.reaches(&after, "delivered").await;
    counted(&world, CLOCK_BACK).await;
    let metrics = shown(&world, |_| true).await;
    let negative = metrics
        .lines()
        .find(|line| !line.starts_with('#') && line.contains(" -"));
    assert_eq!(negative, None);
}

#[actix_web::test]
async fn a_webhook_that_is_down_for_a_day_gets_every_answer_once_when_it_is_back() {
    let world = World::start_with_responses("[5, 300, 1800, 7200, 18000, 36000, 36000]").await;
    world.install(ADA).await;
    world.fail_webhook(503, 1_000).await;
    for number in 0..5 {
        let card = world
            .send(&[mentoring_request(&number.to_string(), ADA.email)])
            .await
            .card(0);
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
    for hours in [1, 2, 6] {
        world.clock.advance(TimeDelta::hours(hours));
        counted(&world, WEBHOOK_DOWN).await;
        let feed = world.feed(ACME_KEY, "after=0").await;
        assert_eq!(
            feed["events"].as_array().unwrap().len(),
            5,
            "the feed has them all the time"
        );
        assert_eq!(world.sandbox.inbox("acme").received.len(), 0);
    }

    // The clock first: what was signed before it and came after the receiver is back would be too old.
    world.clock.advance(TimeDelta::hours(15));
    world.fail_webhook(503, 0).await;

    world.webhook_got(5).await;
    world.at_rest().await;
    let inbox = world.sandbox.inbox("acme");
    assert_eq!((inbox.received.len(), inbox.duplicates, inbox.forged), (5, 0, 0));
}
