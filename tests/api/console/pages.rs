//! What each page tells.

use chronus_teams::sandbox::client::Press;
use chronus_teams::sandbox::faults::{Effect, Fault, Operation};

use super::browser::Browser;
use crate::support::{
    ACME_KEY, ACME_READER, ADA, BEN, World, example, mentoring_request, pairs, plain, press,
};

const ACME: &str = "/console/o/acme";

fn refuse_once(world: &World) {
    let effect = Effect::Refuse {
        status: 400,
        code: "BadArgument".to_owned(),
        delivered: false,
    };
    world
        .sandbox
        .order(Fault::next(effect, 1).on(Operation::Send).for_user(&ADA.key()));
}

#[actix_web::test]
async fn an_id_or_an_address_leads_straight_to_what_it_is() {
    let world = World::start().await;
    world.install(ADA).await;
    let card = world.send(&[mentoring_request("1", ADA.email)]).await.card(0);
    world.reaches(&card, "delivered").await;
    world.at_rest().await;
    let mut browser = Browser::signed_in(&world, ACME_READER).await;
    let person = format!("{ACME}/person/{}", ADA.id);
    for (sought, to) in [
        (ADA.id.to_uppercase(), person.clone()),
        (ADA.email.to_uppercase(), person.clone()),
        ("m-ada-acme.example".to_owned(), person.clone()),
        (ADA.key().to_string(), person),
        (card.clone(), format!("{ACME}/notification/{card}")),
        (
            "mentoring_request/1".to_owned(),
            format!("{ACME}/cards?subject=mentoring_request%2F1"),
        ),
    ] {
        let query: String = url::form_urlencoded::byte_serialize(sought.as_bytes()).collect();
        let led = browser.get(&format!("{ACME}/find?q={query}")).await;
        assert_eq!((led.status, led.location), (303, to), "{sought}");
    }
    let nothing = browser.get(&format!("{ACME}/find?q=nobody%40acme.example")).await;
    assert!(nothing.shows("Nobody in the tenant"), "{nothing:?}");
}

#[actix_web::test]
async fn a_cards_story_is_told_in_its_order_and_as_of_then() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    let card = world.send(&[mentoring_request("1", ADA.email)]).await.card(0);
    world.reaches(&card, "delivered").await;
    ada.press(press(&card, "Accept")).await.unwrap();
    world.reaches(&card, "answered").await;
    world.webhook_got(1).await;
    world.at_rest().await;
    let mut browser = Browser::signed_in(&world, ACME_READER).await;
    let page = browser.get(&format!("{ACME}/notification/{card}")).await;
    let steps = [
        "accepted",
        "queued",
        "attempted",
        "delivered",
        "seen",
        "request accepted",
        "response delivered",
    ];
    let places: Vec<usize> = steps
        .iter()
        .map(|step| {
            page.text
                .find(&format!(">{step}</span>"))
                .unwrap_or_else(|| panic!("no {step}: {page:?}"))
        })
        .collect();
    // The state stands above the story.
    let story = page.text.find("Its story").unwrap();
    assert!(
        places.windows(2).all(|pair| pair[0] < pair[1]) && story < places[0],
        "{places:?}"
    );
    assert!(page.shows("<circle") && page.shows(&format!("/notification/{card}/why")));
    let status = world.status_of(&card).await;
    let queued = status["history"]
        .as_array()
        .unwrap()
        .iter()
        .find(|entry| entry["what"] == "queued")
        .unwrap();
    let then = browser
        .get(&format!(
            "{ACME}/notification/{card}?as_of={}",
            queued["position"]
        ))
        .await;
    assert!(
        then.shows("Not now") && then.shows(">queued</span>") && !then.shows(">attempted</span>"),
        "{then:?}"
    );
    let why = browser.get(&format!("{ACME}/notification/{card}/why")).await;
    assert!(why.shows("Rule:") && why.shows("RequestAccepted"), "{why:?}");
    let mut page = Browser::signed_in(&world, crate::support::BOLT_KEY).await;
    assert_eq!(
        page.get(&format!("/console/o/bolt/notification/{card}"))
            .await
            .status,
        404
    );
}

