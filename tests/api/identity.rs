//! Who somebody is: addresses in all their forms, members whose events own their address, object ids, hand-overs, and
//! an administrator's word.

use chrono::{NaiveTime, TimeDelta};
use chrono_tz::Europe::Berlin;
use chronus_teams::sandbox::faults::{Effect, Fault, Operation};
use chronus_teams::sandbox::people::{DirectoryChange, PersonSpec};
use serde_json::{Value, json};

use crate::support::{
    ACME_KEY, ACME_READER, ACME_TENANT, ADA, Answer, BEN, BOLT_KEY, CLEO, Folk, World, event,
};

/// Somebody new in the first organization's tenant, with the app.
async fn joins(world: &World, id: &'static str, email: &'static str) -> Folk {
    let who = Folk {
        tenant: ACME_TENANT,
        id,
        name: "Somebody New",
        email,
    };
    let spec = PersonSpec {
        tenant_id: ACME_TENANT.to_owned(),
        aad_object_id: id.to_owned(),
        name: Some(who.name.to_owned()),
        email: Some(email.to_owned()),
        upn: None,
        guest: false,
        locale: "en-US".to_owned(),
        timezone: "Europe/Berlin".to_owned(),
        platform: "Web".to_owned(),
    };
    world.sandbox.add_person(spec).await.unwrap();
    world.install(who).await;
    who
}

fn to(id: &str, recipient: Value) -> Value {
    let data = json!({ "recipients": [recipient], "title": format!("Card {id}") });
    event(id, "com.chronus.something_new.happened", None, data)
}

fn member(id: &str, what: &str, recipient: Value) -> Value {
    let kind = format!("com.chronus.member.{what}");
    event(id, &kind, None, json!({ "recipients": [recipient] }))
}

/// Hands an event over and answers who got its card, or why nobody did.
async fn goes_to(world: &World, event: Value) -> String {
    let answer = world.send(&[event]).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    world.at_rest().await;
    whose(world, &answer.card(0)).await
}

async fn whose(world: &World, card: &str) -> String {
    let card = world
        .get_as(ACME_KEY, &format!("/v1/notifications/{card}"))
        .await
        .body;
    match card["state"].as_str().unwrap() {
        "delivered" => card["teams_user"]["aad_object_id"].as_str().unwrap().to_owned(),
        _ => card["reason"].as_str().unwrap_or_default().to_owned(),
    }
}

async fn post(world: &World, key: &str, path: &str, body: Value) -> Answer {
    let request = world.http.post(world.url(path)).bearer_auth(key);
    let request = request.header("content-type", "application/json");
    Answer::of(request.body(body.to_string())).await
}

#[actix_web::test]
async fn an_address_finds_its_person_in_every_form_and_nobody_else() {
    let world = World::start().await;
    let kim = joins(
        &world,
        "00000000-0000-4000-8000-0000000000a1",
        "kim@b\u{fc}cher.example",
    )
    .await;
    let lee = joins(
        &world,
        "00000000-0000-4000-8000-0000000000a2",
        "lee@xn--mnchen-3ya.example",
    )
    .await;
    let jose = joins(
        &world,
        "00000000-0000-4000-8000-0000000000a3",
        "jose\u{301}@acme.example",
    )
    .await;
    let mark = joins(
        &world,
        "00000000-0000-4000-8000-0000000000a4",
        "mark@acme.example",
    )
    .await;
    for (id, address, person) in [
        ("1", "kim@xn--bcher-kva.example", kim.id),
        ("2", "KIM@B\u{dc}CHER.example", kim.id),
        ("3", "lee@m\u{fc}nchen.example", lee.id),
        ("4", "jos\u{e9}@acme.example", jose.id),
        ("5", "mailto:Mark@acme.example\u{200b}", mark.id),
        ("6", "mar\u{212a}@acme.example", "no_mapping"),
    ] {
        assert_eq!(
            goes_to(&world, to(id, json!({ "email": address }))).await,
            person,
            "{address}"
        );
    }
    let refused = world
        .send(&[to("7", json!({ "email": "Mark <mark@acme.example>" }))])
        .await;
    let problem = &refused.body["results"][0]["problem"];
    assert_eq!(problem["pointer"], "/data/recipients/0/email", "{refused:?}");
    assert_eq!(
        problem["detail"],
        "must be the address alone, without a name or angle brackets"
    );
}

