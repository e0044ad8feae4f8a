//! A world to test in: service and sandbox with two organizations, wired by an ordinary configuration. Whatever a
//! test waits for is a condition; nothing sleeps.

mod answers;
mod chronus;
mod examples;
mod folk;
mod forged;
mod soundness;

use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Days, NaiveTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;
use chronus_teams::config::{Authentication, Config, KeyHash};
use chronus_teams::sandbox::people::PersonSpec;
use chronus_teams::sandbox::{Sandbox, SandboxOptions};
use chronus_teams::service::Service;
use events::{Clock, Position, SystemClock};
use projections::delivery_report::ReportFilter;
use secrecy::SecretString;
use tempfile::TempDir;

pub(crate) use answers::{fits_its_schema, pairs};
pub(crate) use chronus::{Answer, event, mentoring_request, plain};
pub(crate) use examples::example;
pub(crate) use folk::{ADA, BEN, CLEO, DAN, DORA, Folk, count, press};

/// The organization of most tests, with its tenant and keys.
pub(crate) const ACME: &str = "acme";
pub(crate) const ACME_TENANT: &str = "7b1f6a52-0d4e-4c55-9a0e-5d1c6f2e9a01";
pub(crate) const ACME_KEY: &str = "ctk_acme_may-do-everything-here";
pub(crate) const ACME_READER: &str = "ctk_acme_may-only-read";
/// Another organization.
pub(crate) const BOLT_TENANT: &str = "8c2f6a52-0d4e-4c55-9a0e-5d1c6f2e9b02";
pub(crate) const BOLT_KEY: &str = "ctk_bolt_may-do-everything-there";
/// The limits that the configuration sets.
pub(crate) const MAX_BODY: usize = 64 * 1024;
pub(crate) const MAX_BATCH: usize = 5;
/// The service closes a connection that was idle for some seconds; a request that meets it would fail at random.
fn one_connection_a_request() -> reqwest::Client {
    let client = reqwest::Client::builder().pool_max_idle_per_host(0).no_proxy();
    client.timeout(PATIENCE).build().unwrap()
}

/// What the service has still to do; the words are for whoever reads why a test fails.
#[derive(Debug)]
#[expect(dead_code, reason = "read by Debug")]
enum Left {
    AtOnce(String),
    Due { what: String, at: DateTime<Utc> },
}

/// What is due later than this waits by somebody's wish.
const FAR: TimeDelta = TimeDelta::hours(1);
/// How long nobody may be found for a recipient before Chronus is told: the default.
pub(crate) const UNREACHED_AFTER: TimeDelta = TimeDelta::seconds(20);
/// How long anything may take before a test gives up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

const APP_ID: &str = "6f1d2c3b-4a5e-4f60-8b71-92a3b4c5d6e7";
pub(crate) const APP_SECRET: &str = "a-secret-between-service-and-sandbox";
pub(crate) const WEBHOOK_SECRET: &str = "whsec_dGhlLXRlc3RzLXNpZ24tdGhlaXItYW5zd2Vycy13aXRoLXRoaXM=";

/// The system's time, moved by as much as a test asks for.
#[derive(Debug, Default)]
pub(crate) struct ShiftedClock(AtomicI64);

impl ShiftedClock {
    pub(crate) fn advance(&self, by: TimeDelta) {
        self.0.fetch_add(by.num_milliseconds(), Ordering::Relaxed);
    }

    /// When clocks in `zone` next show this time.
    pub(crate) fn next(&self, zone: Tz, time: NaiveTime) -> DateTime<Utc> {
        let now = self.now();
        let today = now.with_timezone(&zone).date_naive();
        let at = |day| zone.from_local_datetime(&day).earliest();
        let mut days = (0..3).filter_map(|days| at((today + Days::new(days)).and_time(time)));
        days.find(|at| *at > now).unwrap().to_utc()
    }

    /// Goes on until then.
    pub(crate) fn advance_to(&self, zone: Tz, time: NaiveTime) {
        // What is less than a millisecond is cut off.
        self.advance(self.next(zone, time) - self.now() + TimeDelta::milliseconds(1));
    }
}

impl Clock for ShiftedClock {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now() + TimeDelta::milliseconds(self.0.load(Ordering::Relaxed))
    }
}

/// Service and sandbox.
pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    pub(crate) clock: Arc<ShiftedClock>,
    pub(crate) http: reqwest::Client,
    service: Option<Service>,
    folder: TempDir,
    quiet_hours: &'static str,
    delivery: String,
    responses: String,
    receipts: &'static str,
    /// What a test wants otherwise in the configuration.
    edit: fn(String) -> String,
}

impl World {
    /// Everything running, nobody has the app yet.
    pub(crate) async fn start() -> Self {
        Self::start_with("").await
    }

    /// The same with these delays between the tries to hand an answer over.
    pub(crate) async fn start_with_responses(delays: &str) -> Self {
        Self::configured("off", "", delays, "[]").await
    }

    /// The same with these quiet hours for everybody who did not choose otherwise.
    pub(crate) async fn start_with_quiet_hours(hours: &'static str) -> Self {
        Self::configured(hours, "", "[1, 1, 1]", "[]").await
    }

