//! Sentences that are said without a card. Outside personal chats the bot says once, politely, that it works in personal chats
//! only; nothing that is said there is read or kept. To people of a tenant that is not linked it says that once.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use actors::ports::{Connector, Message, Unpaced};
use events::{ConversationId, TenantId, UserKey};
use lru::LruCache;
use serde_json::json;
use tokio::sync::Semaphore;

use super::activity::Activity;

/// Conversations that are remembered as told; one that is forgotten may be told again.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(10_000).expect("10,000 is not zero");
/// Declines under way at once; more are left unsaid.
const AT_ONCE: usize = 8;

/// Says it, at most once per conversation while it is remembered. Best effort: losing one loses nothing.
#[derive(Debug)]
pub struct Decliner {
    connector: Arc<dyn Connector>,
    told: Mutex<LruCache<(TenantId, ConversationId), ()>>,
    room: Arc<Semaphore>,
}

impl Decliner {
    /// Says it through `connector`.
    pub fn new(connector: Arc<dyn Connector>) -> Self {
        Self {
            connector,
            told: Mutex::new(LruCache::new(REMEMBERED)),
            room: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// Says `text` in the conversation that `activity` came from, unless something was said there before.
    pub fn decline(&self, activity: &Activity, text: String) {
        let (Ok(tenant), Ok(conversation)) = (activity.tenant(), activity.conversation_ref()) else {
            return;
        };
        let key = (tenant, conversation.conversation_id);
        let before = self
            .told
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .put(key, ());
        if before.is_none() {
            self.say(activity, text);
        }
    }

    /// Says `text` there, whatever was said before.
    pub fn say(&self, activity: &Activity, text: String) {
        let (Ok(tenant), Ok(conversation)) = (activity.tenant(), activity.conversation_ref()) else {
            return;
        };
        let Ok(person) = events::AadObjectId::parse("elsewhere") else {
            return;
        };
        let Ok(room) = Arc::clone(&self.room).try_acquire_owned() else {
            return;
        };
        let connector = Arc::clone(&self.connector);
        actix_web::rt::spawn(async move {
            let message = Message(json!({ "type": "message", "text": text }));
            let result = connector
                .send(&UserKey::new(tenant, person), &conversation, &message, &Unpaced)
                .await;
            tracing::debug!(?result, "a sentence was said without a card");
            drop(room);
        });
    }
}
