//! The people of the two tenants.

use chronus_teams::sandbox::chat::{Chat, Message};
use chronus_teams::sandbox::client::{Client, Press};
use chronus_teams::sandbox::people::PersonSpec;
use events::UserKey;

use super::{ACME_TENANT, BOLT_TENANT, PATIENCE, World};

/// Somebody in a tenant.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Folk {
    pub(crate) tenant: &'static str,
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) email: &'static str,
}

/// In the first organization.
pub(crate) const ADA: Folk = Folk {
    tenant: ACME_TENANT,
    id: "00000000-0000-4000-8000-00000000000a",
    name: "Ada Lind",
    email: "ada@acme.example",
};
/// In the first organization.
pub(crate) const BEN: Folk = Folk {
    tenant: ACME_TENANT,
    id: "00000000-0000-4000-8000-00000000000b",
    name: "Ben Ode",
    email: "ben@acme.example",
};
/// In the first organization.
pub(crate) const CLEO: Folk = Folk {
    tenant: ACME_TENANT,
    id: "00000000-0000-4000-8000-00000000000c",
    name: "Cleo Marsh",
    email: "cleo@acme.example",
};
/// In the first organization.
pub(crate) const DAN: Folk = Folk {
    tenant: ACME_TENANT,
    id: "00000000-0000-4000-8000-00000000000e",
    name: "Dan Iversen",
    email: "dan@acme.example",
};
/// In the second organization.
pub(crate) const DORA: Folk = Folk {
    tenant: BOLT_TENANT,
    id: "00000000-0000-4000-8000-00000000000d",
    name: "Dora Vance",
    email: "dora@bolt.example",
};

impl Folk {
    pub(crate) fn key(&self) -> UserKey {
        UserKey::parse(format!("{}/{}", self.tenant, self.id)).unwrap()
    }
}

pub(super) fn everybody() -> Vec<PersonSpec> {
    [ADA, BEN, CLEO, DAN, DORA]
        .map(|folk| PersonSpec {
            tenant_id: folk.tenant.to_owned(),
            aad_object_id: folk.id.to_owned(),
            name: Some(folk.name.to_owned()),
            email: Some(folk.email.to_owned()),
            upn: Some(folk.email.to_owned()),
            guest: false,
            locale: "en-US".to_owned(),
            timezone: "Europe/Berlin".to_owned(),
            platform: "Web".to_owned(),
        })
        .to_vec()
}

/// Whether a message shows this text in any place of its card.
pub(crate) fn shows(message: &Message, text: &str) -> bool {
    let card = message.card.as_ref();
    card.is_some_and(|card| card.to_string().contains(text))
}

/// How many of the bot's messages show this text.
pub(crate) fn count(chat: &Chat, text: &str) -> usize {
    let messages = chat.messages.iter().filter(|message| message.from_bot);
    messages.filter(|message| shows(message, text)).count()
}

impl World {
    pub(crate) fn client(&self, who: Folk) -> Client {
        self.sandbox.client(&who.key()).unwrap()
    }

    /// Gives somebody the app and waits until the greeting came and nothing is left to do.
    pub(crate) async fn install(&self, who: Folk) -> Client {
        let client = self.client(who);
        let outcome = client.install().await.unwrap();
        assert!(outcome.taken(), "{outcome:?}");
        self.at_rest().await;
        client
    }

    /// How many of the bot's messages to somebody show this text.
    pub(crate) fn seen(&self, who: Folk, text: &str) -> usize {
        count(&self.client(who).chat(), text)
    }

    /// Waits until somebody sees this text once or more.
    pub(crate) async fn sees(&self, who: Folk, text: &str) -> Chat {
        let client = self.client(who);
        let seen = client.wait_for(PATIENCE, |chat| count(chat, text) > 0).await;
        seen.unwrap_or_else(|_| {
            panic!(
                "{} does not see {text:?}: {:#?}",
                who.name,
                client.chat().messages
            )
        })
    }
}

/// A press on the newest card of a notification.
pub(crate) fn press(card: &str, button: &str) -> Press {
    Press {
        button: button.to_owned(),
        notification: Some(card.to_owned()),
        ..Press::default()
    }
}