#[actix_web::test]
async fn a_dead_letter_is_sent_after_all_once_by_an_administrator() {
    let world = World::start().await;
    world.install(ADA).await;
    refuse_once(&world);
    let card = world.send(&[plain("1", ADA.email, "Again please")]).await.card(0);
    world.reaches(&card, "refused").await;
    let path = format!("{ACME}/notification/{card}");
    let mut reader = Browser::signed_in(&world, ACME_READER).await;
    assert!(!reader.get(&path).await.shows("Send it after all"));
    let token = reader.get(&path).await.hidden("form_token");
    let fields = [
        ("form_token", token),
        ("replay", "6f0c2f0e-6f0a-5d0b-9a55-0d1c7b3e2a10".to_owned()),
    ];
    assert_eq!(reader.send(&format!("{path}/requeue"), &fields).await.status, 403);
    let mut admin = Browser::signed_in(&world, ACME_KEY).await;
    let page = admin.get(&path).await;
    let fields = [
        ("form_token", page.hidden("form_token")),
        ("replay", page.hidden("replay")),
    ];
    for _ in 0..2 {
        let sent = admin.send(&format!("{path}/requeue"), &fields).await;
        assert_eq!((sent.status, sent.location.as_str()), (303, path.as_str()));
    }
    world.reaches(&card, "delivered").await;
    world.at_rest().await;
    assert_eq!(world.seen(ADA, "Again please"), 1);
}

#[actix_web::test]
async fn hostile_words_are_words_on_every_page() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    let evil = "<img src=x onerror=alert(1)>\"'\u{202e}";
    let mut asked = mentoring_request("1", ADA.email);
    asked["data"]["message"] = evil.into();
    asked["data"]["actor"]["name"] = evil.into();
    let card = world.send(&[asked]).await.card(0);
    world.reaches(&card, "delivered").await;
    ada.say(evil).await.unwrap();
    world.at_rest().await;
    let mut browser = Browser::signed_in(&world, ACME_KEY).await;
    let person = format!("{ACME}/person/{}", ADA.id);
    let token = browser.get(&person).await.hidden("form_token");
    browser
        .send(
            &format!("{person}/open"),
            &[("form_token", token), ("reason", evil.replace('\u{202e}', ""))],
        )
        .await;
    let query: String = url::form_urlencoded::byte_serialize(evil.as_bytes()).collect();
    for path in [
        ACME.to_owned(),
        person,
        format!("{ACME}/cards"),
        format!("{ACME}/notification/{card}"),
        format!("{ACME}/find?q={query}"),
        format!("{ACME}/log"),
        format!("{ACME}/log?text={query}"),
        format!("{ACME}/log?type={query}"),
        format!("{ACME}/cards?state={query}"),
        format!("{ACME}/cards?subject={query}"),
        format!("/console/sign-in?to={query}"),
    ] {
        let page = browser.get(&path).await;
        for bad in ["<img src=x", "javascript:"] {
            assert!(!page.shows(bad), "{path} shows {bad}: {page:?}");
        }
    }
}

