//! Who a recipient is: the order of evidence, links that follow it, and what disagrees.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use events::organization::{DomainEventAccepted, Recipients};
use events::tenant::{LinkDecision, MemberLinkDecided};
use events::user::{
    AppInstalled, AppUninstalled, MatchedBy, MemberLinked, MemberRole, MemberUnlinked, ProfileCause,
    ProfileRequested, UnlinkReason,
};
use events::{AadObjectId, ConversationId, MemberId, StreamId, UserEvent, UserKey};
use projections::conflicts::{Conflict, ConflictKind};
use projections::notifications::NotificationState::{Resolved, Unresolved};
use projections::outbox::Work;
use projections::reachability::Reach;

use crate::world::{
    REMOVED, REQUEST, UPSERTED, World, card, domain_event, event_id, installed, lookup, organization,
    profile, tenant, to_all,
};

const NEWS: &str = "com.chronus.announcement.published";

fn member(id: &str) -> MemberId {
    MemberId::parse(id).unwrap()
}

fn object(id: &str) -> AadObjectId {
    AadObjectId::parse(id).unwrap()
}

/// The same with an object id for the one recipient.
fn with_object(mut event: DomainEventAccepted, person: &str) -> DomainEventAccepted {
    if let Recipients::Listed(listed) = &mut event.recipients {
        listed[0].aad_object_id = Some(object(person));
    }
    event
}

/// Does what the router does with links; answers what it did, as `ada -> m1 (email)` and `ada -> - (conflict)`.
/// The directory tells once more what it told, of whomever it is asked for another reason than a first link.
async fn answer_look_ups(world: &mut World) {
    let (tenant, later) = (tenant(), world.now + TimeDelta::days(1));
    let due = world.work().due(&tenant, later, &HashSet::new(), 1_000);
    for due in due.unwrap() {
        if due.work == Work::Profile {
            let profile = world.directory[&due.user.to_string()].clone();
            world.user_does(due.user.aad_object_id.as_str(), profile).await;
        }
    }
    world.fold().await;
}

async fn follow(world: &mut World) -> Vec<String> {
    let mut done = Vec::new();
    loop {
        world.fold().await;
        answer_look_ups(world).await;
        let changes = world.work().links(100, |_| true).unwrap();
        if changes.is_empty() {
            return done;
        }
        for change in changes {
            let name = change.user.aad_object_id.to_string();
            let organization_id = change.organization_id.clone();
            let event: UserEvent = if let Some((member, matched_by)) = change.to {
                done.push(format!("{name} -> {member} ({matched_by:?})"));
                MemberLinked {
                    organization_id,
                    member_id: Some(member),
                    matched_by,
                }
                .into()
            } else {
                done.push(format!("{name} -> - ({:?})", change.why.unwrap()));
                MemberUnlinked {
                    organization_id,
                    member_id: None,
                    reason: change.why,
                }
                .into()
            };
            world.user_does(&name, event).await;
        }
    }
}

/// To whom the card of a new event for this recipient goes: a name, or the reason why to nobody.
async fn goes_to(world: &mut World, id: &str, recipient: &str) -> String {
    world.chronus_says(domain_event(REQUEST, id, &[recipient])).await;
    of_card(world, id, recipient).await
}

async fn of_card(world: &mut World, id: &str, recipient: &str) -> String {
    follow(world).await;
    let found = world.notification(card(id, recipient)).await;
    if found.state == Resolved {
        return found.user.unwrap().aad_object_id.to_string();
    }
    assert_eq!(found.state, Unresolved);
    found.reason.unwrap()
}

async fn decide(world: &mut World, id: &str, decision: LinkDecision) {
    let event = MemberLinkDecided {
        organization_id: organization(),
        member_id: member(id),
        decision,
        by: "cli".into(),
        reason: "a test".into(),
    };
    world.tenant_says(event).await;
}

async fn conflicts(world: &mut World) -> Vec<Conflict> {
    follow(world).await;
    let (found, next) = world
        .models()
        .conflicts(organization(), String::new(), 10)
        .await
        .unwrap();
    assert_eq!(next, None);
    found
}

#[tokio::test]
async fn a_member_is_linked_before_any_card_and_all_reaches_them_at_once() {
    let mut world = World::linked().await;
    world.joins("ada", "ada@x").await;
    world
        .chronus_says(domain_event(UPSERTED, "1", &["m1 ada@x"]))
        .await;
    assert_eq!(follow(&mut world).await, ["ada -> m1 (Email)"]);
    world
        .chronus_says(domain_event(UPSERTED, "2", &["m2 nobody@x"]))
        .await;
    world.chronus_says(to_all(NEWS, "3")).await;
    world.fold().await;

    let routes = world.work().resolved(10, |_| true).unwrap();

    assert_eq!(routes.len(), 1);
    let link = routes[0].link.as_ref().unwrap();
    assert_eq!(link.member_id, Some(member("m1")));
    let left_out = world
        .models()
        .left_out(crate::world::event_id("3"))
        .await
        .unwrap();
    let left_out: Vec<_> = left_out
        .iter()
        .map(|(reason, count)| (reason.as_str(), *count))
        .collect();
    assert_eq!(left_out, [("no_mapping", 1)]);
    let counted = world
        .models()
        .preflight(organization(), None, world.now)
        .await
        .unwrap();
    assert_eq!(
        (
            counted.counts[&Reach::Reachable],
            counted.counts[&Reach::NeverInstalled]
        ),
        (1, 1)
    );
}

