//! How often somebody may ask: token buckets for each address, taken from before anything of a request is read, and for
//! each key and role afterwards. Who asks more is answered 429 with the time to wait; answers carry what is left, as
//! `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers, revision 10).

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage as _, HttpRequest, ResponseError as _};
use events::Clock;
use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::{Quota, RateLimiter};
use metrics::counter;
use tokio::sync::Semaphore;

use self::address::Proxies;
use self::bounded::{Bounded, MOST_KEYS};
use super::audited::CallerAddress;
use super::problem::Problem;
use crate::config::{Http, Principal, Role, WindowSetting};
use crate::metrics::REFUSED_REQUESTS;
use crate::metrics::troubles::Troubles;
use crate::telemetry::sampled::Sampled;

mod address;
mod bounded;
#[cfg(test)]
mod tests;

const LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
/// Keys after which those that were idle are forgotten.
const SWEEP: usize = 16_384;
/// The same while there is no room for others: at most as often as this, in milliseconds.
const FULL_SWEEP: u64 = 1_000;
/// How long the answer is held back that follows too many unknown keys. Whoever tries keys waits for each of them.
const HELD: Duration = Duration::from_secs(1);
/// Answers held back at once; what comes beyond them is refused at once.
const MOST_HELD: usize = 1_024;

/// How a bucket stands after it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    name: &'static str,
    window: WindowSetting,
    remaining: u32,
    /// Until one more may be asked, in seconds; 0 where it may be now.
    wait: u64,
}

impl Standing {
    fn unknown_callers(&self) -> Problem {
        let detail = format!(
            "more than {} requests within {} s had no key or token, or one that is not known; a key that is known is \
             taken at any time",
            self.window.count, self.window.seconds
        );
        Problem::too_often(detail, self.wait.max(1))
    }

    fn write(&self, headers: &mut HeaderMap) {
        let WindowSetting { count, seconds } = self.window;
        let reset = if self.wait > 0 {
            self.wait
        } else {
            // Until the bucket is full again.
            (u64::from(count - self.remaining.min(count)) * u64::from(seconds))
                .div_ceil(u64::from(count.max(1)))
        };
        let policy = format!("\"{}\";q={count};w={seconds}", self.name);
        let limit = format!("\"{}\";r={};t={reset}", self.name, self.remaining);
        for (name, value) in [(POLICY, policy), (LIMIT, limit)] {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(name, value);
            }
        }
    }

    fn problem(&self) -> Problem {
        let detail = format!(
            "more than {} requests within {} s; wait as long as Retry-After says",
            self.window.count, self.window.seconds
        );
        Problem::too_often(detail, self.wait.max(1))
    }
}

/// Buckets of one size, one for each key.
#[derive(Debug)]
struct Buckets<K: Hash + Eq + Clone> {
    name: &'static str,
    window: WindowSetting,
    limiter: RateLimiter<K, Bounded<K>, DefaultClock, StateInformationMiddleware>,
    asked: AtomicUsize,
    /// When it was last looked for idle keys since there was no room, in milliseconds since the start.
    swept: AtomicU64,
}

impl<K: Hash + Eq + Clone> Buckets<K> {
    fn new(name: &'static str, window: WindowSetting) -> Self {
        let count = NonZeroU32::new(window.count).unwrap_or(NonZeroU32::MIN);
        let each = Duration::from_secs(u64::from(window.seconds.max(1))) / count.get();
        let quota = Quota::with_period(each.max(Duration::from_nanos(1)));
        let quota = quota
            .unwrap_or_else(|| Quota::per_second(count))
            .allow_burst(count);
        Self {
            name,
            window,
            limiter: RateLimiter::new(quota, Bounded::default(), DefaultClock::default()),
            asked: AtomicUsize::new(0),
            swept: AtomicU64::new(0),
        }
    }

    /// Takes one, if one is left.
    fn take(&self, key: &K) -> Result<Standing, Standing> {
        // A bucket that is full again need not be remembered.
        let many = self.asked.fetch_add(1, Ordering::Relaxed) % SWEEP == SWEEP - 1;
        if many || (self.limiter.len() >= MOST_KEYS && self.is_due()) {
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
        }
        let standing = |remaining, wait| Standing {
            name: self.name,
            window: self.window,
            remaining,
            wait,
        };
        match self.limiter.check_key(key) {
            Ok(left) => Ok(standing(left.remaining_burst_capacity(), 0)),
            Err(not_until) => {
                let wait = not_until.wait_time_from(self.limiter.clock().now());
                Err(standing(0, wait.as_secs() + 1))
            }
        }
    }
}

