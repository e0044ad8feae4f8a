//! Keys of the organization, made and taken back from a page.

use super::browser::{Browser, Page};
use crate::support::{ACME_KEY, ACME_READER, ADA, World};

const KEYS: &str = "/console/o/acme/settings/keys";

/// A form of the page: what it carries by itself, and what the visitor writes.
fn form(page: &Page, does: &str, written: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    let mut fields = vec![
        ("form_token", page.hidden("form_token")),
        ("do", does.to_owned()),
        ("new_key", page.hidden("new_key")),
    ];
    fields.extend(written.iter().map(|(name, value)| (*name, (*value).to_owned())));
    fields
}

/// The key that a page shows.
fn key(page: &Page) -> String {
    let (_, rest) = page.text.split_once("<code dir=\"ltr\">ctk_").unwrap();
    let (key, _) = rest.split_once('<').unwrap();
    format!("ctk_{key}")
}

#[actix_web::test]
async fn a_key_that_is_made_is_shown_once_and_lets_in_until_it_is_taken_back() {
    let world = World::start().await;
    let mut reader = Browser::signed_in(&world, ACME_READER).await;
    assert_eq!(reader.get(KEYS).await.status, 403);
    let mut admin = Browser::signed_in(&world, ACME_KEY).await;
    let page = admin.get(KEYS).await;
    assert!(page.shows("reader") && page.shows("configured"), "{page:?}");
    let wished = form(
        &page,
        "make",
        &[
            ("name", "desk"),
            ("role", "read"),
            ("role", "analyst"),
            ("days", "30"),
            ("reason", "ticket 7"),
        ],
    );

    let made = admin.send(KEYS, &wished).await;

    assert_eq!(
        (made.status, made.header("cache-control")),
        (200, "no-store"),
        "{made:?}"
    );
    let new = key(&made);
    assert!(!admin.get(KEYS).await.shows(&new));
    assert_eq!(
        admin.send(KEYS, &wished).await.status,
        409,
        "it is not shown again"
    );
    let mut desk = Browser::signed_in(&world, &new).await;
    assert!(desk.get("/console/o/acme").await.shows("read, analyst"));
    let tail = format!("/console/o/acme/log/tail?tail={}", world.head());
    let mut open = desk.follow(&tail, &[]).await;
    assert_eq!(open.status(), 200);
    let page = admin.get(KEYS).await;
    assert!(page.shows("desk") && page.shows("console:all"), "{page:?}");
    let revoke = form(
        &page,
        "revoke",
        &[("key", &page.hidden("key")), ("reason", "ticket 8")],
    );
    let taken = admin.send(KEYS, &revoke).await;
    assert_eq!((taken.status, taken.location.as_str()), (303, KEYS));
    assert!(admin.get(KEYS).await.shows("nobody gets in with it any more"));
    assert_eq!(world.get_as(&new, "/v1/tenant").await.status, 401);
    assert_eq!(
        desk.get("/console/o/acme").await.status,
        303,
        "who was in with it is out"
    );
    // A page of theirs that follows the log ends, without what comes afterwards.
    world.install(ADA).await;
    let mut shown = String::new();
    while let Some(part) = open.chunk().await.unwrap() {
        shown.push_str(&String::from_utf8_lossy(&part));
    }
    assert!(!shown.contains(ADA.id), "{shown}");
    assert!(!admin.get("/console/o/acme/settings").await.shows("desk"));
}

#[actix_web::test]
async fn a_key_in_the_place_of_another_is_taken_beside_it_for_as_long_as_was_asked() {
    let world = World::start().await;
    let mut admin = Browser::signed_in(&world, ACME_KEY).await;
    let page = admin.get(KEYS).await;
    let wished = form(
        &page,
        "make",
        &[("name", "desk"), ("role", "read"), ("reason", "ticket 7")],
    );
    let first = key(&admin.send(KEYS, &wished).await);
    let page = admin.get(KEYS).await;
    let old = page.hidden("key");
    let replace = |page: &Page, hours: &str| {
        form(
            page,
            "replace",
            &[("key", &old), ("hours", hours), ("reason", "ticket 9")],
        )
    };
    assert_eq!(admin.send(KEYS, &replace(&page, "some")).await.status, 400);

    let made = admin.send(KEYS, &replace(&page, "24")).await;

    assert!(made.shows("In the place of"), "{made:?}");
    let second = key(&made);
    for one in [&first, &second] {
        assert_eq!(world.get_as(one, "/v1/tenant").await.status, 200);
    }
    assert!(admin.get(KEYS).await.shows("being replaced"));
}

#[actix_web::test]
async fn what_is_wrong_in_the_form_is_said_and_no_key_is_made() {
    let world = World::start().await;
    let mut admin = Browser::signed_in(&world, ACME_KEY).await;
    let page = admin.get(KEYS).await;
    for written in [
        [("name", "desk"), ("days", ""), ("reason", "ticket 7")],
        [("name", "two words"), ("role", "read"), ("reason", "ticket 7")],
        [("name", "desk"), ("role", "read"), ("reason", "")],
        [("name", "desk"), ("role", "owner"), ("reason", "ticket 7")],
    ] {
        assert_eq!(
            admin.send(KEYS, &form(&page, "make", &written)).await.status,
            400,
            "{written:?}"
        );
    }
    let days = [
        ("name", "desk"),
        ("role", "read"),
        ("days", "soon"),
        ("reason", "ticket 7"),
    ];
    assert_eq!(admin.send(KEYS, &form(&page, "make", &days)).await.status, 400);
    assert_eq!(admin.send(KEYS, &form(&page, "sell", &[])).await.status, 400);
    assert!(!admin.get(KEYS).await.shows("desk"));
}
