//! Drawing from the log: given a domain event in a store, when its card is drawn, then it shows what the event says,
//! or tells exactly why not.

use std::sync::Arc;

use actors::card::{AnswerView, CardContent, CardSpec, LinkView, ListView, MessageView, SubjectCard};
use actors::ports::{CardRenderer as _, RenderError};
use events::organization::{Actor, CardKind, DomainEventAccepted, Recipients, SubjectState};
use events::sealing::memory::MemoryKeyTable;
use events::store::memory::MemoryStore;
use events::user::Source;
use events::{
    EventId, EventStore, Expected, ManualClock, MemberId, Metadata, NewEvent, OrganizationEvent,
    OrganizationId, PersonId, Position, Sealed, StreamId, StreamWrite, Vault,
};
use serde_json::json;

use super::samples::{linked, now, spec, subject_card};
use crate::cards::renderer::Renderer;

struct Given {
    store: Arc<MemoryStore>,
    vault: Vault,
    renderer: Renderer,
    asker: PersonId,
    organization: OrganizationId,
}

impl Given {
    fn new() -> Self {
        let store = Arc::new(MemoryStore::new());
        let vault = Vault::new(Arc::new(MemoryKeyTable::default()));
        let organization = OrganizationId::parse("acme").unwrap();
        let shared: Arc<dyn EventStore> = Arc::<MemoryStore>::clone(&store);
        Self {
            renderer: Renderer::new(shared, vault.clone(), Arc::new(ManualClock::at(now()))),
            asker: PersonId::member(&organization, &MemberId::parse("p-17").unwrap()),
            store,
            vault,
            organization,
        }
    }

    async fn seal(&self, plain: &str) -> Sealed {
        self.vault.seal(&self.asker, plain).await.unwrap()
    }

    /// Stores a domain event with this data and an actor called Priya.
    async fn domain_event(&self, data: serde_json::Value) -> Source {
        self.numbered("e-1", data).await
    }

    /// Stores another one.
    async fn numbered(&self, id: &str, data: serde_json::Value) -> Source {
        let actor = Actor {
            member_id: None,
            name: Some(self.seal("Priya Nair").await),
        };
        self.stored(id, data, Some(actor)).await
    }

    /// Stores one whose envelope names no actor.
    async fn unsigned(&self, id: &str, data: serde_json::Value) -> Source {
        self.stored(id, data, None).await
    }

    async fn stored(&self, id: &str, data: serde_json::Value, actor: Option<Actor>) -> Source {
        let event = DomainEventAccepted {
            source: "https://acme.chronus.example".into(),
            id: id.into(),
            event_type: "com.chronus.mentoring_request.sent".into(),
            subject: None,
            time: None,
            recipients: Recipients::All,
            actor,
            program: Some("Spring Mentoring".into()),
            class: None,
            expires_at: None,
            facts: None,
            organizers: Vec::new(),
            send_at: None,
            erg: None,
            superseded: false,
            trace: None,
            content: self.seal(&data.to_string()).await,
        };
        let event_id = EventId::derive([id]);
        let metadata = Metadata {
            time: now(),
            correlation_id: event_id.0,
            causation_id: event_id.0,
        };
        let events = vec![NewEvent::encode(
            event_id,
            &OrganizationEvent::from(event),
            metadata,
        )];
        let stream = StreamId::organization(&self.organization);
        let write = StreamWrite {
            stream,
            expected: Expected::Any,
            events,
        };
        let position = self.store.append(vec![write]).await.unwrap()[0].position;
        Source::DomainEvent {
            organization_id: self.organization.clone(),
            event_id,
            position,
        }
    }

    async fn drawn(&self, spec: &CardSpec) -> String {
        self.renderer.render(spec).await.unwrap().0.to_string()
    }
}

fn about(kind: CardKind, source: &Source, state: SubjectState) -> SubjectCard {
    SubjectCard {
        source: source.clone(),
        original: source.clone(),
        state,
        open: !state.is_final(),
        ..subject_card(kind)
    }
}

fn of(card: SubjectCard) -> CardSpec {
    spec(CardContent::Subject(Box::new(card)))
}

fn request_of(source: &Source) -> CardSpec {
    of(about(CardKind::MentoringRequest, source, SubjectState::Open))
}

fn withdrawn_of(source: &Source) -> CardSpec {
    of(about(CardKind::MentoringRequest, source, SubjectState::Withdrawn))
}

