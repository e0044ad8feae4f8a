//! What must be so, by somebody who knows the truth.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chronus_teams::check::{Check, Part};
use events::{EventStore, Position, Recorded};
use serde_json::Value;

use crate::life::Play;
use crate::teams::World;
use crate::truth::Truth;

/// What must be so whenever nothing is left to do: a meeting's card shows the revision that is newest by Chronus' own time.
pub(crate) async fn at_rest(world: &World, store: &dyn EventStore) {
    let log = store.read_log(Position::START, usize::MAX).await.unwrap();
    let known = Log::of(&log).messages;
    world.with(|truth| {
        let mut faults = Vec::new();
        for (number, meeting) in &truth.meetings {
            let (Some((_, revision, cancelled)), Some(card)) = (meeting.newest, &meeting.card) else {
                continue;
            };
            let human = &truth.humans[meeting.human];
            // Whoever removed the app keeps cards that nobody can change. While directory and Chronus name different addresses
            // nobody can tell that the person is still that member, so nothing more is shown to them until they agree.
            let is_known =
                human.installed && !human.blocked && human.employed && human.mail == human.told_mail;
            // Nobody told the id of a message of which it never became known that it was taken, so it cannot be changed.
            let Some(shown) = human
                .card(card)
                .filter(|shown| is_known && known.contains(&shown.id))
            else {
                continue;
            };
            let shown = shown.activity.to_string();
            if cancelled && !shown.contains("ancelled") {
                faults.push(format!(
                    "meeting {number} was cancelled, and its card {card} at {} does not say so",
                    human.token()
                ));
            }
            let mut stale = (0..revision).map(|older| format!("room-{number}-r{older}."));
            if !cancelled && stale.any(|older| shown.contains(&older)) {
                faults.push(format!(
                    "meeting {number} is at {revision}, and its card {card} at {} shows an older one",
                    human.token()
                ));
            }
        }
        for fault in faults {
            truth.fault(fault);
        }
    });
}

/// What must be so at the end: of the chats, of what was acknowledged, of the log.
pub(crate) async fn at_the_end(play: &Play, folder: &Path) -> Vec<Recorded> {
    let world = &play.stage.world;
    at_rest(world, &*play.store).await;
    let log = play.store.read_log(Position::START, usize::MAX).await.unwrap();
    world.with(|truth| {
        // What Chronus took is handed over once more where that could not be recorded.
        truth.unsaid += world.faults.of_log();
        let told = Log::of(&log);
        everybody_is_reached(truth);
        nothing_twice(truth, &told);
        acknowledged_is_there(truth, &told);
    });
    let scratch = folder.join("scratch.db");
    let check = Check {
        file: None,
        read_models: &folder.join("projections.db"),
        audit: false,
        keys: None,
        masters: events::sealing::sqlite::Masters::default(),
        options: projections::Options {
            default_ttl: play.config.rules().time_to_live,
            ..play.config.projection_options()
        },
        scratch: &scratch,
    };
    let (at, _) = tokio::sync::watch::channel(("", Position::START, Position::START));
    match check.run(&*play.store, &at).await {
        Ok(verdict) => world.with(|truth| {
            // The keys are in memory, where check does not look.
            let faults = verdict.faults.into_iter();
            for fault in faults.filter(|fault| fault.part != Part::Keys) {
                truth.fault(format!("check: {fault:?}"));
            }
            if verdict.read_models.is_none() {
                truth.fault("check: the read models were not compared".to_owned());
            }
        }),
        Err(error) => world.with(|truth| truth.fault(format!("check failed: {error:#}"))),
    }
    log
}

/// What the log tells, looked at as plain JSON.
struct Log {
    unknown: BTreeMap<String, u32>,
    domain_events: BTreeMap<String, Vec<u64>>,
    delivered: BTreeSet<String>,
    /// The messages whose ids it knows.
    messages: BTreeSet<String>,
    typed: usize,
    /// What was accepted or declined: requests, and the cards on which it was pressed.
    decided_on: BTreeSet<String>,
    /// Those cards.
    decided: BTreeMap<String, u32>,
}

