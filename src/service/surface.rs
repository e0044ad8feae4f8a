//! The HTTP server over the service's parts.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use actix_web::dev::{Server, ServerHandle};
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer};

use super::addresses::{Addresses, advice};
use super::{Core, Parts, ServiceError};
use crate::audit::handover;
use crate::config::{ApiKeys, Config};
use crate::console::Tails;
use crate::http::access::signed_in;
use crate::http::answers;
use crate::http::etag::tagged;
use crate::http::finished::finished;
use crate::http::idempotency::once;
use crate::http::insight::InsightSurface;
use crate::http::limits::limited;
use crate::http::local::only_local_without_tokens;
use crate::http::measured::measured;
use crate::http::parameters::known_parameters;
use crate::http::reloading::Reloading;
use crate::http::turns::read_in_turn;
use crate::teams::edge::Edge;

mod data;

use data::Surfaces;
pub(super) use data::spoken_to;

/// The servers that run, and where.
#[derive(Debug)]
pub(super) struct Servers {
    pub(super) address: SocketAddr,
    pub(super) admin_address: SocketAddr,
    /// The keys that are taken.
    pub(super) keys: ApiKeys,
    /// The way of those who ask for other secrets.
    pub(super) reloading: Reloading,
    /// Teams, Chronus, and whoever distributes requests.
    main: ServerHandle,
    /// Operators.
    admin: ServerHandle,
    /// Pages that stay open.
    tails: Tails,
}

impl Servers {
    /// Lets what is under way end. Operators can look until then.
    pub(super) async fn stop(&self) {
        self.tails.close();
        self.main.stop(true).await;
        self.admin.stop(false).await;
    }
}

/// Lets callers in at both addresses and serves.
pub(super) fn serve(
    config: &Config,
    addresses: Addresses,
    core: &Core,
    edge: Edge,
    insight: InsightSurface,
    http: &reqwest::Client,
    work: &Parts,
) -> Result<Servers, ServiceError> {
    let surfaces = Surfaces::new(config, core, edge, insight, http);
    if config.console.enabled {
        let pulse = surfaces.console.pulse.clone();
        let following = pulse.run(
            Arc::clone(&core.store),
            core.embedded.is_some(),
            work.cancel.clone(),
        );
        work.spawn("the console's look at the log", following);
    }
    let refusals = Arc::clone(&surfaces.refusals).run(Arc::clone(&core.store), work.cancel.clone());
    work.spawn("the audit of refused callers", refusals);
    if core.embedded.is_some() {
        let (store, clock) = (Arc::clone(&core.store), Arc::clone(&core.clock));
        let taking = handover::run(config.data.folder.clone(), store, clock, work.cancel.clone());
        work.spawn("the audit of the command line", taking);
    }
    let (keyring, known_keys) = (Arc::clone(&surfaces.api.keyring), surfaces.api.keys.clone());
    work.spawn("the keys of the API", keyring.run(work.cancel.clone()));
    let onboarding = Arc::clone(&core.onboarding);
    work.spawn(
        "organizations and links of run time",
        onboarding.run(work.cancel.clone()),
    );
    let (keys, cancel) = (surfaces.bot.clone(), work.cancel.clone());
    work.spawn("the look at Microsoft's keys", async move {
        keys.access.keep_keys_fresh(cancel).await;
    });
    let failed = |source: std::io::Error| ServiceError::Bind {
        address: config.http.listen,
        advice: advice(&source, "http.listen"),
        source,
    };
    let (listener, operators) = addresses.listen()?;
    let address = listener.local_addr().map_err(failed)?;
    let (admin_address, admin) = serve_operators(operators, surfaces.clone(), work).map_err(failed)?;
    let tails = surfaces.console.tails.clone();
    let reloading = surfaces.api.reloading.clone();
    let has_console = config.console.enabled;
    let bound = HttpServer::new(move || {
        App::new()
            .configure(|app| surfaces.register(app))
            .wrap(from_fn(once))
            .wrap(from_fn(read_in_turn))
            .wrap(from_fn(signed_in))
            .wrap(from_fn(tagged))
            .wrap(from_fn(known_parameters))
            .wrap(from_fn(only_local_without_tokens))
            .wrap(from_fn(limited))
            .wrap(from_fn(answers::problems))
            .wrap(answers::headers())
            .wrap(from_fn(measured))
            .wrap(from_fn(finished))
            .configure(|app| {
                if has_console {
                    crate::console::routes(app);
                }
            })
            .configure(crate::http::routes)
    })
    .workers(config.http.workers.max(1))
    .disable_signals()
    .shutdown_timeout(config.http.shutdown_seconds);
    let bound = bound.listen(listener).map_err(failed)?;
    let main = run("the HTTP server", bound.run(), work);
    Ok(Servers {
        keys: known_keys,
        reloading,
        address,
        admin_address,
        main,
        admin,
        tails,
    })
}

/// The operators' listener.
fn serve_operators(
    listener: TcpListener,
    surfaces: Surfaces,
    work: &Parts,
) -> std::io::Result<(SocketAddr, ServerHandle)> {
    let address = listener.local_addr()?;
    let server = HttpServer::new(move || {
        App::new()
            .configure(|app| surfaces.register(app))
            .wrap(answers::headers())
            .configure(crate::http::operator_routes)
    })
    .workers(1)
    .disable_signals();
    let running = server.listen(listener)?.run();
    Ok((address, run("the operators' HTTP server", running, work)))
}

fn run(part: &'static str, running: Server, work: &Parts) -> ServerHandle {
    let handle = running.handle();
    work.spawn(part, async move {
        if let Err(error) = running.await {
            tracing::error!(%error, "{part} failed");
        }
    });
    handle
}
