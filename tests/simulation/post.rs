//! Hands over what is due: events as Chronus does, activities as Teams does. An answer passes one more point before it counts
//! as acknowledged: what the process said while it died was not heard.

use std::rc::Rc;

use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE};
use chrono::TimeDelta;
use events::Clock as _;
use serde_json::Value;

use crate::deeds::Stage;
use crate::life::{Door, asked, is_press};
use crate::office::{Call, Effect, Kind, Letter, Office};
use crate::plants::Plant;
use crate::teams::World;
use crate::truth::Pressed;

/// The key of the organization.
pub(crate) const KEY: &str = "ctk_acme_may-do-everything-here";

/// Begins to hand over all that is due and not under way.
pub(crate) fn sends(stage: &Stage, door: &Door) {
    let now = stage.now();
    let (letters, calls) = stage.office.with(|inner| {
        let letters = inner.letters.iter_mut();
        let mut due: Vec<Letter> = Vec::new();
        for letter in letters.filter(|letter| !letter.under_way && letter.due <= now) {
            letter.under_way = true;
            due.push(letter.clone());
        }
        let mut activities: Vec<Call> = Vec::new();
        for call in inner
            .calls
            .iter_mut()
            .filter(|call| !call.under_way && call.due <= now)
        {
            call.under_way = true;
            activities.push(call.clone());
        }
        (due, activities)
    });
    // Up to three events to a request.
    for batch in letters.chunks(3) {
        let (world, office, door) = (stage.world.clone(), stage.office.clone(), Rc::clone(door));
        actix_web::rt::spawn(hand_over(world, office, door, batch.to_vec()));
    }
    for call in calls {
        let (world, office, door) = (stage.world.clone(), stage.office.clone(), Rc::clone(door));
        actix_web::rt::spawn(tell(world, office, door, call));
    }
}

async fn hand_over(world: World, office: Office, door: Door, letters: Vec<Letter>) {
    let mut events: Vec<Value> = letters.iter().map(|letter| letter.event.clone()).collect();
    if world.has(Plant::TimeForgotten) {
        for event in &mut events {
            event["time"] = serde_json::json!(world.clock.now());
        }
    }
    if let (Some(Plant::RecipientsMixed), [one, other, ..]) = (world.plant, &mut events[..]) {
        std::mem::swap(&mut one["data"]["recipients"], &mut other["data"]["recipients"]);
    }
    if world.has(Plant::EventThrownAway) && events.len() > 2 {
        events.truncate(2);
    }
    let request = asked("/v1/events")
        .insert_header((AUTHORIZATION, format!("Bearer {KEY}")))
        .insert_header((CONTENT_TYPE, "application/cloudevents-batch+json"))
        .set_payload(Value::from(events).to_string());
    let (status, answer) = door(request).await;
    let ids: Vec<&str> = letters.iter().map(|letter| letter.id.as_str()).collect();
    world.points.pass(format!("answer {status} to {ids:?}")).await;
    let mut answer = answer;
    if world.has(Plant::EventThrownAway)
        && letters.len() > 2
        && let Some(told) = answer["results"].as_array_mut()
    {
        told.push(serde_json::json!({ "status": "accepted", "position": 1 }));
    }
    if status != 202 {
        later(&world, &office, &letters, status, &answer);
        return;
    }
    for (index, letter) in letters.into_iter().enumerate() {
        let result = &answer["results"][index];
        world.notes(|| {
            format!(
                "Chronus hears: {} {} is {}",
                letter.id, letter.event["type"], result["status"]
            )
        });
        office.with(|inner| {
            let mine = inner
                .letters
                .iter()
                .position(|waiting| waiting.id == letter.id && waiting.under_way);
            mine.map(|at| inner.letters.remove(at))
        });
        acknowledged(&world, letter, result);
    }
}

/// It is sent again.
fn later(world: &World, office: &Office, letters: &[Letter], status: u16, answer: &Value) {
    if status != 503 {
        world.with(|truth| truth.fault(format!("Chronus is answered {status}: {answer}")));
    }
    let due = world.clock.now() + TimeDelta::seconds(1);
    office.with(|inner| {
        for waiting in &mut inner.letters {
            if letters.iter().any(|letter| letter.id == waiting.id) {
                (waiting.under_way, waiting.due) = (false, due);
            }
        }
    });
}

