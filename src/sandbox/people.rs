//! The people of the sandbox's tenants and their chats. Ids have the shapes that Teams uses (teams-protocol, section
//! 3.3) and are derived from tenant, person and app, so that a restart keeps them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use events::{InvalidId, UserKey};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha512};
use tokio::sync::watch;

use super::chat::{Chat, ChatRecord};
use super::limits::ChatWindows;

/// Who a person is, as the directory of the tenant knows it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonSpec {
    /// The tenant.
    pub tenant_id: String,
    /// The person's object id.
    pub aad_object_id: String,
    /// Display name; guests who never signed in may have none.
    #[serde(default)]
    pub name: Option<String>,
    /// Mail address.
    #[serde(default)]
    pub email: Option<String>,
    /// User principal name.
    #[serde(default)]
    pub upn: Option<String>,
    /// Whether the person is a guest of the tenant.
    #[serde(default)]
    pub guest: bool,
    /// BCP 47 language tag.
    #[serde(default = "default_locale")]
    pub locale: String,
    /// IANA zone.
    #[serde(default = "default_timezone")]
    pub timezone: String,
    /// The client: `Web`, `Windows`, `Android`, `iOS`, …
    #[serde(default = "default_platform")]
    pub platform: String,
}

fn default_locale() -> String {
    "en-US".to_owned()
}

fn default_timezone() -> String {
    "America/Los_Angeles".to_owned()
}

fn default_platform() -> String {
    "Web".to_owned()
}

impl std::fmt::Debug for PersonSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PersonSpec")
            .field("tenant_id", &self.tenant_id)
            .field("aad_object_id", &self.aad_object_id)
            .finish_non_exhaustive()
    }
}

/// A change of a person's entry in the directory. Teams tells no bot of it; whoever asks for the member sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum DirectoryChange {
    /// The person has another display name.
    Named {
        /// The new name.
        name: Option<String>,
    },
    /// The person has other addresses.
    Addressed {
        /// Mail address.
        email: Option<String>,
        /// User principal name.
        upn: Option<String>,
    },
    /// The account was deleted; the person's object id is never given to anybody else.
    Deleted,
    /// The deleted account was restored.
    Restored,
}

/// A person with a chat.
#[derive(Debug)]
pub struct Person {
    /// The person's identity in the product's words.
    pub key: UserKey,
    entry: RwLock<DirectoryEntry>,
    /// The person's id towards this bot, `29:…`.
    pub user_id: String,
    /// The chat's id, `a:…`.
    pub conversation_id: String,
    /// The limits' memory for this chat.
    pub windows: Mutex<ChatWindows>,
    chat: Mutex<Chat>,
    changed: watch::Sender<u64>,
    busy: AtomicBool,
}

/// What the directory has of a person.
#[derive(Debug)]
struct DirectoryEntry {
    spec: PersonSpec,
    deleted: bool,
}

impl DirectoryEntry {
    fn apply(&mut self, change: DirectoryChange) {
        match change {
            DirectoryChange::Named { name } => self.spec.name = name,
            DirectoryChange::Addressed { email, upn } => {
                self.spec.email = email;
                self.spec.upn = upn;
            }
            DirectoryChange::Deleted => self.deleted = true,
            DirectoryChange::Restored => self.deleted = false,
        }
    }
}

impl Person {
    fn new(spec: PersonSpec, app_id: &str) -> Result<Self, InvalidId> {
        let key = UserKey::parse(format!("{}/{}", spec.tenant_id, spec.aad_object_id))?;
        let digest = |what: &str| {
            let text = format!("{what} {key} {}", app_id.to_ascii_lowercase());
            URL_SAFE_NO_PAD.encode(Sha512::digest(text.as_bytes()))
        };
        Ok(Self {
            user_id: format!("29:{}", digest("user")),
            conversation_id: format!("a:{}", digest("conversation")),
            key,
            entry: RwLock::new(DirectoryEntry { spec, deleted: false }),
            windows: Mutex::default(),
            chat: Mutex::default(),
            changed: watch::Sender::new(0),
            busy: AtomicBool::new(false),
        })
    }

    /// Who the person is, as the directory has it now.
    pub fn spec(&self) -> PersonSpec {
        self.entry().spec.clone()
    }

    /// Whether the account was deleted.
    pub fn is_deleted(&self) -> bool {
        self.entry().deleted
    }

