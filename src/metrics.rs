//! What the service measures of itself, in the words of Prometheus. Three sources: the log as it grows ([`counting`]),
//! a look at queues and ages now and then ([`sampling`]), and the places where HTTP is spoken. Nothing here is asked
//! for by a request, so reading metrics costs the same however much waits.
//!
//! Labels are bounded ([`labels`]): tenants beyond the configured number are added up as `other`, and so are reasons
//! and codes that nobody expected. Counters count what this process saw in the log since it started; where several
//! processes follow one log each of them counts all of it, so take the maximum and not the sum.

use std::sync::OnceLock;

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

pub mod alerts;
pub mod counting;
pub mod labels;
pub mod sampling;
pub mod troubles;

/// Tries to deliver, by `outcome` and `reason`.
pub const ATTEMPTS: &str = "chronus_teams_attempts_total";
/// Cards that were not sent, by `reason`.
pub const NOT_SENT: &str = "chronus_teams_not_sent_total";
/// Changes of what is known of reaching people, by `state`.
pub const REACHABILITY: &str = "chronus_teams_reachability_changes_total";
/// Throttled tries, by `tenant`.
pub const THROTTLED: &str = "chronus_teams_throttled_total";
/// Until when the newest throttled card of a `tenant` waits.
pub const THROTTLED_UNTIL: &str = "chronus_teams_throttled_until_timestamp_seconds";
/// Domain events accepted, by `organization`.
pub const ACCEPTED: &str = "chronus_teams_domain_events_total";
/// From the domain event to its card in the chat, by `class`.
pub const DELIVERY: &str = "chronus_teams_delivery_seconds";
/// From the queue to the chat, by `class`: without the wait for the person to appear.
pub const SENDING: &str = "chronus_teams_sending_seconds";
/// From a press to Chronus having the answer.
pub const ANSWERING: &str = "chronus_teams_answering_seconds";
/// Tries to hand an answer to Chronus, by `result`.
pub const RESPONSES: &str = "chronus_teams_responses_total";
/// Answers that were given up, by `organization`.
pub const RESPONSES_GIVEN_UP: &str = "chronus_teams_responses_given_up_total";
/// Answers that an operator had handed over again, by `organization`.
pub const RESPONSES_REPLAYED: &str = "chronus_teams_responses_replayed_total";
/// Webhooks that are switched off, by `organization`: 1, or 0 where they are on again.
pub const WEBHOOKS_OFF: &str = "chronus_teams_webhooks_off";
/// Things that wait to be sent, by `tenant` and `class`.
pub const QUEUE: &str = "chronus_teams_queue_waiting";
/// Age of the oldest of them, by `tenant` and `class`.
pub const QUEUE_AGE: &str = "chronus_teams_queue_oldest_seconds";
/// How long the first thing is overdue that the service itself has to do.
pub const OVERDUE_AGE: &str = "chronus_teams_overdue_oldest_seconds";
/// Age of the oldest thing that is not settled, what is put off on purpose included.
pub const UNSETTLED_AGE: &str = "chronus_teams_unsettled_oldest_seconds";
/// Notifications whose recipient has not appeared, by `organization`.
pub const UNRESOLVED: &str = "chronus_teams_unresolved_waiting";
/// Age of the oldest of them.
pub const UNRESOLVED_AGE: &str = "chronus_teams_unresolved_oldest_seconds";
/// Answers that Chronus has not taken, by `organization`.
pub const RESPONSES_WAITING: &str = "chronus_teams_responses_waiting";
/// Age of the oldest of them.
pub const RESPONSES_AGE: &str = "chronus_teams_responses_oldest_seconds";
/// What the read models have not folded yet, in the log's positions: events, or bytes on KurrentDB.
pub const LAG: &str = "chronus_teams_follower_lag_events";
/// What of the log is not looked at yet for what is to be done, in the same positions.
pub const WORK_LAG: &str = "chronus_teams_work_lag_events";
/// The log's last position.
pub const HEAD: &str = "chronus_teams_log_position";
/// Size of a `file` of the data folder.
pub const FILE_BYTES: &str = "chronus_teams_file_bytes";
/// For how long the event store has not answered; 0 while it does.
pub const STORE_AWAY: &str = "chronus_teams_store_away_seconds";
/// 1 where the log does not hold any more what was seen of it.
pub const LOG_WENT_BACK: &str = "chronus_teams_log_went_back";
/// Cards that ended and were asked for again.
pub const REPLAYED: &str = "chronus_teams_replayed_total";
/// Names of time zones that nobody knows, by `source`: `client` or `chronus`.
pub const UNKNOWN_ZONES: &str = "chronus_teams_unknown_timezones_total";
/// Failures that an operator must act on, by `alert` and `tenant`.
pub const ALERTS: &str = "chronus_teams_alerts_total";
/// Hosts that are waited for, since they do not answer.
pub const CIRCUITS: &str = "chronus_teams_circuits_open";
/// Actors in memory.
pub const ACTORS: &str = "chronus_teams_actors_running";
/// Partitions of the work, by `state`: held by this node, draining here, free.
pub const PARTITIONS: &str = "chronus_teams_partitions";
/// Other nodes that share the work.
pub const PEERS: &str = "chronus_teams_peers";
/// Partitions that changed hands here, by `how`: taken, or lost by this node's own silence.
pub const HANDED_OVER: &str = "chronus_teams_partitions_moved_total";
/// Nodes that this one declared dead.
pub const EXPIRED: &str = "chronus_teams_nodes_expired_total";
/// Requests to Microsoft's login, by `result`.
pub const TOKENS: &str = "chronus_teams_token_requests_total";
/// Events told to the collector of traces, by `outcome`: `taken`, `refused`, `left_out`.
pub const SPANS: &str = "chronus_teams_spans_total";
/// Activities of the channel that could not be read, by `reason`.
pub const UNREADABLE: &str = "chronus_teams_unreadable_activities_total";
/// Activities of tenants that no organization has, by `kind`.
pub const UNLINKED: &str = "chronus_teams_unlinked_activities_total";
/// Requests that were refused unread, by `limit`: `address`, `wrong_key`, a role of a key, or `under_way`.
pub const REFUSED_REQUESTS: &str = "chronus_teams_requests_refused_total";
/// Tokens that could not be checked for want of their issuer's keys, by `surface`: `api` or `bot`. Somebody makes up the ids of keys,
/// or the issuer's are not to be had.
pub const UNCHECKED_TOKENS: &str = "chronus_teams_unchecked_tokens_total";
/// Callers with a key or a token that is not known, by `surface`: `api` or `bot`.
pub const WRONG_KEYS: &str = "chronus_teams_wrong_keys_total";
/// Requests taken, by `route` and `status`.
pub const REQUESTS: &str = "chronus_teams_http_requests_total";
/// How long they took, by `route`.
pub const REQUEST_TIME: &str = "chronus_teams_http_seconds";