#[tokio::test]
async fn the_address_in_a_card_does_not_override_what_member_events_told() {
    let mut world = World::linked().await;
    world.joins("ada", "ada@x").await;
    world.joins("bob", "bob@x").await;
    world
        .chronus_says(domain_event(UPSERTED, "1", &["m-old ada@x"]))
        .await;
    assert_eq!(goes_to(&mut world, "2", "m-old").await, "ada");
    world
        .chronus_says(domain_event(UPSERTED, "3", &["m-old bob@x"]))
        .await;
    world
        .chronus_says(domain_event(UPSERTED, "4", &["m-new ada@x"]))
        .await;
    // She is looked up anyway, since Chronus told another address of the member that she was linked to.
    world
        .user_does("ada", profile(Some("ada@x"), None, MemberRole::User))
        .await;

    assert_eq!(goes_to(&mut world, "5", "m-old ada@x").await, "bob");
    assert_eq!(goes_to(&mut world, "6", "m-new").await, "ada");
}

#[tokio::test]
async fn a_card_in_one_log_position_before_the_link_follows_the_member_too() {
    let mut world = World::linked().await;
    for (name, address) in [("ada", "ada@x"), ("bob", "bob@x")] {
        world.joins(name, address).await;
    }
    for (id, recipient) in [("1", "m-old ada@x"), ("2", "m-old bob@x"), ("3", "m-new ada@x")] {
        world.chronus_says(domain_event(UPSERTED, id, &[recipient])).await;
    }
    assert_eq!(goes_to(&mut world, "4", "m-old ada@x").await, "bob");
}

#[tokio::test]
async fn a_removed_member_stays_removed_whatever_cards_say_until_a_member_event() {
    let mut world = World::linked().await;
    world.joins("ada", "ada@x").await;
    world
        .chronus_says(domain_event(UPSERTED, "1", &["m1 ada@x"]))
        .await;
    follow(&mut world).await;
    world
        .chronus_says(domain_event(REMOVED, "2", &["m1 ada@x"]))
        .await;
    assert_eq!(follow(&mut world).await, ["ada -> - (MemberRemoved)"]);
    assert_eq!(goes_to(&mut world, "3", "m1 ada@x").await, "member_removed");
    world.chronus_says(to_all(NEWS, "4")).await;
    world.fold().await;
    assert!(world.work().resolved(10, |_| true).unwrap().is_empty());

    world
        .chronus_says(domain_event(UPSERTED, "5", &["m1 ada@x"]))
        .await;

    assert_eq!(follow(&mut world).await, ["ada -> m1 (Email)"]);
    assert_eq!(of_card(&mut world, "3", "m1 ada@x").await, "ada");
}

