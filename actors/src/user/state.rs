//! What a Teams user's stream adds up to. `apply` folds one event; it never fails and never asks the time, so a
//! replay gives the live state.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use events::user::{
    ClientDefaultsChanged, ClientObserved, ConversationRef, MatchedBy, PreferencesChanged, Reachability,
};
use events::{MemberId, Metadata, NotificationId, OrganizationId, SubjectRef, UserEvent};
use serde::{Deserialize, Serialize};

use super::keys::Keys;
pub use super::notification::{Notification, Phase};
use super::notifications::Notifications;
pub use super::profile::Profile;
use super::recent::Recent;
pub use super::subject::Subject;
use super::wished::WishedAt;

mod answers;
pub(in crate::user) mod delivery;
mod person;

/// Changes whenever a stored snapshot of this state could not be read as the state of today, or the same events lead to
/// another state.
pub const SNAPSHOT_SCHEMA: u32 = 23;

/// The fold of one user's stream.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts about a person, each from its own events"
)]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UserState {
    /// Where the chat is, from the newest activity.
    pub conversation: Option<ConversationRef>,
    /// When the newest activity of that chat happened that was handled: what happened before it is old news.
    pub chat_as_of: Option<DateTime<Utc>>,
    /// When the chat was last asked for by the person's object id: its address is as new as that.
    pub reopened_at: Option<DateTime<Utc>>,
    /// A service URL that the connector said this person's tenant does not live at.
    pub misdirected: Option<String>,
    /// Whether the app is in the person's personal scope.
    pub installed: bool,
    /// When the app was last installed.
    pub installed_at: Option<DateTime<Utc>>,
    /// Whether the first greeting was ever queued.
    pub welcomed: bool,
    /// Whether the person can be reached.
    pub reachability: Reachability,
    /// When the connector last said that an administrator disabled the app, while that is so.
    pub disabled_at: Option<DateTime<Utc>>,
    /// The person's language, zone and device class.
    pub client: ClientObserved,
    /// The same as Chronus or the organization tells it.
    pub client_defaults: ClientDefaultsChanged,
    /// Who the person is.
    pub profile: Profile,
    /// Who the person is in Chronus.
    pub link: Option<Link>,
    /// Whom the person was in Chronus, since that ended.
    pub former: Option<Former>,
    /// Whether the person wants notifications.
    pub connected: bool,
    /// Since when that is so; `None` when it was never changed.
    pub connected_since: Option<DateTime<Utc>>,
    /// When the person said last what they want: what they said before and what comes late changes nothing.
    pub wished_at: WishedAt,
    /// Cards not sent since the person went away, and of which nothing was told yet.
    pub missed: Missed,
    /// Until when the person wants nothing.
    pub paused_until: Option<DateTime<Utc>>,
    /// Until when Teams wants nothing sent to the chat, where it asked for a long wait.
    pub throttled_until: Option<DateTime<Utc>>,
    /// What the person wants to get.
    pub preferences: PreferencesChanged,
    /// Inbound activities that had their effect, for ever.
    pub handled: Keys,
    /// Domain events that led to a card, for ever.
    pub told: Keys,
    /// Domain events that changed a subject, for ever.
    pub changed_by: Keys,
    /// The notifications.
    pub notifications: Notifications,
    /// The Chronus things that this person was told of.
    #[serde(serialize_with = "in_order")]
    pub subjects: HashMap<SubjectRef, Subject>,
    /// When the chat got something lately.
    pub recent: Recent,
    /// Whether the person was erased.
    pub erased: bool,
    /// Whether the person asked for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub erasing: bool,
}

/// Who the person is in Chronus.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The organization.
    pub organization_id: OrganizationId,
    /// The person there, where Chronus gave an id.
    pub member_id: Option<MemberId>,
    /// What shows it.
    pub matched_by: MatchedBy,
    /// Since when this is known.
    pub since: DateTime<Utc>,
}

/// A member that the person is no longer, or of whom it is not sure any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Former {
    /// The member, where Chronus gave an id.
    pub member_id: Option<MemberId>,
    /// When that ended.
    pub since: DateTime<Utc>,
    /// Whether the evidence disagrees, so that the person may turn out to be that member after all.
    pub in_doubt: bool,
    /// When they were known to be that member last, where the link ended more than once since: in doubt first, then for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_known: Option<DateTime<Utc>>,
}

/// Notifications from Chronus that were not sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missed {
    /// How many.
    pub count: u32,
    /// Which, oldest first; the oldest are left out of a very long list.
    pub of: Vec<NotificationId>,
}

impl Missed {
    /// Notifications remembered by id; of more, only their number is known.
    const MOST: usize = 200;

    /// Adds one.
    pub fn add(&mut self, id: NotificationId) {
        if self.of.contains(&id) {
            return;
        }
        self.count += 1;
        self.of.push(id);
        if self.of.len() > Self::MOST {
            self.of.remove(0);
        }
    }

    /// One was told of after all.
    pub(super) fn remove(&mut self, id: NotificationId) {
        let before = self.of.len();
        self.of.retain(|missed| *missed != id);
        let removed = u32::try_from(before - self.of.len()).unwrap_or(u32::MAX);
        self.count = self.count.saturating_sub(removed);
    }
}

/// In the order of their names, so that equal states are equal bytes, whoever writes them.
fn in_order<S: serde::Serializer>(subjects: &HashMap<SubjectRef, Subject>, to: S) -> Result<S::Ok, S::Error> {
    let ordered: std::collections::BTreeMap<_, _> = subjects.iter().collect();
    ordered.serialize(to)
}

impl Default for UserState {
    fn default() -> Self {
        Self {
            conversation: None,
            chat_as_of: None,
            reopened_at: None,
            misdirected: None,
            installed: false,
            installed_at: None,
            welcomed: false,
            reachability: Reachability::Uninstalled,
            disabled_at: None,
            client: ClientObserved::default(),
            client_defaults: ClientDefaultsChanged::default(),
            profile: Profile::default(),
            link: None,
            former: None,
            connected: true,
            connected_since: None,
            wished_at: WishedAt::default(),
            missed: Missed::default(),
            paused_until: None,
            throttled_until: None,
            preferences: PreferencesChanged::default(),
            handled: Keys::default(),
            told: Keys::default(),
            changed_by: Keys::default(),
            notifications: Notifications::default(),
            subjects: HashMap::new(),
            recent: Recent::default(),
            erased: false,
            erasing: false,
        }
    }
}

impl UserState {
    /// The notification with this id, as long as it is kept.
    pub fn notification(&self, id: NotificationId) -> Option<&Notification> {
        self.notifications.get(id)
    }

    /// What a notification is about, as it stands.
    pub fn subject_of(&self, notification: &Notification) -> Option<&Subject> {
        notification
            .subject
            .as_ref()
            .and_then(|subject| self.subjects.get(subject))
    }

    /// Folds one event.
    pub fn apply(&mut self, event: &UserEvent, meta: &Metadata) {
        match event {
            UserEvent::Presence(event) => self.apply_presence(event, meta),
            UserEvent::Identity(event) => self.apply_identity(event, meta),
            UserEvent::Settings(event) => self.apply_settings(event, meta),
            UserEvent::Chat(event) => self.apply_chat(event, meta),
            UserEvent::Answer(event) => self.apply_answer(event, meta),
            UserEvent::Queue(event) => self.apply_queue(event, meta),
            UserEvent::Delivery(event) => self.apply_delivery(event, meta),
            UserEvent::Update(event) => self.apply_update(event, meta),
        }
    }
}

#[cfg(test)]
pub(in crate::user) mod tests;