    /// Changes the directory's entry; nobody is told.
    pub fn change(&self, change: DirectoryChange) {
        self.entry
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .apply(change);
    }

    fn entry(&self) -> RwLockReadGuard<'_, DirectoryEntry> {
        self.entry.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The chat as it is now.
    pub fn chat(&self) -> MutexGuard<'_, Chat> {
        self.chat.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells of each change of the chat.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Folds a record into a chat that the caller holds.
    pub fn fold(&self, chat: &mut Chat, record: &ChatRecord) {
        chat.apply(record);
        self.changed.send_modify(|count| *count += 1);
    }

    /// Enters an operation on the chat; `None` while another one is in flight.
    pub fn enter(&self) -> Option<InFlight<'_>> {
        let free = self
            .busy
            .compare_exchange(false, true, Ordering::AcqRel, Ordering::Acquire)
            .is_ok();
        free.then_some(InFlight(&self.busy))
    }

    /// Whether `id` names this person: the `29:` id, the AAD object id or the UPN.
    pub fn answers_to(&self, id: &str) -> bool {
        let same = |other: &str| id.eq_ignore_ascii_case(other);
        id == self.user_id
            || same(self.key.aad_object_id.as_str())
            || self.entry().spec.upn.as_deref().is_some_and(same)
    }

    /// The person as the connector describes a member (teams-protocol, section 3.2).
    pub fn member(&self) -> Value {
        let spec = self.spec();
        let mut member = json!({
            "id": self.user_id, "objectId": spec.aad_object_id, "aadObjectId": spec.aad_object_id,
            "tenantId": spec.tenant_id, "userRole": if spec.guest { "anonymous" } else { "user" },
        });
        let (given, surname) = match spec.name.as_deref().map(|name| name.split_once(' ')) {
            Some(Some((given, surname))) => (Some(given), Some(surname)),
            Some(None) => (spec.name.as_deref(), None),
            None => (None, None),
        };
        let optional = [
            ("name", spec.name.as_deref()),
            ("givenName", given),
            ("surname", surname),
            ("email", spec.email.as_deref()),
            ("userPrincipalName", spec.upn.as_deref()),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                member[name] = Value::from(value);
            }
        }
        member
    }
}

/// Holds a chat as long as an operation on it is in flight.
#[derive(Debug)]
pub struct InFlight<'a>(&'a AtomicBool);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

/// Everybody.
#[derive(Debug, Default)]
pub struct People {
    keys: RwLock<HashMap<UserKey, Arc<Person>>>,
    conversations: RwLock<HashMap<String, Arc<Person>>>,
    users: RwLock<HashMap<String, Arc<Person>>>,
}

impl People {
    /// Adds a person; one who is there already stays as before, and `false` is returned.
    pub fn add(&self, spec: PersonSpec, app_id: &str) -> Result<(Arc<Person>, bool), InvalidId> {
        let person = Arc::new(Person::new(spec, app_id)?);
        let mut by_key = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = by_key.get(&person.key) {
            return Ok((Arc::clone(known), false));
        }
        by_key.insert(person.key.clone(), Arc::clone(&person));
        let mut by_conversation = self.conversations.write().unwrap_or_else(PoisonError::into_inner);
        by_conversation.insert(person.conversation_id.clone(), Arc::clone(&person));
        let mut by_user = self.users.write().unwrap_or_else(PoisonError::into_inner);
        by_user.insert(person.user_id.clone(), Arc::clone(&person));
        Ok((person, true))
    }

    /// The person with this identity.
    pub fn get(&self, key: &UserKey) -> Option<Arc<Person>> {
        let by_key = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        by_key.get(key).cloned()
    }

    /// The person whose chat has this id.
    pub fn of_conversation(&self, id: &str) -> Option<Arc<Person>> {
        let by_conversation = self.conversations.read().unwrap_or_else(PoisonError::into_inner);
        by_conversation.get(id).cloned()
    }

    /// The person with this `29:` id.
    pub fn of_user(&self, id: &str) -> Option<Arc<Person>> {
        let by_user = self.users.read().unwrap_or_else(PoisonError::into_inner);
        by_user.get(id).cloned()
    }

    /// Everybody, ordered by identity.
    pub fn all(&self) -> Vec<Arc<Person>> {
        let by_key = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<Arc<Person>> = by_key.values().cloned().collect();
        all.sort_by(|a, b| a.key.cmp(&b.key));
        all
    }
}