/// Upper bounds in seconds: from an answer within the process to a card that waited for days.
const BUCKETS: [f64; 18] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 3_600.0,
    43_200.0, 604_800.0,
];

/// Gives what was measured. Cheap to clone.
#[derive(Clone)]
pub struct Exporter(PrometheusHandle);

impl std::fmt::Debug for Exporter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Exporter")
    }
}

impl Exporter {
    /// The process's exporter; the first call begins to keep what is measured.
    pub fn install() -> Self {
        static EXPORTER: OnceLock<Exporter> = OnceLock::new();
        EXPORTER
            .get_or_init(|| {
                let builder = PrometheusBuilder::new()
                    .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &BUCKETS)
                    .unwrap_or_else(|_| PrometheusBuilder::new());
                let recorder = builder.build_recorder();
                let handle = recorder.handle();
                if metrics::set_global_recorder(recorder).is_err() {
                    tracing::warn!("something else in this process keeps the metrics; /metrics stays empty");
                }
                describe();
                Self(handle)
            })
            .clone()
    }

    /// Everything, in Prometheus' text format.
    pub fn render(&self) -> String {
        self.0.render()
    }

    /// Tidies what histograms keep; called now and then.
    pub(crate) fn tidy(&self) {
        self.0.run_upkeep();
    }
}

fn describe() {
    describe_counters();
    describe_gauges();
    for (name, text) in [
        (DELIVERY, "From a domain event to its card in the chat"),
        (SENDING, "From the queue to the chat"),
        (ANSWERING, "From a press to Chronus having the answer"),
        (REQUEST_TIME, "Time to answer an HTTP request"),
    ] {
        describe_histogram!(name, Unit::Seconds, text);
    }
}

