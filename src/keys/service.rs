//! The key service: the key table of several nodes, over HTTP.
//!
//! A destruction is answered when the key is off the disk and no node may use it from memory any more: each node
//! has said that it forgot, or was not heard of for so long that its lease on remembered keys ran out. After a
//! restart the service knows no node, so it waits a whole lease before it answers its first destruction.
//!
//! Whoever does not know the token is refused before a byte of what they send is read. Every question for keys is written
//! down before it is answered ([`super::audit`]).

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::dev::ServerHandle;
use actix_web::error::InternalError;
use actix_web::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use events::sealing::{KeyTable, PersonId};
use events::{Clock, EventId};
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;
use subtle::ConstantTimeEq as _;
use tokio::sync::Notify;
use tokio::time::Instant;
use uuid::Uuid;

use super::audit::{Asked, Audit};
use super::protocol::{
    Current, CurrentKeys, Destroy, Destroyed, Find, Found, Key, LEASE, LookupSecret, Secret, WATCH, Watch,
    Watched, path,
};

/// Destructions that are remembered for nodes that have not asked yet.
const REMEMBERED: usize = 10_000;
/// Longest request, in bytes: as many persons as are asked for at once, with the longest ids there are.
pub(super) const LONGEST: usize = 8 << 20;
/// Most persons in one request.
pub(super) const MOST: usize = 1_000;
/// Refused callers between two log lines.
const REFUSED_A_LINE: u64 = 1_000;

/// The service's state: the table, and who may remember what.
#[derive(Debug)]
struct Service {
    table: Arc<dyn KeyTable>,
    token: SecretString,
    watchers: Watchers,
    audit: Audit,
    clock: Arc<dyn Clock>,
    refused: AtomicU64,
}

/// What the service needs.
#[derive(Debug)]
pub struct Serving {
    /// The keys.
    pub table: Arc<dyn KeyTable>,
    /// What nodes show.
    pub token: SecretString,
    /// Where it is written down who asked for what.
    pub audit: Audit,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The certificate, where it speaks TLS.
    pub tls: Option<rustls::ServerConfig>,
}

/// Starts the service; it runs until its handle is stopped. Must be called inside an actix system.
pub fn serve(
    serving: Serving,
    listen: SocketAddr,
) -> std::io::Result<(
    SocketAddr,
    ServerHandle,
    impl Future<Output = std::io::Result<()>>,
)> {
    let service = web::Data::new(Service {
        table: serving.table,
        token: serving.token,
        watchers: Watchers::new(),
        audit: serving.audit,
        clock: serving.clock,
        refused: AtomicU64::new(0),
    });
    let server = HttpServer::new(move || {
        App::new()
            .app_data(service.clone())
            // Keys are kept nowhere on the way.
            .wrap(crate::http::answers::headers())
            .route("/healthz", web::get().to(alive))
            .route(path::LOOKUP_SECRET, web::get().to(lookup_secret))
            .route(path::CURRENT, web::post().to(current))
            .route(path::FIND, web::post().to(find))
            .route(path::DESTROY, web::post().to(destroy))
            .route(path::WATCH, web::post().to(watch))
    })
    .workers(2)
    .disable_signals()
    .shutdown_timeout(5);
    let bound = match serving.tls {
        Some(tls) => server.bind_rustls_0_23(listen, tls)?,
        None => server.bind(listen)?,
    };
    let address = bound.addrs().first().copied().unwrap_or(listen);
    let running = bound.run();
    Ok((address, running.handle(), running))
}

async fn alive() -> HttpResponse {
    HttpResponse::Ok().body("ok\n")
}

type Answer = Result<HttpResponse, actix_web::Error>;

impl Service {
    /// Refuses whoever does not know the token.
    fn check(&self, request: &HttpRequest) -> Result<(), actix_web::Error> {
        let header = request
            .headers()
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok());
        let shown = header
            .and_then(|value| value.strip_prefix("Bearer "))
            .unwrap_or_default();
        let known = self.token.expose_secret().trim();
        if bool::from(shown.as_bytes().ct_eq(known.as_bytes())) {
            Ok(())
        } else {
            let before = self.refused.fetch_add(1, Ordering::Relaxed);
            if before.is_multiple_of(REFUSED_A_LINE) {
                tracing::warn!(
                    target: "audit", peer = ?request.peer_addr(), before,
                    "somebody asked for keys without the token"
                );
            }
            let refusal = HttpResponse::Unauthorized()
                .insert_header((WWW_AUTHENTICATE, "Bearer"))
                .body("show the token\n");
            Err(InternalError::from_response("no token", refusal).into())
        }
    }

    /// Checks who asks, and only then reads what.
    async fn asked<T: DeserializeOwned>(
        &self,
        request: &HttpRequest,
        payload: web::Payload,
    ) -> Result<T, actix_web::Error> {
        self.check(request)?;
        let body = payload.to_bytes_limited(LONGEST).await;
        let body = body.map_err(|_| actix_web::error::ErrorPayloadTooLarge("this is too long\n"))??;
        serde_json::from_slice(&body).map_err(|_| actix_web::error::ErrorBadRequest("this cannot be read\n"))
    }

    /// Writes down who asked for whose keys; without that nothing is answered.
    fn note(
        &self,
        request: &HttpRequest,
        asked: Asked,
        persons: &[PersonId],
    ) -> Result<(), actix_web::Error> {
        let noted = self
            .audit
            .note(self.clock.now(), request.peer_addr(), asked, persons);
        noted.map_err(|error| {
            tracing::error!(%error, "who asks for keys cannot be written down; is the disk full?");
            actix_web::error::ErrorServiceUnavailable("this cannot be written down\n")
        })
    }
}

