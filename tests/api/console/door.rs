//! Who is let in, and what every page has.

use super::browser::Browser;
use crate::support::{ACME_KEY, ACME_READER, ADA, BOLT_KEY, World};

const ACME: &str = "/console/o/acme";

#[actix_web::test]
async fn whoever_has_a_key_is_let_in_and_nobody_else() {
    let world = World::start().await;
    let mut browser = Browser::new(&world);
    let away = browser.get(&format!("{ACME}/cards?state=dead")).await;
    assert_eq!(away.status, 303);
    assert_eq!(
        away.location,
        "/console/sign-in?to=%2Fconsole%2Fo%2Facme%2Fcards%3Fstate%3Ddead"
    );
    let wrong = browser.sign_in("ctk_acme_made-up").await;
    assert_eq!(wrong.status, 401);
    assert!(wrong.shows("not known") && !wrong.shows("made-up"), "{wrong:?}");
    assert_eq!(browser.get(ACME).await.status, 303);
    let door = browser.get(&away.location).await;
    let fields = [
        ("door", door.hidden("door")),
        ("key", ACME_READER.to_owned()),
        ("to", door.hidden("to")),
    ];
    let inside = browser.send("/console/sign-in", &fields).await;
    assert_eq!(
        (inside.status, inside.location.as_str()),
        (303, "/console/o/acme/cards?state=dead")
    );
    assert_eq!(browser.get(&inside.location).await.status, 200);
}

#[actix_web::test]
async fn no_other_page_signs_somebody_in_and_nobody_is_led_away() {
    let world = World::start().await;
    let mut browser = Browser::new(&world);
    browser.get("/console/sign-in").await;
    let fields = [("door", "guessed".to_owned()), ("key", ACME_KEY.to_owned())];
    assert_eq!(browser.send("/console/sign-in", &fields).await.status, 403);
    let door = browser
        .get("/console/sign-in?to=https%3A%2F%2Fevil.example")
        .await;
    assert!(!door.shows("evil.example"), "{door:?}");
    let fields = [
        ("door", door.hidden("door")),
        ("key", ACME_KEY.to_owned()),
        ("to", "//evil.example".to_owned()),
    ];
    assert_eq!(browser.send("/console/sign-in", &fields).await.location, ACME);
}

#[actix_web::test]
async fn each_page_is_for_its_roles_and_its_organization() {
    let world = World::start().await;
    let mut reader = Browser::signed_in(&world, ACME_READER).await;
    for (path, status) in [
        ("", 200),
        ("/find", 200),
        ("/cards", 200),
        ("/log", 403),
        ("/reports", 403),
    ] {
        assert_eq!(
            reader.get(&format!("{ACME}{path}")).await.status,
            status,
            "{path}"
        );
    }
    let mut both = Browser::signed_in(&world, ACME_KEY).await;
    assert_eq!(
        both.get("/console/o/bolt").await.status,
        303,
        "one organization's key opens no other's pages"
    );
    assert_eq!(both.sign_in(BOLT_KEY).await.location, "/console/o/bolt");
    let (acme, bolt) = (both.get(ACME).await, both.get("/console/o/bolt").await);
    assert!(
        acme.shows("<title>Now · acme") && bolt.shows("<title>Now · bolt"),
        "each in its tab"
    );
    let out = both
        .send(
            &format!("{ACME}/sign-out"),
            &[("form_token", acme.hidden("form_token"))],
        )
        .await;
    assert_eq!(out.status, 303);
    assert_eq!(
        (
            both.get(ACME).await.status,
            both.get("/console/o/bolt").await.status
        ),
        (303, 200)
    );
}

#[actix_web::test]
async fn every_page_runs_nothing_of_anybody_elses_and_is_kept_by_nobody() {
    let world = World::start().await;
    let mut browser = Browser::signed_in(&world, ACME_KEY).await;
    for path in [
        "/console/sign-in",
        ACME,
        "/console/o/acme/nothing",
        "/console/nothing",
    ] {
        let page = browser.get(path).await;
        let policy = page.header("content-security-policy");
        assert!(
            policy.contains("default-src 'none'") && !policy.contains("unsafe"),
            "{path}: {policy}"
        );
        assert_eq!(page.header("x-frame-options"), "DENY", "{path}");
        assert_eq!(page.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(page.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(page.header("cache-control"), "no-store", "{path}");
        assert!(
            !page.shows(" style=") && !page.shows("<script>") && !page.shows("http://"),
            "{path}"
        );
        assert!(page.text.len() < 100_000, "{path}: {} bytes", page.text.len());
    }
    let home = browser.get(ACME).await;
    let style = home
        .text
        .split("href=\"")
        .find(|part| part.contains("console.css"))
        .unwrap();
    let style = browser.get(style.split('"').next().unwrap()).await;
    assert_eq!(style.status, 200);
    assert!(style.header("cache-control").contains("immutable"));
}

#[actix_web::test]
async fn a_session_that_ended_in_mid_form_loses_no_words() {
    let world = World::start().await;
    world.install(ADA).await;
    let path = format!("{ACME}/person/{}/open", ADA.id);
    let mut browser = Browser::signed_in(&world, ACME_READER).await;
    let token = browser.get(ACME).await.hidden("form_token");
    browser.forget();
    let fields = [
        ("form_token", token),
        ("reason", "ticket 4711 & <more>".to_owned()),
    ];
    let ended = browser.send(&path, &fields).await;
    assert_eq!(ended.status, 403);
    assert!(ended.shows("ticket 4711 &#38; &#60;more&#62;"), "{ended:?}");
    let fields = [
        ("door", ended.hidden("door")),
        ("to", ended.hidden("to")),
        ("kept", ended.hidden("kept")),
        ("key", ACME_READER.to_owned()),
    ];
    let again = browser.send("/console/sign-in", &fields).await;
    assert_eq!(again.status, 200);
    assert!(again.shows("ticket 4711 &#38; &#60;more&#62;") && again.shows(&format!("action=\"{path}\"")));
    let fields = [
        ("form_token", again.hidden("form_token")),
        ("reason", "ticket 4711 & <more>".to_owned()),
    ];
    assert_eq!(browser.send(&path, &fields).await.status, 303);
}

#[actix_web::test]
async fn a_form_without_the_sessions_token_changes_nothing() {
    let world = World::start().await;
    world.install(ADA).await;
    let mut browser = Browser::signed_in(&world, ACME_READER).await;
    let head = world.head();
    for token in ["", "guessed"] {
        let fields = [("form_token", token.to_owned()), ("reason", "because".to_owned())];
        let stale = browser
            .send(&format!("{ACME}/person/{}/open", ADA.id), &fields)
            .await;
        assert_eq!(stale.status, 409);
        assert!(stale.shows("because"), "what was typed comes back: {stale:?}");
    }
    assert_eq!(world.head(), head);
}

#[actix_web::test]
async fn a_link_on_another_site_leads_to_its_page_all_the_same() {
    let world = World::start().await;
    let mut browser = Browser::new(&world);
    let page = browser
        .get_as(&format!("{ACME}/cards"), &[("sec-fetch-site", "cross-site")])
        .await;
    assert_eq!(page.status, 200);
    assert!(
        page.shows("http-equiv=\"refresh\" content=\"0;url=/console/o/acme/cards\""),
        "{page:?}"
    );
}

#[actix_web::test]
async fn where_it_is_switched_off_there_is_no_console() {
    let mut world = World::start().await;
    world.edit_configuration(|text| format!("{text}\n[console]\nenabled = false\n"));
    world.restart_service().await;
    assert_eq!(Browser::new(&world).get("/console/sign-in").await.status, 404);
}
