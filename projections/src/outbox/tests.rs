use std::collections::{BTreeMap, HashSet};

use chrono::DateTime;
use events::{NotificationId, Position, TenantId, UserKey};
use proptest::prelude::*;
use uuid::Uuid;

use super::all::Outbox;
use super::changes::{Part, Place, What};
use super::{Due, Key, Slot, Work};

const PEOPLE: [&str; 3] = ["t/ada", "t/00000000-0000-4000-8000-00000000000b", "t/eve"];
const SLOTS: [Slot; 5] = [
    Slot::Profile,
    Slot::Update,
    Slot::Send,
    Slot::Deferred,
    Slot::LaterUpdate,
];

#[derive(Debug, Clone)]
struct Step {
    person: usize,
    slot: usize,
    rank: u8,
    position: i64,
    due: Option<Due>,
}

fn due() -> impl Strategy<Value = Due> {
    (0..4_i64, 0..6_i64, any::<[bool; 3]>(), 0..4_i64).prop_map(
        |(expires_ms, at_ms, [delayed, attempted, of_chronus], owed_ms)| Due {
            expires_ms,
            at_ms,
            delayed,
            attempted,
            owed_ms,
            of_chronus,
        },
    )
}

fn step() -> impl Strategy<Value = Step> {
    (
        0..PEOPLE.len(),
        0..SLOTS.len(),
        0..4_u8,
        1..6_i64,
        prop::option::weighted(0.7, due()),
    )
        .prop_map(|(person, slot, rank, position, due)| Step {
            person,
            slot,
            rank,
            position,
            due,
        })
}

/// What was put and not taken out, by person, slot, rank and position.
type Model = BTreeMap<(String, Slot, u8, i64), Due>;

fn key(step: &Step) -> Key<'static> {
    Key {
        user: PEOPLE[step.person],
        slot: SLOTS[step.slot],
        rank: step.rank,
        position: place_of(step),
        notification: NotificationId(Uuid::from_u128(u128::from(place_of(step).unsigned_abs()))),
    }
}

/// One event makes one thing.
fn place_of(step: &Step) -> i64 {
    let slot = i64::try_from(step.person * SLOTS.len() + step.slot).unwrap();
    step.position * 1_000 + slot * 10 + i64::from(step.rank)
}

/// A person, a slot, a rank, a place in the log.
type At = (String, Slot, u8, i64);

fn is_head(model: &Model, at: &At) -> bool {
    let before = |other: &&At| (&other.0, other.1, other.2) == (&at.0, at.1, at.2) && other.3 < at.3;
    at.1.waits_alone() || !model.keys().any(|other| before(&other))
}

/// What is given out, by going through everything.
fn given(model: &Model, now_ms: i64) -> Vec<(String, i64)> {
    let mut heads: Vec<_> = model
        .iter()
        .filter(|(at, due)| is_head(model, at) && (!due.delayed || due.at_ms <= now_ms))
        .collect();
    heads.sort_by_key(|(at, due)| (at.2, due.expires_ms, at.3));
    let mut people = HashSet::new();
    heads.retain(|(at, _)| people.insert(at.0.clone()));
    heads.into_iter().map(|(at, _)| (at.0.clone(), at.3)).collect()
}

fn position(of: &events::work::DueWork) -> i64 {
    i64::try_from(of.position.0).unwrap()
}

