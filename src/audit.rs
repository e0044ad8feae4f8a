//! The audit: who did what, when, why and from where, for each organization in a stream of the log that is only ever
//! appended to. Each event names the one before it by its hash ([`events::audit::Link`]), which `check` looks at. What is done
//! is recorded before it is done, so nothing happens that stands nowhere.

use events::audit::Link;
use events::outbound::ActRecorded;
use events::shown::is_invisible;
use events::{
    AppendError, Clock, Direction, EventId, EventStore, Expected, Metadata, NewEvent, OrganizationId,
    OutboundEvent, ReadError, Recorded, StreamId, StreamWrite, Version,
};

use crate::repeats::Once;

pub mod entry;
pub mod handover;
pub mod refusals;
pub mod syslog;

/// How often it is tried anew because somebody else recorded something at the same moment.
const TRIES: usize = 32;

/// Why something could not be recorded; then it is not done.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// What stands before it could not be read.
    #[error("the audit could not be read, so that what is to be done could not be recorded")]
    Read(#[from] ReadError),
    /// It could not be written.
    #[error("what is to be done could not be recorded")]
    Append(#[from] AppendError),
}

/// The stream of an organization, or the service's own.
pub fn stream_of(organization: Option<&OrganizationId>) -> StreamId {
    organization.map_or_else(StreamId::audit_of_service, StreamId::audit)
}

/// Who does something, and what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deed {
    /// What: one of [`acts`].
    pub act: &'static str,
    /// To whom or what.
    pub about: Option<String>,
    /// Who: the way and the name of an API key, or `cli`.
    pub by: String,
    /// Why, in their words.
    pub reason: Option<String>,
    /// From which address, or by whom on the machine.
    pub from: Option<String>,
}

/// The names of what is answered for.
pub mod acts {
    /// Withdraw an announcement.
    pub const ANNOUNCEMENT_WITHDRAW: &str = "announcement.withdraw";
    /// Send dead letters after all.
    pub const LETTERS: &str = "dead_letters.replay";
    /// Hand answers over again.
    pub const RESPONSES: &str = "responses.replay";
    /// Switch the integration on.
    pub const TENANT_ON: &str = "tenant.enable";
    /// Switch the integration off.
    pub const TENANT_OFF: &str = "tenant.disable";
    /// Switch Teams off for a programme or an ERG.
    pub const PART_OFF: &str = "part.disable";
    /// Switch it on again.
    pub const PART_ON: &str = "part.enable";
    /// Give a tenant to an organization.
    pub const TENANT_LINK: &str = "tenant.link";
    /// End the link between a tenant and an organization.
    pub const TENANT_UNLINK: &str = "tenant.unlink";
    /// Make a code by which a tenant is linked.
    pub const LINK_CODE: &str = "tenant.link_code";
    /// Set what holds for all people of an organization.
    pub const ORGANIZATION_SET: &str = "organization.set";
    /// Register an organization.
    pub const ORGANIZATION_REGISTER: &str = "organization.register";
    /// Post answers to the webhook again.
    pub const WEBHOOK_ON: &str = "webhook.enable";
    /// Post nothing more to the webhook.
    pub const WEBHOOK_OFF: &str = "webhook.disable";
    /// Say who a member is.
    pub const MEMBER_LINK: &str = "member.link";
    /// Say that a member is nobody.
    pub const MEMBER_UNLINK: &str = "member.unlink";
    /// Let the evidence decide again who a member is.
    pub const MEMBER_AUTOMATIC: &str = "member.automatic";
    /// Forget a member.
    pub const MEMBER_ERASE: &str = "member.erase";
    /// Make a key of the API.
    pub const KEY_MAKE: &str = "key.make";
    /// Replace a key of the API.
    pub const KEY_ROTATE: &str = "key.rotate";
    /// Take a key of the API back.
    pub const KEY_REVOKE: &str = "key.revoke";
    /// Read the configuration's secrets again.
    pub const SECRETS_RELOAD: &str = "secrets.reload";
    /// Read or export the audit itself.
    pub const AUDIT_READ: &str = "audit.read";
    /// Sign in to the console.
    pub const SIGN_IN: &str = "console.sign_in";
}

