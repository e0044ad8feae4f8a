//! Who may speak to the bot endpoint: whoever carries a token of the Bot Connector for this bot, and nobody else.

use chrono::TimeDelta;
use chronus_teams::sandbox::bot::TokenKind;
use reqwest::header::AUTHORIZATION;

use crate::support::{ADA, World};

const REFUSED: [TokenKind; 10] = [
    TokenKind::Missing,
    TokenKind::Expired,
    TokenKind::NotYetValid,
    TokenKind::ForeignAudience,
    TokenKind::WrongIssuer,
    TokenKind::Unsigned,
    TokenKind::BadSignature,
    TokenKind::UnendorsedKey,
    TokenKind::UnknownKey,
    TokenKind::MismatchingServiceUrl,
];

/// What Ada's install looked like on the wire.
fn install_activity(world: &World) -> String {
    let chat = world.client(ADA).chat();
    let mut deeds = chat.deeds.values().map(|deed| &deed.activity);
    let install = deeds.find(|activity| activity["type"] == "installationUpdate");
    let mut again = install.unwrap().clone();
    again["id"] = "f:another-activity".into();
    again.to_string()
}

#[actix_web::test]
async fn an_activity_with_any_but_a_genuine_token_is_refused_and_leaves_no_trace() {
    let world = World::start().await;
    world.install(ADA).await;
    let activity = install_activity(&world);
    let head = world.head();

    for kind in REFUSED {
        let answer = world.sandbox.post_activity(activity.clone(), kind).await.unwrap();
        assert_eq!((answer.status, answer.body), (401, None), "{kind:?}");
        assert_eq!(world.head(), head, "{kind:?} was stored");
    }
    let genuine = world.sandbox.post_activity(activity, TokenKind::Genuine).await;
    assert_eq!(genuine.unwrap().status, 200);
}

#[actix_web::test]
async fn a_refusal_has_no_body_whatever_stands_in_the_header() {
    let world = World::start().await;
    let head = world.head();
    for header in [
        None,
        Some(""),
        Some("Bearer"),
        Some("Bearer x.y.z"),
        Some("Basic YTpi"),
    ] {
        let mut request = world.http.post(world.url("/api/messages")).body("{}");
        if let Some(header) = header {
            request = request.header(AUTHORIZATION, header);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 401, "{header:?}");
        assert_eq!(answer.text().await.unwrap(), "", "{header:?}");
    }
    assert_eq!(world.head(), head);
}

#[actix_web::test]
async fn a_token_signed_with_a_new_key_of_microsofts_is_accepted_at_once() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    world.sandbox.rotate_keys().await.unwrap();

    let said = ada.say("help").await.unwrap();

    assert_eq!((said.status, said.tries), (Some(200), 1));
    world.sees(ADA, "What you can do here").await;
}

#[actix_web::test]
async fn while_unknown_keys_are_named_too_often_tokens_are_put_off_and_not_refused() {
    let world = World::start().await;
    world.install(ADA).await;
    let activity = install_activity(&world);
    let mut statuses = Vec::new();
    for _ in 0..8 {
        let kind = TokenKind::UnknownKey;
        let answer = world.sandbox.post_activity(activity.clone(), kind).await;
        statuses.push(answer.unwrap().status);
    }
    assert!(statuses.is_sorted() && statuses.contains(&401), "{statuses:?}");
    assert_eq!(statuses.last(), Some(&503), "{statuses:?}");
    let genuine = world
        .sandbox
        .post_activity(activity.clone(), TokenKind::Genuine)
        .await;
    assert_eq!(genuine.unwrap().status, 200, "known keys are not concerned");
    world.clock.advance(TimeDelta::minutes(6));
    let answer = world.sandbox.post_activity(activity, TokenKind::UnknownKey).await;
    assert_eq!(answer.unwrap().status, 401);
}