#[actix_web::test]
async fn a_members_address_is_what_member_events_told() {
    let world = World::start().await;
    for who in [ADA, BEN] {
        world.install(who).await;
    }
    let told = [
        member(
            "1",
            "upserted",
            json!({ "member_id": "m-old", "email": ADA.email }),
        ),
        member(
            "2",
            "email_changed",
            json!({ "member_id": "m-old", "email": BEN.email }),
        ),
        member(
            "3",
            "upserted",
            json!({ "member_id": "m-new", "email": ADA.email }),
        ),
    ];
    world.send(&told).await;

    let late = json!({ "member_id": "m-old", "email": ADA.email });
    let warned = world.send(&[to("late", late.clone())]).await;
    let warning = &warned.result(0)["warnings"][0];
    assert_eq!(warning["code"], "other_address", "{warned:?}");
    assert_eq!(warning["pointer"], "/data/recipients/0/email");
    let detail = warning["detail"].as_str().unwrap();
    assert!(
        detail.contains(ADA.email) && detail.contains(BEN.email),
        "{detail}"
    );
    assert_eq!(goes_to(&world, to("4", late)).await, BEN.id);
    assert_eq!(
        goes_to(&world, to("5", json!({ "member_id": "m-new" }))).await,
        ADA.id
    );

    world
        .send(&[member("6", "removed", json!({ "member_id": "m-old" }))])
        .await;
    let again = json!({ "member_id": "m-old", "email": BEN.email });
    let sent = world.send(&[to("7", again)]).await;
    assert_eq!(
        sent.result(0)["warnings"][0]["code"],
        "member_removed",
        "{sent:?}"
    );
    let card = sent.card(0);
    world.at_rest().await;
    assert_eq!(whose(&world, &card).await, "member_removed");
    let by_id = world.send(&[to("7b", json!({ "member_id": "m-old" }))]).await;
    let code = &by_id.result(0)["warnings"][0]["code"];
    assert_eq!(
        code, "member_removed",
        "also where no address is named: {by_id:?}"
    );
    let back = member(
        "8",
        "upserted",
        json!({ "member_id": "m-old", "email": BEN.email }),
    );
    world.send(&[back]).await;
    world.at_rest().await;
    assert_eq!(whose(&world, &card).await, BEN.id);
}

#[actix_web::test]
async fn an_object_id_from_chronus_beats_the_address() {
    let world = World::start().await;
    for who in [ADA, BEN] {
        world.install(who).await;
    }
    let told = json!({ "member_id": "m-1", "email": ADA.email, "aad_object_id": BEN.id.to_uppercase() });
    world.send(&[member("1", "upserted", told)]).await;
    assert_eq!(
        goes_to(&world, to("2", json!({ "member_id": "m-1", "email": ADA.email }))).await,
        BEN.id
    );
    assert_eq!(
        goes_to(&world, to("3", json!({ "aad_object_id": ADA.id }))).await,
        ADA.id
    );
    // By the object id alone, in other letters, and beside an empty member id.
    for (id, told) in [
        ("4", json!({ "aad_object_id": ADA.id.to_uppercase() })),
        ("5", json!({ "member_id": "", "aad_object_id": ADA.id })),
    ] {
        assert_eq!(goes_to(&world, to(id, told)).await, ADA.id);
    }
    world.is_sound().await;
    let shown = world.get_as(ACME_READER, "/v1/members/m-1").await.body;
    assert_eq!(shown["linked_to"], BEN.id, "{shown:#}");
    let refused = json!({ "aad_object_id": ADA.id, "reason": "no" });
    let refused = post(&world, ACME_KEY, "/v1/members/m-1/link", refused).await;
    assert_eq!(refused.status, 409, "{refused:?}");

    // What is no id of Entra would be nobody, and would count more than the right address.
    for (id, wrong) in [
        ("6", "xyz"),
        ("7", "00000000-0000-0000-0000-000000000000"),
        ("8", "m-1@acme.example"),
    ] {
        let told = json!({ "member_id": "m-1", "aad_object_id": wrong });
        let refused = world.send(&[member(id, "upserted", told)]).await;
        assert_eq!(refused.status, 422, "{refused:?}");
        assert!(
            refused
                .body
                .to_string()
                .contains("/data/recipients/0/aad_object_id"),
            "{refused:?}"
        );
    }
    let taken_back = json!({ "member_id": "m-1", "aad_object_id": null });
    world.send(&[member("9", "upserted", taken_back)]).await;
    world.at_rest().await;
    assert_eq!(
        goes_to(&world, to("10", json!({ "member_id": "m-1" }))).await,
        ADA.id
    );
    world.is_sound().await;
}

