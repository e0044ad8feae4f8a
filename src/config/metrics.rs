//! `[metrics]`: what is measured, and who may read it.

use std::time::Duration;

use serde::Deserialize;

/// Who may read `/metrics` and `/health`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MetricsAccess {
    /// Callers on this machine, by a loopback name.
    #[default]
    Loopback,
    /// Whoever has an API key with the role `admin`.
    Admin,
    /// Everybody who reaches the address.
    Open,
}

/// `[metrics]`: what is measured, and who may read it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Metrics {
    /// Who may read.
    pub access: MetricsAccess,
    /// Tenants with a label of their own; the others are added up.
    pub tenants: usize,
    /// How often queues and ages are looked at, in seconds.
    pub period_seconds: u64,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            access: MetricsAccess::default(),
            tenants: 50,
            period_seconds: 15,
        }
    }
}

impl Metrics {
    /// How often queues and ages are looked at.
    pub fn period(&self) -> Duration {
        Duration::from_secs(self.period_seconds.max(1))
    }
}
