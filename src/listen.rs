//! A receiver of answers for whoever builds Chronus' side: verifies signatures as Standard Webhooks asks, keeps what came,
//! knows what came twice, and answers badly on demand. Needs no network, no service and no configuration.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use events::{Clock as _, SystemClock};
use secrecy::SecretString;

pub mod journal;
pub mod line;
pub mod replay;
mod signature;

use journal::{Journal, JournalError, Kept};
use line::{Became, Delivery};

/// Longest answer taken, in bytes; one of the service's is far below.
const LONGEST: usize = 1 << 20;

/// What is answered in place of 200.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Faults {
    /// How many requests are failed; all of them where absent and there is a status.
    pub count: Option<u64>,
    /// What they are answered; nothing is failed where absent.
    pub status: Option<u16>,
    /// `Retry-After` of a failed one, in seconds.
    pub retry_after: Option<u64>,
    /// How long every answer takes.
    pub slow: Duration,
}

/// How the receiver runs.
#[derive(Debug)]
pub struct Options {
    /// Where to listen.
    pub listen: SocketAddr,
    /// What answers must be signed with.
    pub secret: SecretString,
    /// What is answered badly.
    pub faults: Faults,
    /// Where what came is kept.
    pub journal: Journal,
    /// Told of every delivery, in the order in which they came.
    pub told: fn(&Delivery<'_>),
}

#[derive(Debug)]
struct Receiver {
    secret: SecretString,
    faults: Faults,
    failed: Mutex<u64>,
    journal: Mutex<Journal>,
    told: fn(&Delivery<'_>),
}

/// Starts it; it runs until its handle is stopped. Must be called inside an actix system.
pub fn start(
    options: Options,
) -> std::io::Result<(
    SocketAddr,
    ServerHandle,
    impl Future<Output = std::io::Result<()>>,
)> {
    let receiver = web::Data::from(Arc::new(Receiver {
        secret: options.secret,
        faults: options.faults,
        failed: Mutex::default(),
        journal: Mutex::new(options.journal),
        told: options.told,
    }));
    let server = HttpServer::new(move || {
        App::new()
            .app_data(receiver.clone())
            .app_data(web::PayloadConfig::new(LONGEST))
            .default_service(web::to(take))
    })
    .workers(1)
    .disable_signals()
    .shutdown_timeout(1)
    .bind(options.listen)?;
    let address = server.addrs().first().copied().unwrap_or(options.listen);
    let running = server.run();
    Ok((address, running.handle(), running))
}

async fn take(request: HttpRequest, body: web::Bytes, receiver: web::Data<Receiver>) -> HttpResponse {
    if request.method() != actix_web::http::Method::POST {
        return HttpResponse::MethodNotAllowed()
            .insert_header(("allow", "POST"))
            .body("answers come by POST\n");
    }
    tokio::time::sleep(receiver.faults.slow).await;
    let verified = signature::verify(&receiver.secret, request.headers(), &body, SystemClock.now());
    let became = match verified {
        Err(fault) => Became::Refused(fault),
        Ok(_) if receiver.fails() => Became::Failed(receiver.faults.status.unwrap_or(500)),
        Ok(head) => receiver.keep(&Kept::new(head, &body)),
    };
    let id = request
        .headers()
        .get(standardwebhooks::HEADER_WEBHOOK_ID)
        .and_then(|id| id.to_str().ok());
    (receiver.told)(&Delivery {
        at: SystemClock.now(),
        id: id.unwrap_or_default(),
        body: &body,
        became: &became,
    });
    answer(&became, receiver.faults.retry_after)
}

fn answer(became: &Became, retry_after: Option<u64>) -> HttpResponse {
    let status = StatusCode::from_u16(became.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    if let (Became::Failed(_), Some(seconds)) = (became, retry_after) {
        response.insert_header((RETRY_AFTER, seconds.to_string()));
    }
    response.body(format!("{became}\n"))
}

impl Receiver {
    /// Whether this one is failed on demand; it counts.
    fn fails(&self) -> bool {
        if self.faults.status.is_none() {
            return false;
        }
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        let fails = self.faults.count.is_none_or(|count| *failed < count);
        *failed += u64::from(fails);
        fails
    }

    /// On disk before it is answered 200, as a good receiver does.
    fn keep(&self, kept: &Kept) -> Became {
        let mut journal = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
        match journal.keep(kept) {
            Ok(true) => Became::Taken,
            Ok(false) => Became::Again,
            Err(JournalError::Write { source, .. }) => Became::Lost(source.to_string()),
            Err(error @ (JournalError::Open { .. } | JournalError::Line { .. })) => {
                Became::Lost(error.to_string())
            }
        }
    }
}