impl<K: Hash + Eq + Clone> Buckets<K> {
    /// Whether somebody should look for idle keys although few were asked for since; answered to one of them.
    fn is_due(&self) -> bool {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        // Some moment has to be the first one, and it is due then.
        let now = u64::try_from(START.elapsed().as_millis()).unwrap_or(u64::MAX) + FULL_SWEEP;
        let swept = self.swept.load(Ordering::Relaxed);
        let due = now - swept >= FULL_SWEEP;
        let (told, order) = (&self.swept, Ordering::Relaxed);
        due && told.compare_exchange(swept, now, order, order).is_ok()
    }
}

/// A key of the API: whose it is, and what it is called.
type Caller = (String, String);

/// All buckets of a node.
#[derive(Debug)]
pub struct RateLimits {
    proxies: Proxies,
    addresses: Buckets<IpAddr>,
    /// What callers took that nobody knows.
    unknown: Buckets<IpAddr>,
    callers: HashMap<Role, Buckets<Caller>>,
    refused: Sampled,
    held: Semaphore,
    troubles: Troubles,
    clock: Arc<dyn Clock>,
}

impl RateLimits {
    /// As configured; what is refused is noted among the `troubles`.
    pub fn new(http: &Http, troubles: Troubles, clock: Arc<dyn Clock>) -> Self {
        let callers = [
            (Role::Ingest, "ingest", http.ingest_limit),
            (Role::Read, "read", http.read_limit),
            (Role::Analyst, "analyst", http.read_limit),
            (Role::Audit, "audit", http.read_limit),
            (Role::Admin, "admin", http.admin_limit),
        ];
        let callers = callers
            .into_iter()
            .map(|(role, name, window)| (role, Buckets::new(name, window)));
        Self {
            proxies: Proxies::parse(&http.trusted_proxies),
            addresses: Buckets::new("address", http.address_limit),
            unknown: Buckets::new("wrong_key", http.wrong_key_limit),
            callers: callers.collect(),
            refused: Sampled::default(),
            held: Semaphore::new(MOST_HELD),
            troubles,
            clock,
        }
    }

    fn refuse(&self, standing: &Standing, who: &dyn std::fmt::Display) {
        counter!(REFUSED_REQUESTS, "limit" => standing.name).increment(1);
        self.troubles
            .note("request refused", standing.name, self.clock.now());
        self.refused.tell(|more| {
            tracing::warn!(
                limit = standing.name, who = %who, more,
                "a request beyond a limit was refused, and {more} more before it"
            );
        });
    }
}

impl RateLimits {
    /// Waits before an answer to somebody whom nobody knows, where not too many wait already.
    async fn hold_back(&self) {
        if let Ok(_held) = self.held.try_acquire() {
            tokio::time::sleep(HELD).await;
        }
    }
}

/// Takes one of a key's bucket for what needs `role`. Where an app has no limits, nothing is taken.
pub(crate) fn take_for(request: &HttpRequest, principal: &Principal, role: Role) -> Result<(), Problem> {
    let Some(limits) = request.app_data::<Data<RateLimits>>() else {
        return Ok(());
    };
    let Some(buckets) = limits.callers.get(&role) else {
        return Ok(());
    };
    let asked = request.extensions().get::<Standing>().copied();
    if asked.is_some_and(|asked| asked.name == buckets.name) {
        // Who asks was found out before the handler does so once more.
        return Ok(());
    }
    let caller = (principal.organization.to_string(), principal.by());
    let taken = buckets.take(&caller);
    let (Ok(standing) | Err(standing)) = taken;
    request.extensions_mut().insert(standing);
    if taken.is_err() {
        limits.refuse(&standing, &format_args!("{}/{}", caller.0, caller.1));
        return Err(standing.problem());
    }
    Ok(())
}

/// Middleware for [`actix_web::middleware::from_fn`]: takes one of the address's bucket before anything is read, and
/// tells what is left of whatever bucket was asked last.
pub async fn limited(
    limits: Data<RateLimits>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let address = limits.proxies.caller(&request);
    if let Err(standing) = limits.addresses.take(&address::bucket(address)) {
        limits.refuse(&standing, &address);
        let mut refusal = standing.problem().error_response();
        standing.write(refusal.headers_mut());
        return Ok(request.into_response(refusal));
    }
    request.extensions_mut().insert(CallerAddress(address));
    let mut answered = next.call(request).await?.map_into_boxed_body();
    if answered.status() == StatusCode::UNAUTHORIZED
        && let Err(standing) = limits.unknown.take(&address::bucket(address))
    {
        limits.refuse(&standing, &address);
        limits.hold_back().await;
        let mut refusal = standing.unknown_callers().error_response();
        standing.write(refusal.headers_mut());
        let (request, _) = answered.into_parts();
        return Ok(ServiceResponse::new(request, refusal));
    }
    let standing = answered.request().extensions().get::<Standing>().copied();
    if let Some(standing) = standing {
        standing.write(answered.headers_mut());
    }
    Ok(answered)
}
