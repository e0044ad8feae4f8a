//! Which of two domain events is the newer one is decided by when they happened: rows do not hang on the order in which
//! they are handed over.

use chrono::{DateTime, TimeDelta, Utc};
use events::organization::{DomainEventAccepted, SubjectState};
use events::{EventId, UserKey};
use projections::notifications::NotificationState::{Merged, Resolved, Withdrawn};
use proptest::prelude::*;

use crate::world::{REMOVED, UPSERTED, World, card, domain_event, event_id, organization, start, user};

const ASKED: &str = "com.chronus.meeting.requested";
const SCHEDULED: &str = "com.chronus.meeting.scheduled";
const MOVED: &str = "com.chronus.meeting.moved";
const CANCELLED: &str = "com.chronus.meeting.cancelled";

fn minutes_ago(minutes: i64) -> DateTime<Utc> {
    start() - TimeDelta::minutes(minutes)
}

fn happened(minutes: i64, event_type: &str, id: &str, recipients: &[&str]) -> DomainEventAccepted {
    DomainEventAccepted {
        time: Some(minutes_ago(minutes)),
        ..domain_event(event_type, id, recipients)
    }
}

async fn to_tell(world: &mut World) -> Vec<(UserKey, EventId)> {
    world.fold().await;
    let changes = world.work().subject_changes(50, |_| true).unwrap();
    changes
        .into_iter()
        .map(|change| (change.user, change.domain_event))
        .collect()
}

#[tokio::test]
async fn what_was_cancelled_already_is_not_sent_to_anybody() {
    for late in [ASKED, SCHEDULED] {
        let mut world = World::linked().await;
        world.joins("ada", "ada@x").await;
        world.chronus_says(happened(10, CANCELLED, "2", &["ada@x"])).await;
        world
            .chronus_says(happened(20, late, "1", &["ada@x", "nobody@x"]))
            .await;
        for recipient in ["ada@x", "nobody@x"] {
            let state = world.state(card("1", recipient)).await;
            assert_eq!(state, (Withdrawn, Some("cancelled".into())), "{late} {recipient}");
        }
    }
}

#[tokio::test]
async fn an_end_that_comes_late_ends_nothing_that_goes_on() {
    let mut world = World::linked().await;
    world.chronus_says(happened(10, SCHEDULED, "2", &["ada@x"])).await;
    world.chronus_says(happened(20, CANCELLED, "1", &["ada@x"])).await;
    world.joins("ada", "ada@x").await;
    assert_eq!(world.state(card("2", "ada@x")).await.0, Resolved);
}

#[tokio::test]
async fn somebody_who_was_never_told_gets_what_is_newer_with_the_card() {
    let mut world = World::linked().await;
    world.joins("ada", "ada@x").await;
    world.joins("bob", "bob@x").await;
    world.chronus_says(happened(10, MOVED, "2", &["ada@x"])).await;
    world.chronus_says(happened(20, SCHEDULED, "1", &["bob@x"])).await;
    world.fold().await;
    let routes = world.work().resolved(10, |_| true).unwrap();
    let bobs = routes.iter().find(|route| route.user == user("bob")).unwrap();
    assert_eq!(
        bobs.changes
            .iter()
            .map(|change| (change.domain_event, change.state, change.happened_at))
            .collect::<Vec<_>>(),
        [(event_id("2"), SubjectState::Moved, Some(minutes_ago(10)))]
    );
}

#[tokio::test]
async fn a_change_that_comes_late_is_told_to_those_who_would_have_heard_of_it_in_time() {
    let mut world = World::linked().await;
    world.joins("ada", "ada@x").await;
    world.joins("bob", "bob@x").await;
    world.joins("cleo", "cleo@x").await;
    world.chronus_says(happened(40, ASKED, "1", &["ada@x"])).await;
    world
        .chronus_says(happened(10, MOVED, "3", &["ada@x", "bob@x", "cleo@x"]))
        .await;
    world.queue_all().await;
    world.chronus_says(happened(20, MOVED, "2", &["cleo@x"])).await;
    let told = to_tell(&mut world).await;
    let late: Vec<UserKey> = told
        .into_iter()
        .filter(|(_, event)| *event == event_id("2"))
        .map(|(user, _)| user)
        .collect();
    assert_eq!(late, [user("ada"), user("cleo")]);
    assert_eq!(
        world.state(card("2", "cleo@x")).await,
        (Merged, Some("same_subject".into()))
    );
}

#[tokio::test]
async fn a_request_that_comes_after_its_answer_is_shown_by_the_card_that_is_there() {
    let mut world = World::linked().await;
    world.joins("ada", "ada@x").await;
    world.chronus_says(happened(10, SCHEDULED, "2", &["ada@x"])).await;
    world.queue_all().await;
    world.chronus_says(happened(20, ASKED, "1", &["ada@x"])).await;
    assert_eq!(
        world.state(card("1", "ada@x")).await,
        (Merged, Some("same_subject".into()))
    );
    assert_eq!(to_tell(&mut world).await, [(user("ada"), event_id("1"))]);
}

fn member_event() -> impl Strategy<Value = (&'static str, &'static str)> {
    proptest::sample::select(vec![
        (UPSERTED, "m-1 a@x"),
        (UPSERTED, "m-1 b@x"),
        (UPSERTED, "m-1"),
        (REMOVED, "m-1"),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn what_is_known_of_a_member_does_not_hang_on_the_order_of_its_events(
        (told, order) in proptest::collection::vec(member_event(), 1..6).prop_flat_map(|told| {
            let order: Vec<usize> = (0..told.len()).collect();
            (Just(told), Just(order).prop_shuffle())
        })
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let known = |order: Vec<usize>| runtime.block_on(async {
            let mut world = World::linked().await;
            for index in order {
                let minutes = 60 - i64::try_from(index).unwrap();
                let (event_type, recipient) = told[index];
                world.chronus_says(happened(minutes, event_type, &index.to_string(), &[recipient])).await;
            }
            world.fold().await;
            world.models().member(organization(), "m-1".parse().unwrap()).await.unwrap().map(|member| (member.lookup, member.removed))
        });
        prop_assert_eq!(known((0..told.len()).collect()), known(order));
    }
}

#[tokio::test]
async fn the_newest_time_of_each_thing_is_known_to_its_own_organization() {
    let mut world = World::linked().await;
    world.chronus_says(happened(20, SCHEDULED, "1", &["ada@x"])).await;
    world.chronus_says(happened(10, MOVED, "2", &["ada@x"])).await;
    world.chronus_says(happened(30, MOVED, "3", &["ada@x"])).await;
    world.fold().await;
    let keys = happened(10, MOVED, "2", &["ada@x"]).order_keys();
    let models = world.models();
    let newest = |organization| models.newest_times(organization, keys.clone());
    let told = newest(organization()).await.unwrap();
    assert!(!keys.is_empty());
    for key in &keys {
        assert_eq!(told.get(key), Some(&minutes_ago(10)), "{key:?}");
    }
    let other = events::OrganizationId::parse("other").unwrap();
    assert!(newest(other).await.unwrap().is_empty());
}