fn failed(error: events::sealing::KeyTableError) -> actix_web::Error {
    tracing::error!(error = &error as &dyn std::error::Error, "the key table failed");
    actix_web::error::ErrorServiceUnavailable("the key table failed\n")
}

async fn lookup_secret(request: HttpRequest, service: web::Data<Service>) -> Answer {
    service.check(&request)?;
    service.note(&request, Asked::LookupSecret, &[])?;
    let secret = Secret(service.table.lookup_secret());
    Ok(HttpResponse::Ok().json(LookupSecret { secret }))
}

async fn current(request: HttpRequest, service: web::Data<Service>, payload: web::Payload) -> Answer {
    let asked: Current = service.asked(&request, payload).await?;
    if asked.persons.len() > MOST {
        return Err(actix_web::error::ErrorBadRequest("these are too many at once\n"));
    }
    service.note(&request, Asked::Current, &asked.persons)?;
    let keys = service
        .table
        .current_or_create(asked.persons)
        .await
        .map_err(failed)?;
    let keys = keys.into_iter().map(Key::from).collect();
    Ok(HttpResponse::Ok().json(CurrentKeys { keys }))
}

async fn find(request: HttpRequest, service: web::Data<Service>, payload: web::Payload) -> Answer {
    let asked: Find = service.asked(&request, payload).await?;
    service.note(&request, Asked::Find, std::slice::from_ref(&asked.person))?;
    let key = service
        .table
        .find(asked.person, asked.generation)
        .await
        .map_err(failed)?;
    Ok(HttpResponse::Ok().json(Found {
        key: key.map(Key::from),
    }))
}

async fn destroy(request: HttpRequest, service: web::Data<Service>, payload: web::Payload) -> Answer {
    let asked: Destroy = service.asked(&request, payload).await?;
    service.note(&request, Asked::Destroy, std::slice::from_ref(&asked.person))?;
    let keys = service
        .table
        .destroy(asked.person.clone())
        .await
        .map_err(failed)?;
    service.watchers.tell(asked.person).await;
    Ok(HttpResponse::Ok().json(Destroyed { keys }))
}

async fn watch(request: HttpRequest, service: web::Data<Service>, payload: web::Payload) -> Answer {
    let asked: Watch = service.asked(&request, payload).await?;
    let watched = service.watchers.watch(&asked).await;
    Ok(HttpResponse::Ok().json(watched))
}

/// Who may remember what.
#[derive(Debug)]
struct Watchers {
    start: Uuid,
    /// When the service started: nodes that it has not heard of may remember keys of an earlier start until a
    /// lease later.
    started: Instant,
    inner: Mutex<Inner>,
    /// Told when something was destroyed, or a node forgot.
    news: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    /// Number of the last destruction.
    last: u64,
    /// The newest destructions; the last one has the number `last`.
    destroyed: VecDeque<PersonId>,
    nodes: HashMap<Uuid, Node>,
}

#[derive(Debug, Clone, Copy)]
struct Node {
    forgot: u64,
    heard: Instant,
}

impl Watchers {
    fn new() -> Self {
        Self {
            start: EventId::unique().0,
            started: Instant::now(),
            inner: Mutex::default(),
            news: Notify::new(),
        }
    }

    fn with<T>(&self, act: impl FnOnce(&mut Inner) -> T) -> T {
        act(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Tells every node that a person's keys are destroyed and waits until none may use them.
    async fn tell(&self, person: PersonId) {
        let number = self.with(|inner| {
            inner.last += 1;
            inner.destroyed.push_back(person);
            if inner.destroyed.len() > REMEMBERED {
                inner.destroyed.pop_front();
            }
            inner.last
        });
        self.news.notify_waiters();
        loop {
            let news = self.news.notified();
            tokio::pin!(news);
            news.as_mut().enable();
            let Some(until) = self.may_use_until(number) else {
                return;
            };
            tokio::select! { () = news => {}, () = tokio::time::sleep_until(until) => {} }
        }
    }

    /// Until when some node may still use a key whose destruction has this number.
    fn may_use_until(&self, number: u64) -> Option<Instant> {
        let now = Instant::now();
        self.with(|inner| {
            inner.nodes.retain(|_, node| node.heard + LEASE > now);
            let waiting = inner.nodes.values().filter(|node| node.forgot < number);
            let unheard = Some(self.started + LEASE).filter(|until| *until > now);
            waiting.map(|node| node.heard + LEASE).chain(unheard).min()
        })
    }

    /// Answers what was destroyed, as soon as there is something or after a while.
    async fn watch(&self, asked: &Watch) -> Watched {
        let after = if asked.start == Some(self.start) {
            asked.after
        } else {
            0
        };
        self.with(|inner| {
            let node = Node {
                forgot: after,
                heard: Instant::now(),
            };
            inner.nodes.insert(asked.node, node);
        });
        self.news.notify_waiters();
        let until = Instant::now() + WATCH;
        loop {
            let news = self.news.notified();
            tokio::pin!(news);
            news.as_mut().enable();
            let last = self.with(|inner| inner.last);
            if asked.start != Some(self.start) || last > after {
                return self.answer(after);
            }
            tokio::select! {
                () = news => {}
                () = tokio::time::sleep_until(until) => return self.answer(after),
            }
        }
    }

    fn answer(&self, after: u64) -> Watched {
        self.with(|inner| {
            let missed = usize::try_from(inner.last.saturating_sub(after)).unwrap_or(usize::MAX);
            let from = inner.destroyed.len().checked_sub(missed);
            Watched {
                start: self.start,
                upto: inner.last,
                destroyed: from.map(|from| inner.destroyed.range(from..).cloned().collect()),
            }
        })
    }
}
