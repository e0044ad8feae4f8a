//! The HTTP server over the service's parts.

use std::net::SocketAddr;

use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer};

use super::{Core, Parts, ServiceError};
use crate::config::Config;
use crate::http::answers;
use crate::http::insight::InsightSurface;
use crate::http::limits::limited;
use crate::http::measured::measured;
use crate::http::parameters::known_parameters;
use crate::teams::edge::Edge;

mod data;

use data::Surfaces;

/// Binds the address and serves.
pub(super) fn serve(
    config: &Config,
    core: &Core,
    edge: Edge,
    insight: InsightSurface,
    work: &Parts,
) -> Result<(SocketAddr, ServerHandle), ServiceError> {
    let surfaces = Surfaces::new(config, core, edge, insight);
    let (keys, cancel) = (surfaces.bot.clone(), work.cancel.clone());
    work.spawn("the look at Microsoft's keys", async move {
        keys.access.keep_keys_fresh(cancel).await;
    });
    let address = config.http.listen;
    let bound = HttpServer::new(move || {
        App::new()
            .configure(|app| surfaces.register(app))
            .wrap(from_fn(known_parameters))
            .wrap(from_fn(limited))
            .wrap(from_fn(answers::problems))
            .wrap(answers::headers())
            .wrap(from_fn(measured))
            .configure(crate::http::routes)
    })
    .workers(config.http.workers.max(1))
    .disable_signals()
    .shutdown_timeout(config.http.shutdown_seconds)
    .bind(address)
    .map_err(|source| ServiceError::Bind { address, source })?;
    let address = bound.addrs().first().copied().unwrap_or(address);
    let running = bound.run();
    let handle = running.handle();
    work.spawn("the HTTP server", async move {
        if let Err(error) = running.await {
            tracing::error!(%error, "the HTTP server failed");
        }
    });
    Ok((address, handle))
}
