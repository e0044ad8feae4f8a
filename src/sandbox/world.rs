//! What the sandbox's parts share.

use std::sync::Arc;
use std::time::Duration;

use events::{Clock, InvalidId};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::bot::{Bot, Teams};
use super::chat::{Chat, ChatRecord};
use super::chronus::Chronus;
use super::faults::{Effect, Faults};
use super::journal::{Entry, Journal, JournalError, Written};
use super::keys::{KeyError, Keys, SigningKey};
use super::limits::Limiter;
use super::login::Login;
use super::people::{DirectoryChange, People, Person, PersonSpec};
pub use super::stats::{Counts, Stats};

/// The longest that a stalled call is held.
const STALL: Duration = Duration::from_secs(600);

/// The app as the organization's catalogue has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    /// The bot's Entra app id.
    pub bot_app_id: String,
    /// The bot's name in chats.
    pub bot_name: String,
    /// The manifest's id.
    pub manifest_id: String,
    /// The manifest's version.
    pub version: String,
}

/// Why a person cannot be added.
#[derive(Debug, thiserror::Error)]
pub enum AddError {
    /// Tenant or person have no usable id.
    #[error("the person cannot be added: {0}")]
    Id(#[from] InvalidId),
    /// It could not be kept.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// Why the keys stay as they are.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// No new key could be made.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// It could not be kept.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// The sandbox's shared state.
#[derive(Debug)]
pub struct World {
    /// Where the sandbox is served, without a trailing slash.
    pub url: String,
    /// The slice of the world in the connector's path.
    pub region: String,
    /// The app.
    pub app: App,
    /// The way to the bot.
    pub bot: Bot,
    /// Signing keys.
    pub keys: Arc<Keys>,
    /// Microsoft's login.
    pub login: Login,
    /// People and chats.
    pub people: People,
    /// Rate limits.
    pub limiter: Limiter,
    /// Failures on order.
    pub faults: Faults,
    /// Chronus' side of the webhook.
    pub chronus: Chronus,
    /// What survives a restart.
    pub journal: Journal,
    /// Counts.
    pub stats: Stats,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Set when the sandbox stops.
    pub stopping: CancellationToken,
    /// Grows with every change of anything.
    pub changes: watch::Sender<u64>,
}

impl World {
    /// What Teams needs to post to the bot.
    pub fn teams(&self) -> Teams<'_> {
        Teams {
            app_id: &self.app.bot_app_id,
            keys: &self.keys,
            clock: &*self.clock,
            stats: &self.stats,
        }
    }

    /// The service URL of a tenant's chats.
    pub fn service_url(&self, tenant: &str) -> String {
        format!("{}/connector/{}/{tenant}/", self.url, self.region)
    }

    /// Folds a record into a chat that the caller holds, and queues it for the journal; the caller waits for the
    /// journal after letting go of the chat.
    pub fn record(&self, person: &Person, chat: &mut Chat, record: ChatRecord) -> Written {
        person.fold(chat, &record);
        self.changed();
        self.journal.append(&Entry::Chat {
            user: person.key.clone(),
            record,
        })
    }

    /// Adds a person, or returns the one who is there.
    pub async fn add_person(&self, spec: PersonSpec) -> Result<Arc<Person>, AddError> {
        self.login.add_tenant(&spec.tenant_id);
        let (person, new) = self.people.add(spec.clone(), &self.app.bot_app_id)?;
        if new {
            self.journal.append(&Entry::Person { spec }).kept().await?;
            self.changed();
        }
        Ok(person)
    }

    /// Changes what the directory has of a person; no bot is told.
    pub async fn change_directory(
        &self,
        person: &Person,
        change: DirectoryChange,
    ) -> Result<(), JournalError> {
        person.change(change.clone());
        let user = person.key.clone();
        self.journal
            .append(&Entry::Directory { user, change })
            .kept()
            .await
    }

    /// Publishes a new key and signs with the next one from now on. Tokens of the oldest key hold no longer.
    pub async fn rotate_keys(self: Arc<Self>) -> Result<(), RotateError> {
        // Finding primes takes a while.
        let key = tokio::task::spawn_blocking(SigningKey::generate)
            .await
            .map_err(|_| KeyError::Generate)??;
        let pkcs8 = key.to_pkcs8()?;
        self.journal.append(&Entry::Key { pkcs8 }).kept().await?;
        self.keys.rotate(Arc::new(key));
        self.login.forget_verified();
        Ok(())
    }

    /// Wakes whoever waits for a change.
    pub fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    /// Waits as a slow or stalled call does; returns at once for every other fault.
    pub async fn delay(&self, effect: &Effect) {
        let pause = if let Effect::Slow { milliseconds } = effect {
            Duration::from_millis(*milliseconds)
        } else if matches!(effect, Effect::Stall { .. }) {
            STALL
        } else {
            return;
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = self.stopping.cancelled() => {}
        }
    }
}
