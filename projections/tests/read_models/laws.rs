//! Laws that hold for any history.

use std::collections::HashSet;

use chrono::Duration;
use events::organization::{Class, SubjectState};
use events::outbound::{NotificationUnroutable, ResponseFailed, UnroutableReason};
use events::tenant::{IntegrationDisabled, IntegrationEnabled};
use events::user::{
    AppUninstalled, CardUpdateQueued, CardUpdated, DeliveryOutcomeUnknown, DeliveryRetryScheduled,
    Disconnected, MatchedBy, MemberLinked, MemberRole, MemberUnlinked, NotificationSeen,
    NotificationSuppressed, ProfileRequested, SeenEvidence, SubjectChanged, SuppressedReason,
    UninstallEvidence, UserErased,
};
use events::work::{DueWork, Most};
use events::{MemberId, NotificationId, Position, UserEvent};
use projections::{Options, Projector, rebuild};
use proptest::prelude::*;
use rusqlite::Connection;

use crate::responses::accepted;
use crate::world::{
    ACCEPTED, REMOVED, REQUEST, SUBJECT, UPSERTED, WITHDRAWN, World, attempted, card, chat_card, delivered,
    domain_event, dump, event_id, installed, organization, profile, subject, tenant, to_all,
};

const NAMES: [&str; 3] = ["ada", "bob", "eve"];
const RECIPIENTS: [&str; 6] = ["a@x", "b@x", "m1", "m1 a@x", "m1 b@x", "m2 c@x"];
const TYPES: [&str; 5] = [REQUEST, WITHDRAWN, ACCEPTED, UPSERTED, REMOVED];

/// One thing that happens; numbers choose among few names, so that things meet often.
#[derive(Debug, Clone)]
enum Step {
    Link,
    Enable(bool),
    Domain {
        kind: usize,
        id: u8,
        recipients: Vec<usize>,
    },
    ToAll(u8),
    User {
        name: usize,
        what: u8,
        card: (u8, usize),
        number: u8,
    },
    Unroutable {
        card: (u8, usize),
    },
    ResponseFailed {
        back: u64,
        retry: bool,
    },
    Route,
}

fn step() -> impl Strategy<Value = Step> {
    let card = || (0..4_u8, 0..RECIPIENTS.len());
    prop_oneof![
        1 => Just(Step::Link),
        1 => any::<bool>().prop_map(Step::Enable),
        6 => (0..TYPES.len(), 0..4_u8, prop::collection::vec(0..RECIPIENTS.len(), 0..3))
            .prop_map(|(kind, id, recipients)| Step::Domain { kind, id, recipients }),
        1 => (4..6_u8).prop_map(Step::ToAll),
        16 => (0..NAMES.len(), 0..20_u8, card(), 0..4_u8)
            .prop_map(|(name, what, card, number)| Step::User { name, what, card, number }),
        1 => card().prop_map(|card| Step::Unroutable { card }),
        1 => (1..9_u64, any::<bool>()).prop_map(|(back, retry)| Step::ResponseFailed { back, retry }),
        3 => Just(Step::Route),
    ]
}

fn id_of((event, recipient): (u8, usize)) -> NotificationId {
    card(&event.to_string(), RECIPIENTS[recipient])
}