/// Records an event of an organization's audit, or of the service's own; answers its number there once it stands.
pub async fn record(
    store: &dyn EventStore,
    clock: &dyn Clock,
    organization: Option<&OrganizationId>,
    event: impl Into<OutboundEvent>,
) -> Result<Version, AuditError> {
    record_as(store, clock, organization, EventId::unique(), event.into()).await
}

async fn record_as(
    store: &dyn EventStore,
    clock: &dyn Clock,
    organization: Option<&OrganizationId>,
    id: EventId,
    event: OutboundEvent,
) -> Result<Version, AuditError> {
    let stream = stream_of(organization);
    let mut tries = TRIES;
    loop {
        tries -= 1;
        let last = newest(store, &stream, 1).await?.into_iter().next();
        let version = last.as_ref().map_or(Version::NONE, |last| last.version);
        let chained = event.clone().after(last.as_ref().map(Link::to));
        let metadata = Metadata {
            time: clock.now(),
            correlation_id: id.0,
            causation_id: id.0,
        };
        let write = StreamWrite {
            stream: stream.clone(),
            expected: Expected::Exactly(version),
            events: vec![NewEvent::encode(id, &chained, metadata)],
        };
        match store.append(vec![write]).await {
            Ok(_) => return Ok(version.plus(1)),
            Err(AppendError::Conflict { .. }) if tries > 0 => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Records that somebody is about to do something; answers by what to tell that it failed. Of what is done once it stands once.
pub async fn about_to(
    store: &dyn EventStore,
    clock: &dyn Clock,
    organization: Option<&OrganizationId>,
    deed: Deed,
    once: Option<Once>,
) -> Result<ActRecorded, AuditError> {
    let id = once.map_or_else(EventId::unique, |once| once.id(deed.act));
    let act = ActRecorded {
        act_id: id.0,
        act: deed.act.to_owned(),
        about: deed.about,
        by: deed.by,
        reason: deed.reason,
        from: deed.from,
        failed: None,
        chain: None,
    };
    let stands = match once {
        Some(once) => once.stands(store, &stream_of(organization), id).await?,
        None => false,
    };
    if !stands {
        record_as(store, clock, organization, id, act.clone().into()).await?;
    }
    Ok(act)
}

/// Records that it could not be done. Where even that fails the act stands as if it had been done, which is on the safe side.
pub async fn failed(
    store: &dyn EventStore,
    clock: &dyn Clock,
    organization: Option<&OrganizationId>,
    act: ActRecorded,
    status: u16,
) {
    let act = ActRecorded {
        failed: Some(status),
        ..act
    };
    if let Err(error) = record(store, clock, organization, act).await {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "that something could not be done was not recorded; the audit tells that it was begun"
        );
    }
}

/// The newest events of a stream, newest first.
pub async fn newest(
    store: &dyn EventStore,
    stream: &StreamId,
    most: usize,
) -> Result<Vec<Recorded>, ReadError> {
    let newest = Version(u64::MAX);
    store
        .read_stream(stream.clone(), newest, Direction::Backwards, most)
        .await
}

/// Text of others on one line of a terminal or a log: it begins no line, moves no cursor and turns no direction.
pub fn on_one_line(text: &str) -> String {
    let harmless = |c: char| !c.is_control() && !is_invisible(c) && !matches!(c, '\u{2028}' | '\u{2029}');
    text.chars().map(|c| if harmless(c) { c } else { ' ' }).collect()
}

/// Who runs this process, as the machine tells: for what is done from the command line.
pub fn operator() -> Option<String> {
    let told = |name: &str| std::env::var(name).ok().filter(|name| !name.is_empty());
    let name = told("SUDO_USER").or_else(|| told("USER"))?;
    // Whatever the environment holds is cut to what a name may be.
    let name: String = name.chars().filter(|c| !c.is_control()).take(64).collect();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests;
