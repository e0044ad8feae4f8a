//! Announcements that wait for a time, and what becomes of one that is withdrawn.

use chrono::{DateTime, Duration, Utc};
use events::SubjectRef;
use events::organization::{DomainEventAccepted, SubjectState};
use events::user::{
    CardUpdateAbandoned, CardUpdateQueued, CardUpdated, NotificationDeferred, NotificationSeen,
    NotificationSuppressed, NotificationWithdrawn, SeenEvidence, SubjectChanged, SuppressedReason,
};
use projections::announcements::Figures;
use projections::notifications::NotificationState::{Deferred, Queued, Resolved, Unresolved, Withdrawn};

use crate::world::{World, attempted, card, delivered, domain_event, event_id, organization, start, subject};

const NEWS: &str = "com.chronus.announcement.published";
const TAKEN_BACK: &str = "com.chronus.announcement.withdrawn";
const NAME: &str = "announcement/31";

fn news(id: &str, recipients: &[&str]) -> DomainEventAccepted {
    DomainEventAccepted {
        subject: Some(subject(NAME)),
        ..domain_event(NEWS, id, recipients)
    }
}

fn later(id: &str, recipients: &[&str], send_at: DateTime<Utc>) -> DomainEventAccepted {
    DomainEventAccepted {
        send_at: Some(send_at),
        ..news(id, recipients)
    }
}

fn taken_back(id: &str) -> DomainEventAccepted {
    DomainEventAccepted {
        subject: Some(subject(NAME)),
        ..domain_event(TAKEN_BACK, id, &[])
    }
}

fn named(name: &str) -> SubjectRef {
    subject(name)
}

async fn figures(world: &mut World) -> Figures {
    world.fold().await;
    let found = world
        .models()
        .announcement(organization(), named(NAME))
        .await
        .unwrap();
    found.expect("it was announced").1
}

fn due(world: &World, at: DateTime<Utc>) -> Vec<String> {
    let routes = world.work().timed(at, 100, |_| true).unwrap();
    routes
        .iter()
        .map(|route| route.user.aad_object_id.to_string())
        .collect()
}

#[tokio::test]
async fn an_announcement_for_later_is_given_out_at_its_time_to_whoever_is_known_by_then() {
    let mut world = World::linked().await;
    world.joins("ada", "ada@x").await;
    let at = start() + Duration::days(7);
    world.chronus_says(later("n", &["ada@x", "bob@x"], at)).await;
    let (ada, bob) = (card("n", "ada@x"), card("n", "bob@x"));
    assert_eq!(world.state(ada).await, (Deferred, Some("scheduled".into())));
    assert_eq!(world.notification(ada).await.due_at, Some(at));
    assert_eq!(world.state(bob).await.0, Unresolved);

    world.joins("bob", "bob@x").await;

    assert_eq!(world.state(bob).await, (Deferred, Some("scheduled".into())));
    assert!(world.work().resolved(100, |_| true).unwrap().is_empty());
    assert!(due(&world, at - Duration::milliseconds(1)).is_empty());
    assert_eq!(due(&world, at), ["ada", "bob"]);
    let route = &world.work().timed(at, 1, |_| true).unwrap()[0];
    assert_eq!((route.held_until, route.begins_at()), (Some(at), at));
    let lives = world.notification(ada).await.expires_at;
    assert_eq!(lives, at + Duration::days(14), "it lives from its time on");
}

#[tokio::test]
async fn a_time_that_is_past_when_it_is_handed_over_or_when_the_person_is_found_holds_nothing() {
    let mut world = World::linked().await;
    world.joins("ada", "ada@x").await;
    world.chronus_says(later("past", &["ada@x"], start())).await;
    assert_eq!(world.state(card("past", "ada@x")).await, (Resolved, None));

    let soon = world.now + Duration::seconds(3);
    world.chronus_says(later("soon", &["bob@x"], soon)).await;
    world.now = soon;
    world.joins("bob", "bob@x").await;

    assert_eq!(world.state(card("soon", "bob@x")).await, (Resolved, None));
    assert_eq!(due(&world, world.now), ["bob"]);
}