#[tokio::test]
async fn a_request_shows_its_domain_event_and_takes_name_and_programme_from_the_envelope() {
    let given = Given::new();
    let source = given
        .domain_event(json!({ "message": "Would you be my mentor?" }))
        .await;

    let drawn = given.drawn(&request_of(&source)).await;

    for expected in [
        "Would you be my mentor?",
        "Priya Nair asks you",
        "Spring Mentoring",
    ] {
        assert!(drawn.contains(expected), "{expected}: {drawn}");
    }
}

#[tokio::test]
async fn the_same_card_is_drawn_the_same_again_from_memory() {
    let given = Given::new();
    let source = given.domain_event(json!({ "title": "News" })).await;
    let card = request_of(&source);
    assert_eq!(given.drawn(&card).await, given.drawn(&card).await);
}

#[tokio::test]
async fn an_erasure_takes_effect_at_once_even_on_a_card_that_was_drawn_before() {
    let given = Given::new();
    let source = given.domain_event(json!({ "message": "secret" })).await;
    given.drawn(&request_of(&source)).await;

    given.vault.destroy(&given.asker).await.unwrap();

    let refused = given.renderer.render(&request_of(&source)).await;
    assert!(matches!(refused, Err(RenderError::ContentErased)), "{refused:?}");
}

#[tokio::test]
async fn a_card_that_ended_is_still_drawn_after_an_erasure_without_the_persons_words() {
    let given = Given::new();
    let source = given
        .domain_event(json!({ "message": "secret", "mentee": { "title": "Designer" } }))
        .await;
    given.vault.destroy(&given.asker).await.unwrap();

    let drawn = given.drawn(&withdrawn_of(&source)).await;

    assert!(
        drawn.contains("Request from Somebody") && drawn.contains("Withdrawn"),
        "{drawn}"
    );
    assert!(!drawn.contains("Priya") && !drawn.contains("Designer"), "{drawn}");
}

#[tokio::test]
async fn a_wrong_position_is_a_failure_and_never_another_events_card() {
    let given = Given::new();
    let source = given.domain_event(json!({ "title": "News" })).await;
    let Source::DomainEvent {
        organization_id,
        event_id,
        ..
    } = source
    else {
        panic!("not a domain event")
    };
    for (event_id, position) in [(event_id, Position(7)), (EventId::derive(["other"]), Position(1))] {
        let source = Source::DomainEvent {
            organization_id: organization_id.clone(),
            event_id,
            position,
        };
        let failed = given.renderer.render(&request_of(&source)).await;
        assert!(matches!(failed, Err(RenderError::Unreadable(_))), "{failed:?}");
    }
    let failed = given.renderer.render(&of(subject_card(CardKind::Plain))).await;
    assert!(matches!(failed, Err(RenderError::Unreadable(_))), "{failed:?}");
}

#[tokio::test]
async fn content_that_another_key_sealed_is_unreadable_and_not_waited_for() {
    let given = Given::new();
    let source = given.domain_event(json!({ "message": "secret" })).await;
    let other = Given::new();
    other.domain_event(json!({ "message": "other" })).await;
    // The same log with another key table.
    let store: Arc<dyn EventStore> = Arc::<MemoryStore>::clone(&given.store);
    let renderer = Renderer::new(store, other.vault.clone(), Arc::new(ManualClock::at(now())));
    let refused = renderer.render(&request_of(&source)).await;
    assert!(matches!(refused, Err(RenderError::Unreadable(_))), "{refused:?}");
}

#[tokio::test]
async fn the_welcome_shows_the_readers_address_until_it_is_erased() {
    let given = Given::new();
    let address = Some(given.seal("sam@acme.example").await);
    let card = spec(CardContent::Welcome {
        link: LinkView { address, ..linked() },
        waiting: std::collections::BTreeMap::new(),
    });
    assert!(given.drawn(&card).await.contains("sam@acme.example"));

    given.vault.destroy(&given.asker).await.unwrap();

    assert!(given.drawn(&card).await.contains("Connected to Chronus"));
}

#[tokio::test]
async fn a_moved_meeting_shows_both_times_and_what_the_newer_event_leaves_out() {
    let given = Given::new();
    let asked = given
        .numbered(
            "e-1",
            json!({ "title": "First meeting", "starts_at": "2026-12-01T10:00:00Z" }),
        )
        .await;
    let moved = given
        .numbered("e-2", json!({ "starts_at": "2026-12-03T11:00:00Z" }))
        .await;
    let card = SubjectCard {
        source: moved,
        previous: Some(asked.clone()),
        ..about(CardKind::Meeting, &asked, SubjectState::Moved)
    };

    let drawn = given.drawn(&of(card)).await;

    for expected in [
        "First meeting",
        "Tue 1 Dec, 10:00",
        "Thu 3 Dec, 11:00",
        "strikethrough",
    ] {
        assert!(drawn.contains(expected), "{expected}: {drawn}");
    }
}