#[actix_web::test]
async fn all_reaches_every_linked_member_from_the_first_day() {
    let world = World::start().await;
    for who in [ADA, BEN] {
        world.install(who).await;
    }
    let mut events: Vec<Value> = [(ADA, "m-1"), (BEN, "m-2"), (CLEO, "m-3")]
        .into_iter()
        .map(|(who, id)| member(id, "upserted", json!({ "member_id": id, "email": who.email })))
        .collect();
    let data = json!({ "recipients": "all", "title": "To everybody", "body": "x" });
    events.push(event(
        "all",
        "com.chronus.announcement.published",
        Some("announcement/1"),
        data,
    ));
    world.send(&events).await;
    world.at_rest().await;

    for who in [ADA, BEN] {
        assert_eq!(world.seen(who, "To everybody"), 1, "{}", who.name);
    }
    let left_out = world
        .get_as(ACME_READER, "/v1/left-out?source=/chronus/tests&id=all")
        .await;
    assert_eq!(
        left_out.body,
        json!({ "left_out": { "no_mapping": 1 } }),
        "{left_out:?}"
    );
    let unknown = world
        .get_as(ACME_READER, "/v1/left-out?source=/chronus/tests&id=none")
        .await;
    assert_eq!(unknown.status, 404);
    let counted = post(&world, ACME_KEY, "/v1/preflight", json!({ "recipients": "all" }))
        .await
        .body;
    assert_eq!(
        (&counted["reachable"], &counted["never_installed"]),
        (&json!(2), &json!(1)),
        "{counted}"
    );
}

#[actix_web::test]
async fn an_address_that_the_directory_gave_to_somebody_else_is_not_believed() {
    let world = World::start().await;
    let ben = world.install(BEN).await;
    let moved = DirectoryChange::Addressed {
        email: Some("ben.old@acme.example".to_owned()),
        upn: None,
    };
    ben.change_directory(moved).await.unwrap();
    let named = json!({ "member_id": "m-new", "email": BEN.email });
    assert_eq!(goes_to(&world, to("1", named.clone())).await, "no_mapping");
    assert_eq!(world.seen(BEN, "Card 1"), 0);

    let hired = joins(&world, "00000000-0000-4000-8000-0000000000b1", BEN.email).await;

    assert_eq!(goes_to(&world, to("2", named)).await, hired.id);
    let seen = |who| ["Card 1", "Card 2"].map(|card| world.seen(who, card));
    assert_eq!((seen(BEN), seen(hired)), ([0, 0], [1, 1]));
}

#[actix_web::test]
async fn a_conflict_is_listed_with_its_evidence_and_settled_by_an_administrator() {
    let world = World::start().await;
    world.install(ADA).await;
    let told =
        ["m-1", "m-2"].map(|id| member(id, "upserted", json!({ "member_id": id, "email": ADA.email })));
    world.send(&told[..1]).await;
    world.at_rest().await;
    world.send(&told[1..]).await;
    assert_eq!(
        goes_to(&world, to("1", json!({ "member_id": "m-1" }))).await,
        ADA.id
    );
    let waits = world
        .send(&[to("2", json!({ "member_id": "m-2" }))])
        .await
        .card(0);
    world.at_rest().await;
    assert_eq!(whose(&world, &waits).await, "conflict");

    let listed = world.get_as(ACME_READER, "/v1/conflicts").await.body;
    let conflict = &listed["conflicts"][0];
    assert_eq!(conflict["kind"], "members_share_person", "{listed:#}");
    assert_eq!(conflict["address"], ADA.email);
    assert_eq!(conflict["people"][0]["aad_object_id"], ADA.id);
    assert_eq!(conflict["people"][0]["linked_to"], "m-1");
    assert_eq!(conflict["members"][1]["reason"], "conflict");
    assert_eq!(conflict["cards"][0]["notification_id"], waits.as_str());
    assert!(
        world.get_as(BOLT_KEY, "/v1/conflicts").await.body["conflicts"]
            .as_array()
            .unwrap()
            .is_empty()
    );

    let word = json!({ "aad_object_id": ADA.id, "reason": "m-1 is the account of a test" });
    let path = "/v1/members/m-2/link";
    assert_eq!(post(&world, ACME_READER, path, word.clone()).await.status, 403);
    let unknown = json!({ "aad_object_id": "00000000-0000-4000-8000-00000000ffff", "reason": "x" });
    assert_eq!(post(&world, ACME_KEY, path, unknown).await.status, 404);
    assert_eq!(
        post(
            &world,
            ACME_KEY,
            path,
            json!({ "aad_object_id": ADA.id, "reason": " " })
        )
        .await
        .status,
        400
    );
    let linked = post(&world, ACME_KEY, path, word.clone()).await;
    assert_eq!(
        (linked.status, &linked.body["changed"]),
        (200, &json!(true)),
        "{linked:?}"
    );
    assert_eq!(post(&world, ACME_KEY, path, word).await.body["changed"], false);
    world.at_rest().await;

    assert_eq!(whose(&world, &waits).await, ADA.id);
    let shown = world.get_as(ACME_READER, "/v1/members/m-2").await.body;
    assert_eq!(
        (&shown["linked_to"], &shown["decided"]),
        (&json!(ADA.id), &json!(ADA.id)),
        "{shown:#}"
    );
    let unlinked = post(
        &world,
        ACME_KEY,
        "/v1/members/m-2/unlink",
        json!({ "reason": "a mistake" }),
    )
    .await;
    assert_eq!(unlinked.status, 200, "{unlinked:?}");
    assert_eq!(
        goes_to(&world, to("3", json!({ "member_id": "m-2" }))).await,
        "unlinked"
    );
    let automatic = post(
        &world,
        ACME_KEY,
        "/v1/members/m-1/automatic",
        json!({ "reason": "x" }),
    )
    .await;
    assert_eq!(automatic.body["changed"], false);
    assert_eq!(
        goes_to(&world, to("4", json!({ "member_id": "m-1" }))).await,
        ADA.id
    );
}

