//! Subjects that end.

use events::organization::{CardKind, DomainEventAccepted, SubjectFacts, SubjectState};
use events::user::{Source, SubjectChanged};
use events::work::SubjectRoute;
use projections::notifications::NotificationState::{Merged, Queued, Unresolved, Withdrawn};
use serde_json::json;

use crate::world::{
    ACCEPTED, REQUEST, SUBJECT, WITHDRAWN, World, card, domain_event, event_id, organization, subject, user,
};

async fn to_tell(world: &mut World) -> Vec<SubjectRoute> {
    world.fold().await;
    world.work().subject_changes(10, |_| true).unwrap()
}

fn told(id: &str) -> SubjectChanged {
    SubjectChanged {
        subject: subject(SUBJECT),
        state: SubjectState::Withdrawn,
        domain_event: event_id(id),
        source: None,
        facts: None,
        card: None,
        happened_at: None,
    }
}

#[tokio::test]
async fn every_holder_of_a_card_is_to_be_told_until_the_stream_says_so() {
    let mut world = World::linked().await;
    world.joins("ada", "ada@x").await;
    world.joins("bob", "bob@x").await;
    world
        .chronus_says(domain_event(REQUEST, "1", &["ada@x", "bob@x"]))
        .await;
    world.queue_all().await;
    world.chronus_says(domain_event(WITHDRAWN, "2", &[])).await;
    let changes = to_tell(&mut world).await;
    assert_eq!(
        changes
            .iter()
            .map(|change| change.user.clone())
            .collect::<Vec<_>>(),
        [user("ada"), user("bob")]
    );
    assert_eq!(
        (changes[0].state, changes[0].domain_event),
        (SubjectState::Withdrawn, event_id("2"))
    );

    world.user_does("ada", told("2")).await;

    let left: Vec<_> = to_tell(&mut world)
        .await
        .into_iter()
        .map(|change| change.user)
        .collect();
    assert_eq!(left, [user("bob")]);
}

#[tokio::test]
async fn a_recipient_nobody_found_is_withdrawn_with_the_subject() {
    let mut world = World::linked().await;
    world.chronus_says(domain_event(REQUEST, "1", &["ada@x"])).await;
    world.chronus_says(domain_event(WITHDRAWN, "2", &["ada@x"])).await;
    assert_eq!(
        world.state(card("1", "ada@x")).await,
        (Withdrawn, Some("withdrawn".into()))
    );
    // Nothing was seen, so nothing is taken back; Chronus learns that of the id it was given.
    assert_eq!(
        world.state(card("2", "ada@x")).await,
        (Withdrawn, Some("withdrawn".into()))
    );
    world.joins("ada", "ada@x").await;
    assert_eq!(world.state(card("1", "ada@x")).await.0, Withdrawn);
    assert!(to_tell(&mut world).await.is_empty());
}

#[tokio::test]
async fn a_holder_gets_no_second_card_and_everybody_else_does() {
    let mut world = World::linked().await;
    for name in ["ada", "bob"] {
        world.joins(name, &format!("{name}@x")).await;
    }
    world.chronus_says(domain_event(REQUEST, "1", &["ada@x"])).await;
    world.queue_all().await;
    world
        .chronus_says(domain_event(ACCEPTED, "2", &["ada@x", "bob@x", "eve@x"]))
        .await;
    world.queue_all().await;
    assert_eq!(
        world.state(card("2", "ada@x")).await,
        (Merged, Some("same_subject".into()))
    );
    let history = world.models().history(card("2", "ada@x")).await.unwrap();
    assert_eq!(history[0].detail["into"], json!(card("1", "ada@x")));
    assert_eq!(world.state(card("2", "bob@x")).await, (Queued, None));
    assert_eq!(world.state(card("2", "eve@x")).await.0, Unresolved);
    let told: Vec<_> = to_tell(&mut world)
        .await
        .into_iter()
        .map(|change| change.user)
        .collect();
    assert_eq!(
        told,
        [user("ada")],
        "the card that tells the end is not ended by it"
    );
}

#[tokio::test]
async fn a_card_queued_after_its_subject_ended_is_told_of() {
    let mut world = World::linked().await;
    world.joins("ada", "ada@x").await;
    world.chronus_says(domain_event(WITHDRAWN, "2", &[])).await;
    world.chronus_says(domain_event(REQUEST, "1", &["ada@x"])).await;
    assert!(to_tell(&mut world).await.is_empty());
    world.queue_all().await;
    let changes = to_tell(&mut world).await;
    assert_eq!((changes.len(), changes[0].domain_event), (1, event_id("2")));
    world.user_does("ada", told("2")).await;
    assert!(to_tell(&mut world).await.is_empty());
}

#[tokio::test]
async fn a_user_told_once_is_not_told_of_the_same_event_again() {
    let mut world = World::linked().await;
    world.joins("ada", "ada@x").await;
    world.chronus_says(domain_event(REQUEST, "1", &["ada@x"])).await;
    world.queue_all().await;
    world.chronus_says(domain_event(WITHDRAWN, "2", &[])).await;
    world.user_does("ada", told("2")).await;
    world.chronus_says(domain_event(REQUEST, "3", &["ada@x"])).await;
    world.queue_all().await;
    assert!(to_tell(&mut world).await.is_empty());
}

