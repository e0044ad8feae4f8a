//! What is changed from a page, and what a page gives to take away: sending all that fit, settling who somebody is, switches,
//! the log as it grows, CSV.

use chronus_teams::sandbox::faults::{Effect, Fault, Operation};
use serde_json::json;

use super::browser::{Browser, Page};
use crate::support::{ACME_KEY, ACME_READER, ADA, BEN, BOLT_KEY, DORA, Folk, PATIENCE, World, event, plain};

const ACME: &str = "/console/o/acme";

/// A card to somebody that Teams refuses with this code.
async fn refused(world: &World, who: Folk, id: &str, code: &str) -> String {
    let effect = Effect::Refuse {
        status: 400,
        code: code.to_owned(),
        delivered: false,
    };
    let fault = Fault::next(effect, 1).on(Operation::Send).for_user(&who.key());
    world.sandbox.order(fault);
    let card = world
        .send(&[plain(id, who.email, &format!("Number {id}"))])
        .await
        .card(0);
    world.reaches(&card, "refused").await;
    card
}

/// What a page's form sends beside what the visitor chooses.
fn token(page: &Page) -> (&'static str, String) {
    ("form_token", page.hidden("form_token"))
}

#[actix_web::test]
async fn all_that_fit_a_filter_are_counted_and_then_sent_once_and_nothing_else() {
    let world = World::start().await;
    world.install(ADA).await;
    world.install(BEN).await;
    let mine = [
        refused(&world, ADA, "1", "BadArgument").await,
        refused(&world, ADA, "2", "BadArgument").await,
    ];
    let other = refused(&world, BEN, "3", "BadSyntax").await;
    world.at_rest().await;
    let letters = format!("{ACME}/dead-letters");
    let narrowed = format!("{letters}?code=BadArgument");
    let mut reader = Browser::signed_in(&world, ACME_READER).await;
    let page = reader.get(&format!("{narrowed}&try=1")).await;
    assert!(!page.shows("Dry run"), "{page:?}");
    let mut admin = Browser::signed_in(&world, ACME_KEY).await;
    assert!(admin.get(&narrowed).await.shows("dry run first"));
    let page = admin.get(&format!("{narrowed}&try=1")).await;
    assert!(
        page.shows("Dry run: 2 cards") && page.shows(">Send 2<"),
        "{page:?}"
    );
    let fields = [
        token(&page),
        ("replay", page.hidden("replay")),
        ("code", page.hidden("code")),
    ];
    let denied = [
        token(&reader.get(&letters).await),
        fields[1].clone(),
        fields[2].clone(),
    ];
    assert_eq!(reader.send(&letters, &denied).await.status, 403);
    world.at_rest().await;
    assert_eq!(
        world.status_of(&mine[0]).await["state"],
        "refused",
        "nothing was sent by looking"
    );
    let sent = admin.send(&letters, &fields).await;
    assert_eq!((sent.status, sent.location.as_str()), (303, letters.as_str()));
    let after = admin.get(&letters).await;
    assert!(after.shows("2 cards wait to be sent again."), "{after:?}");
    for card in &mine {
        world.reaches(card, "delivered").await;
    }
    assert_eq!(
        admin.send(&letters, &fields).await.status,
        303,
        "the same form again"
    );
    world.at_rest().await;
    for text in ["Number 1", "Number 2"] {
        assert_eq!(world.seen(ADA, text), 1, "{text}");
    }
    assert_eq!(world.status_of(&other).await["state"], "refused");
}

#[actix_web::test]
async fn an_administrators_word_settles_who_a_member_is() {
    let world = World::start().await;
    world.install(ADA).await;
    let data = json!({ "recipients": [{ "member_id": "m-new", "email": "new@acme.example" }], "title": "For whoever that is" });
    let card = world
        .send(&[event("1", "com.chronus.news.published", None, data)])
        .await
        .card(0);
    world.reaches(&card, "unresolved").await;
    let path = format!("{ACME}/member");
    let shown = format!("{path}?id=m-new");
    let mut reader = Browser::signed_in(&world, ACME_READER).await;
    let page = reader.get(&shown).await;
    assert!(page.shows("nobody") && !page.shows("Say who it is"), "{page:?}");
    let word = |page: &Page, word: &str, object: &str, reason: &str| {
        [
            token(page),
            ("id", "m-new".to_owned()),
            ("word", word.to_owned()),
            ("object", object.to_owned()),
            ("reason", reason.to_owned()),
        ]
    };
    let fields = word(&page, "linked", ADA.id, "HR says so");
    assert_eq!(reader.send(&path, &fields).await.status, 403);
    let mut admin = Browser::signed_in(&world, ACME_KEY).await;
    let page = admin.get(&shown).await;
    for (said, object, reason) in [
        ("linked", ADA.id, ""),
        ("linked", "no id at all!", "HR says so"),
        ("perhaps", ADA.id, "HR says so"),
    ] {
        let fields = word(&page, said, object, reason);
        assert_eq!(
            admin.send(&path, &fields).await.status,
            400,
            "{said} {object} {reason}"
        );
    }
    let settled = admin
        .send(&path, &word(&page, "linked", ADA.id, "HR says so"))
        .await;
    assert_eq!((settled.status, settled.location.as_str()), (303, shown.as_str()));
    let page = admin.get(&shown).await;
    assert!(page.shows("Recorded.") && page.shows(ADA.id), "{page:?}");
    world.reaches(&card, "delivered").await;
    assert_eq!(world.seen(ADA, "For whoever that is"), 1);
}

