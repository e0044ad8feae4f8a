//! `[delivery]` and `[responses]`: pace, patience and time limits of what is sent.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroU32;
use std::time::Duration;

use actors::delivery::{CircuitSettings, DeliveryPlan};
use actors::lane::{Limits, Window};
use actors::responder::HandOverRules;
use actors::settings::Rules;
use chrono::TimeDelta;
use events::TenantId;
use events::user::{QuietDays, QuietHours, UnknownPolicy};
use serde::Deserialize;

use super::check::Problems;

/// At most `count` operations in `seconds`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WindowSetting {
    /// Operations.
    pub count: u32,
    /// Length, in seconds.
    pub seconds: u32,
}

impl WindowSetting {
    fn of(window: Window) -> Self {
        Self {
            count: window.count.get(),
            seconds: u32::try_from(window.period.as_secs()).unwrap_or(u32::MAX),
        }
    }

    fn window(self) -> Window {
        Window::new(self.count, self.seconds)
    }
}

/// What happens to a card whose arrival is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// It is posted again, a bounded number of times.
    Retry,
    /// It is left.
    Hold,
}

/// `[delivery]`: how cards are sent.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Delivery {
    /// Teams' limit for the app in one tenant.
    pub tenant_limit: WindowSetting,
    /// By how much requests may come closer together on their way to Teams than they left, in milliseconds.
    pub tenant_margin_milliseconds: u64,
    /// Teams' limits for one chat; all hold at once.
    pub chat_limits: Vec<WindowSetting>,
    /// Requests under way at once, per tenant.
    pub concurrency: usize,
    /// Requests under way at once, of all tenants together; the tenants take turns.
    pub total_concurrency: usize,
    /// Failures in a row after which a host, or Microsoft's login, is waited for.
    pub circuit_failures: u32,
    /// Longest pause between two tries of a host that is waited for, in seconds.
    pub circuit_longest_pause_seconds: u64,
    /// How long a card without an expiry of its own is worth sending, in days.
    pub ttl_days: u32,
    /// First delay after a try that created nothing, in seconds; doubles with each try.
    pub first_delay_seconds: u64,
    /// Longest delay of our own choice, in seconds.
    pub longest_delay_seconds: u64,
    /// Longest `Retry-After` that is followed, in seconds.
    pub longest_retry_after_seconds: u64,
    /// Delays before a card whose arrival is unknown is posted again, in seconds; their number bounds the tries.
    pub unknown_delays_seconds: Vec<u64>,
    /// Tries that a wrong set-up (credentials, host) may cost before the card is refused.
    pub configuration_attempts: u32,
    /// Delays before a failed look-up of a person is repeated, in seconds; after these it is repeated as often as a
    /// profile ages.
    pub profile_delays_seconds: Vec<u32>,
    /// By prefix of the domain event's type: what happens to a card whose arrival is unknown. The longest prefix
    /// decides; what is given here comes on top of the defaults.
    pub unknown_policy: BTreeMap<String, Policy>,
    /// When it is quiet for people who did not say otherwise, `21:00-07:00` in their own zone; `off` for never.
    pub quiet_hours: String,
    /// Time limit for a connection to Microsoft, in seconds.
    pub connect_timeout_seconds: u64,
    /// Time limit for a whole request to Microsoft, in seconds.
    pub request_timeout_seconds: u64,
}

impl Default for Delivery {
    fn default() -> Self {
        let (limits, rules) = (Limits::default(), Rules::default());
        let circuit = CircuitSettings::default();
        let seconds = |delay: &TimeDelta| u32::try_from(delay.num_seconds()).unwrap_or(u32::MAX);
        Self {
            tenant_limit: WindowSetting::of(limits.tenant),
            tenant_margin_milliseconds: u64::try_from(limits.tenant_margin.as_millis()).unwrap_or(u64::MAX),
            chat_limits: limits.chat.into_iter().map(WindowSetting::of).collect(),
            concurrency: limits.concurrency,
            total_concurrency: limits.total_concurrency,
            circuit_failures: circuit.failures,
            circuit_longest_pause_seconds: circuit.longest_pause.as_secs(),
            ttl_days: u32::try_from(rules.time_to_live.num_days()).unwrap_or(u32::MAX),
            first_delay_seconds: rules.plan.first_delay.as_secs(),
            longest_delay_seconds: rules.plan.longest_delay.as_secs(),
            longest_retry_after_seconds: rules.plan.longest_retry_after.as_secs(),
            unknown_delays_seconds: rules.plan.unknown_delays.iter().map(Duration::as_secs).collect(),
            configuration_attempts: rules.plan.configuration_attempts,
            profile_delays_seconds: rules.profile_delays.iter().map(seconds).collect(),
            unknown_policy: BTreeMap::new(),
            quiet_hours: "21:00-07:00".to_owned(),
            connect_timeout_seconds: 5,
            request_timeout_seconds: 12,
        }
    }
}

