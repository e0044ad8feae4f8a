//! Every key there is, with what it takes. The structs of [`super::Config`] hold the defaults; a test keeps the
//! two in step.

/// What a key takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// Text that is never shown.
    Secret,
    /// A whole number in this range.
    Number(u64, u64),
    /// `true` or `false`.
    Flag,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A list of texts; a variable gives it separated by commas.
    Texts,
    /// A list of these words.
    Choices(&'static [&'static str]),
    /// A list of whole numbers in this range.
    Numbers(u64, u64),
    /// A table from any text to one of these words.
    ChoiceByText(&'static [&'static str]),
}

/// A key: `[]` follows a list of sections.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// The full name, such as `organizations[].webhook.url`.
    pub path: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// Its section makes no sense without it.
    pub required: bool,
}

const fn key(path: &'static str, kind: Kind) -> Key {
    Key {
        path,
        kind,
        required: false,
    }
}

const fn required(path: &'static str, kind: Kind) -> Key {
    Key {
        path,
        kind,
        required: true,
    }
}

/// A day in seconds: the longest delay or window that makes sense here.
const DAY: u64 = 86_400;

/// What a card whose arrival is unknown can meet.
const POLICIES: &[&str] = &["retry", "hold"];

/// Every key.
pub const KEYS: &[Key] = &[
    key("data.folder", Kind::Text),
    key("data.store", Kind::Secret),
    key("data.store_file", Kind::Text),
    key("data.stream_prefix", Kind::Text),
    key("data.log_id", Kind::Text),
    key("http.listen", Kind::Text),
    key("http.admin_listen", Kind::Text),
    key("http.public_url", Kind::Text),
    key("http.max_body_bytes", Kind::Number(1_024, 64 << 20)),
    key("http.max_batch", Kind::Number(1, 10_000)),
    key("http.max_json_depth", Kind::Number(8, 128)),
    required("http.address_limit.count", Kind::Number(1, 1_000_000)),
    required("http.address_limit.seconds", Kind::Number(1, DAY)),
    required("http.wrong_key_limit.count", Kind::Number(1, 1_000_000)),
    required("http.wrong_key_limit.seconds", Kind::Number(1, DAY)),
    required("http.ingest_limit.count", Kind::Number(1, 1_000_000)),
    required("http.ingest_limit.seconds", Kind::Number(1, DAY)),
    required("http.read_limit.count", Kind::Number(1, 1_000_000)),
    required("http.read_limit.seconds", Kind::Number(1, DAY)),
    required("http.admin_limit.count", Kind::Number(1, 1_000_000)),
    required("http.admin_limit.seconds", Kind::Number(1, DAY)),
    key("http.trusted_proxies", Kind::Texts),
    key("http.workers", Kind::Number(1, 256)),
    key("http.shutdown_seconds", Kind::Number(1, 600)),
    key("teams.app_id", Kind::Text),
    key("teams.app_type", Kind::Choice(&["single_tenant", "multi_tenant"])),
    key("teams.home_tenant", Kind::Text),
    key("teams.client_secret", Kind::Secret),
    key("teams.client_secret_file", Kind::Text),
    key("teams.certificate_file", Kind::Text),
    key("teams.certificate_key_file", Kind::Text),
    key("teams.federated_token_file", Kind::Text),
    key("teams.login_url", Kind::Text),
    key("teams.scope", Kind::Text),
    required("teams.issuers[].issuer", Kind::Text),
    required("teams.issuers[].metadata_url", Kind::Text),
    key("teams.require_endorsements", Kind::Flag),
    key("teams.service_url", Kind::Text),
    key("teams.gcc_service_url", Kind::Text),
    key("teams.profile_max_age_seconds", Kind::Number(60, 30 * DAY)),
    key("teams.allowed_hosts", Kind::Texts),
    required("operators[].name", Kind::Text),
    required("operators[].sha256", Kind::Text),
    required("organizations[].id", Kind::Text),
    key("organizations[].name", Kind::Text),
    required("organizations[].tenant_id", Kind::Text),
    key("organizations[].weight", Kind::Number(1, 1_000)),
    key("organizations[].link_hosts", Kind::Texts),
    key("organizations[].german", Kind::Choice(&["sie", "du"])),
    key("organizations[].receipts", Kind::Choices(&["delivered", "seen"])),
    key("organizations[].timezone", Kind::Text),
    key("organizations[].locale", Kind::Text),
    required("organizations[].webhook.url", Kind::Text),
    key("organizations[].webhook.secret", Kind::Secret),
    key("organizations[].webhook.secret_file", Kind::Text),
    key("organizations[].webhook.previous_secret", Kind::Secret),
    key("organizations[].webhook.previous_secret_file", Kind::Text),
    key("organizations[].webhook.previous_secret_until", Kind::Text),
    required("organizations[].api_keys[].name", Kind::Text),
    required("organizations[].api_keys[].sha256", Kind::Text),
    required(
        "organizations[].api_keys[].roles",
        Kind::Choices(&["ingest", "read", "analyst", "audit", "admin"]),
    ),
    required("organizations[].sign_in.issuer", Kind::Text),
    required("organizations[].sign_in.audience", Kind::Text),
    key("organizations[].sign_in.metadata_url", Kind::Text),
    key("organizations[].sign_in.keys_url", Kind::Text),
    key(
        "organizations[].sign_in.algorithms",
        Kind::Choices(&["RS256", "ES256"]),
    ),
    key("organizations[].sign_in.clock_skew_seconds", Kind::Number(0, 300)),
    key("organizations[].sign_in.claim", Kind::Text),
    key("organizations[].sign_in.person_claim", Kind::Text),
    required("organizations[].sign_in.grants[].value", Kind::Text),
    required(
        "organizations[].sign_in.grants[].roles",
        Kind::Choices(&["ingest", "read", "analyst", "audit", "admin"]),
    ),
    required("delivery.tenant_limit.count", Kind::Number(1, 10_000)),
    required("delivery.tenant_limit.seconds", Kind::Number(1, DAY)),
    key("delivery.tenant_margin_milliseconds", Kind::Number(0, 10_000)),
    required("delivery.chat_limits[].count", Kind::Number(1, 100_000)),
    required("delivery.chat_limits[].seconds", Kind::Number(1, DAY)),
    key("delivery.concurrency", Kind::Number(1, 1_000)),
    key("delivery.total_concurrency", Kind::Number(1, 100_000)),
    key("delivery.circuit_failures", Kind::Number(1, 1_000)),
    key("delivery.circuit_longest_pause_seconds", Kind::Number(1, 3_600)),
    key("delivery.ttl_days", Kind::Number(1, 365)),
    key("delivery.first_delay_seconds", Kind::Number(1, 3_600)),
    key("delivery.longest_delay_seconds", Kind::Number(1, DAY)),
    key("delivery.longest_retry_after_seconds", Kind::Number(1, DAY)),
    key("delivery.unknown_delays_seconds", Kind::Numbers(1, DAY)),
    key("delivery.configuration_attempts", Kind::Number(1, 10_000)),
    key("delivery.profile_delays_seconds", Kind::Numbers(1, DAY)),
    key("delivery.unknown_policy", Kind::ChoiceByText(POLICIES)),
    key("delivery.quiet_hours", Kind::Text),
    key("delivery.connect_timeout_seconds", Kind::Number(1, 60)),
    key("delivery.request_timeout_seconds", Kind::Number(1, 300)),
    key("responses.timeout_seconds", Kind::Number(1, 300)),
    key("responses.delays_seconds", Kind::Numbers(1, 7 * DAY)),
    key("responses.unreached_after_seconds", Kind::Number(0, 50)),
    key("responses.off_after_seconds", Kind::Number(60, 365 * DAY)),
    key("actors.mailbox", Kind::Number(1, 10_000)),
    key("actors.idle_seconds", Kind::Number(1, 7 * DAY)),
    key("actors.arbiters", Kind::Number(1, 256)),
    key("actors.snapshot_every", Kind::Number(16, 1_000_000)),
    key("projections.skip", Kind::Numbers(1, i64::MAX as u64)),
    key("console.enabled", Kind::Flag),
    key("console.secure_cookie", Kind::Flag),
    key("console.session_minutes", Kind::Number(5, 1_440)),
    key("privacy.forget_removed_after_days", Kind::Number(0, 3_650)),
    key("metrics.access", Kind::Choice(&["loopback", "admin", "open"])),
    key("metrics.tenants", Kind::Number(0, 1_000)),
    key("metrics.period_seconds", Kind::Number(1, 3_600)),
    key("traces.endpoint", Kind::Text),
    key("traces.header_name", Kind::Text),
    key("traces.header_value", Kind::Secret),
    key("traces.header_value_file", Kind::Text),
    key("log.format", Kind::Choice(&["text", "json"])),
    key("log.level", Kind::Text),
    key("cluster.node", Kind::Text),
    key("cluster.lease_seconds", Kind::Number(2, 300)),
    key("keys.url", Kind::Text),
    key("keys.master_key", Kind::Secret),
    key("keys.master_key_file", Kind::Text),
    key("keys.master_key_command", Kind::Texts),
    key("keys.previous_master_key_files", Kind::Texts),
    key("keys.token", Kind::Secret),
    key("keys.token_file", Kind::Text),
    key("keys.plain_http", Kind::Flag),
    key("keys.authority_file", Kind::Text),
    key("keys.tls_certificate_file", Kind::Text),
    key("keys.tls_key_file", Kind::Text),
];