#[tokio::test]
async fn what_is_withdrawn_before_its_time_reaches_nobody_and_touches_nobodys_stream() {
    let mut world = World::linked().await;
    world.joins("ada", "ada@x").await;
    let at = start() + Duration::days(7);
    world.chronus_says(later("n", &["ada@x", "bob@x"], at)).await;
    assert_eq!(figures(&mut world).await.scheduled, 1);

    world.chronus_says(taken_back("w")).await;

    for recipient in ["ada@x", "bob@x"] {
        let state = world.state(card("n", recipient)).await;
        assert_eq!(state, (Withdrawn, Some("withdrawn".into())), "{recipient}");
    }
    assert!(due(&world, at).is_empty());
    assert!(world.work().subject_changes(10, |_| true).unwrap().is_empty());
    let is = figures(&mut world).await;
    assert_eq!((is.cards, is.dropped), (2, 2));
    world.joins("bob", "bob@x").await;
    assert_eq!(world.state(card("n", "bob@x")).await.0, Withdrawn);
}

#[tokio::test]
async fn a_card_that_was_queued_as_it_was_withdrawn_is_told_of_it() {
    let mut world = World::linked().await;
    world.joins("ada", "ada@x").await;
    let at = start() + Duration::seconds(10);
    world.chronus_says(later("n", &["ada@x"], at)).await;
    world.fold().await;
    let route = world.work().timed(at, 1, |_| true).unwrap().remove(0);
    world.chronus_says(taken_back("w")).await;

    world.user_does("ada", crate::world::queued(&route)).await;

    assert_eq!(world.state(card("n", "ada@x")).await.0, Queued);
    let told = world.work().subject_changes(10, |_| true).unwrap();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].state, SubjectState::Withdrawn);
}

/// Queues a card for each of these people, and has the first `sent` of them in the chat.
async fn sent_to(world: &mut World, names: &[&str], sent: usize) {
    for name in names {
        world.joins(name, &format!("{name}@x")).await;
    }
    let addresses: Vec<String> = names.iter().map(|name| format!("{name}@x")).collect();
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    world.chronus_says(news("n", &addresses)).await;
    world.queue_all().await;
    for name in &names[..sent] {
        let id = of(name);
        world.user_does(name, attempted(id, 1)).await;
        world.user_does(name, delivered(id)).await;
    }
}

fn of(name: &str) -> events::NotificationId {
    card("n", &format!("{name}@x"))
}

fn seen(name: &str) -> NotificationSeen {
    NotificationSeen {
        notification_id: of(name),
        evidence: SeenEvidence::Reaction,
        activity_id: None,
    }
}

/// The person's stream is told of the withdrawal, and their card in the chat is to change.
async fn is_told(world: &mut World, name: &str) {
    let told = SubjectChanged {
        subject: subject(NAME),
        state: SubjectState::Withdrawn,
        domain_event: event_id("w"),
        source: None,
        facts: None,
        card: None,
        happened_at: None,
    };
    world.user_does(name, told).await;
}

async fn is_to_change(world: &mut World, name: &str) {
    is_told(world, name).await;
    let change = CardUpdateQueued {
        notification_id: of(name),
        revision: 2,
    };
    world.user_does(name, change).await;
}

async fn changes(world: &mut World, name: &str) {
    is_to_change(world, name).await;
    let changed = CardUpdated {
        notification_id: of(name),
        revision: 2,
    };
    world.user_does(name, changed).await;
}

async fn cannot_change(world: &mut World, name: &str, code: &str) {
    is_to_change(world, name).await;
    let abandoned = CardUpdateAbandoned {
        notification_id: of(name),
        revision: 2,
        code: code.into(),
    };
    world.user_does(name, abandoned).await;
}