impl Log {
    fn of(log: &[Recorded]) -> Self {
        let mut told = Self {
            unknown: BTreeMap::new(),
            domain_events: BTreeMap::new(),
            delivered: BTreeSet::new(),
            messages: BTreeSet::new(),
            typed: 0,
            decided_on: BTreeSet::new(),
            decided: BTreeMap::new(),
        };
        for recorded in log {
            let payload: Value = serde_json::from_str(&recorded.payload).unwrap_or_default();
            let text = |name: &str| payload[name].as_str().unwrap_or_default().to_owned();
            match &*recorded.event_type {
                "DeliveryOutcomeUnknown" => *told.unknown.entry(text("notification_id")).or_default() += 1,
                "DomainEventAccepted" => {
                    told.domain_events
                        .entry(text("id"))
                        .or_default()
                        .push(recorded.position.0);
                }
                "NotificationDelivered" => {
                    told.delivered.insert(text("notification_id"));
                    told.messages.insert(text("activity_id"));
                }
                "CommandReceived" => told.typed += 1,
                // The person is told on the card that it did not count.
                "ActionIgnored" => told.decided_on.extend([text("notification_id"), text("subject")]),
                "RequestAccepted" | "RequestDeclined" => {
                    told.decided_on.extend([text("notification_id"), text("subject")]);
                    *told.decided.entry(text("notification_id")).or_default() += 1;
                }
                _ => {}
            }
        }
        told
    }
}

/// Once everybody was told everything: whoever is employed, has the app and is a member gets the next card, and nobody else.
fn everybody_is_reached(truth: &mut Truth) {
    for (human, card) in truth.last.clone() {
        let who = &truth.humans[human];
        let arrived = who.card(&card).is_some();
        let reachable = who.installed && !who.blocked;
        if arrived != reachable {
            let who = format!("{} ({})", who.token(), who.mail);
            truth.fault(format!(
                "the last card of {who} arrived: {arrived}; could be reached: {reachable}"
            ));
        }
    }
}

/// No card twice without an unknown before it.
fn nothing_twice(truth: &mut Truth, log: &Log) {
    let mut faults = Vec::new();
    for human in &truth.humans {
        let mut posts: BTreeMap<&str, u32> = BTreeMap::new();
        for card in human
            .chat
            .iter()
            .filter_map(|shown| shown.notification.as_deref())
        {
            *posts.entry(card).or_default() += 1;
        }
        for (card, posts) in posts {
            let unknown = log.unknown.get(card).copied().unwrap_or_default();
            if posts > unknown + 1 {
                faults.push(format!(
                    "{} has card {card} {posts} times with {unknown} unknown outcomes",
                    human.token()
                ));
            }
        }
    }
    for fault in faults {
        truth.fault(fault);
    }
}

fn acknowledged_is_there(truth: &mut Truth, log: &Log) {
    let mut faults = Vec::new();
    for (id, position) in &truth.acknowledged {
        let there = log.domain_events.get(id).cloned().unwrap_or_default();
        if there != [*position] {
            faults.push(format!(
                "{id} was acknowledged at {position} and stands at {there:?}"
            ));
        }
    }
    for card in truth.requests.intersection(&log.delivered) {
        if !truth.posted.contains(card) {
            faults.push(format!("{card} stands as delivered, and no chat ever got it"));
        }
    }
    if log.typed < truth.typed.len() {
        faults.push(format!(
            "{} commands were acknowledged, and {} are there",
            truth.typed.len(),
            log.typed
        ));
    }
    for pressed in &truth.pressed {
        if !pressed.on.iter().any(|on| log.decided_on.contains(on)) {
            faults.push(format!("{pressed:?} was acknowledged and is not there"));
        }
    }
    for (card, decisions) in &log.decided {
        let heard = truth
            .heard
            .values()
            .filter(|(answer, _)| answer.to_string().contains(card.as_str()));
        let (kinds, times) = heard.fold((0, 0), |(kinds, times), (_, count)| (kinds + 1, times + count));
        if kinds == 0 {
            faults.push(format!(
                "what was decided on {card} ({decisions}) never reached Chronus"
            ));
        }
        if times > kinds + truth.unsaid + truth.deaths {
            faults.push(format!("Chronus took what was decided on {card} {times} times"));
        }
    }
    for fault in faults {
        truth.fault(fault);
    }
}
