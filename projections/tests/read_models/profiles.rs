//! What the directory told ages. Whom to ask again follows from the times of events alone, so a restart asks nobody
//! whom the last process asked.

use std::collections::HashSet;

use chrono::{DateTime, Duration, Utc};
use events::user::{
    AppUninstalled, MemberRole, ProfileCause, ProfileConfirmed, ProfileRequested, ProfileUnavailable,
    Reachability, ReachabilityChanged, UninstallEvidence, UserErased,
};
use projections::outbox::Work;
use projections::{Options, Projector};

use super::world::*;

/// Who is to be read again by age, where a profile may be a day old.
async fn aged(world: &mut World, now: DateTime<Utc>) -> Vec<String> {
    world.fold().await;
    let models = world.models();
    let since = now - Duration::days(1);
    let users = models.aged_profiles(tenant(), since, HashSet::new(), 10).await;
    let mut names: Vec<String> = users
        .unwrap()
        .into_iter()
        .map(|user| user.aad_object_id.as_str().to_owned())
        .collect();
    names.sort();
    names
}

async fn look_ups(world: &mut World, now: DateTime<Utc>) -> usize {
    world.fold().await;
    let due = world.work().due(&tenant(), now, &HashSet::new(), 10).unwrap();
    due.iter().filter(|task| task.work == Work::Profile).count()
}

async fn reachable(world: &mut World, name: &str, address: Option<&str>) {
    world.user_does(name, installed()).await;
    let event = ReachabilityChanged {
        state: Reachability::Reachable,
        evidence: "installation".into(),
    };
    world.user_does(name, event).await;
    world.user_does(name, ProfileRequested::default()).await;
    world
        .user_does(name, profile(address, None, MemberRole::User))
        .await;
}

fn refused(status: u16, retry_at: Option<DateTime<Utc>>) -> ProfileUnavailable {
    ProfileUnavailable {
        status: Some(status),
        code: "refused".into(),
        retry_at,
    }
}

#[tokio::test]
async fn everybody_is_read_again_when_a_day_is_over_the_longest_unread_first() {
    let mut world = World::linked().await;
    reachable(&mut world, "ada", Some("ada@x")).await;
    world.now += Duration::hours(3);
    reachable(&mut world, "bob", Some("bob@x")).await;
    let (start, day) = (world.now, Duration::days(1));
    assert_eq!(aged(&mut world, start + Duration::hours(20)).await, [""; 0]);
    assert_eq!(aged(&mut world, start + Duration::hours(22)).await, ["ada"]);
    assert_eq!(aged(&mut world, start + day).await, ["ada", "bob"]);
    let oldest = world.models().oldest_profiles().await.unwrap();
    assert_eq!(oldest.len(), 1);
    assert!(oldest[0].1 < start);

    world.now = start + day;
    world.user_does("ada", ProfileConfirmed {}).await;
    assert_eq!(aged(&mut world, start + day).await, ["bob"]);
    let anew = tempfile::tempdir().unwrap();
    let mut projector = Projector::open(anew.path().join("anew.db"), Options::default()).unwrap();
    projector.catch_up(world.store.as_ref()).await.unwrap();
    let models = projector.read_models();
    let users = models
        .aged_profiles(tenant(), start, HashSet::new(), 10)
        .await
        .unwrap();
    assert_eq!(users, [user("bob")], "a new process knows the same");
}

#[tokio::test]
async fn nobody_is_read_for_their_age_who_cannot_be_reached_or_was_erased() {
    let mut world = World::linked().await;
    for name in ["ada", "bob", "cleo", "dan"] {
        reachable(&mut world, name, Some(&format!("{name}@x"))).await;
    }
    let gone = AppUninstalled {
        evidence: UninstallEvidence::InstallationUpdate,
    };
    world.user_does("ada", gone).await;
    let blocked = ReachabilityChanged {
        state: Reachability::Blocked,
        evidence: "ConversationBlockedByUser".into(),
    };
    world.user_does("bob", blocked).await;
    world.user_does("cleo", UserErased { by: "cli".into() }).await;
    let later = world.now + Duration::days(2);
    assert_eq!(aged(&mut world, later).await, ["dan"]);
}