const MOVED: &str = "com.chronus.meeting.moved";
const ASKED: &str = "com.chronus.meeting.requested";
const CANCELLED: &str = "com.chronus.meeting.cancelled";

#[tokio::test]
async fn a_holder_is_told_where_the_newest_content_stands_and_what_rules_go_by() {
    let mut world = World::linked().await;
    world.joins("ada", "ada@x").await;
    world.chronus_says(domain_event(ASKED, "1", &["ada@x"])).await;
    world.queue_all().await;
    let facts = SubjectFacts {
        starts_at: Some(world.now),
        ..SubjectFacts::default()
    };
    let moved = DomainEventAccepted {
        facts: Some(facts.clone()),
        ..domain_event(MOVED, "2", &["ada@x"])
    };
    let at = world.chronus_says(moved).await;
    let changes = to_tell(&mut world).await;
    let change = &changes[0];
    assert_eq!(
        (change.state, change.card),
        (SubjectState::Moved, Some(CardKind::Meeting))
    );
    let source = Source::DomainEvent {
        organization_id: organization(),
        event_id: event_id("2"),
        position: at,
    };
    assert_eq!(change.source, Some(source));
    assert_eq!(change.facts.as_ref(), Some(&facts));
    assert_eq!(
        world.state(card("2", "ada@x")).await,
        (Merged, Some("same_subject".into()))
    );
}

const REMINDER: &str = "com.chronus.mentoring_request.reminder";

#[tokio::test]
async fn everybody_who_holds_a_card_is_told_and_those_listed_are_addressed() {
    for (listed, addressed) in [
        (&["bob@x"][..], [false, true]),
        // A member without an address, and nobody in particular.
        (&["m-ada"][..], [true, false]),
        (&[][..], [true, true]),
    ] {
        let mut world = World::linked().await;
        world.joins("ada", "ada@x").await;
        world.joins("bob", "bob@x").await;
        world
            .chronus_says(domain_event(REQUEST, "1", &["m-ada ada@x", "bob@x"]))
            .await;
        world.queue_all().await;
        world.chronus_says(domain_event(REMINDER, "2", listed)).await;
        let told: Vec<_> = to_tell(&mut world)
            .await
            .into_iter()
            .map(|change| (change.user, change.addressed))
            .collect();
        assert_eq!(
            told,
            [(user("ada"), addressed[0]), (user("bob"), addressed[1])],
            "{listed:?}"
        );
    }
}

#[tokio::test]
async fn somebody_who_holds_nothing_gets_the_whole_of_it_with_its_facts() {
    let mut world = World::linked().await;
    world.joins("ada", "ada@x").await;
    let facts = SubjectFacts {
        acknowledge: true,
        ..SubjectFacts::default()
    };
    let moved = DomainEventAccepted {
        facts: Some(facts.clone()),
        ..domain_event(MOVED, "2", &["ada@x"])
    };
    world.chronus_says(moved).await;
    world.fold().await;
    let routes = world.work().resolved(10, |_| true).unwrap();
    assert_eq!(
        (routes[0].card, routes[0].state, routes[0].facts.as_ref()),
        (CardKind::Meeting, Some(SubjectState::Moved), Some(&facts))
    );
}

#[tokio::test]
async fn what_ends_a_thing_is_no_news_to_somebody_who_never_heard_of_it() {
    let mut world = World::linked().await;
    world.joins("ada", "ada@x").await;
    world.chronus_says(domain_event(CANCELLED, "2", &["ada@x"])).await;
    world.fold().await;
    assert!(world.work().resolved(10, |_| true).unwrap().is_empty());
}

#[tokio::test]
async fn a_recipient_who_waits_gets_one_card_and_every_change_that_came_after_it() {
    let mut world = World::linked().await;
    world.chronus_says(domain_event(ASKED, "1", &["ada@x"])).await;
    world.chronus_says(domain_event(MOVED, "2", &["ada@x"])).await;
    world.chronus_says(domain_event(MOVED, "3", &["ada@x"])).await;
    world.joins("ada", "ada@x").await;
    world.queue_all().await;
    let told: Vec<_> = to_tell(&mut world)
        .await
        .into_iter()
        .map(|change| change.domain_event)
        .collect();
    assert_eq!(told, [event_id("2"), event_id("3")]);
    assert!(world.work().resolved(10, |_| true).unwrap().is_empty());
}

#[tokio::test]
async fn a_change_before_a_card_was_made_is_not_told_after_it() {
    let mut world = World::linked().await;
    world.joins("ada", "ada@x").await;
    world.chronus_says(domain_event(MOVED, "2", &[])).await;
    world.chronus_says(domain_event(ASKED, "1", &["ada@x"])).await;
    world.queue_all().await;
    assert!(to_tell(&mut world).await.is_empty());
}