#[tokio::test]
async fn who_and_why_belong_to_one_change_and_the_title_to_the_subject() {
    let given = Given::new();
    let by = |name: &str, data: serde_json::Value| {
        let mut data = data;
        data["actor"] = json!({ "name": name });
        data
    };
    let asked = given
        .unsigned(
            "e-1",
            by(
                "Aurelia",
                json!({ "title": "First meeting", "starts_at": "2026-12-01T10:00:00Z" }),
            ),
        )
        .await;
    let moved = given
        .unsigned(
            "e-2",
            by(
                "Bertram",
                json!({ "starts_at": "2026-12-03T11:00:00Z", "reason": "The offsite.", "location": "Roof" }),
            ),
        )
        .await;
    let cancelled = given.unsigned("e-3", json!({ "title": null })).await;
    for kind in [CardKind::Meeting, CardKind::MeetingNotice] {
        let drawn_as = async |source: &Source, earlier: &[&Source], state: SubjectState| {
            let original = if kind == CardKind::Meeting { &asked } else { source };
            let card = SubjectCard {
                source: source.clone(),
                earlier: earlier.iter().map(|earlier| (*earlier).clone()).collect(),
                ..about(kind, original, state)
            };
            given.drawn(&of(card)).await
        };
        let drawn = drawn_as(&moved, &[&asked], SubjectState::Moved).await;
        for expected in ["First meeting", "Bertram", "The offsite."] {
            assert!(drawn.contains(expected), "{kind:?}: {expected}: {drawn}");
        }
        let drawn = drawn_as(&cancelled, &[&asked, &moved], SubjectState::Cancelled).await;
        assert!(drawn.contains("First meeting"), "{kind:?}: {drawn}");
        for absent in ["Cancelled by", "Bertram", "The offsite.", "Reason"] {
            assert!(!drawn.contains(absent), "{kind:?}: {absent}: {drawn}");
        }
    }
}

#[tokio::test]
async fn later_messages_and_the_persons_own_reply_are_opened() {
    let given = Given::new();
    let first = given.numbered("e-1", json!({ "text": "one" })).await;
    let second = given.numbered("e-2", json!({ "text": "two" })).await;
    let card = SubjectCard {
        more: vec![MessageView {
            original: second.clone(),
            source: second,
            state: SubjectState::Open,
            at: now(),
        }],
        answer: Some(AnswerView::Replied {
            text: given.seal("Gladly").await,
            at: now(),
            failed: false,
            count: 1,
        }),
        ..about(CardKind::Message, &first, SubjectState::Open)
    };

    let drawn = given.drawn(&of(card)).await;

    for expected in ["2 messages", "one", "two", "Gladly"] {
        assert!(drawn.contains(expected), "{expected}: {drawn}");
    }
}

#[tokio::test]
async fn an_answer_to_a_survey_is_there_again_on_the_way_back() {
    let given = Given::new();
    let questions = json!([{ "id": "q1", "kind": "text", "text": "What?" }, { "id": "q2", "kind": "text", "text": "Why?" }]);
    let source = given.domain_event(json!({ "questions": questions })).await;
    let saved = vec![("q1".to_owned(), given.seal("This").await)];
    let card = SubjectCard {
        answer: Some(AnswerView::Survey {
            saved,
            current: 0,
            submitted: false,
        }),
        ..about(CardKind::Survey, &source, SubjectState::Open)
    };

    let drawn = given.drawn(&of(card)).await;

    assert!(
        drawn.contains(r#""value":"This""#) && drawn.contains("What?"),
        "{drawn}"
    );
}

#[tokio::test]
async fn a_list_leaves_out_the_words_of_an_erased_person_but_keeps_its_lines() {
    let given = Given::new();
    let source = given.domain_event(json!({ "message": "secret" })).await;
    let items = vec![about(CardKind::MentoringRequest, &source, SubjectState::Open)];
    let list = ListView {
        kind: CardKind::Pending,
        items,
        from: 0,
        total: 1,
        more: 0,
        missed: 0,
        query: None,
        item: None,
    };
    let list = spec(CardContent::List(list));
    assert!(given.drawn(&list).await.contains("1. Request from Priya Nair"));

    given.vault.destroy(&given.asker).await.unwrap();

    assert!(given.drawn(&list).await.contains("1. Request from Somebody"));
}