fn user_event(what: u8, id: NotificationId, number: u8, now: chrono::DateTime<chrono::Utc>) -> UserEvent {
    let later = now + Duration::minutes(i64::from(number));
    let address = ["a@x", "b@x", "c@x", "d@x"][usize::from(number)];
    let (notification_id, revision, attempt) = (id, u32::from(number), u32::from(number));
    let class = [Class::Reply, Class::Direct, Class::Broadcast, Class::Direct][usize::from(number)];
    match what {
        0 => installed().into(),
        1 => AppUninstalled {
            evidence: UninstallEvidence::Refusal,
        }
        .into(),
        2 => ProfileRequested::default().into(),
        3 => profile(Some(address), None, MemberRole::User).into(),
        4 => profile(Some("a@x"), Some(address), MemberRole::User).into(),
        5 => profile(Some(address), None, MemberRole::Guest).into(),
        6 | 7 => MemberLinked {
            organization_id: organization(),
            member_id: Some(MemberId::parse(["m1", "m2", "m3", "m1"][usize::from(number)]).unwrap()),
            matched_by: MatchedBy::Email,
        }
        .into(),
        8 => MemberUnlinked {
            organization_id: organization(),
            member_id: None,
            reason: None,
        }
        .into(),
        9 => Disconnected { at: None }.into(),
        10 => chat_card(&number.to_string(), class, now).into(),
        11 | 12 => attempted(id, attempt).into(),
        13 => DeliveryRetryScheduled {
            notification_id,
            attempt,
            retry_at: later,
            reason: "r".into(),
            status: None,
            recover: None,
            probe: false,
            put_off: None,
        }
        .into(),
        14 => delivered(id).into(),
        15 => DeliveryOutcomeUnknown {
            notification_id,
            attempt,
            reason: "r".into(),
            retry_at: (number > 1).then_some(later),
        }
        .into(),
        16 => CardUpdateQueued {
            notification_id,
            revision,
        }
        .into(),
        17 => CardUpdated {
            notification_id,
            revision,
        }
        .into(),
        18 => match number {
            0 => accepted(id).into(),
            1 => NotificationSeen {
                notification_id,
                evidence: SeenEvidence::Pressed,
                activity_id: None,
            }
            .into(),
            2 => NotificationSuppressed {
                notification_id,
                reason: SuppressedReason::Blocked,
            }
            .into(),
            _ => UserErased { by: "cli".into() }.into(),
        },
        _ => SubjectChanged {
            subject: subject(SUBJECT),
            state: SubjectState::Withdrawn,
            domain_event: event_id(&number.to_string()),
            source: None,
            facts: None,
            card: None,
            happened_at: None,
        }
        .into(),
    }
}

async fn take(world: &mut World, step: Step) {
    match step {
        Step::Link => drop(world.link().await),
        Step::Enable(true) => drop(world.tenant_says(IntegrationEnabled { by: "cli".into() }).await),
        Step::Enable(false) => drop(world.tenant_says(IntegrationDisabled { by: "cli".into() }).await),
        Step::Domain { kind, id, recipients } => {
            let recipients: Vec<&str> = recipients.into_iter().map(|index| RECIPIENTS[index]).collect();
            world
                .chronus_says(domain_event(TYPES[kind], &id.to_string(), &recipients))
                .await;
        }
        Step::ToAll(id) => drop(
            world
                .chronus_says(to_all("com.chronus.announcement.x", &id.to_string()))
                .await,
        ),
        Step::User {
            name,
            what,
            card,
            number,
        } => {
            let now = world.now;
            world
                .user_does(NAMES[name], user_event(what, id_of(card), number, now))
                .await;
        }
        Step::Unroutable { card } => {
            let event = NotificationUnroutable {
                notification_id: id_of(card),
                domain_event: event_id(&card.0.to_string()),
                reason: UnroutableReason::NoMapping,
            };
            world.service_says(event).await;
        }
        Step::ResponseFailed { back, retry } => {
            let response = Position(
                events::EventStore::head(world.store.as_ref())
                    .borrow()
                    .0
                    .saturating_sub(back),
            );
            let retry_at = retry.then_some(world.now);
            let event = ResponseFailed {
                response,
                attempt: 1,
                status: None,
                reason: "r".into(),
                retry_at,
                rests_until: None,
            };
            world.service_says(event).await;
        }
        Step::Route => world.queue_all().await,
    }
}

/// People of whom one event asks for the same, such as two who show one address, come in no order among themselves.
fn in_order(mut due: Vec<DueWork>) -> Vec<DueWork> {
    for same in due.chunk_by_mut(|one, next| one.position == next.position && one.work == next.work) {
        same.sort_by_key(|due| due.user.to_string());
    }
    due
}