#[tokio::test]
async fn what_was_refused_for_good_is_asked_again_a_day_later_also_where_an_early_release_gave_up() {
    let mut world = World::linked().await;
    reachable(&mut world, "ada", Some("ada@x")).await;
    reachable(&mut world, "bob", Some("bob@x")).await;
    let day = Duration::days(1);
    world.now += day;
    let retry_at = world.now + day;
    world.user_does("ada", refused(403, Some(retry_at))).await;
    world.user_does("bob", refused(404, None)).await;
    let now = world.now;
    assert_eq!(aged(&mut world, now + Duration::hours(23)).await, [""; 0]);
    assert_eq!(aged(&mut world, now + day).await, ["ada", "bob"]);
    assert_eq!(look_ups(&mut world, now + day).await, 0);
}

#[tokio::test]
async fn a_profile_without_an_address_is_read_again_soon_and_then_as_often_as_any() {
    let mut world = World::linked().await;
    reachable(&mut world, "ada", None).await;
    for minutes in [1, 10, 60, 180, 540] {
        let due = world.now + Duration::minutes(minutes);
        assert_eq!(
            look_ups(&mut world, due - Duration::seconds(1)).await,
            0,
            "{minutes}"
        );
        assert_eq!(look_ups(&mut world, due).await, 1, "{minutes}");
        world.now = due;
        world.user_does("ada", ProfileConfirmed {}).await;
    }
    let now = world.now;
    assert_eq!(look_ups(&mut world, now + Duration::days(9)).await, 0);
    assert_eq!(aged(&mut world, now + Duration::days(1)).await, ["ada"]);
    world
        .user_does("ada", profile(Some("ada@x"), None, MemberRole::User))
        .await;
    world
        .user_does("ada", profile(None, None, MemberRole::User))
        .await;
    let soon = world.now + Duration::minutes(1);
    assert_eq!(look_ups(&mut world, soon).await, 1, "it begins anew");
}

fn gone() -> ProfileUnavailable {
    refused(404, None)
}

#[tokio::test]
async fn somebody_else_who_shows_an_address_has_the_first_one_looked_up_before_anything_is_sent_to_them() {
    let mut world = World::linked().await;
    reachable(&mut world, "ada", Some("x@x")).await;
    reachable(&mut world, "bob", Some("x@x")).await;
    let now = world.now;
    assert_eq!(look_ups(&mut world, now).await, 1, "ada, who had it first");
    world.chronus_says(domain_event(REQUEST, "1", &["x@x"])).await;
    let (state, reason) = world.state(card("1", "x@x")).await;
    assert_eq!(
        (state.as_str(), reason.as_deref()),
        ("unresolved", Some("conflict"))
    );

    // The newest answer wins; here it is that ada has another address now.
    world
        .user_does("ada", profile(Some("ada@x"), None, MemberRole::User))
        .await;
    let found = world.notification(card("1", "x@x")).await;
    assert_eq!(
        (found.state.as_str(), found.user),
        ("resolved", Some(user("bob")))
    );
    let now = world.now;
    assert_eq!(look_ups(&mut world, now).await, 0, "and that settles it");
}

#[tokio::test]
async fn two_accounts_that_do_have_one_address_stay_in_conflict_and_are_not_looked_up_for_ever() {
    let mut world = World::linked().await;
    reachable(&mut world, "ada", Some("x@x")).await;
    reachable(&mut world, "bob", Some("x@x")).await;
    world.user_does("ada", ProfileConfirmed {}).await;
    let now = world.now;
    assert_eq!(look_ups(&mut world, now).await, 0);
    world.chronus_says(domain_event(REQUEST, "1", &["x@x"])).await;
    let (_, reason) = world.state(card("1", "x@x")).await;
    assert_eq!(reason.as_deref(), Some("conflict"));
}

#[tokio::test]
async fn whoever_left_gives_the_address_up_and_gets_it_back_by_a_newer_answer_alone() {
    let mut world = World::linked().await;
    reachable(&mut world, "ada", Some("x@x")).await;
    world.user_does("ada", gone()).await;
    world.chronus_says(domain_event(REQUEST, "1", &["x@x"])).await;
    let found = world.notification(card("1", "x@x")).await;
    assert_eq!(found.user, Some(user("ada")), "nobody else shows it");

    reachable(&mut world, "bob", Some("x@x")).await;
    world.chronus_says(domain_event(WITHDRAWN, "w", &["x@x"])).await;
    world.chronus_says(to_bob()).await;
    let found = world.notification(card("2", "x@x")).await;
    assert_eq!(found.user, Some(user("bob")));

    world.user_does("ada", ProfileConfirmed {}).await;
    let now = world.now;
    assert_eq!(
        look_ups(&mut world, now).await,
        1,
        "now bob's answer is the older one"
    );
}

