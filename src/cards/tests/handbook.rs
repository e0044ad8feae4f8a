//! The examples of `schemas/examples`, which `docs/chronus-events.md` shows: the intake takes each of them, and a card
//! shows what it says.

use std::path::Path;

use actors::card::CardContent;
use events::OrganizationId;
use events::organization::DomainKind;
use serde_json::Value;

use super::samples::{content, now, opened, spec, subject, subject_card};
use crate::cards::draw;
use crate::chronus::domain_event::check;

fn examples() -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/examples");
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|ext| ext == "json"));
    files
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (
                name,
                serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap(),
            )
        })
        .collect()
}

/// The card that an example makes for somebody who holds none, as text.
fn card(example: &Value) -> Option<String> {
    let event_type = example["type"].as_str().unwrap();
    let kind = DomainKind::of(event_type);
    let mut card = subject_card(kind.card()?);
    card.state = kind.state()?;
    let item = subject(content(event_type, example["data"].clone()));
    Some(
        draw(
            &spec(CardContent::Subject(Box::new(card))),
            &opened(vec![item]),
            now(),
        )
        .0
        .to_string(),
    )
}

#[test]
fn every_example_is_taken() {
    let organization = OrganizationId::parse("acme").unwrap();
    let examples = examples();
    assert!(examples.len() > 30, "{}", examples.len());
    for (name, example) in examples {
        let event = serde_json::from_value(example).unwrap();
        check(&organization, event).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn the_cards_show_what_the_examples_say() {
    let shown = |name: &str, texts: &[&str]| {
        let (_, example) = examples().into_iter().find(|(known, _)| known == name).unwrap();
        let card = card(&example).unwrap();
        for text in texts {
            assert!(card.contains(text), "{name}: {text}: {card}");
        }
    };
    shown(
        "mentoring_request.sent",
        &[
            "Priya Nair asks you to be their mentor",
            "Senior Product Designer · Lisbon",
            "I will lead a small team from January",
            "Lead a team · Give feedback to former peers",
            "You both moved from design into leading people",
            "1 of 2 taken",
            "Spring Mentoring 2027",
            "Fri 4 Dec, 17:00",
            "https://acme.chronus.example/members/m-117",
        ],
    );
    shown(
        "mentoring_request.accepted",
        &["Sam Okafor accepted your request", "You are connected now"],
    );
    shown(
        "mentoring_request.declined",
        &[
            "Your request was not accepted",
            "Sam has no free place at the moment",
        ],
    );
    shown(
        "meeting.requested",
        &[
            "Priya Nair would like to meet you",
            "Wed 2 Dec, 15:00 – 15:45 · both free",
        ],
    );
    shown(
        "meeting.moved",
        &[
            "First meeting",
            "A clash with the quarterly review",
            "teams.microsoft.com",
        ],
    );
    shown(
        "erg_event.cancelled",
        &["Both guests are ill", "Evening with our founders, second try"],
    );
    shown(
        "announcement.published",
        &[
            "Marta Lopes · Programme manager",
            "everybody in Spring Mentoring 2027",
            "I have read this",
            "Four circles of chairs",
        ],
    );
    shown(
        "survey.requested",
        &["How useful were your meetings?", "Not at all", "Question 1 of 3"],
    );
    shown("survey.requested.by-link", &["acme.chronus.example/surveys/5"]);
    shown(
        "message.sent",
        &["Priya Nair wrote to you", "Team plan", "How was your first week?"],
    );
    shown(
        "message.not_delivered",
        &["Gladly, at ten?", "Priya has left the programme."],
    );
    shown(
        "recommended_match.suggested",
        &["Noor Haddad could be a good match", "Speaks Arabic and English"],
    );
    shown(
        "connection.started",
        &[
            "You and Priya Nair are connected",
            "mentee",
            "Propose a first meeting.",
        ],
    );
    shown("task.assigned", &["Write down three goals", "Sat 5 Dec, 17:00"]);
    shown("plain", &["A new circle for first-time leads", "See the circle"]);
}

#[test]
fn every_example_without_a_person_change_makes_a_card() {
    for (name, example) in examples() {
        assert_eq!(card(&example).is_none(), name.starts_with("member."), "{name}");
    }
}