    /// The same with more lines in the configuration's section `[delivery]`.
    pub(crate) async fn start_with(delivery: &str) -> Self {
        Self::configured("off", delivery, "[1, 1, 1]", "[]").await
    }

    /// The same with these receipts for the first organization.
    pub(crate) async fn start_with_receipts(receipts: &'static str) -> Self {
        Self::configured("off", "", "[1, 1, 1]", receipts).await
    }

    /// Other receipts, as of the service's next start.
    pub(crate) fn choose_receipts(&mut self, receipts: &'static str) {
        self.receipts = receipts;
    }

    /// Another configuration, as of the service's next start.
    pub(crate) fn edit_configuration(&mut self, edit: fn(String) -> String) {
        self.edit = edit;
    }

    /// Everything running for other people than usual, all of the first organization.
    pub(crate) async fn start_for(people: Vec<PersonSpec>, delivery: &str) -> Self {
        Self::peopled(people, "off", delivery, "[1, 1, 1]", "[]").await
    }

    async fn configured(
        quiet_hours: &'static str,
        delivery: &str,
        responses: &str,
        receipts: &'static str,
    ) -> Self {
        Self::peopled(folk::everybody(), quiet_hours, delivery, responses, receipts).await
    }

    async fn peopled(
        people: Vec<PersonSpec>,
        quiet_hours: &'static str,
        delivery: &str,
        responses: &str,
        receipts: &'static str,
    ) -> Self {
        let clock = Arc::new(ShiftedClock::default());
        let secrets = [ACME, "bolt"].map(|id| (id.to_owned(), SecretString::from(WEBHOOK_SECRET)));
        let sandbox = Sandbox::start(SandboxOptions {
            people,
            webhook_secrets: HashMap::from(secrets),
            clock: Arc::clone(&clock) as _,
            ..SandboxOptions::new(APP_ID, SecretString::from(APP_SECRET))
        })
        .await
        .unwrap();
        let mut world = Self {
            sandbox,
            clock,
            http: one_connection_a_request(),
            service: None,
            folder: tempfile::tempdir().unwrap(),
            quiet_hours,
            delivery: delivery.to_owned(),
            responses: responses.to_owned(),
            receipts,
            edit: |text| text,
        };
        world.start_service().await;
        world
    }

    /// The running service.
    pub(crate) fn service(&self) -> &Service {
        self.service.as_ref().unwrap()
    }

    /// Where the service's data is.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// The service's address with a path; that for operators where only they have such a path.
    pub(crate) fn url(&self, path: &str) -> String {
        if ["/metrics", "/health"].contains(&path) {
            return self.operators_url(path);
        }
        format!("http://{}{path}", self.service().address())
    }

    /// The address for operators with a path.
    pub(crate) fn operators_url(&self, path: &str) -> String {
        format!("http://{}{path}", self.service().admin_address())
    }

    /// Stops the service; the sandbox stays.
    pub(crate) async fn stop_service(&mut self) {
        self.service.take().unwrap().stop().await.unwrap();
    }

    /// Starts the service on the folder that it had before.
    pub(crate) async fn start_service(&mut self) {
        let text = (self.edit)(self.configuration());
        let config = Config::from_text(&text, "the test's configuration", []).unwrap();
        let config = config.ready_to_serve(Authentication::Required).unwrap();
        let clock = Arc::clone(&self.clock) as _;
        let service = Service::start(&config, Authentication::Required, clock)
            .await
            .unwrap();
        let endpoint = format!("http://{}/api/messages", service.address());
        self.sandbox.set_bot_endpoint(endpoint.parse().unwrap());
        self.service = Some(service);
    }

    pub(crate) async fn restart_service(&mut self) {
        self.stop_service().await;
        self.start_service().await;
    }