fn to_bob() -> events::organization::DomainEventAccepted {
    events::organization::DomainEventAccepted {
        subject: None,
        ..domain_event("com.chronus.something_new.happened", "2", &["x@x"])
    }
}

#[tokio::test]
async fn two_people_who_swap_addresses_are_both_read_and_then_found_by_their_new_ones() {
    let mut world = World::linked().await;
    reachable(&mut world, "ada", Some("a@x")).await;
    reachable(&mut world, "bob", Some("b@x")).await;
    world
        .user_does("ada", profile(Some("b@x"), None, MemberRole::User))
        .await;
    let now = world.now;
    assert_eq!(look_ups(&mut world, now).await, 1);
    world
        .user_does("bob", profile(Some("a@x"), None, MemberRole::User))
        .await;
    let now = world.now;
    assert_eq!(look_ups(&mut world, now).await, 0);
    for (address, name) in [("a@x", "bob"), ("b@x", "ada")] {
        let event = events::organization::DomainEventAccepted {
            subject: None,
            ..domain_event("com.chronus.something_new.happened", address, &[address])
        };
        world.chronus_says(event).await;
        let found = world.notification(card(address, address)).await;
        assert_eq!(found.user, Some(user(name)));
    }
}

#[tokio::test]
async fn a_linked_member_whom_chronus_gives_another_address_is_looked_up() {
    let mut world = World::linked().await;
    reachable(&mut world, "ada", Some("ada@x")).await;
    let linked = events::user::MemberLinked {
        organization_id: organization(),
        member_id: Some("m1".parse().unwrap()),
        matched_by: events::user::MatchedBy::Email,
    };
    world.user_does("ada", linked).await;
    world
        .chronus_says(domain_event(UPSERTED, "1", &["m1 ada@x"]))
        .await;
    let now = world.now;
    assert_eq!(look_ups(&mut world, now).await, 0, "the directory told just that");
    world
        .chronus_says(domain_event(UPSERTED, "2", &["m1 ada@new"]))
        .await;
    let now = world.now;
    assert_eq!(look_ups(&mut world, now).await, 1);
}

/// Whom the router has looked up, and why.
async fn listed(world: &mut World) -> Vec<(String, ProfileCause)> {
    world.fold().await;
    let listed = world.work().look_ups(10, |_| true).unwrap();
    listed
        .into_iter()
        .map(|look_up| (look_up.user.aad_object_id.to_string(), look_up.because))
        .collect()
}

fn because(because: ProfileCause) -> ProfileRequested {
    ProfileRequested {
        because: Some(because),
    }
}

#[tokio::test]
async fn the_actor_of_whoever_had_an_address_first_is_told_that_it_is_shared_whatever_else_it_asks() {
    let mut world = World::linked().await;
    reachable(&mut world, "ada", Some("x@x")).await;
    reachable(&mut world, "bob", Some("x@x")).await;
    let ada = [("ada".to_owned(), ProfileCause::AddressShared)];
    assert_eq!(listed(&mut world).await, ada);
    world.user_does("ada", because(ProfileCause::Activity)).await;
    world.user_does("ada", refused(503, None)).await;
    assert_eq!(listed(&mut world).await, ada, "it does not know that yet");
    world.user_does("ada", because(ProfileCause::AddressShared)).await;
    assert!(listed(&mut world).await.is_empty());
    let now = world.now;
    assert_eq!(look_ups(&mut world, now).await, 1);
    world.user_does("ada", ProfileConfirmed {}).await;
    let now = world.now;
    assert_eq!(look_ups(&mut world, now).await, 0);
}