fn describe_counters() {
    for (name, text) in [
        (ATTEMPTS, "Tries to deliver a card, by outcome and reason"),
        (NOT_SENT, "Cards not sent, by reason"),
        (
            REACHABILITY,
            "Changes of what is known of reaching people, by new state",
        ),
        (THROTTLED, "Tries that Teams throttled"),
        (ACCEPTED, "Domain events accepted from Chronus"),
        (
            UNKNOWN_ZONES,
            "Time zones told by a name that nobody knows, by source",
        ),
        (RESPONSES, "Tries to hand an answer to Chronus, by result"),
        (
            RESPONSES_GIVEN_UP,
            "Answers that were given up: they stand in the feed and in the list of those given up",
        ),
        (
            RESPONSES_REPLAYED,
            "Answers that an operator had handed over again",
        ),
        (SPANS, "Events told to the collector of traces, by outcome"),
        (TOKENS, "Requests to Microsoft's login, by result"),
        (UNREADABLE, "Activities that could not be read, by reason"),
        (
            WRONG_KEYS,
            "Callers with a key or a token that is not known, by surface",
        ),
        (
            UNCHECKED_TOKENS,
            "Tokens that could not be checked for want of their issuer's keys, by surface",
        ),
        (
            UNLINKED,
            "Activities of tenants that no organization has, by kind",
        ),
        (
            REPLAYED,
            "Cards that ended without arriving and were asked for again",
        ),
        (
            ALERTS,
            "Failures that an operator must act on, by alert and tenant",
        ),
        (REQUESTS, "HTTP requests answered, by route and status"),
        (
            HANDED_OVER,
            "Partitions taken, or lost by this node's own silence",
        ),
        (EXPIRED, "Nodes that this one declared dead"),
    ] {
        describe_counter!(name, text);
    }
}

fn describe_gauges() {
    for (name, unit, text) in [
        (
            QUEUE,
            Unit::Count,
            "Things that wait to be sent, by tenant and class",
        ),
        (
            QUEUE_AGE,
            Unit::Seconds,
            "Age of the oldest thing that waits to be sent",
        ),
        (
            OVERDUE_AGE,
            Unit::Seconds,
            "How long the first thing is overdue that the service has to do; what is put off on purpose is not",
        ),
        (
            UNSETTLED_AGE,
            Unit::Seconds,
            "Age of the oldest thing that is not settled, what is put off on purpose included",
        ),
        (
            UNRESOLVED,
            Unit::Count,
            "Notifications whose recipient has not appeared in Teams",
        ),
        (UNRESOLVED_AGE, Unit::Seconds, "Age of the oldest of them"),
        (
            RESPONSES_WAITING,
            Unit::Count,
            "Answers that Chronus has not taken",
        ),
        (RESPONSES_AGE, Unit::Seconds, "Age of the oldest of them"),
        (
            WEBHOOKS_OFF,
            Unit::Count,
            "Webhooks that are switched off, by organization",
        ),
        (
            LAG,
            Unit::Count,
            "What the read models have not folded, in the log's positions: events, or bytes on KurrentDB",
        ),
        (
            WORK_LAG,
            Unit::Count,
            "What of the log is not looked at yet for what is to be done, in the log's positions",
        ),
        (HEAD, Unit::Count, "Last position of the log"),
        (
            STORE_AWAY,
            Unit::Seconds,
            "How long the event store has not answered",
        ),
        (
            LOG_WENT_BACK,
            Unit::Count,
            "1 where the log lost what was seen of it",
        ),
        (
            FILE_BYTES,
            Unit::Bytes,
            "Size of a file of the data folder; -wal is what is not moved into the file yet, or was and is written over",
        ),
        (ACTORS, Unit::Count, "User actors in memory"),
        (
            PARTITIONS,
            Unit::Count,
            "Partitions of the work: held here, draining here, free",
        ),
        (PEERS, Unit::Count, "Other nodes that share the work"),
        (
            CIRCUITS,
            Unit::Count,
            "Hosts that are waited for, since they do not answer",
        ),
        (
            THROTTLED_UNTIL,
            Unit::Seconds,
            "Until when the newest throttled card waits, since 1970",
        ),
    ] {
        describe_gauge!(name, unit, text);
    }
}