proptest! {
    #[test]
    fn everything_put_stays_listed_until_it_is_taken_out_and_is_given_out_in_order(
        steps in prop::collection::vec(step(), 1..80),
        now_ms in 0..7_i64,
    ) {
        let mut outbox = Outbox::default();
        let mut model = Model::new();
        let tenant = TenantId::parse("t").unwrap();
        for step in &steps {
            let place = Place::of(&key(step));
            let at = (PEOPLE[step.person].to_owned(), SLOTS[step.slot], step.rank, place_of(step));
            let what = if let Some(due) = step.due {
                model.insert(at, due);
                What::Put(place, due)
            } else {
                model.remove(&at);
                What::Remove(place)
            };
            outbox.change(&what, step.position);
            let known = outbox.tenants.get(&tenant);
            let kept: Vec<_> = known.map(super::tenant::Tenant::all).unwrap_or_default();
            let expected: Vec<_> = model
                .iter()
                .map(|(at, due)| (at.0[2..].to_owned(), at.1, at.2, at.3, *due, is_head(&model, at)))
                .collect();
            let mut kept: Vec<_> = kept
                .into_iter()
                .map(|(person, slot, rank, position, _, due, head)| (person, slot, rank, position, due, head))
                .collect();
            kept.sort_by(|one, other| (&one.0, one.1, one.2, one.3).cmp(&(&other.0, other.1, other.2, other.3)));
            prop_assert_eq!(&kept, &expected);
        }
        let now = DateTime::from_timestamp_millis(now_ms).unwrap();
        let due = outbox.due(&tenant, now, &HashSet::new(), 100);
        let told: Vec<_> = due.iter().map(|due| (due.user.to_string(), position(due))).collect();
        prop_assert_eq!(&told, &given(&model, now_ms));
        for (user, _) in &told {
            let busy = HashSet::from([UserKey::parse(user).unwrap()]);
            let others = outbox.due(&tenant, now, &busy, 100);
            prop_assert!(others.iter().all(|due| due.user.to_string() != *user));
            prop_assert_eq!(others.len(), due.len() - 1);
        }
    }
}

fn what(step: &Step) -> What {
    let place = Place::of(&key(step));
    match step.due {
        Some(due) => What::Put(place, due),
        None => What::Remove(place),
    }
}

proptest! {
    #[test]
    fn what_the_rows_of_an_earlier_place_tell_undoes_nothing_that_came_since(
        steps in prop::collection::vec(step(), 1..80),
        half in 0..80_usize,
    ) {
        let (before, since) = steps.split_at(half.min(steps.len()));
        let (mut known, mut rows) = (Outbox::default(), BTreeMap::new());
        for step in before {
            known.change(&what(step), step.position);
            let place = Place::of(&key(step));
            match step.due {
                Some(due) => drop(rows.insert(place.at(), (place, due))),
                None => drop(rows.remove(&place.at())),
            }
        }
        let mut late = Outbox {
            loading: Some(HashSet::new()),
            ..Outbox::default()
        };
        for step in since {
            known.change(&what(step), step.position);
            late.change(&what(step), step.position);
        }
        let tenant = TenantId::parse("t").unwrap();
        let now = DateTime::from_timestamp_millis(7).unwrap();
        prop_assert_eq!(late.due(&tenant, now, &HashSet::new(), 100), []);
        late.add(Part {
            things: rows.into_values().collect(),
            is_last: true,
        });
        late.loaded();
        let all = |outbox: &Outbox| outbox.tenants.get(&tenant).map(super::tenant::Tenant::all).unwrap_or_default();
        prop_assert_eq!(all(&late), all(&known));
        prop_assert_eq!(
            late.due(&tenant, now, &HashSet::new(), 100),
            known.due(&tenant, now, &HashSet::new(), 100)
        );
    }
}

#[test]
fn who_has_nothing_to_be_done_takes_no_room() {
    let mut outbox = Outbox::default();
    let due = Due::of_look_up(1, false);
    for position in 1..100 {
        let user = format!("t/person-{position}");
        let key = Key::profile(&user, position);
        outbox.change(&What::Put(Place::of(&key), due), position);
    }
    let tenant = TenantId::parse("t").unwrap();
    let now = DateTime::from_timestamp_millis(1).unwrap();
    let first = outbox.due(&tenant, now, &HashSet::new(), 1);
    assert_eq!((first.len(), first[0].work), (1, Work::Profile));
    assert_eq!(first[0].position, Position(1));
    for position in 1..100 {
        let user = format!("t/person-{position}");
        outbox.change(&What::Remove(Place::of(&Key::profile(&user, position))), position);
    }
    assert_eq!(outbox.tenants(None).tenants, []);
    assert!(outbox.tenants[&tenant].all().is_empty());
    assert_eq!(outbox.groups()[0].1.count, 0);
}
