//! The parts that act on what the read models list: router, delivery lanes, responder.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use actors::delivery::{Circuits, DeliveryObserver};
use actors::lane::{Express, LaneDeps, run_lanes};
use actors::ports::{ChronusWebhook, Connector};
use actors::{Organizers, Responder, Router};
use events::OrganizationId;

use super::{Core, Parts};
use crate::chronus::forgetting::Forgetting;
use crate::chronus::webhook::{PreviousSecret, Receiver, Receivers, Webhooks};
use crate::config::Config;
#[cfg(feature = "otel")]
use crate::read_models::AcceptedRows;
#[cfg(feature = "otel")]
use crate::traces::{CollectorSettings, Traces};

/// Starts them; answers which hosts are waited for.
pub(super) fn spawn(
    config: &Config,
    core: &Core,
    connector: &Arc<dyn Connector>,
    webhook: Arc<dyn ChronusWebhook>,
    observer: Arc<dyn DeliveryObserver>,
    work: &Parts,
) -> Arc<Circuits> {
    let circuits = Arc::new(Circuits::new(config.delivery.circuit()));
    let express = Express::default();
    let router = Router {
        directory: core.directory.clone(),
        routing: Arc::clone(&core.ports) as _,
        progress: Arc::clone(&core.ports) as _,
        store: Arc::clone(&core.store),
        clock: Arc::clone(&core.clock),
        unreached_after: config.responses.unreached_after(),
        express: express.clone(),
    };
    work.spawn("the router", router.run(work.cancel.clone()));
    let lanes = LaneDeps {
        directory: core.directory.clone(),
        outbox: Arc::clone(&core.ports) as _,
        progress: Arc::clone(&core.ports) as _,
        switches: Arc::clone(&core.ports) as _,
        connector: Arc::clone(connector),
        renderer: Arc::clone(&core.renderer) as _,
        vault: core.vault.clone(),
        clock: Arc::clone(&core.clock),
        limits: Arc::new(config.limits()),
        after_restart: core.after_restart,
        circuits: Arc::clone(&circuits),
        observer,
        ownership: Arc::clone(&core.ownership),
        express,
    };
    work.spawn("the delivery lanes", run_lanes(lanes, work.cancel.clone()));
    let responder = Responder {
        pending: Arc::clone(&core.ports) as _,
        progress: Arc::clone(&core.ports) as _,
        ownership: Arc::clone(&core.ownership),
        webhook,
        store: Arc::clone(&core.store),
        clock: Arc::clone(&core.clock),
        rules: config.responses.rules(),
    };
    work.spawn("the responder", responder.run(work.cancel.clone()));
    let organizers = Organizers {
        invitations: Arc::clone(&core.ports) as _,
        progress: Arc::clone(&core.ports) as _,
        intake: core.intake.clone(),
        ownership: Arc::clone(&core.ownership),
        store: Arc::clone(&core.store),
        vault: core.vault.clone(),
        clock: Arc::clone(&core.clock),
    };
    work.spawn("telling organizers", organizers.run(work.cancel.clone()));
    let forgetting = Forgetting {
        eraser: core.eraser(),
        ownership: Arc::clone(&core.ownership),
        remembers: config.privacy.remembers(),
    };
    work.spawn(
        "forgetting whoever asks for it",
        forgetting.run(work.cancel.clone()),
    );
    let (directory, cancel) = (core.directory.clone(), work.cancel.clone());
    work.spawn(
        "the directory",
        async move { directory.retire_idle(cancel).await },
    );
    circuits
}

/// Tells the collector of traces, where one is configured.
#[cfg(feature = "otel")]
pub(super) fn tell_traces(config: &Config, core: &Core, http: &reqwest::Client, work: &Parts) {
    let Some(endpoint) = config.traces.endpoint.clone() else {
        return;
    };
    let traces = Traces {
        store: Arc::clone(&core.store),
        index: Arc::new(AcceptedRows(core.models.clone())),
        collector: CollectorSettings {
            endpoint,
            headers: config.traces.headers(),
        },
        http: http.clone(),
        clock: Arc::clone(&core.clock),
    };
    work.spawn("telling traces", traces.run(work.cancel.clone()));
}

/// Where the organizations take their answers, as configured.
pub(super) fn receivers(config: &Config) -> HashMap<OrganizationId, Receiver> {
    config
        .organizations
        .iter()
        .filter_map(|organization| {
            let webhook = organization.webhook.as_ref()?;
            let receiver = Receiver {
                url: webhook.url.clone(),
                secret: webhook.secret.clone()?,
                previous: webhook.previous_secret.clone().map(|secret| PreviousSecret {
                    secret,
                    until: webhook.previous_secret_until,
                }),
            };
            Some((organization.id.clone(), receiver))
        })
        .collect()
}

/// The way to the organizations' webhooks.
pub(super) fn webhooks(
    config: &Config,
    core: &Core,
    http: reqwest::Client,
    receivers: Receivers,
) -> Webhooks {
    let timeout = Duration::from_secs(config.responses.timeout_seconds);
    Webhooks::new(
        receivers,
        core.answers.clone(),
        http,
        Arc::clone(&core.clock),
        timeout,
    )
}
