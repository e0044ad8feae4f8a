//! What an operator sees of delivery while it goes on. The log tells all of it too; this is for counters and alerts.

use std::fmt::Debug;

use events::{NotificationId, TenantId};

use super::Outcome;

/// Hears of outcomes as they come. Must not block.
pub trait DeliveryObserver: Debug + Send + Sync + 'static {
    /// A try ended so.
    fn tried(&self, tenant: &TenantId, outcome: &Outcome);
    /// An operator is to be told at once; `alert` is a word that does not change.
    fn alerted(&self, tenant: &TenantId, alert: &'static str);
}

/// Counts nothing: the log alone tells.
#[derive(Debug, Clone, Copy)]
pub struct Uncounted;

impl DeliveryObserver for Uncounted {
    fn tried(&self, _tenant: &TenantId, _outcome: &Outcome) {}
    fn alerted(&self, _tenant: &TenantId, _alert: &'static str) {}
}

/// Tells the observer and, where nobody but an operator can help, the log: `target` is `alert`.
pub(crate) fn report(
    observer: &dyn DeliveryObserver,
    tenant: &TenantId,
    id: NotificationId,
    outcome: &Outcome,
) {
    observer.tried(tenant, outcome);
    if let Some(alert) = outcome.alert() {
        tracing::error!(target: "alert", alert, %tenant, notification = %id, ?outcome, "a card was refused");
        observer.alerted(tenant, alert);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[derive(Debug, Default)]
    struct Heard(Mutex<Vec<String>>);

    impl DeliveryObserver for Heard {
        fn tried(&self, tenant: &TenantId, outcome: &Outcome) {
            self.0.lock().unwrap().push(format!("{tenant} {outcome:?}"));
        }

        fn alerted(&self, tenant: &TenantId, alert: &'static str) {
            self.0.lock().unwrap().push(format!("{tenant} alert {alert}"));
        }
    }

    #[test]
    fn every_outcome_is_heard_and_some_are_told_an_operator_at_once() {
        let (heard, tenant) = (Heard::default(), TenantId::parse("t-1").unwrap());
        for outcome in [Outcome::Delivered, Outcome::Unreadable] {
            report(&heard, &tenant, NotificationId::derive(["card"]), &outcome);
        }
        let heard = heard.0.into_inner().unwrap();
        assert_eq!(
            heard,
            ["t-1 Delivered", "t-1 Unreadable", "t-1 alert card_unreadable"]
        );
    }
}
