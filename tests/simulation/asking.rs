//! What the service answers when everything is over and Chronus asks: what became of each card, and what it was to hear.

use std::collections::BTreeSet;

use actix_web::http::Method;
use actix_web::http::header::AUTHORIZATION;
use serde_json::Value;

use crate::life::{Door, asked};
use crate::post::KEY;
use crate::teams::World;

/// Looks that no card is left in the middle of its way, and that Chronus heard all answers and no other.
pub(crate) async fn at_the_end(world: &World, door: &Door) {
    every_card_is_settled(world, door).await;
    every_answer_was_heard(world, door).await;
}

async fn ask(door: &Door, path: &str) -> (u16, Value) {
    let request = asked(path).method(Method::GET);
    door(request.insert_header((AUTHORIZATION, format!("Bearer {KEY}")))).await
}

async fn every_card_is_settled(world: &World, door: &Door) {
    for (card, human) in world.with(|truth| truth.cards.clone()) {
        let (status, answer) = ask(door, &format!("/v1/notifications/{card}")).await;
        let state = answer["state"].as_str().unwrap_or_default();
        let fault = world.with(|truth| {
            let who = &truth.humans[human];
            // Whoever is not there, or no longer, is waited for as long as the card lives.
            let is_there = who.employed && who.told && who.installed && !who.blocked;
            let is_waited_for = state == "unresolved" && !is_there;
            (status != 200 || (answer["settled"] != true && !is_waited_for))
                .then(|| format!("card {card} of {} is left as {status} {state}", who.token()))
        });
        if let Some(fault) = fault {
            world.with(|truth| truth.fault(fault));
        }
    }
}

async fn every_answer_was_heard(world: &World, door: &Door) {
    let mut after = "0".to_owned();
    let mut said = BTreeSet::new();
    loop {
        let (status, page) = ask(door, &format!("/v1/responses?after={after}&limit=100")).await;
        if status != 200 {
            world.with(|truth| truth.fault(format!("the feed answers {status}: {page}")));
            return;
        }
        let events = page["events"].as_array().into_iter().flatten();
        said.extend(events.filter_map(|event| Some(event["id"].as_str()?.to_owned())));
        if page["more"] != true {
            break;
        }
        page["next"].as_str().unwrap_or_default().clone_into(&mut after);
    }
    world.with(|truth| {
        let heard: BTreeSet<String> = truth.heard.keys().cloned().collect();
        for id in said.difference(&heard) {
            truth.fault(format!("answer {id} never reached Chronus"));
        }
        for id in heard.difference(&said) {
            truth.fault(format!("Chronus heard answer {id}, and the feed has it not"));
        }
    });
}