#[tokio::test]
async fn a_look_up_that_was_put_off_is_due_once_the_person_asks() {
    let mut world = World::linked().await;
    reachable(&mut world, "ada", Some("x@x")).await;
    reachable(&mut world, "bob", Some("x@x")).await;
    world.user_does("ada", because(ProfileCause::AddressShared)).await;
    world.user_does("ada", ProfileConfirmed {}).await;
    reachable(&mut world, "cleo", Some("x@x")).await;
    world.user_does("ada", because(ProfileCause::AddressShared)).await;
    assert!(!is_due(&mut world, "ada").await, "she was asked for a moment ago");
    world.user_does("ada", because(ProfileCause::Command)).await;
    assert!(is_due(&mut world, "ada").await);
}

/// Whether the directory is to be asked now who this person is.
async fn is_due(world: &mut World, name: &str) -> bool {
    world.fold().await;
    let due = world
        .work()
        .due(&tenant(), world.now, &HashSet::new(), 10)
        .unwrap();
    let mut due = due.iter().filter(|task| task.work == Work::Profile);
    due.any(|task| task.user.aad_object_id.as_str() == name)
}

#[tokio::test]
async fn an_answer_settles_that_an_address_is_shared_before_the_actor_was_told() {
    for answer in [events::UserEvent::from(ProfileConfirmed {}), gone().into()] {
        let mut world = World::linked().await;
        reachable(&mut world, "ada", Some("x@x")).await;
        reachable(&mut world, "bob", Some("x@x")).await;
        world.user_does("ada", answer).await;
        assert!(listed(&mut world).await.is_empty());
    }
}

fn says(id: usize, recipient: &str) -> events::organization::DomainEventAccepted {
    events::organization::DomainEventAccepted {
        subject: None,
        ..domain_event(
            "com.chronus.something_new.happened",
            &id.to_string(),
            &[recipient],
        )
    }
}

async fn is_linked(world: &mut World, name: &str, member: &str) {
    let linked = events::user::MemberLinked {
        organization_id: organization(),
        member_id: Some(member.parse().unwrap()),
        matched_by: events::user::MatchedBy::Email,
    };
    world.user_does(name, linked).await;
}

#[tokio::test]
async fn a_storm_of_events_about_an_address_that_differs_is_no_storm_of_look_ups() {
    let mut world = World::linked().await;
    reachable(&mut world, "ada", Some("ada@x")).await;
    is_linked(&mut world, "ada", "m1").await;
    let (start, mut made) = (world.now, 0);
    for id in 0..100 {
        world.chronus_says(says(id, "m1 ada@new")).await;
        let now = world.now;
        if look_ups(&mut world, now).await > 0 {
            made += 1;
            let retry_at = Some(now + Duration::minutes(30));
            world.user_does("ada", refused(503, retry_at)).await;
        }
    }
    let minutes = (world.now - start).num_minutes();
    assert!((1..=minutes + 1).contains(&made), "{made} in {minutes} minutes");
    world.now += Duration::minutes(2);
    world.chronus_says(says(100, "m1 ada@new")).await;
    let now = world.now;
    assert_eq!(look_ups(&mut world, now).await, 1);
}

#[tokio::test]
async fn whoever_was_linked_to_a_member_is_read_again_where_its_address_leads_to_nobody() {
    let mut world = World::linked().await;
    reachable(&mut world, "ada", Some("ada@x")).await;
    is_linked(&mut world, "ada", "m1").await;
    world
        .chronus_says(domain_event(UPSERTED, "1", &["m1 ada@new"]))
        .await;
    world.user_does("ada", ProfileConfirmed {}).await;
    let unlinked = events::user::MemberUnlinked {
        organization_id: organization(),
        member_id: Some("m1".parse().unwrap()),
        reason: Some(events::user::UnlinkReason::AddressChanged),
    };
    world.user_does("ada", unlinked).await;
    world.now += Duration::minutes(5);
    let now = world.now;
    assert_eq!(look_ups(&mut world, now).await, 0);

    world.chronus_says(says(2, "m1")).await;
    let now = world.now;
    assert_eq!(look_ups(&mut world, now).await, 1);
    world
        .user_does("ada", profile(Some("ada@new"), None, MemberRole::User))
        .await;
    let found = world.notification(card("2", "m1")).await;
    assert_eq!(found.user, Some(user("ada")));

    world.now += Duration::minutes(5);
    world.chronus_says(says(3, "m1")).await;
    let now = world.now;
    assert_eq!(look_ups(&mut world, now).await, 0, "the address leads to ada");
}