impl Delivery {
    pub(super) fn check(&self, problems: &mut Problems<'_>) {
        if self.connect_timeout_seconds > self.request_timeout_seconds {
            problems.add(
                "delivery.connect_timeout_seconds",
                format!(
                    "{} is longer than delivery.request_timeout_seconds ({}); write less",
                    self.connect_timeout_seconds, self.request_timeout_seconds
                ),
            );
        }
        if self.quiet_hours.trim() != "off" && quiet_hours(&self.quiet_hours).is_none() {
            problems.add(
                "delivery.quiet_hours",
                "this is no span of time; write \"21:00-07:00\" or \"off\"",
            );
        }
        if self.first_delay_seconds > self.longest_delay_seconds {
            problems.add(
                "delivery.first_delay_seconds",
                format!(
                    "{} is longer than delivery.longest_delay_seconds ({}); write less",
                    self.first_delay_seconds, self.longest_delay_seconds
                ),
            );
        }
    }

    /// Teams' limits as the lanes take them, with the weights of tenants where they are not 1.
    pub(super) fn limits(&self, weights: HashMap<TenantId, NonZeroU32>) -> Limits {
        Limits {
            tenant: self.tenant_limit.window(),
            tenant_margin: Duration::from_millis(self.tenant_margin_milliseconds),
            chat: self.chat_limits.iter().map(|limit| limit.window()).collect(),
            concurrency: self.concurrency,
            total_concurrency: self.total_concurrency,
            weights,
        }
    }

    /// When a host is waited for, as the lanes take it.
    pub fn circuit(&self) -> CircuitSettings {
        CircuitSettings {
            failures: self.circuit_failures,
            longest_pause: Duration::from_secs(self.circuit_longest_pause_seconds),
            ..CircuitSettings::default()
        }
    }

    /// The rules of a user as the actors take them.
    pub fn rules(&self) -> Rules {
        let defaults = Rules::default();
        let own = self.unknown_policy.iter().map(|(prefix, policy)| {
            let policy = match policy {
                Policy::Retry => UnknownPolicy::Retry,
                Policy::Hold => UnknownPolicy::Hold,
            };
            (prefix.clone(), policy)
        });
        let kept = defaults
            .unknown_policies
            .into_iter()
            .filter(|(prefix, _)| !self.unknown_policy.contains_key(prefix));
        Rules {
            time_to_live: TimeDelta::days(i64::from(self.ttl_days)),
            plan: DeliveryPlan {
                first_delay: Duration::from_secs(self.first_delay_seconds),
                longest_delay: Duration::from_secs(self.longest_delay_seconds),
                longest_retry_after: Duration::from_secs(self.longest_retry_after_seconds),
                unknown_delays: self
                    .unknown_delays_seconds
                    .iter()
                    .copied()
                    .map(Duration::from_secs)
                    .collect(),
                configuration_attempts: self.configuration_attempts,
                ..DeliveryPlan::default()
            },
            profile_delays: self
                .profile_delays_seconds
                .iter()
                .map(|seconds| TimeDelta::seconds(i64::from(*seconds)))
                .collect(),
            unknown_policies: kept.chain(own).collect(),
            // A matter of `[teams]`.
            profile_max_age: defaults.profile_max_age,
            quiet_hours: quiet_hours(&self.quiet_hours),
        }
    }
}

/// Reads `21:00-07:00`; `None` for `off`, and for anything else, which the check of the configuration refuses.
fn quiet_hours(text: &str) -> Option<QuietHours> {
    let (from, to) = text.split_once('-')?;
    Some(QuietHours {
        from: from.parse().ok()?,
        to: to.parse().ok()?,
        days: QuietDays::All,
        off: false,
    })
}

/// `[responses]`: how answers are handed to Chronus.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Responses {
    /// Time limit for one try, in seconds.
    pub timeout_seconds: u64,
    /// Delays before each further try, in seconds; their number bounds the tries. The pull feed keeps every answer.
    pub delays_seconds: Vec<u32>,
    /// How long nobody may be found for a recipient before Chronus is told, in seconds. An install that comes at the
    /// same time as the card is no news.
    pub unreached_after_seconds: u32,
    /// For how long a receiver may take nothing before its webhook is switched off, in seconds.
    pub off_after_seconds: u32,
}

impl Default for Responses {
    fn default() -> Self {
        let seconds = |delay: &TimeDelta| u32::try_from(delay.num_seconds()).unwrap_or(u32::MAX);
        let rules = HandOverRules::default();
        Self {
            timeout_seconds: 10,
            delays_seconds: rules.delays.iter().map(seconds).collect(),
            unreached_after_seconds: 20,
            off_after_seconds: seconds(&rules.off_after),
        }
    }
}

impl Responses {
    /// How long nobody may be found for a recipient before Chronus is told.
    pub fn unreached_after(&self) -> TimeDelta {
        TimeDelta::seconds(i64::from(self.unreached_after_seconds))
    }

    /// The rules as the responder takes them.
    pub fn rules(&self) -> HandOverRules {
        let seconds = |seconds: &u32| TimeDelta::seconds(i64::from(*seconds));
        HandOverRules {
            delays: self.delays_seconds.iter().map(seconds).collect(),
            off_after: seconds(&self.off_after_seconds),
        }
    }
}