    /// Starts the stopped service again without the read models that it had.
    pub(crate) async fn start_service_without_read_models(&mut self) {
        for entry in std::fs::read_dir(self.folder.path()).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if name.starts_with("projections.db") {
                std::fs::remove_file(path).unwrap();
            }
        }
        self.start_service().await;
    }

    /// Where the log ends.
    pub(crate) fn head(&self) -> Position {
        *self.service().store().head().borrow()
    }

    /// Waits until everything that can be done now is done and the read models show it.
    pub(crate) async fn at_rest(&self) {
        self.until_at_rest(false).await;
    }

    /// The same, where what is due within the hour is done too: the clock goes on to it.
    pub(crate) async fn at_rest_within_the_hour(&self) {
        self.until_at_rest(true).await;
    }

    async fn until_at_rest(&self, clock_goes_on: bool) {
        let waiting = async {
            let mut folded = self.service().models().folded();
            loop {
                folded.mark_unchanged();
                let Some(left) = self.still_works_on().await else {
                    return;
                };
                if clock_goes_on
                    && let Left::Due { at, .. } = left
                    && at > self.clock.now()
                {
                    self.clock.advance(at - self.clock.now());
                }
                // What becomes due with time changes nothing in the log until it is done, so look again then.
                let changed = tokio::time::timeout(Duration::from_millis(50), folded.changed()).await;
                drop(changed);
            }
        };
        // A day of five hundred people is more work than a test's few steps.
        let patience = if clock_goes_on { PATIENCE * 10 } else { PATIENCE };
        if tokio::time::timeout(patience, waiting).await.is_err() {
            let left = self.still_works_on().await;
            panic!(
                "the service did not come to rest: {left:?}, now {}",
                self.clock.now()
            );
        }
    }

    /// What there still is to do at once, if anything.
    async fn still_works_on(&self) -> Option<Left> {
        let (models, work) = (self.service().models(), self.service().work());
        let report = models.delivery_report(ReportFilter::default()).await.unwrap();
        let head = self.head();
        if report.position < head {
            return Some(Left::AtOnce(format!("folding {} of {head:?}", report.position)));
        }
        if let Some(resolved) = work.resolved(1, |_| true).unwrap().first() {
            return Some(Left::AtOnce(format!("routing {resolved:?}")));
        }
        if let Some(timed) = work.timed(self.clock.now(), 1, |_| true).unwrap().first() {
            return Some(Left::AtOnce(format!("routing {timed:?}")));
        }
        if let Some(change) = work.subject_changes(1, |_| true).unwrap().first() {
            return Some(Left::AtOnce(format!("changing cards {change:?}")));
        }
        if let Some(change) = work.links(1, |_| true).unwrap().first() {
            return Some(Left::AtOnce(format!("telling of a link {change:?}")));
        }
        if let Some(look_up) = work.look_ups(1, |_| true).unwrap().first() {
            return Some(Left::AtOnce(format!("looking up {look_up:?}")));
        }
        // What waits for a time of day is due later than any retry.
        let soon = self.clock.now() + FAR;
        let tenants = work.tenants(None).unwrap().tenants;
        if let Some(due) = tenants.iter().find(|due| due.due_at <= soon) {
            let first = work.due(&due.tenant_id, soon, &HashSet::new(), 1).unwrap();
            return Some(Left::Due {
                what: format!("{first:?}"),
                at: due.due_at,
            });
        }
        let ran_out = models.unroutable(Vec::new(), self.clock.now(), 1).await.unwrap();
        if let Some(ran_out) = ran_out.first() {
            return Some(Left::AtOnce(format!("noting who was never found {ran_out:?}")));
        }
        let unreached_since = self.clock.now() - UNREACHED_AFTER;
        let unreached = models.unreached(Vec::new(), unreached_since, 1).await.unwrap();
        if let Some(unreached) = unreached.first() {
            return Some(Left::AtOnce(format!("saying who is unreached {unreached:?}")));
        }
        if let Some(due) = work.next_answer().unwrap() {
            return Some(Left::Due {
                what: "answers".to_owned(),
                at: due,
            });
        }
        // What was done between these questions would be seen by none of them.
        (self.head() != head).then(|| Left::AtOnce("something that began a moment ago".to_owned()))
    }

    /// What the service is started with.
    pub(crate) fn configuration(&self) -> String {
        let sandbox = self.sandbox.url();
        format!(
            r#"
[data]
folder = {folder}
[http]
listen = "127.0.0.1:0"
admin_listen = "127.0.0.1:0"
workers = 1
max_body_bytes = {MAX_BODY}
max_batch = {MAX_BATCH}
[teams]
app_id = "{APP_ID}"
client_secret = "{APP_SECRET}"
login_url = "{sandbox}"
service_url = "{sandbox}/connector/teams"
gcc_service_url = "{sandbox}/connector/teams"
issuers = [{{ issuer = "{issuer}", metadata_url = "{metadata}" }}]
allowed_hosts = ["{sandbox}"]
[delivery]
quiet_hours = "{quiet_hours}"
unknown_delays_seconds = [1, 1]
{delivery}
[responses]
delays_seconds = {responses}
[metrics]
period_seconds = 1
[[organizations]]
id = "{ACME}"
tenant_id = "{ACME_TENANT}"
receipts = {receipts}
webhook = {{ url = "{webhook}", secret = "{WEBHOOK_SECRET}" }}
api_keys = [
  {{ name = "all", sha256 = "{acme}", roles = ["ingest", "read", "admin"] }},
  {{ name = "reader", sha256 = "{reader}", roles = ["read"] }},
]
[[organizations]]
id = "bolt"
tenant_id = "{BOLT_TENANT}"
api_keys = [{{ name = "all", sha256 = "{bolt}", roles = ["ingest", "read", "analyst"] }}]
"#,
            quiet_hours = self.quiet_hours,
            delivery = self.delivery,
            responses = self.responses,
            receipts = self.receipts,
            folder = serde_json::Value::from(self.folder.path().to_string_lossy()),
            issuer = chronus_teams::sandbox::login::ISSUER,
            metadata = self.sandbox.openid_metadata_url(),
            webhook = self.sandbox.webhook_url(ACME),
            acme = KeyHash::of(ACME_KEY),
            reader = KeyHash::of(ACME_READER),
            bolt = KeyHash::of(BOLT_KEY),
        )
    }
}