#[tokio::test]
async fn an_object_id_beats_addresses_also_before_the_person_has_the_app() {
    let mut world = World::linked().await;
    world.joins("ada", "ada@x").await;
    let told = with_object(domain_event(UPSERTED, "1", &["m1 ada@x"]), "bob");
    world.chronus_says(told).await;
    assert_eq!(goes_to(&mut world, "2", "m1 ada@x").await, "no_mapping");

    world.joins("bob", "bob@x").await;

    assert_eq!(of_card(&mut world, "2", "m1 ada@x").await, "bob");
    let person = world
        .models()
        .person(crate::world::user("bob"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(person.links[0].matched_by, MatchedBy::ObjectId);
    // Whoever claims the person by an address alone is nobody while the object id says otherwise.
    assert_eq!(goes_to(&mut world, "3", "m2 bob@x").await, "conflict");
}

#[tokio::test]
async fn a_recipient_may_be_named_by_the_object_id_alone() {
    let mut world = World::linked().await;
    let mut event = with_object(domain_event(REQUEST, "1", &["x@x"]), "ada");
    let id = events::organization::Recipient::notification_id_of_object(
        crate::world::event_id("1"),
        &object("ada"),
    );
    if let Recipients::Listed(listed) = &mut event.recipients {
        (listed[0].email, listed[0].lookup, listed[0].notification_id) = (None, None, id);
    }
    world.chronus_says(event).await;
    assert_eq!(world.notification(id).await.reason.as_deref(), Some("no_mapping"));
    world.joins("ada", "ada@x").await;
    assert_eq!(world.notification(id).await.state, Resolved);
}

#[tokio::test]
async fn before_a_first_link_the_directory_is_asked_and_what_it_says_counts() {
    let mut world = World::linked().await;
    world.joins("ada", "ada@x").await;
    world
        .chronus_says(domain_event(REQUEST, "1", &["m1 ada@x"]))
        .await;
    world.fold_without_directory().await;
    let waiting = world
        .models()
        .notification(card("1", "m1 ada@x"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (waiting.state, waiting.reason.as_deref()),
        (Unresolved, Some("checking"))
    );
    let asked = world.work().look_ups(10, |_| true).unwrap();
    assert_eq!(asked.len(), 1);

    // The address had gone to somebody else meanwhile.
    world
        .user_does("ada", profile(Some("ada.old@x"), None, MemberRole::User))
        .await;
    assert_eq!(of_card(&mut world, "1", "m1 ada@x").await, "no_mapping");
    world.joins("bob", "ada@x").await;

    assert_eq!(of_card(&mut world, "1", "m1 ada@x").await, "bob");
}

#[tokio::test]
async fn a_linked_member_never_moves_to_another_person_by_an_address_alone() {
    let mut world = World::linked().await;
    world.joins("ada", "x@x").await;
    world
        .chronus_says(domain_event(UPSERTED, "1", &["m-a x@x"]))
        .await;
    follow(&mut world).await;
    // Ada leaves; the directory gives the address to Bo before Chronus says a word.
    world
        .user_does("ada", profile(None, None, MemberRole::User))
        .await;
    assert_eq!(follow(&mut world).await, ["ada -> - (AddressChanged)"]);
    world.joins("bo", "x@x").await;
    assert_eq!(goes_to(&mut world, "2", "m-a x@x").await, "conflict");
    let found = conflicts(&mut world).await;
    assert_eq!(found[0].kind, ConflictKind::AddressChangedHands);
    assert_eq!(found[0].cards.len(), 1);
    assert_eq!(found[0].members[0].was_linked_to, Some(crate::world::user("ada")));

    // Bo's own member event links Bo; Ada's member stays in conflict.
    world
        .chronus_says(domain_event(UPSERTED, "3", &["m-b x@x"]))
        .await;
    assert_eq!(follow(&mut world).await, ["bo -> m-b (Email)"]);
    assert_eq!(goes_to(&mut world, "4", "m-b").await, "bo");
    assert_eq!(of_card(&mut world, "2", "m-a x@x").await, "conflict");
}

#[tokio::test]
async fn a_member_event_newer_than_the_hand_over_moves_the_member() {
    let mut world = World::linked().await;
    world.joins("ada", "x@x").await;
    world
        .chronus_says(domain_event(UPSERTED, "1", &["m-a x@x"]))
        .await;
    follow(&mut world).await;
    world
        .user_does("ada", profile(None, None, MemberRole::User))
        .await;
    world.joins("new", "x@x").await;
    assert_eq!(goes_to(&mut world, "2", "m-a").await, "conflict");
    world
        .chronus_says(domain_event(UPSERTED, "3", &["m-a x@x"]))
        .await;
    assert_eq!(of_card(&mut world, "2", "m-a").await, "new");
}

/// A member event that happened then.
fn at(time: DateTime<Utc>, mut event: DomainEventAccepted) -> DomainEventAccepted {
    event.time = Some(time);
    event
}

#[tokio::test]
async fn a_member_event_that_comes_late_says_nothing_of_who_got_the_address_since() {
    let mut world = World::linked().await;
    world.joins("ada", "ada@x").await;
    world
        .chronus_says(domain_event(UPSERTED, "1", &["m-a ada@x"]))
        .await;
    follow(&mut world).await;
    // Ada gets an address for a minute, and then another one; the first is given to somebody new.
    let first = world.now;
    world.now += TimeDelta::minutes(1);
    let second = world.now;
    world
        .user_does("ada", profile(Some("new@x"), None, MemberRole::User))
        .await;
    world.now += TimeDelta::minutes(1);
    world
        .user_does("ada", profile(Some("newer@x"), None, MemberRole::User))
        .await;
    world.joins("eve", "new@x").await;
    world.now += TimeDelta::hours(3);
    let late = at(first, domain_event(UPSERTED, "2", &["m-a new@x"]));
    world.chronus_says(late).await;
    assert_eq!(goes_to(&mut world, "3", "m-a").await, "conflict");
    let newest = at(second, domain_event(UPSERTED, "4", &["m-a newer@x"]));
    world.chronus_says(newest).await;
    assert_eq!(of_card(&mut world, "3", "m-a").await, "ada");
}

#[tokio::test]
async fn whoever_has_their_address_back_is_looked_up_before_a_link_moves() {
    let mut world = World::linked().await;
    world.joins("ada", "ada@x").await;
    world.joins("bob", "bob@x").await;
    let told = domain_event(UPSERTED, "1", &["m-a ada@x", "m-b bob@x"]);
    world.chronus_says(told).await;
    follow(&mut world).await;
    // They swap, the directory is read, and they swap back; Chronus' words about the first swap are late.
    world
        .user_does("bob", profile(Some("ada@x"), None, MemberRole::User))
        .await;
    world
        .user_does("ada", profile(Some("bob@x"), None, MemberRole::User))
        .await;
    world.now += TimeDelta::minutes(1);
    world
        .chronus_says(domain_event(UPSERTED, "2", &["m-a ada@x"]))
        .await;
    world.fold().await;
    let to_bob = |change: &events::work::LinkRoute| {
        change.user.aad_object_id.as_str() == "bob"
            && change
                .to
                .as_ref()
                .is_some_and(|(member, _)| member.as_str() == "m-a")
    };
    assert!(!world.work().links(10, |_| true).unwrap().iter().any(to_bob));
    world
        .user_does("bob", profile(Some("bob@x"), None, MemberRole::User))
        .await;
    world
        .user_does("ada", profile(Some("ada@x"), None, MemberRole::User))
        .await;
    assert_eq!(goes_to(&mut world, "3", "m-a").await, "ada");
    assert_eq!(goes_to(&mut world, "4", "m-b").await, "bob");
}

#[tokio::test]
async fn of_two_members_with_one_address_the_linked_one_keeps_it_and_an_administrator_may_say_otherwise() {
    let mut world = World::linked().await;
    world.joins("ada", "ada@x").await;
    world
        .chronus_says(domain_event(UPSERTED, "1", &["m1 ada@x"]))
        .await;
    follow(&mut world).await;
    world
        .chronus_says(domain_event(UPSERTED, "2", &["m2 ada@x"]))
        .await;
    assert_eq!(goes_to(&mut world, "3", "m2").await, "conflict");
    assert_eq!(goes_to(&mut world, "4", "m1").await, "ada");
    assert_eq!(
        conflicts(&mut world).await[0].kind,
        ConflictKind::MembersSharePerson
    );

    let aad_object_id = object("ada");
    decide(&mut world, "m2", LinkDecision::Linked { aad_object_id }).await;
    follow(&mut world).await;

    assert_eq!(of_card(&mut world, "3", "m2").await, "ada");
    assert_eq!(goes_to(&mut world, "5", "m1").await, "conflict");
    decide(&mut world, "m2", LinkDecision::Unlinked).await;
    assert_eq!(goes_to(&mut world, "6", "m2").await, "unlinked");
    assert_eq!(of_card(&mut world, "5", "m1").await, "ada");
    decide(&mut world, "m2", LinkDecision::Automatic).await;
    assert_eq!(of_card(&mut world, "6", "m2").await, "conflict");
    assert_eq!(conflicts(&mut world).await.len(), 1);
}

#[tokio::test]
async fn two_members_with_one_object_id_share_a_person_and_an_id_that_is_taken_back_frees_it() {
    let mut world = World::linked().await;
    world.joins("ada", "ada@x").await;
    for (id, recipient) in [("1", "m1 ada@x"), ("2", "m2")] {
        let told = with_object(domain_event(UPSERTED, id, &[recipient]), "ada");
        world.chronus_says(told).await;
        follow(&mut world).await;
    }
    assert_eq!(goes_to(&mut world, "3", "m2").await, "conflict");
    let found = conflicts(&mut world).await;
    assert_eq!(
        (found.len(), found[0].kind),
        (1, ConflictKind::MembersSharePerson)
    );
    let ids: Vec<&str> = found[0]
        .members
        .iter()
        .map(|one| one.member.id.as_str())
        .collect();
    assert_eq!(
        (ids, &found[0].people[0].user),
        (vec!["m1", "m2"], &crate::world::user("ada"))
    );
    // An event that does not name it changes nothing; one that takes it back does, unless it is older.
    world.chronus_says(domain_event(UPSERTED, "4", &["m2"])).await;
    assert_eq!(of_card(&mut world, "3", "m2").await, "conflict");
    let mut taken_back = domain_event(UPSERTED, "5", &["m2"]);
    if let Recipients::Listed(listed) = &mut taken_back.recipients {
        listed[0].object_id_withdrawn = true;
    }
    world.chronus_says(taken_back).await;
    assert_eq!(of_card(&mut world, "3", "m2").await, "unknown_member");
    assert!(conflicts(&mut world).await.is_empty());
}

#[tokio::test]
async fn two_members_whose_addresses_are_mail_and_upn_of_one_person_are_a_conflict_until_one_goes() {
    let mut world = World::linked().await;
    world
        .chronus_says(domain_event(UPSERTED, "1", &["m1 ada@x"]))
        .await;
    world
        .chronus_says(domain_event(UPSERTED, "2", &["m2 a.l@x"]))
        .await;
    world.user_does("ada", crate::world::installed()).await;
    world
        .user_does("ada", profile(Some("ada@x"), Some("a.l@x"), MemberRole::User))
        .await;
    assert_eq!(goes_to(&mut world, "3", "m1").await, "conflict");
    assert_eq!(goes_to(&mut world, "4", "m2").await, "conflict");
    world.chronus_says(domain_event(REMOVED, "5", &["m2"])).await;
    assert_eq!(of_card(&mut world, "3", "m1").await, "ada");
    assert_eq!(of_card(&mut world, "4", "m2").await, "member_removed");
    assert!(conflicts(&mut world).await.is_empty());
}

#[tokio::test]
async fn two_people_with_one_address_unlink_whoever_was_linked_until_it_is_settled() {
    let mut world = World::linked().await;
    world.joins("ada", "ada@x").await;
    world
        .chronus_says(domain_event(UPSERTED, "1", &["m1 ada@x"]))
        .await;
    follow(&mut world).await;
    world.joins("bob", "ada@x").await;
    assert_eq!(follow(&mut world).await, ["ada -> - (Conflict)"]);
    assert_eq!(goes_to(&mut world, "2", "m1").await, "conflict");
    let found = conflicts(&mut world).await;
    assert_eq!(
        (found[0].kind, found[0].people.len()),
        (ConflictKind::PeopleShareAddress, 2)
    );
    world
        .user_does("bob", profile(Some("bob@x"), None, MemberRole::User))
        .await;
    assert_eq!(of_card(&mut world, "2", "m1").await, "ada");
    assert!(conflicts(&mut world).await.is_empty());
}

#[tokio::test]
async fn a_guest_is_a_guest_by_address_and_by_object_id() {
    let mut world = World::linked().await;
    world.user_does("gil", crate::world::installed()).await;
    world
        .user_does("gil", profile(Some("gil@x"), None, MemberRole::Guest))
        .await;
    assert_eq!(goes_to(&mut world, "1", "m1 gil@x").await, "guest");
    world
        .chronus_says(with_object(domain_event(UPSERTED, "2", &["m2"]), "gil"))
        .await;
    assert_eq!(goes_to(&mut world, "3", "m2").await, "guest");
}

#[tokio::test]
async fn a_link_that_follows_the_evidence_is_listed_no_more() {
    let mut world = World::linked().await;
    world.joins("ada", "ada@x").await;
    world
        .chronus_says(domain_event(UPSERTED, "1", &["m1 ada@x"]))
        .await;
    world.fold().await;
    let before = world.work().links(10, |_| true).unwrap();
    assert_eq!(before.len(), 1);
    follow(&mut world).await;
    world
        .user_does("ada", profile(Some("other@x"), None, MemberRole::User))
        .await;
    world.fold().await;
    let change = &world.work().links(10, |_| true).unwrap()[0];
    assert_eq!(
        (&change.to, change.why),
        (&None, Some(UnlinkReason::AddressChanged))
    );
    world
        .user_does("ada", profile(Some("ada@x"), None, MemberRole::User))
        .await;
    world.fold().await;
    assert!(world.work().links(10, |_| true).unwrap().is_empty());
}

#[tokio::test]
async fn what_an_earlier_release_stored_under_another_lookup_is_found() {
    let mut world = World::linked().await;
    world.joins("kim", "kim@old-form").await;
    let renamed = |mut event: DomainEventAccepted| {
        if let Recipients::Listed(listed) = &mut event.recipients {
            listed[0].former_lookup = Some(lookup("kim@old-form"));
        }
        event
    };
    world
        .chronus_says(renamed(domain_event(REQUEST, "1", &["kim@new-form"])))
        .await;
    assert_eq!(of_card(&mut world, "1", "kim@new-form").await, "kim");

    let mut before = World::linked().await;
    before
        .chronus_says(domain_event(UPSERTED, "1", &["m1 kim@old-form"]))
        .await;
    before.chronus_says(domain_event(REQUEST, "2", &["m1"])).await;
    before
        .chronus_says(domain_event(REQUEST, "3", &["kim@old-form"]))
        .await;
    before.user_does("kim", crate::world::installed()).await;
    let mut told = profile(Some("kim@new-form"), None, MemberRole::User);
    told.email_former_lookup = Some(lookup("kim@old-form"));
    before.user_does("kim", told).await;
    assert_eq!(of_card(&mut before, "2", "m1").await, "kim");
    assert_eq!(of_card(&mut before, "3", "kim@old-form").await, "kim");
}

#[tokio::test]
async fn an_address_that_nobody_ever_had_leads_to_the_members_new_account() {
    let mut world = World::linked().await;
    world.joins("ada", "ada@x").await;
    world
        .chronus_says(domain_event(UPSERTED, "1", &["m1 ada@x"]))
        .await;
    follow(&mut world).await;
    // Chronus tells the new address before the new account is there.
    world
        .chronus_says(domain_event(UPSERTED, "2", &["m1 ada@y"]))
        .await;
    follow(&mut world).await;
    world.joins("ada-new", "ada@y").await;
    // Whoever has it now may be somebody new, if the old account is gone: the directory is asked, and shows it still.
    assert_eq!(follow(&mut world).await, ["ada-new -> m1 (Email)"]);
    assert_eq!(goes_to(&mut world, "3", "m1").await, "ada-new");
    assert_eq!(conflicts(&mut world).await, []);
}

#[tokio::test]
async fn an_address_that_comes_with_another_member_is_not_believed_before_chronus_says_whose_it_is() {
    let mut world = World::linked().await;
    for (name, address, recipient) in [("ada", "p1@", "m1 p1@"), ("ben", "p2@", "m2 p2@")] {
        world.joins(name, address).await;
        says(&mut world, u32::from(name == "ben"), UPSERTED, recipient).await;
    }
    // Ada moves to p3, and swaps it with ben before the directory is read with it; Chronus tells the swap later.
    says(&mut world, 10, UPSERTED, "m1 p3@").await;
    world.joins("ada", "p2@").await;
    world.joins("ben", "p3@").await;
    world.user_does("ada", events::user::ProfileConfirmed {}).await;
    assert_eq!(goes_to(&mut world, "3", "m1").await, "conflict");
    says(&mut world, 11, UPSERTED, "m1 p2@").await;
    says(&mut world, 12, UPSERTED, "m2 p3@").await;
    assert_eq!(of_card(&mut world, "3", "m1").await, "ada");
}

/// m1 was ada and has a new address, which ben comes with when the directory does not show ada any more.
async fn ada_is_gone() -> World {
    let mut world = World::linked().await;
    world.joins("ada", "ada@x").await;
    says(&mut world, 1, UPSERTED, "m1 ada@x").await;
    says(&mut world, 2, UPSERTED, "m1 ada@y").await;
    let gone = events::user::ProfileUnavailable {
        code: "MemberNotFoundInConversation".into(),
        status: Some(404),
        retry_at: None,
    };
    world.user_does("ada", gone).await;
    world.joins("ben", "ada@y").await;
    assert_eq!(goes_to(&mut world, "3", "m1").await, "checking");
    world
}

#[tokio::test]
async fn an_account_in_place_of_one_that_is_gone_is_checked_for_a_day() {
    let mut world = ada_is_gone().await;
    world.now += TimeDelta::hours(23);
    world.user_does("ben", events::user::ProfileConfirmed {}).await;
    assert_eq!(of_card(&mut world, "3", "m1").await, "checking");
    world.now += TimeDelta::hours(1);
    world.user_does("ben", events::user::ProfileConfirmed {}).await;
    assert_eq!(follow(&mut world).await, ["ben -> m1 (Email)"]);
    assert_eq!(of_card(&mut world, "3", "m1").await, "ben");
}

#[tokio::test]
async fn the_address_of_a_member_who_left_unheard_of_leads_nobody_new_to_the_members_cards() {
    let mut world = ada_is_gone().await;
    world.now += TimeDelta::hours(20);
    says(&mut world, 4, REMOVED, "m1").await;
    world.now += TimeDelta::hours(24);
    world.user_does("ben", events::user::ProfileConfirmed {}).await;
    assert!(follow(&mut world).await.is_empty());
    assert_eq!(of_card(&mut world, "3", "m1").await, "member_removed");
}

/// `id address` as a member event's recipient names it.
async fn says(world: &mut World, number: u32, event_type: &str, recipient: &str) {
    let event = domain_event(event_type, &format!("says {number}"), &[recipient]);
    world.chronus_says(event).await;
    follow(world).await;
}

#[tokio::test]
async fn addresses_that_chronus_swaps_before_the_directory_lead_to_nobody_until_it_follows() {
    let mut world = World::linked().await;
    for (name, address, recipient) in [("ada", "p1@", "m1 p1@"), ("ben", "p2@", "m2 p2@")] {
        world.joins(name, address).await;
        says(&mut world, u32::from(name == "ben"), UPSERTED, recipient).await;
    }
    assert_eq!(goes_to(&mut world, "1", "m1").await, "ada");
    assert_eq!(goes_to(&mut world, "2", "m2").await, "ben");

    says(&mut world, 10, UPSERTED, "m1 p2@").await;
    says(&mut world, 11, UPSERTED, "m2 p1@").await;
    for (card, member) in [("3", "m1"), ("4", "m2")] {
        assert_eq!(goes_to(&mut world, card, member).await, "conflict", "{member}");
    }
    // That the directory still says what it said is no agreement.
    for (name, address) in [("ada", "p1@"), ("ben", "p2@")] {
        world.joins(name, address).await;
    }
    assert_eq!(goes_to(&mut world, "5", "m1").await, "conflict");

    for (name, address) in [("ada", "p2@"), ("ben", "p1@")] {
        world.joins(name, address).await;
        follow(&mut world).await;
    }
    for (card, member, name) in [("3", "m1", "ada"), ("4", "m2", "ben"), ("5", "m1", "ada")] {
        assert_eq!(of_card(&mut world, card, member).await, name, "{member}");
    }
}

#[tokio::test]
async fn an_inherited_or_reused_address_leads_to_nobody_until_the_directory_follows() {
    let mut world = World::linked().await;
    for (number, (name, address, recipient)) in
        (0..).zip([("ada", "p1@", "m1 p1@"), ("cleo", "p3@", "m3 p3@")])
    {
        world.joins(name, address).await;
        says(&mut world, number, UPSERTED, recipient).await;
    }
    // Cleo left, and m1 inherits the address.
    says(&mut world, 10, REMOVED, "m3").await;
    says(&mut world, 11, UPSERTED, "m1 p3@").await;
    assert_eq!(goes_to(&mut world, "1", "m1").await, "conflict");
    // m4 is new and gets what m1 had.
    says(&mut world, 12, UPSERTED, "m4 p1@").await;
    assert_eq!(goes_to(&mut world, "2", "m4").await, "conflict");

    world.joins("cleo", "gone@").await;
    world.joins("ada", "p3@").await;
    world.joins("dan", "p1@").await;
    assert_eq!(of_card(&mut world, "1", "m1").await, "ada");
    assert_eq!(of_card(&mut world, "2", "m4").await, "dan");
}

/// Somebody whom Teams tells to have this chat.
fn in_chat(chat: &str) -> AppInstalled {
    let mut installed = crate::world::installed();
    installed.conversation.conversation_id = ConversationId::parse(chat).unwrap();
    installed
}

async fn in_one_chat(world: &mut World) -> Vec<String> {
    world.fold().await;
    let asked = world.work().look_ups(10, |_| true).unwrap();
    let shared = asked
        .into_iter()
        .filter(|asked| asked.because == ProfileCause::ChatShared);
    shared.map(|asked| asked.user.aad_object_id.to_string()).collect()
}

#[tokio::test]
async fn a_chat_that_two_people_were_told_to_have_is_neithers() {
    let mut world = World::linked().await;
    world.user_does("ada", in_chat("a:one")).await;
    world.user_does("bob", in_chat("a:one")).await;
    world.user_does("cleo", in_chat("a:two")).await;
    assert_eq!(in_one_chat(&mut world).await, ["ada", "bob"]);
    for who in ["ada", "bob"] {
        let evidence = events::user::UninstallEvidence::Refusal;
        world.user_does(who, AppUninstalled { evidence }).await;
    }
    assert!(in_one_chat(&mut world).await.is_empty(), "told");
    // Whoever comes with another chat has that.
    world.user_does("ada", in_chat("a:three")).await;
    assert!(in_one_chat(&mut world).await.is_empty());
}

#[tokio::test]
async fn whoever_was_linked_by_mistake_is_no_trace_of_a_member_and_whoever_was_it_until_it_was_removed_is() {
    let mut world = World::linked().await;
    for (name, address, id, told) in [
        ("ada", "ada@x", "1", "m1 ada@x"),
        ("bob", "bob@x", "2", "m2 bob@x"),
    ] {
        world.joins(name, address).await;
        world.chronus_says(domain_event(UPSERTED, id, &[told])).await;
        follow(&mut world).await;
    }
    assert_eq!(
        traces(&mut world, "m1").await,
        (vec!["ada".to_owned()], vec![lookup("ada@x")])
    );
    world
        .chronus_says(domain_event(UPSERTED, "3", &["m1 right@x"]))
        .await;
    assert_eq!(follow(&mut world).await, ["ada -> - (AddressChanged)"]);
    assert_eq!(traces(&mut world, "m1").await, (vec![], vec![lookup("right@x")]));
    // Told the address of somebody else, it is that person's.
    world
        .chronus_says(domain_event(UPSERTED, "4", &["m1 bob@x"]))
        .await;
    follow(&mut world).await;
    assert_eq!(traces(&mut world, "m1").await, (vec![], vec![]));
    world.chronus_says(domain_event(REMOVED, "5", &["m1"])).await;
    world.chronus_says(domain_event(REMOVED, "6", &["m2"])).await;
    assert_eq!(follow(&mut world).await, ["bob -> - (MemberRemoved)"]);
    assert_eq!(
        traces(&mut world, "m2").await,
        (vec!["bob".to_owned()], vec![lookup("bob@x")])
    );
}

#[tokio::test]
async fn an_address_that_somebody_else_has_too_is_no_trace_of_a_member() {
    let mut world = World::linked().await;
    world.joins("ada", "both@x").await;
    world
        .chronus_says(domain_event(UPSERTED, "1", &["m1 both@x"]))
        .await;
    follow(&mut world).await;
    assert_eq!(
        traces(&mut world, "m1").await,
        (vec!["ada".to_owned()], vec![lookup("both@x")])
    );
    // The directory shows it of another person as well, who stays.
    world.joins("bob", "both@x").await;
    assert_eq!(traces(&mut world, "m1").await, (vec!["ada".to_owned()], vec![]));
}

async fn traces(world: &mut World, id: &str) -> (Vec<String>, Vec<events::Lookup>) {
    world.fold().await;
    let found = world
        .models()
        .traces(organization(), member(id))
        .await
        .unwrap()
        .unwrap();
    let users = found.users.iter().map(|user| user.aad_object_id.to_string());
    (users.collect(), found.lookups)
}

#[tokio::test]
async fn a_chat_is_one_persons_across_tenants() {
    let mut world = World::linked().await;
    world.user_does("ada", in_chat("a:one")).await;
    let elsewhere = UserKey::parse("another-tenant/eve").unwrap();
    let claimed = events::UserEvent::from(in_chat("a:one"));
    world.append(StreamId::user(&elsewhere), &claimed, None).await;
    let mut shared = in_one_chat(&mut world).await;
    shared.sort_unstable();
    assert_eq!(shared, ["ada", "eve"]);
    let chat = ConversationId::parse("a:one").unwrap();
    let owner = world.models().owner_of_chat(elsewhere, chat).await.unwrap();
    assert_eq!(owner, Some(crate::world::user("ada")));
}

#[tokio::test]
async fn a_doubt_ends_with_the_evidence() {
    let mut world = World::linked().await;
    world.joins("ada", "ada@x").await;
    world
        .chronus_says(domain_event(UPSERTED, "1", &["m1 ada@x"]))
        .await;
    assert_eq!(follow(&mut world).await, ["ada -> m1 (Email)"]);
    let in_doubt = |reason| MemberUnlinked {
        organization_id: organization(),
        member_id: Some(member("m1")),
        reason: Some(reason),
    };
    // Her actor saw another address, which leads to nobody.
    world
        .user_does("ada", profile(Some("new@x"), None, MemberRole::User))
        .await;
    world.user_does("ada", in_doubt(UnlinkReason::Conflict)).await;
    world.fold().await;
    let changes = world.work().links(10, |_| true).unwrap();
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert_eq!(
        (&changes[0].to, changes[0].why),
        (&None, Some(UnlinkReason::AddressChanged))
    );
    world
        .user_does("ada", in_doubt(UnlinkReason::AddressChanged))
        .await;
    assert!(follow(&mut world).await.is_empty());

    // Chronus follows.
    world
        .chronus_says(domain_event(UPSERTED, "2", &["m1 new@x"]))
        .await;
    assert_eq!(follow(&mut world).await, ["ada -> m1 (Email)"]);
}

#[tokio::test]
async fn a_doubt_ends_when_the_member_is_removed() {
    let mut world = World::linked().await;
    world.joins("ada", "ada@x").await;
    world.joins("bob", "bob@x").await;
    let told = domain_event(UPSERTED, "1", &["m1 ada@x", "m2 bob@x"]);
    world.chronus_says(told).await;
    follow(&mut world).await;
    // Chronus gives Bob's address to her before the directory does, and then removes her.
    world
        .chronus_says(domain_event(UPSERTED, "2", &["m1 bob@x"]))
        .await;
    world.fold().await;
    let in_doubt = MemberUnlinked {
        organization_id: organization(),
        member_id: Some(member("m1")),
        reason: Some(UnlinkReason::Conflict),
    };
    world.user_does("ada", in_doubt).await;
    assert!(follow(&mut world).await.is_empty());
    world.chronus_says(domain_event(REMOVED, "3", &["m1"])).await;
    world.fold().await;
    let changes = world.work().links(10, |_| true).unwrap();
    let ends: Vec<_> = changes
        .iter()
        .map(|change| (change.user.aad_object_id.as_str(), change.why))
        .collect();
    assert_eq!(ends, [("ada", Some(UnlinkReason::MemberRemoved))]);
}

#[tokio::test]
async fn a_doubt_that_the_evidence_does_not_end_stays() {
    let mut world = World::linked().await;
    world.joins("ada", "ada@x").await;
    world
        .chronus_says(domain_event(UPSERTED, "1", &["m1 ada@x"]))
        .await;
    follow(&mut world).await;
    world.joins("bob", "ada@x").await;
    world
        .user_does("ada", profile(Some("new@x"), None, MemberRole::User))
        .await;
    let in_doubt = MemberUnlinked {
        organization_id: organization(),
        member_id: Some(member("m1")),
        reason: Some(UnlinkReason::Conflict),
    };
    world.user_does("ada", in_doubt).await;
    assert!(follow(&mut world).await.is_empty(), "the address changed hands");
}

#[tokio::test]
async fn the_address_of_whoever_left_is_checked_for_a_day_before_it_leads_to_them_under_another_id() {
    let mut world = World::linked().await;
    world.joins("ada", "ada@x").await;
    world
        .chronus_says(domain_event(UPSERTED, "1", &["m1 ada@x"]))
        .await;
    follow(&mut world).await;
    world.chronus_says(domain_event(REMOVED, "2", &["m1"])).await;
    assert_eq!(goes_to(&mut world, "3", "m2 ada@x").await, "checking");
    world.now += TimeDelta::hours(1);
    world.user_does("ada", events::user::ProfileConfirmed {}).await;
    assert_eq!(of_card(&mut world, "3", "m2 ada@x").await, "checking");
    world.now += TimeDelta::hours(24);
    world.user_does("ada", events::user::ProfileConfirmed {}).await;
    assert_eq!(of_card(&mut world, "3", "m2 ada@x").await, "ada");
}

#[tokio::test]
async fn news_for_all_that_ran_out_before_a_member_was_known_left_them_out() {
    let mut world = World::linked().await;
    world
        .chronus_says(domain_event(UPSERTED, "1", &["m1 ada@x"]))
        .await;
    world.user_does("ada", installed()).await;
    world.user_does("ada", ProfileRequested::default()).await;
    let until = |world: &World, hours| Some(world.now + TimeDelta::hours(hours));
    for (id, hours) in [("2", 1), ("3", 3)] {
        let news = DomainEventAccepted {
            expires_at: until(&world, hours),
            ..to_all(NEWS, id)
        };
        world.chronus_says(news).await;
    }
    world.fold_without_directory().await;
    world.now += TimeDelta::hours(2);
    world
        .user_does("ada", profile(Some("ada@x"), None, MemberRole::User))
        .await;
    world.fold_without_directory().await;
    let mut left_out = Vec::new();
    for id in ["2", "3"] {
        let counts = world.models().left_out(event_id(id)).await.unwrap();
        left_out.push(counts.values().sum::<u64>());
    }
    assert_eq!(left_out, [1, 0]);
    assert_eq!(world.work().resolved(10, |_| true).unwrap().len(), 1);
}