fn acknowledged(world: &World, letter: Letter, result: &Value) {
    let status = result["status"].as_str().unwrap_or_default();
    let position = result["position"].as_u64().unwrap_or_default();
    let cards = tickets(result);
    let card = cards.first().map(|(_, card)| card.clone());
    world.with(|truth| {
        let known = truth.acknowledged.get(&letter.id).copied();
        match (known, status) {
            (Some(known), "duplicate") if known == position => {}
            (None, "accepted" | "duplicate") => {
                truth.acknowledged.insert(letter.id.clone(), position);
            }
            (known, _) => {
                truth.fault(format!(
                    "{} was acknowledged as {known:?} and is now {result}",
                    letter.id
                ));
            }
        }
        if letter.event["type"] == "com.chronus.mentoring_request.sent" {
            truth.requests.extend(card.clone());
        }
        if known.is_some() {
            return;
        }
        match letter.effect {
            Effect::Cards { humans } => {
                let whose = cards
                    .into_iter()
                    .filter_map(|(of, card)| Some((card, *humans.get(of)?)));
                truth.cards.extend(whose);
            }
            Effect::Member { human, mail, at } => {
                let who = &mut truth.humans[human];
                who.told = true;
                if who.told_mail_at.is_none_or(|known| at >= known) {
                    (who.told_mail, who.told_mail_at) = (mail, Some(at));
                }
            }
            Effect::Gone { human } => truth.humans[human].told_gone = true,
            Effect::Meeting {
                human,
                number,
                at,
                revision,
                cancelled,
            } => {
                truth.cards.extend(card.clone().map(|card| (card, human)));
                let meeting = truth.meetings.get_mut(&number).unwrap();
                if meeting.card.is_none() {
                    meeting.card = card;
                }
                if meeting.newest.is_none_or(|(newest, ..)| at > newest) {
                    meeting.newest = Some((at, revision, cancelled));
                }
            }
            Effect::Last { human } => {
                truth.last.insert(human, card.unwrap_or_default());
            }
        }
    });
}

/// The cards that an answer names, each with its recipient's place.
fn tickets(result: &Value) -> Vec<(usize, String)> {
    let tickets = result["notifications"].as_array().map_or(&[][..], Vec::as_slice);
    let ticket = |ticket: &Value| {
        let recipient = usize::try_from(ticket["recipient"].as_u64()?).ok()?;
        Some((recipient, ticket["notification_id"].as_str()?.to_owned()))
    };
    tickets.iter().filter_map(ticket).collect()
}

async fn tell(world: World, office: Office, door: Door, call: Call) {
    let mut activity = call.activity.clone();
    if world.has(Plant::SomebodyElseActs) && is_press(&call.kind) {
        let people = world.with(|truth| truth.humans.len());
        let other = world.with(|truth| truth.humans[(call.human + 1) % people].clone());
        activity["from"]["aadObjectId"] = other.object_id().into();
    }
    if world.has(Plant::OneIdForAll) {
        activity["id"] = "f:one".into();
    }
    let request = asked("/api/messages")
        .insert_header((CONTENT_TYPE, "application/json"))
        .set_payload(activity.to_string());
    let (status, answer) = if world.has(Plant::ActivityThrownAway) && call.human.is_multiple_of(2) {
        (200, Value::Null)
    } else {
        door(request).await
    };
    world.points.pass(format!("answer {status} to {}", call.id)).await;
    world.notes(|| format!("Teams hears: {} {} is {status}", call.id, call.activity["type"]));
    let taken = status == 200;
    if !taken && status != 503 {
        world.with(|truth| truth.fault(format!("Teams is answered {status}: {}", call.activity)));
    }
    let due = world.clock.now() + TimeDelta::seconds(2);
    office.with(|inner| {
        let Some(at) = inner
            .calls
            .iter()
            .position(|waiting| waiting.id == call.id && waiting.under_way)
        else {
            return;
        };
        if taken || is_press(&call.kind) {
            inner.calls.remove(at);
        } else {
            (inner.calls[at].under_way, inner.calls[at].due) = (false, due);
        }
    });
    if taken {
        world.with(|truth| match call.kind {
            Kind::Told => {}
            Kind::Typed => {
                truth.typed.insert(call.id);
            }
            Kind::Press { human, on, shown } => {
                truth.reads(human, &answer);
                // The client shows the answer in the card's place.
                let told = answer["value"].clone();
                if told.is_object() && !told.to_string().contains("request.accept") {
                    truth.pressed.push(Pressed { on });
                }
                let there = truth.humans[human].chat.iter_mut().find(|one| one.id == shown);
                if let Some(there) = there.filter(|_| told.is_object()) {
                    there.activity["attachments"][0]["content"] = told;
                }
            }
        });
    }
}
