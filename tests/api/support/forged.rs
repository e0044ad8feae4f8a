//! Activities that no client of ours would send: what reaches the service late, and presses of a client that was not told of
//! what changed.

use std::sync::atomic::{AtomicU32, Ordering};

use chrono::{DateTime, SecondsFormat, Utc};
use chronus_teams::sandbox::bot::{BotAnswer, TokenKind};
use chronus_teams::sandbox::client::Client;
use serde_json::{Value, json};

use super::World;

static NUMBER: AtomicU32 = AtomicU32::new(0);

impl World {
    /// Posts something that somebody typed before once more, as another activity, changed by `edit`.
    pub(crate) async fn posts(&self, who: &Client, edit: impl FnOnce(&mut Value)) -> BotAnswer {
        let chat = who.chat();
        let template = chat
            .deeds
            .values()
            .find(|deed| deed.activity["type"] == "message");
        let mut activity = template.expect("they typed something before").activity.clone();
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        activity["id"] = format!("f:forged-{number}").into();
        edit(&mut activity);
        let posted = self
            .sandbox
            .post_activity(activity.to_string(), TokenKind::Genuine);
        let answer = posted.await.unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
        self.at_rest().await;
        answer
    }

    /// Somebody typed this at that time, and the service hears of it only now.
    pub(crate) async fn says_late(&self, who: &Client, text: &str, at: DateTime<Utc>) {
        self.posts(who, |activity| {
            activity["text"] = text.into();
            activity["timestamp"] = at.to_rfc3339_opts(SecondsFormat::Millis, true).into();
        })
        .await;
    }

    /// Somebody presses a button on a message as their client showed it.
    pub(crate) async fn presses_as_shown(
        &self,
        who: &Client,
        message: &str,
        (verb, data): (&str, Value),
        at: Option<DateTime<Utc>>,
    ) -> BotAnswer {
        self.posts(who, |activity| {
            activity["type"] = "invoke".into();
            activity["name"] = "adaptiveCard/action".into();
            activity["replyToId"] = message.into();
            let action = json!({ "type": "Action.Execute", "verb": verb, "data": data });
            activity["value"] = json!({ "trigger": "manual", "action": action });
            if let Some(at) = at {
                activity["timestamp"] = at.to_rfc3339_opts(SecondsFormat::Millis, true).into();
            }
            let activity = activity.as_object_mut().unwrap();
            for gone in ["text", "textFormat", "attachments"] {
                activity.remove(gone);
            }
        })
        .await
    }
}