#[actix_web::test]
async fn what_went_to_nobody_during_a_conflict_is_sent_on_request_where_it_still_holds() {
    let world = World::start().await;
    world.install(ADA).await;
    for id in ["m-1", "m-2"] {
        let told = member(id, "upserted", json!({ "member_id": id, "email": ADA.email }));
        world.send(&[told]).await;
        world.at_rest().await;
    }
    let held = to("1", json!({ "member_id": "m-2" }));
    let subject = Some("mentoring_request/2");
    let asks = json!({ "recipients": [{ "member_id": "m-2" }], "actor": { "name": "Priya Nair" } });
    let over = event("2", "com.chronus.mentoring_request.sent", subject, asks);
    let cards = world.send(&[held, over]).await;
    let cards = [cards.card(0), cards.card(1)];
    world.at_rest().await;
    world.clock.advance(TimeDelta::minutes(1));
    world.at_rest().await;
    world.clock.advance(TimeDelta::days(15));
    world.at_rest().await;
    let withdrawn = event(
        "2-over",
        "com.chronus.mentoring_request.withdrawn",
        subject,
        json!({}),
    );
    world.send(&[withdrawn]).await;
    world.at_rest().await;

    let listed = world
        .get_as(ACME_READER, "/v1/dead-letters?state=unroutable")
        .await
        .body;
    let listed = listed["dead_letters"].as_array().unwrap();
    let ids = listed
        .iter()
        .map(|letter| letter["notification_id"].as_str().unwrap());
    assert!(ids.clone().any(|id| id == cards[0]), "{listed:#?}");

    // Asked for while nothing is settled: it waits again, and Chronus hears so.
    let again = |n: u8| json!({ "replay_id": format!("00000000-0000-4000-8000-00000000000{n}"), "notification_ids": cards });
    let path = "/v1/dead-letters/replay";
    for _ in 0..2 {
        let done = post(&world, ACME_KEY, path, again(1)).await.body;
        let expected = json!({ "requeued": 1, "not_dead": 0, "subject_ended": 1, "missing": 0 });
        assert_eq!(done["replayed"], expected, "{done}");
        world.at_rest().await;
    }
    assert_eq!(whose(&world, &cards[0]).await, "conflict");
    world.clock.advance(TimeDelta::minutes(1));
    world.at_rest().await;
    world.clock.advance(TimeDelta::days(2));
    world.at_rest().await;
    let word = json!({ "reason": "m-1 left" });
    assert_eq!(
        post(&world, ACME_KEY, "/v1/members/m-1/unlink", word)
            .await
            .status,
        200
    );
    world.at_rest().await;
    assert_eq!(
        whose(&world, &cards[0]).await,
        "conflict",
        "its time ran out again"
    );

    let done = post(&world, ACME_KEY, path, again(2)).await.body;
    assert_eq!(done["replayed"]["requeued"], 1, "{done}");
    world.at_rest().await;
    assert_eq!(whose(&world, &cards[0]).await, ADA.id);
    assert_eq!((world.seen(ADA, "Card 1"), world.seen(ADA, "Priya Nair")), (1, 0));
    let told = world.get_as(ACME_KEY, "/v1/responses?limit=100").await.body;
    let told = told["events"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|told| told["data"]["notification_id"] == cards[0].as_str());
    let told: Vec<&str> = told
        .map(|told| told["type"].as_str().unwrap().rsplit('.').next().unwrap())
        .collect();
    assert_eq!(
        told,
        [
            "unreached",
            "undeliverable",
            "unreached",
            "undeliverable",
            "delivered"
        ]
    );
}