/// What the lanes have to do, now and later, in the order in which it is given out; and how much that is.
async fn to_do(projector: &Projector, now: chrono::DateTime<chrono::Utc>) -> String {
    let (models, work) = (projector.read_models(), projector.work_list());
    let mut told = vec![format!("{:?}", work.tenants(None).unwrap().tenants)];
    for after in [0, 1, 2, 3, 10_000] {
        let now = now + Duration::minutes(after);
        let due = in_order(work.due(&tenant(), now, &HashSet::new(), 1_000).unwrap());
        told.push(format!("{due:?}"));
        let first: HashSet<_> = due.into_iter().take(1).map(|due| due.user).collect();
        let rest = in_order(work.due(&tenant(), now, &first, 1_000).unwrap());
        told.push(format!("{rest:?}"));
    }
    // These come in no order.
    let mut held = work.held(1_000, |_| true).unwrap();
    held.sort_by_key(|card| card.notification_id.0);
    told.push(format!("{held:?}"));
    let waiting = models.backlog().await.unwrap().outbox;
    let some: Vec<_> = waiting.iter().filter(|waiting| waiting.count > 0).collect();
    told.push(format!("{some:?}"));
    for route in work.resolved(1_000, |_| true).unwrap() {
        told.push(format!("{route:?}"));
    }
    told.push(format!("{:?}", work.subject_changes(1_000, |_| true).unwrap()));
    told.push(format!("{:?}", work.links(1_000, |_| true).unwrap()));
    told.push(format!("{:?}", work.look_ups(1_000, |_| true).unwrap()));
    told.push(format!("{:?}", work.lost_messages(1_000, |_| true).unwrap()));
    let most = Most {
        organizations: 9,
        each: 1_000,
    };
    told.push(format!("{:?}", work.answers(now, now, most, |_| false).unwrap()));
    told.push(format!("{:?}", work.next_answer().unwrap()));
    for hours in [0, 1, 24 * 15] {
        let at = now + Duration::hours(hours);
        told.push(format!(
            "{:?}",
            (work.runs_out(at).unwrap(), work.is_unreached(at).unwrap())
        ));
    }
    told.join("\n")
}

/// What is counted as it comes and goes is what a count of the rows gives.
fn depths_are_counts(path: &std::path::Path) -> bool {
    let wrong: i64 = Connection::open(path)
        .unwrap()
        .query_row(
            "WITH counted AS (
                 SELECT 'responses' AS kind, organization AS owner, 0 AS rank, count(*) AS waiting FROM responses WHERE state = 'pending' GROUP BY 1, 2, 3
                 UNION ALL
                 SELECT 'unresolved', organization, 0, count(*) FROM notifications
                 WHERE state = 'unresolved' AND organization IS NOT NULL GROUP BY 1, 2, 3)
             SELECT (SELECT count(*) FROM (SELECT * FROM counted EXCEPT SELECT * FROM depths))
                  + (SELECT count(*) FROM (SELECT * FROM depths WHERE waiting <> 0 EXCEPT SELECT * FROM counted))",
            [],
            |row| row.get(0),
        )
        .unwrap();
    wrong == 0
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_rebuild_gives_the_rows_that_were_folded_live(
        steps in prop::collection::vec((step(), 0..4_usize), 1..60),
        batch in 1..50_usize,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut world = World::linked().await;
            let live = world.folder.path().join("live.db");
            for (step, fold) in steps {
                take(&mut world, step).await;
                if fold > 0 {
                    let options = Options { batch: fold, ..Options::default() };
                    Projector::open(&live, options).unwrap().catch_up(world.store.as_ref()).await.unwrap();
                }
            }
            Projector::open(&live, Options::default()).unwrap().catch_up(world.store.as_ref()).await.unwrap();
            let rebuilt = world.folder.path().join("rebuilt.db");
            let options = Options { batch, ..Options::default() };
            rebuild(&rebuilt, options, world.store.as_ref()).await.unwrap();
            prop_assert_eq!(dump(&live), dump(&rebuilt));
            prop_assert!(depths_are_counts(&live));
            Ok(())
        })?;
    }

    #[test]
    fn what_is_to_be_done_is_the_same_in_memory_and_read_from_the_rows(
        steps in prop::collection::vec((step(), any::<bool>()), 1..60),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut world = World::linked().await;
            for (step, fold) in steps {
                take(&mut world, step).await;
                if fold {
                    world.fold().await;
                }
            }
            world.fold().await;
            let anew = world.folder.path().join("anew.db");
            Projector::open(&anew, Options::default()).unwrap().catch_up(world.store.as_ref()).await.unwrap();
            let mut read = Projector::open(&anew, Options::default()).unwrap();
            // There is nothing to fold: what the lanes have to do is read.
            read.catch_up(world.store.as_ref()).await.unwrap();
            let now = world.now;
            prop_assert_eq!(to_do(world.projector(), now).await, to_do(&read, now).await);
            Ok(())
        })?;
    }
}