#[tokio::test]
async fn of_a_withdrawn_announcement_it_is_told_what_was_dropped_replaced_and_seen_before() {
    let mut world = World::linked().await;
    let names = [
        "ada", "bob", "cleo", "dan", "eve", "fay", "gus", "hal", "ida", "jo",
    ];
    sent_to(&mut world, &names, 6).await;
    // `jo` did not want it before anything was withdrawn.
    let unwanted = NotificationSuppressed {
        notification_id: of("jo"),
        reason: SuppressedReason::TopicOff,
    };
    world.user_does("jo", unwanted).await;
    let night = NotificationDeferred {
        notification_id: of("ida"),
        until: start() + Duration::hours(9),
        reason: events::user::DeferReason::QuietHours,
    };
    world.user_does("ida", night).await;
    world.user_does("ada", seen("ada")).await;
    let before = figures(&mut world).await;
    assert_eq!(
        (
            before.cards,
            before.in_chat,
            before.under_way,
            before.not_sent,
            before.seen
        ),
        (10, 6, 3, 1, 1)
    );

    world.chronus_says(taken_back("w")).await;
    let begun = figures(&mut world).await;
    assert_eq!((begun.under_way, begun.not_sent), (9, 1));
    for name in ["ada", "bob", "cleo"] {
        changes(&mut world, name).await;
    }
    // `bob` looks at the card that says that it was withdrawn; `dan` at the one that is not replaced yet.
    world.user_does("bob", seen("bob")).await;
    is_to_change(&mut world, "dan").await;
    world.user_does("dan", seen("dan")).await;
    cannot_change(&mut world, "eve", "MessageNotFound").await;
    cannot_change(&mut world, "fay", CardUpdateAbandoned::NOT_REACHABLE).await;
    for name in ["gus", "ida"] {
        is_told(&mut world, name).await;
        let withdrawn = NotificationWithdrawn {
            notification_id: of(name),
            state: SubjectState::Withdrawn,
        };
        world.user_does(name, withdrawn).await;
    }

    let is = figures(&mut world).await;

    let expected = Figures {
        cards: 10,
        replaced: 3,
        under_way: 2,
        not_replaced: 1,
        replaced_later: 1,
        dropped: 2,
        not_sent: 1,
        seen: 2,
        ..Figures::default()
    };
    assert_eq!(is, expected);
    let (of, _) = announced(&mut world).await;
    let (seers, next) = world
        .models()
        .announcement_seers(organization(), of, 0, 10)
        .await
        .unwrap();
    let people: Vec<String> = seers
        .iter()
        .filter_map(|one| Some(one.person.as_ref()?.to_string()))
        .collect();
    assert_eq!((people, next), (vec!["ada".to_owned(), "dan".to_owned()], None));
}

async fn announced(world: &mut World) -> (projections::announcements::Announcement, Figures) {
    world.fold().await;
    let found = world
        .models()
        .announcement(organization(), named(NAME))
        .await
        .unwrap();
    found.expect("it was announced")
}

#[tokio::test]
async fn announcements_are_listed_newest_first_page_by_page_and_others_things_are_none() {
    let mut world = World::linked().await;
    for number in 0..3 {
        let one = DomainEventAccepted {
            subject: Some(subject(&format!("announcement/{number}"))),
            ..domain_event(NEWS, &format!("n{number}"), &["ada@x"])
        };
        world.chronus_says(one).await;
    }
    world.chronus_says(taken_back("w")).await;
    world.fold().await;
    let models = world.models();

    let (first, next) = models.announcements(organization(), None, 2).await.unwrap();
    let (second, end) = models.announcements(organization(), next, 2).await.unwrap();

    let names = |page: &[projections::announcements::Announcement]| -> Vec<String> {
        page.iter().map(|one| one.subject.to_string()).collect()
    };
    assert_eq!(names(&first), ["announcement/2", "announcement/1"]);
    assert_eq!((names(&second), end), (vec!["announcement/0".to_owned()], None));
    for unknown in [NAME, "meeting/9"] {
        let found = models.announcement(organization(), named(unknown)).await.unwrap();
        assert_eq!(found, None, "{unknown}");
    }
}
