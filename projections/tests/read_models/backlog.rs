//! How much waits, and since when.

use chrono::Duration;
use events::organization::Class;
use events::user::{MemberRole, ProfileRequested};
use projections::backlog::Backlog;

use crate::responses::accepted;
use crate::world::{
    REQUEST, World, attempted, card, chat_card, delivered, domain_event, installed, organization, profile,
};

async fn backlog(world: &mut World) -> Backlog {
    world.fold().await;
    world.models().backlog().await.unwrap()
}

fn counts(backlog: &Backlog) -> Vec<(Option<Class>, u64)> {
    backlog
        .outbox
        .iter()
        .map(|waiting| (waiting.class, waiting.count))
        .collect()
}

#[tokio::test]
async fn cards_are_counted_by_class_and_their_age_is_that_of_the_oldest() {
    let mut world = World::linked().await;
    let first_at = world.now;
    for (person, name, class) in [
        ("ada", "first", Class::Broadcast),
        ("ada", "second", Class::Broadcast),
        ("bob", "third", Class::Direct),
    ] {
        let queued = chat_card(name, class, world.now);
        world.user_does(person, queued).await;
        world.now += Duration::minutes(1);
    }

    let waiting = backlog(&mut world).await;

    assert_eq!(
        counts(&waiting),
        [(Some(Class::Direct), 1), (Some(Class::Broadcast), 2)]
    );
    assert_eq!(waiting.outbox[1].oldest, waiting.oldest_unsettled());
    let oldest = waiting.oldest_unsettled().unwrap();
    assert!(
        oldest >= first_at && oldest < first_at + Duration::minutes(1),
        "{oldest}"
    );
}

#[tokio::test]
async fn what_was_delivered_waits_no_more() {
    let mut world = World::linked().await;
    let queued = chat_card("one", Class::Direct, world.now);
    let id = queued.notification_id;
    world.user_does("ada", queued).await;
    world.user_does("ada", attempted(id, 1)).await;
    world.user_does("ada", delivered(id)).await;
    let waiting = backlog(&mut world).await;
    assert_eq!(counts(&waiting), [(Some(Class::Direct), 0)]);
    assert_eq!(waiting.oldest_unsettled(), None);
}

#[tokio::test]
async fn a_question_who_somebody_is_waits_apart() {
    let mut world = World::linked().await;
    world.user_does("ada", ProfileRequested::default()).await;
    let waiting = backlog(&mut world).await;
    assert_eq!(counts(&waiting), [(None, 1)]);
    assert!(waiting.oldest_unsettled().is_some());
}

#[tokio::test]
async fn who_waits_for_a_person_to_appear_is_told_apart_from_work_of_our_own() {
    let mut world = World::linked().await;
    world.chronus_says(domain_event(REQUEST, "1", &["ada@x"])).await;
    let waiting = backlog(&mut world).await;
    assert_eq!(waiting.unresolved, [(organization(), 1)]);
    assert!(waiting.oldest_unresolved.is_some());
    assert_eq!(waiting.oldest_unsettled(), None);

    world.user_does("ada", installed()).await;
    world
        .user_does("ada", profile(Some("ada@x"), None, MemberRole::User))
        .await;
    let waiting = backlog(&mut world).await;
    assert_eq!(waiting.unresolved, [(organization(), 0)]);
    assert!(waiting.oldest_resolved.is_some());
    assert_eq!(waiting.oldest_unsettled(), waiting.oldest_resolved);
}

#[tokio::test]
async fn answers_that_chronus_has_not_taken_are_counted() {
    let mut world = World::linked().await;
    let at = world.user_does("ada", accepted(card("1", "ada@x"))).await;
    let waiting = backlog(&mut world).await;
    assert_eq!(waiting.responses, [(organization(), 1)]);
    let answered = world.models().answered(vec![at]).await.unwrap();
    assert_eq!(waiting.oldest_response, answered.get(&at).copied());
}

#[tokio::test]
async fn what_should_have_left_is_overdue_from_that_moment_on() {
    let mut world = World::linked().await;
    let queued = chat_card("one", Class::Direct, world.now);
    world.user_does("ada", queued).await;
    let waiting = backlog(&mut world).await;
    let since = waiting.oldest_unsettled().unwrap();
    assert_eq!(waiting.overdue_since(since - Duration::milliseconds(1)), None);
    assert_eq!(waiting.overdue_since(since), Some(since));
    assert_eq!(waiting.overdue_since(since + Duration::hours(1)), Some(since));
}

#[tokio::test]
async fn how_long_a_card_took_is_known_by_its_id_and_of_no_other() {
    let mut world = World::linked().await;
    let queued = chat_card("one", Class::Broadcast, world.now);
    let (id, unknown) = (queued.notification_id, card("9", "nobody@x"));
    world.user_does("ada", queued).await;
    let waiting = backlog(&mut world).await;
    let times = world.models().times(vec![id, unknown]).await.unwrap();
    assert_eq!(times.len(), 1);
    assert_eq!(times[&id].class, Class::Broadcast);
    assert_eq!(Some(times[&id].created), waiting.oldest_unsettled());
    assert!(!times[&id].from_chronus);
}
