//! Whoever organizes an event hears how many people its invitation reached, on one card that changes in place; nobody else
//! does.

use chrono::TimeDelta;
use chronus_teams::sandbox::chat::Chat;
use serde_json::{Value, json};

use crate::support::{ADA, BEN, CLEO, DAN, Folk, PATIENCE, World, count, example, press};

const CARD: &str = "Who heard of";

fn recipient(who: Folk) -> Value {
    let member = format!("m-{}", who.email).replace('@', "-");
    json!({ "member_id": member, "email": who.email })
}

fn invitation(organizer: Folk) -> Value {
    let mut event = example("erg_event.invited", ADA, 1);
    event["data"]["recipients"] = [ADA, BEN, DAN].map(recipient).into();
    event["data"]["organizers"] = json!([{ "member_id": recipient(organizer)["member_id"] }]);
    event
}

/// All texts that a card shows, in their order.
fn texts(card: &Value, found: &mut Vec<String>) {
    match card {
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(fields) => {
            found.extend(fields.get("text").and_then(Value::as_str).map(str::to_owned));
            for inner in ["body", "items", "columns", "inlines"] {
                fields.get(inner).iter().for_each(|inner| texts(inner, found));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// What stands beside these labels.
fn figures<const N: usize>(chat: &Chat, labels: [&str; N]) -> [String; N] {
    let card = chat.showing(CARD).unwrap().card.clone().unwrap();
    let mut found = Vec::new();
    texts(&card, &mut found);
    labels.map(|label| {
        let at = found.iter().position(|text| text == label);
        let at = at.unwrap_or_else(|| panic!("no {label} in {found:?}"));
        found[at + 1].clone()
    })
}

#[actix_web::test]
async fn an_organizer_hears_how_many_were_told_saw_it_and_cannot_be_reached() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    world.install(BEN).await;
    let cleo = world.install(CLEO).await;
    let known = example("member.upserted", CLEO, 1);
    let answer = world.send(&[known, invitation(CLEO)]).await;
    assert!(answer.result(1).get("warnings").is_none(), "{answer:?}");
    let card = answer.card(1);
    world.at_rest().await;
    let mut going = press(&card, "event.rsvp");
    going.data.insert("rsvp".to_owned(), "going".to_owned());
    assert!(ada.press(going).await.unwrap().taken());
    world.at_rest().await;
    assert_eq!(
        world.seen(CLEO, CARD),
        0,
        "not before the invitation had its time"
    );

    world.clock.advance(TimeDelta::minutes(10));
    let chat = world.sees(CLEO, CARD).await;
    let labels = ["Invited", "Told", "Seen", "Answered", "Not reached"];
    assert_eq!(figures(&chat, labels), ["3", "2", "1", "1", "1"]);
    assert_eq!(count(&chat, "Not everybody can be reached"), 1);

    world.install(DAN).await;
    world.clock.advance(TimeDelta::minutes(10));
    let everybody = cleo
        .wait_for(PATIENCE, |chat| count(chat, "Everybody was told") == 1)
        .await;
    let chat = everybody.unwrap();
    assert_eq!(figures(&chat, labels), ["3", "3", "1", "1", "0"]);
    assert_eq!(count(&chat, CARD), 1, "the card changed in place");
    for invited in [ADA, BEN, DAN] {
        assert_eq!(world.seen(invited, CARD), 0, "{}", invited.name);
    }
    world.at_rest().await;
    world.is_sound().await;
}

#[actix_web::test]
async fn chronus_cannot_send_the_figures_itself() {
    let world = World::start().await;
    let mut event = example("erg_event.invited", ADA, 1);
    event["type"] = "com.chronus.erg_event.figures".into();
    let answer = world.send(&[event]).await;
    assert_eq!(answer.status, 422, "{answer:?}");
    assert_eq!(answer.result(0)["problem"]["pointer"], "/type", "{answer:?}");
}