#[actix_web::test]
async fn a_card_that_waits_for_the_morning_ends_when_the_member_turns_out_to_be_somebody_else() {
    let world = World::start_with_quiet_hours("21:00-07:00").await;
    for who in [ADA, BEN] {
        world.install(who).await.say("status").await.unwrap();
    }
    let told = member(
        "told",
        "upserted",
        json!({ "member_id": "m-1", "email": ADA.email }),
    );
    world.send(&[told]).await;
    world.at_rest().await;
    let at = |hour| NaiveTime::from_hms_opt(hour, 30, 0).unwrap();
    world.clock.advance_to(Berlin, at(23));
    let card = world
        .send(&[to("1", json!({ "member_id": "m-1" }))])
        .await
        .card(0);
    world.reaches(&card, "deferred").await;

    let theirs = json!({ "member_id": "m-1", "aad_object_id": BEN.id });
    world.send(&[member("really", "upserted", theirs)]).await;
    world.at_rest().await;
    let ended = world.reaches(&card, "suppressed").await;
    assert_eq!(ended["reason"], "unlinked", "{ended}");
    let told = world.get_as(ACME_KEY, "/v1/responses?limit=100").await.body;
    let told = told["events"].as_array().unwrap().iter();
    let told: Vec<_> = told
        .filter(|told| told["data"]["notification_id"] == card.as_str())
        .map(|told| {
            (
                told["type"].as_str().unwrap(),
                told["data"]["reason"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [("com.chronus.teams.notification.undeliverable", "unlinked")]
    );
    world.clock.advance_to(Berlin, at(8));
    world.at_rest().await;
    assert_eq!((world.seen(ADA, "Card 1"), world.seen(BEN, "Card 1")), (0, 0));
    assert_eq!(
        goes_to(&world, to("2", json!({ "member_id": "m-1" }))).await,
        BEN.id
    );
}

#[actix_web::test]
async fn a_member_who_removed_the_app_before_they_were_linked_is_told_as_missing_it() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    assert!(ada.uninstall().await.unwrap().taken());
    world.at_rest().await;
    let told = member(
        "told",
        "upserted",
        json!({ "member_id": "m-1", "email": ADA.email }),
    );
    world.send(&[told]).await;
    let card = world
        .send(&[to("1", json!({ "member_id": "m-1" }))])
        .await
        .card(0);
    world.at_rest().await;
    assert_eq!(whose(&world, &card).await, "app_missing");
    world.clock.advance(TimeDelta::minutes(1));
    world.at_rest().await;
    assert!(ada.install().await.unwrap().taken());
    world.at_rest().await;
    assert_eq!(whose(&world, &card).await, ADA.id);
    let told = world.get_as(ACME_KEY, "/v1/responses?limit=100").await.body;
    let told = told["events"].as_array().unwrap().iter();
    let told: Vec<_> = told
        .map(|told| (told["type"].as_str().unwrap(), told["data"]["reason"].as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("com.chronus.teams.notification.unreached", Some("app_missing")),
            ("com.chronus.teams.notification.delivered", None)
        ]
    );
}

#[actix_web::test]
async fn an_event_for_all_reaches_whoever_was_being_looked_up_when_it_came() {
    let world = World::start().await;
    let told = [("m-1", ADA), ("m-2", BEN)]
        .map(|(id, who)| member(id, "upserted", json!({ "member_id": id, "email": who.email })));
    world.send(&told).await;
    world.at_rest().await;
    let busy = Effect::Throttle { retry_after: Some(5) };
    world.sandbox.order(Fault::next(busy, 1).on(Operation::Members));
    assert!(world.client(ADA).install().await.unwrap().taken());
    let data = json!({ "recipients": "all", "title": "For everybody", "body": "Hello." });
    let all = event(
        "all",
        "com.chronus.announcement.published",
        Some("announcement/1"),
        data,
    );
    assert_eq!(world.send(&[all]).await.status, 202);
    world.at_rest_within_the_hour().await;
    assert_eq!(
        (world.seen(ADA, "For everybody"), world.seen(BEN, "For everybody")),
        (1, 0)
    );
    let left = world
        .get_as(ACME_READER, "/v1/left-out?source=/chronus/tests&id=all")
        .await;
    assert_eq!(left.body, json!({ "left_out": { "no_mapping": 1 } }), "{left:?}");
}
