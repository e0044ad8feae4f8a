//! How often somebody may ask: token buckets for each address, taken from before anything of a request is read, and for
//! each key and role afterwards. Who asks more is answered 429 with the time to wait; answers carry what is left, as
//! `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers, revision 10).

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage as _, HttpRequest, ResponseError as _};
use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use metrics::counter;

use self::address::Proxies;
use super::problem::Problem;
use crate::config::{Http, Principal, Role, WindowSetting};
use crate::metrics::REFUSED_REQUESTS;
use crate::telemetry::sampled::Sampled;

mod address;
#[cfg(test)]
mod tests;

const LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
/// Keys after which those that were idle are forgotten.
const SWEEP: usize = 16_384;

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
    limiter: RateLimiter<K, HashMapStateStore<K>, DefaultClock, StateInformationMiddleware>,
    asked: AtomicUsize,
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
            limiter: RateLimiter::hashmap(quota).with_middleware(),
            asked: AtomicUsize::new(0),
        }
    }

    /// Takes one, if one is left.
    fn take(&self, key: &K) -> Result<Standing, Standing> {
        // A bucket that is full again need not be remembered.
        if self.asked.fetch_add(1, Ordering::Relaxed) % SWEEP == SWEEP - 1 {
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

/// A key of the API: whose it is, and what it is called.
type Caller = (String, String);

/// All buckets of a node.
#[derive(Debug)]
pub struct RateLimits {
    proxies: Proxies,
    addresses: Buckets<IpAddr>,
    callers: HashMap<Role, Buckets<Caller>>,
    refused: Sampled,
}

impl RateLimits {
    /// As configured.
    pub fn new(http: &Http) -> Self {
        let callers = [
            (Role::Ingest, "ingest", http.ingest_limit),
            (Role::Read, "read", http.read_limit),
            (Role::Analyst, "analyst", http.read_limit),
            (Role::Admin, "admin", http.admin_limit),
        ];
        let callers = callers
            .into_iter()
            .map(|(role, name, window)| (role, Buckets::new(name, window)));
        Self {
            proxies: Proxies::parse(&http.trusted_proxies),
            addresses: Buckets::new("address", http.address_limit),
            callers: callers.collect(),
            refused: Sampled::default(),
        }
    }

    fn refuse(&self, standing: &Standing, who: &dyn std::fmt::Display) {
        counter!(REFUSED_REQUESTS, "limit" => standing.name).increment(1);
        self.refused.tell(|more| {
            tracing::warn!(
                limit = standing.name, who = %who, more,
                "a request beyond a limit was refused, and {more} more before it"
            );
        });
    }
}

/// Takes one of a key's bucket for what needs `role`. Where an app has no limits, nothing is taken.
pub(super) fn take_for(request: &HttpRequest, principal: &Principal, role: Role) -> Result<(), Problem> {
    let Some(limits) = request.app_data::<Data<RateLimits>>() else {
        return Ok(());
    };
    let Some(buckets) = limits.callers.get(&role) else {
        return Ok(());
    };
    let caller = (principal.organization.to_string(), principal.name.clone());
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
    let mut answered = next.call(request).await?.map_into_boxed_body();
    let standing = answered.request().extensions().get::<Standing>().copied();
    if let Some(standing) = standing {
        standing.write(answered.headers_mut());
    }
    Ok(answered)
}
