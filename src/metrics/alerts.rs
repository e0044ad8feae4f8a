//! Hears from the lanes what an operator must act on. Tries are counted off the log ([`super::counting`]), which tells
//! them all.

use std::sync::Arc;

use actors::delivery::{DeliveryObserver, Outcome};
use events::TenantId;
use metrics::counter;

use super::labels::Labels;

/// Counts alerts.
#[derive(Debug)]
pub struct Alerts {
    /// Tenants that have a label of their own.
    pub tenants: Arc<Labels>,
}

impl DeliveryObserver for Alerts {
    fn tried(&self, _tenant: &TenantId, _outcome: &Outcome) {}

    fn alerted(&self, tenant: &TenantId, alert: &'static str) {
        let tenant = self.tenants.of(tenant.as_str());
        counter!(super::ALERTS, "alert" => alert, "tenant" => tenant).increment(1);
    }
}