#[actix_web::test]
async fn the_switches_switch_and_say_when_it_was_so_already() {
    let world = World::start().await;
    let path = format!("{ACME}/settings");
    let fields =
        |page: &Page, what: &str, on: &str| [token(page), ("what", what.to_owned()), ("on", on.to_owned())];
    let mut reader = Browser::signed_in(&world, ACME_READER).await;
    let page = reader.get(&path).await;
    assert_eq!(
        reader
            .send(&path, &fields(&page, "integration", "no"))
            .await
            .status,
        403
    );
    let mut admin = Browser::signed_in(&world, ACME_KEY).await;
    for (what, of) in [("integration", "/v1/tenant"), ("webhook", "/v1/webhook")] {
        for (on, says, enabled) in [
            ("no", "Switched off.", false),
            ("no", "That was so already", false),
            ("yes", "Switched on.", true),
        ] {
            let page = admin.get(&path).await;
            let sent = admin.send(&path, &fields(&page, what, on)).await;
            assert_eq!((sent.status, sent.location.as_str()), (303, path.as_str()));
            let page = admin.get(&path).await;
            assert!(page.shows(says), "{what} {on}: {page:?}");
            assert_eq!(
                world.get_as(ACME_KEY, of).await.body["enabled"],
                enabled,
                "{what} {on}"
            );
        }
    }
    let page = admin.get(&path).await;
    assert_eq!(
        admin.send(&path, &fields(&page, "everything", "no")).await.status,
        400
    );
}

/// Reads a stream until it shows a text.
async fn reads(stream: &mut reqwest::Response, text: &str) -> String {
    let mut read = String::new();
    let reading = async {
        while !read.contains(text) {
            let part = stream.chunk().await.unwrap().unwrap();
            read.push_str(&String::from_utf8_lossy(&part));
        }
    };
    assert!(tokio::time::timeout(PATIENCE, reading).await.is_ok(), "no {text}");
    read
}

#[actix_web::test]
async fn an_open_log_shows_what_comes_and_goes_on_where_it_broke_off() {
    let world = World::start().await;
    world.install(ADA).await;
    world.at_rest().await;
    let begin = world.head().to_string();
    let path = format!("{ACME}/log/tail?tail={begin}");
    let reader = Browser::signed_in(&world, ACME_READER).await;
    assert_eq!(
        reader.follow(&path, &[]).await.status(),
        403,
        "history is for analysts"
    );
    let admin = Browser::signed_in(&world, ACME_KEY).await;
    let wrong = admin.follow(&format!("{ACME}/log/tail?tail=now"), &[]).await;
    assert_eq!(wrong.status(), 400);
    let mut stream = admin.follow(&path, &[]).await;
    assert_eq!(
        stream.headers()["content-type"],
        "text/event-stream; charset=utf-8"
    );
    let card = world.send(&[plain("1", ADA.email, "Streamed")]).await.card(0);
    let read = reads(&mut stream, &card).await;
    assert!(read.contains("id: ") && read.contains("data: "), "{read}");
    assert!(!read.contains("Streamed"), "what is sealed stays closed: {read}");
    drop(stream);
    // A browser that comes back says how far it was.
    let again = format!("{ACME}/log/tail?tail=999999");
    let mut stream = admin.follow(&again, &[("last-event-id", &begin)]).await;
    reads(&mut stream, &card).await;
    // Nothing of another organization's comes by this way.
    let bolt = Browser::signed_in(&world, BOLT_KEY).await;
    let mut stream = bolt
        .follow(&format!("/console/o/bolt/log/tail?tail={begin}"), &[])
        .await;
    world.install(DORA).await;
    let read = reads(&mut stream, DORA.id).await;
    assert!(!read.contains(ADA.id) && !read.contains(&card), "{read}");
}

#[actix_web::test]
async fn lists_and_reports_are_taken_away_as_csv_that_computes_nothing() {
    let world = World::start().await;
    world.install(ADA).await;
    let card = refused(&world, ADA, "1", "=HYPERLINK(1)").await;
    world.at_rest().await;
    let mut admin = Browser::signed_in(&world, ACME_KEY).await;
    let page = admin.get(&format!("{ACME}/dead-letters")).await;
    assert!(page.shows("/dead-letters?format=csv"), "{page:?}");
    let csv = admin.get(&format!("{ACME}/dead-letters?format=csv")).await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    let mut lines = csv.text.lines();
    assert!(lines.next().unwrap().contains("notification_id"), "{csv:?}");
    let row = lines.next().unwrap();
    assert!(
        row.contains(&card) && !row.contains(",=") && !row.starts_with('='),
        "{row}"
    );
    let report = admin.get(&format!("{ACME}/reports/delivery?format=csv")).await;
    assert_eq!(report.header("content-type"), "text/csv; charset=utf-8");
    assert!(report.text.lines().count() > 1, "{report:?}");
    let mut reader = Browser::signed_in(&world, ACME_READER).await;
    assert_eq!(
        reader
            .get(&format!("{ACME}/reports/delivery?format=csv"))
            .await
            .status,
        403
    );
}
