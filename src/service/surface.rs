//! The HTTP server over the service's parts.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};

use actix_web::dev::{Server, ServerHandle};
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer};

use super::{Core, Parts, ServiceError};
use crate::config::{ADMIN_LISTEN, Config};
use crate::http::answers;
use crate::http::insight::InsightSurface;
use crate::http::limits::limited;
use crate::http::local::only_local_without_tokens;
use crate::http::measured::measured;
use crate::http::parameters::known_parameters;
use crate::http::turns::read_in_turn;
use crate::teams::edge::Edge;

mod data;

use data::Surfaces;

/// The servers that run, and where.
#[derive(Debug)]
pub(super) struct Servers {
    pub(super) address: SocketAddr,
    pub(super) admin_address: SocketAddr,
    /// Teams, Chronus, and whoever distributes requests.
    main: ServerHandle,
    /// Operators.
    admin: ServerHandle,
}

impl Servers {
    /// Lets what is under way end. Operators can look until then.
    pub(super) async fn stop(&self) {
        self.main.stop(true).await;
        self.admin.stop(false).await;
    }
}

/// Binds both addresses and serves.
pub(super) fn serve(
    config: &Config,
    core: &Core,
    edge: Edge,
    insight: InsightSurface,
    work: &Parts,
) -> Result<Servers, ServiceError> {
    let surfaces = Surfaces::new(config, core, edge, insight);
    let (keys, cancel) = (surfaces.bot.clone(), work.cancel.clone());
    work.spawn("the look at Microsoft's keys", async move {
        keys.access.keep_keys_fresh(cancel).await;
    });
    let (admin_address, admin) = serve_operators(config, surfaces.clone(), work)?;
    let bound = HttpServer::new(move || {
        App::new()
            .configure(|app| surfaces.register(app))
            .wrap(from_fn(read_in_turn))
            .wrap(from_fn(known_parameters))
            .wrap(from_fn(only_local_without_tokens))
            .wrap(from_fn(limited))
            .wrap(from_fn(answers::problems))
            .wrap(answers::headers())
            .wrap(from_fn(measured))
            .configure(crate::http::routes)
    })
    .workers(config.http.workers.max(1))
    .disable_signals()
    .shutdown_timeout(config.http.shutdown_seconds);
    let address = config.http.listen;
    let bound = bound
        .bind(address)
        .map_err(|source| ServiceError::Bind { address, source })?;
    let address = bound.addrs().first().copied().unwrap_or(address);
    let main = run("the HTTP server", bound.run(), work);
    Ok(Servers {
        address,
        admin_address,
        main,
        admin,
    })
}

/// The operators' listener. Where several services run on one machine and nobody chose their addresses, the later ones
/// take any.
fn serve_operators(
    config: &Config,
    surfaces: Surfaces,
    work: &Parts,
) -> Result<(SocketAddr, ServerHandle), ServiceError> {
    let wanted = config.http.admin_listen;
    let any = SocketAddr::new(wanted.ip(), 0);
    let server = HttpServer::new(move || {
        App::new()
            .configure(|app| surfaces.register(app))
            .wrap(answers::headers())
            .configure(crate::http::operator_routes)
    })
    .workers(1)
    .disable_signals();
    let listener = match TcpListener::bind(wanted) {
        Err(error) if error.kind() == ErrorKind::AddrInUse && wanted == ADMIN_LISTEN => {
            tracing::warn!(%wanted, "the operators' address is taken, so any free one is used; set http.admin_listen");
            TcpListener::bind(any)
        }
        bound => bound,
    };
    let failed = |source| ServiceError::BindAdmin {
        address: wanted,
        source,
    };
    let bound = server.listen(listener.map_err(failed)?).map_err(failed)?;
    let address = bound.addrs().first().copied().unwrap_or(wanted);
    Ok((address, run("the operators' HTTP server", bound.run(), work)))
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
