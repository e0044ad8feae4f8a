//! A disk that takes nothing more: nothing is acknowledged that is not stored, and when there is space again the
//! same requests succeed.

use chronus_teams::sandbox::bot::TokenKind;

use crate::support::{ACME_KEY, ADA, Answer, World, mentoring_request, plain, press};

const STRUCTURED: &str = "application/cloudevents+json";

#[actix_web::test]
async fn a_full_disk_is_answered_503_and_the_same_requests_succeed_afterwards() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    let card = world.send(&[mentoring_request("1", ADA.email)]).await.card(0);
    world.reaches(&card, "delivered").await;
    world.at_rest().await;
    let head = world.head();
    let help = {
        let chat = ada.chat();
        let mut said = chat.deeds.values().next().unwrap().activity.clone();
        said["type"] = "message".into();
        said["id"] = "1700000000000".into();
        said["text"] = "help".into();
        said.to_string()
    };
    // Larger than what fits into the last page that the log has.
    let title = "A long story ".repeat(1_000);
    let news = plain("2", ADA.email, &title).to_string();

    world
        .service()
        .embedded_store()
        .unwrap()
        .limit_pages(Some(1))
        .await
        .unwrap();
    let mut refused = 0;
    for _ in 0..3 {
        let intake = world.post_events(Some(ACME_KEY), STRUCTURED, news.clone()).await;
        assert_eq!(intake.status, 503, "{intake:?}");
        assert_eq!(intake.content_type, "application/problem+json");
        assert!(intake.retry_after.is_some());
        refused += 1;
    }
    assert_eq!((refused, world.head()), (3, head));
    // Small events may still find room in the pages there are; once they do not, they are refused too.
    let mut answers = Vec::new();
    for number in 0..200 {
        let said = help.replace("1700000000000", &format!("17{number:011}"));
        let answer = world
            .sandbox
            .post_activity(said.clone(), TokenKind::Genuine)
            .await
            .unwrap();
        answers.push(answer.status);
        if answer.status != 200 {
            break;
        }
    }
    assert_eq!(answers.last(), Some(&503), "the disk never filled up");
    let pressed = ada.press(press(&card, "Accept")).await.unwrap();
    assert_eq!(pressed.status, Some(503));
    // Whoever distributes requests sends them elsewhere, and an operator is told why.
    let ready = async |url: String| Answer::of(world.http.get(url)).await;
    assert_eq!(ready(world.url("/readyz")).await.status, 503);
    let told = ready(world.operators_url("/readyz")).await;
    assert_eq!((told.status, &told.body["ready"]), (503, &false.into()));
    let reason = told.body["reason"].as_str().unwrap();
    assert!(reason.contains("full"), "{reason}");
    assert_eq!(
        world.feed(ACME_KEY, "after=0").await["events"]
            .as_array()
            .unwrap()
            .len(),
        0
    );

    world
        .service()
        .embedded_store()
        .unwrap()
        .limit_pages(None)
        .await
        .unwrap();
    let intake = world.post_events(Some(ACME_KEY), STRUCTURED, news).await;
    assert_eq!(intake.status, 202, "{intake:?}");
    assert_eq!(intake.result(0)["status"], "accepted");
    assert_eq!(ready(world.url("/readyz")).await.status, 200);
    let answer = world
        .sandbox
        .post_activity(help, TokenKind::Genuine)
        .await
        .unwrap();
    assert_eq!(answer.status, 200);
    let pressed = ada.press(press(&card, "Accept")).await.unwrap();
    assert_eq!(pressed.status, Some(200));
    world.webhook_got(1).await;
    world.sees(ADA, "A long story").await;
}
