//! The examples of `docs/chronus-events.md`, which are those of `schemas/examples`: the intake takes each of them, and a card shows what it says.

use actors::action::ACCEPT_REQUEST;
use events::OrganizationId;
use events::organization::{CardKind, DomainKind};
use serde_json::Value;

use super::samples::{now, opened, plain, request, spec};
use crate::cards::content::Content;
use crate::cards::draw;
use crate::chronus::domain_event::check;

/// The examples whose cards are looked at.
fn examples() -> [Value; 2] {
    [
        include_str!("../../../schemas/examples/mentoring_request.sent.json"),
        include_str!("../../../schemas/examples/announcement.published.json"),
    ]
    .map(|json| serde_json::from_str(json).unwrap())
}

/// The card that an example makes, as text; `None` for one that makes none of its own kind.
fn card(example: &Value) -> Option<String> {
    let event_type = example["type"].as_str().unwrap();
    let content = Content::read(event_type, &example["data"].to_string());
    let card = match DomainKind::of(event_type) {
        DomainKind::Notify(CardKind::MentoringRequest) => request(None),
        DomainKind::Notify(_) => plain(None),
        DomainKind::Revise { .. } | DomainKind::Member(_) => return None,
    };
    Some(draw(&spec(card), &opened(content), now()).0.to_string())
}

#[test]
fn every_example_is_taken() {
    let organization = OrganizationId::parse("acme").unwrap();
    let examples = examples();
    for example in examples {
        let event = serde_json::from_value(example.clone()).unwrap();
        check(&organization, &event).unwrap_or_else(|error| panic!("{}: {error}", example["type"]));
    }
}

#[test]
fn the_cards_show_every_text_of_the_examples() {
    let cards: Vec<String> = examples().iter().filter_map(card).collect();
    let [request, announcement] = cards.as_slice() else {
        panic!("{} cards", cards.len())
    };
    for text in [
        ACCEPT_REQUEST,
        "Priya Nair asks you to be their mentor",
        "Senior Product Designer · Lisbon",
        "I will lead a small team from January",
        "Lead a team · Give feedback to former peers",
        "Spring Mentoring 2027",
        "2 × 45 minutes a month",
        "Fri 4 Dec 2026, 17:00 (Europe/Lisbon)",
        "https://acme.chronus.example/members/m-117",
    ] {
        assert!(request.contains(text), "{text}: {request}");
    }
    for text in [
        "Mentoring circles open for sign-up",
        "Places are limited to 12 a circle.",
        "See the circles (acme.chronus.example)",
        "Spring Mentoring 2027",
    ] {
        assert!(announcement.contains(text), "{text}: {announcement}");
    }
}