#[actix_web::test]
async fn who_answered_anonymously_is_told_on_no_page() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    let mut survey = example("survey.requested", ADA, 1);
    survey["data"]["anonymous"] = true.into();
    let sent = world.send(&[survey]).await;
    let card = sent.card(0);
    world.reaches(&card, "delivered").await;
    let mut browser = Browser::signed_in(&world, ACME_KEY).await;
    let before = browser.get(&format!("{ACME}/notification/{card}")).await;
    assert!(before.shows("anonymous"), "{before:?}");
    for (verb, value) in [
        ("survey.answer", "4"),
        ("survey.answer", "monthly"),
        ("survey.answer", "More time."),
    ] {
        let next = Press {
            inputs: pairs(&[("value", value)]),
            ..press(&card, verb)
        };
        assert!(ada.press(next).await.unwrap().taken());
        world.at_rest().await;
    }
    assert!(ada.press(press(&card, "survey.submit")).await.unwrap().taken());
    world.at_rest().await;
    for path in [
        format!("{ACME}/notification/{card}"),
        format!("{ACME}/person/{}", ADA.id),
        format!("{ACME}/log"),
        format!("{ACME}/cards"),
    ] {
        let page = browser.get(&path).await;
        for word in [
            "Survey step shown",
            "Survey answered",
            "Survey step saved",
            "good\">seen<",
            "good\">answered<",
            "Notification seen",
        ] {
            assert!(!page.shows(word), "{path} shows {word}: {page:?}");
        }
    }
    let store = world.service().store();
    let log = store.read_log(events::Position::START, 10_000).await.unwrap();
    let of_the_answer = log.iter().filter(|event| event.event_type.starts_with("Survey"));
    let causes: Vec<_> = of_the_answer.map(|event| event.metadata.causation_id).collect();
    assert!(!causes.is_empty());
    let mut pages = String::new();
    for path in [format!("{ACME}/log"), format!("{ACME}/person/{}", ADA.id)] {
        pages.push_str(&browser.get(&path).await.text);
    }
    for event in log
        .iter()
        .filter(|event| causes.contains(&event.metadata.causation_id))
    {
        let (place, id) = (
            format!("<td class=\"n\">{}</td>", event.position),
            event.id.to_string(),
        );
        assert!(!pages.contains(&place) && !pages.contains(&id), "{event:?}");
    }
}

#[actix_web::test]
async fn a_long_list_goes_on_page_by_page_and_ends() {
    let world = World::start_with("chat_limits = [{ count = 1000, seconds = 1 }]").await;
    world.install(ADA).await;
    world.install(BEN).await;
    let mut ids = Vec::new();
    for batch in 0..12 {
        let events: Vec<_> = (0..5)
            .map(|n| plain(&format!("{batch}-{n}"), ADA.email, "One of many"))
            .collect();
        let answer = world.send(&events).await;
        ids.extend((0..5).map(|n| answer.card(n)));
    }
    world.at_rest().await;
    let mut browser = Browser::signed_in(&world, ACME_READER).await;
    for start in [format!("{ACME}/cards"), format!("{ACME}/person/{}", ADA.id)] {
        let (mut path, mut seen, mut pages) = (start.clone(), std::collections::HashSet::new(), 0);
        loop {
            let page = browser.get(&path).await;
            assert_eq!(page.status, 200, "{path}");
            assert!(page.text.len() < 100_000, "{path}: {} bytes", page.text.len());
            seen.extend(ids.iter().filter(|id| page.shows(id)).cloned());
            pages += 1;
            let next = page.text.split("<a ").find(|part| part.contains("older cards"));
            let Some(next) = next else { break };
            let next = next.split("href=\"").nth(1).unwrap().split('"').next().unwrap();
            path = next.replace("&#38;", "&").replace("&amp;", "&");
        }
        assert_eq!(seen.len(), ids.len(), "{start}: {pages} pages");
        assert!(pages > 1, "{start}");
    }
}

#[actix_web::test]
async fn the_first_page_tells_how_it_goes_and_each_number_leads_on() {
    let world = World::start().await;
    world.install(ADA).await;
    refuse_once(&world);
    let card = world.send(&[plain("1", ADA.email, "Refused")]).await.card(0);
    world.reaches(&card, "refused").await;
    world.at_rest().await;
    let mut browser = Browser::signed_in(&world, ACME_READER).await;
    let page = browser.get(ACME).await;
    assert!(
        page.shows("BadArgument") && page.shows("Dead letters"),
        "{page:?}"
    );
    let dead = browser.get(&format!("{ACME}/cards?state=dead")).await;
    assert!(dead.shows(&card), "{dead:?}");
    assert_eq!(browser.get(&format!("{ACME}/cards?state=ded")).await.status, 400);
}
