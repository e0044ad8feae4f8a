//! Which user an address belongs to.

use events::user::{MatchedBy, MemberRole, UserErased};
use projections::email_mapping::{Mapping, MappingStatus};

use crate::world::{World, lookup, profile, tenant, user};

async fn rows(world: &mut World, address: &str) -> Vec<Mapping> {
    world.fold().await;
    world.models().mappings(tenant(), lookup(address)).await.unwrap()
}

async fn statuses(world: &mut World, address: &str) -> Vec<(String, MappingStatus)> {
    let open = rows(world, address)
        .await
        .into_iter()
        .filter(|row| row.valid_to.is_none());
    open.map(|row| (row.user.aad_object_id.to_string(), row.status))
        .collect()
}

#[tokio::test]
async fn a_mail_address_and_a_upn_lead_to_their_user() {
    let mut world = World::linked().await;
    world
        .user_does("ada", profile(Some("ada@x"), Some("a.l@x"), MemberRole::User))
        .await;
    assert_eq!(
        statuses(&mut world, "ada@x").await,
        [("ada".into(), MappingStatus::Matched)]
    );
    let by_upn = rows(&mut world, "a.l@x").await;
    assert_eq!(
        (by_upn[0].kind, by_upn[0].status),
        (MatchedBy::Upn, MappingStatus::Matched)
    );
    assert!(by_upn[0].address.is_some());
}

#[tokio::test]
async fn two_users_with_one_address_are_a_conflict_until_one_of_them_goes_away() {
    let mut world = World::linked().await;
    world.joins("ada", "ada@x").await;
    world.joins("bob", "ada@x").await;
    let both = [
        ("ada".into(), MappingStatus::Conflict),
        ("bob".into(), MappingStatus::Conflict),
    ];
    assert_eq!(statuses(&mut world, "ada@x").await, both);

    world
        .user_does("bob", profile(Some("bob@x"), None, MemberRole::User))
        .await;

    assert_eq!(
        statuses(&mut world, "ada@x").await,
        [("ada".into(), MappingStatus::Matched)]
    );
    assert_eq!(
        statuses(&mut world, "bob@x").await,
        [("bob".into(), MappingStatus::Matched)]
    );
}

#[tokio::test]
async fn a_mail_address_counts_more_than_a_upn() {
    let mut world = World::linked().await;
    world
        .user_does("ada", profile(None, Some("ada@x"), MemberRole::User))
        .await;
    world.joins("bob", "ada@x").await;
    let expected = [
        ("ada".into(), MappingStatus::Shadowed),
        ("bob".into(), MappingStatus::Matched),
    ];
    assert_eq!(statuses(&mut world, "ada@x").await, expected);
}

#[tokio::test]
async fn a_guest_is_listed_and_never_matched() {
    let mut world = World::linked().await;
    world
        .user_does("ada", profile(Some("ada@x"), None, MemberRole::Guest))
        .await;
    assert_eq!(
        statuses(&mut world, "ada@x").await,
        [("ada".into(), MappingStatus::Guest)]
    );
    world.joins("bob", "ada@x").await;
    let expected = [
        ("ada".into(), MappingStatus::Guest),
        ("bob".into(), MappingStatus::Matched),
    ];
    assert_eq!(statuses(&mut world, "ada@x").await, expected);
}

#[tokio::test]
async fn a_row_that_no_longer_holds_is_closed_and_kept() {
    let mut world = World::linked().await;
    world.joins("ada", "old@x").await;
    let changed = world
        .user_does("ada", profile(Some("new@x"), None, MemberRole::User))
        .await;
    let old = rows(&mut world, "old@x").await;
    assert_eq!(old.len(), 1);
    assert_eq!(
        (old[0].valid_to, old[0].valid_to_time),
        (Some(changed), Some(world.now))
    );
    assert_eq!(world.models().addresses(user("ada")).await.unwrap().len(), 2);
}

#[tokio::test]
async fn the_same_profile_again_keeps_the_row_open_since_the_first() {
    let mut world = World::linked().await;
    let first = world
        .user_does("ada", profile(Some("ada@x"), None, MemberRole::User))
        .await;
    world
        .user_does("ada", profile(Some("ada@x"), None, MemberRole::User))
        .await;
    let rows = rows(&mut world, "ada@x").await;
    assert_eq!(
        (rows.len(), rows[0].valid_from, rows[0].valid_to),
        (1, first, None)
    );
}

#[tokio::test]
async fn erasing_a_user_closes_the_rows_and_drops_every_sealed_value() {
    let mut world = World::linked().await;
    world.joins("ada", "old@x").await;
    world
        .user_does("ada", profile(Some("new@x"), None, MemberRole::User))
        .await;
    world.user_does("ada", UserErased { by: "cli".into() }).await;
    world.fold().await;
    let rows = world.models().addresses(user("ada")).await.unwrap();
    assert!(
        rows.iter()
            .all(|row| row.valid_to.is_some() && row.address.is_none()),
        "{rows:?}"
    );
    let person = world.models().person(user("ada")).await.unwrap().unwrap();
    assert!(person.erased && person.name.is_none() && person.address.is_none());
}