/// What stands at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A value.
    Value(Kind),
    /// A section.
    Section,
    /// A list of sections.
    Sections,
    /// Nothing is called so.
    Unknown,
}

/// What stands at `path`, given with `[]` in place of numbers.
pub(super) fn place(path: &str) -> Place {
    for known in KEYS {
        let Some(rest) = known.path.strip_prefix(path) else {
            continue;
        };
        if rest.is_empty() {
            return Place::Value(known.kind);
        }
        if rest.starts_with("[]") {
            return Place::Sections;
        }
        if rest.starts_with('.') {
            return Place::Section;
        }
    }
    Place::Unknown
}

/// The keys that a section at `path` cannot do without, by their last name.
pub(super) fn required_in(path: &str) -> impl Iterator<Item = &'static str> {
    let prefix = format!("{path}.");
    KEYS.iter()
        .filter(|known| known.required)
        .filter_map(move |known| {
            let rest = known.path.strip_prefix(&prefix)?;
            (!rest.contains('.')).then_some(rest)
        })
}

/// The known key that a wrong one most likely means.
pub(super) fn suggestion(path: &str) -> Option<&'static str> {
    let last = path.rsplit('.').next().unwrap_or(path);
    let same_name: Vec<&str> = KEYS
        .iter()
        .map(|known| known.path)
        .filter(|known| known.rsplit('.').next() == Some(last))
        .collect();
    if let [only] = same_name.as_slice() {
        return Some(only);
    }
    KEYS.iter()
        .flat_map(|known| sections_of(known.path).chain([known.path]))
        .map(|known| (strsim::normalized_damerau_levenshtein(known, path), known))
        .filter(|(likeness, _)| *likeness >= 0.7)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, known)| known)
}

fn sections_of(path: &'static str) -> impl Iterator<Item = &'static str> {
    path.match_indices('.')
        .filter_map(|(end, _)| path.get(..end))
        .map(|section| section.trim_end_matches("[]"))
}
