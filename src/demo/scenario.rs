//! What is played: people, steps and what should have become of it all. Read from a file of the repository.

use std::collections::BTreeMap;

use events::{AadObjectId, OrganizationId, TenantId, UserKey};
use serde::Deserialize;
use serde_json::Value;

use crate::sandbox::chat::AppChange;
use crate::sandbox::people::PersonSpec;

/// The sample that comes with the program.
const SAMPLE: &str = include_str!("scenario.json");

/// A play.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The organization's tenant.
    pub tenant_id: TenantId,
    /// The organization.
    pub organization: OrganizationId,
    /// Everybody in it.
    pub people: Vec<Player>,
    /// What happens, in order.
    pub steps: Vec<Step>,
    /// What should have become of it.
    pub expect: Expectations,
}

/// A person of the play.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Player {
    /// How the steps call them.
    pub id: String,
    /// The person's object id.
    pub aad_object_id: AadObjectId,
    /// Display name.
    pub name: String,
    /// Mail address.
    pub email: Option<String>,
    /// User principal name.
    pub upn: Option<String>,
    /// A guest of the tenant.
    #[serde(default)]
    pub guest: bool,
    /// IANA zone.
    pub timezone: String,
    /// BCP 47 language tag.
    #[serde(default = "english")]
    pub locale: String,
}

fn english() -> String {
    "en-US".to_owned()
}

/// Something that happens.
#[derive(Debug, Clone, Deserialize)]
pub struct Step {
    /// Its name, by which a second run knows it again.
    pub name: String,
    /// What the watcher is told; `{count}` stands for how many it concerns.
    pub say: String,
    /// What is done.
    #[serde(flatten)]
    pub what: Deed,
}

/// What a step does.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Deed {
    /// People add the app.
    Install {
        /// Who.
        who: Vec<String>,
    },
    /// People remove the app.
    Uninstall {
        /// Who.
        who: Vec<String>,
    },
    /// Chronus hands over a batch.
    Post {
        /// CloudEvents without the attributes that are the same for all.
        events: Vec<Value>,
        /// Ids of those that must be rejected.
        #[serde(default)]
        rejected: Vec<String>,
    },
    /// A person presses a button on the card of a domain event.
    Press {
        /// Who.
        who: String,
        /// The domain event's id.
        event: String,
        /// The button's verb.
        button: String,
        /// What they fill in.
        #[serde(default)]
        inputs: BTreeMap<String, String>,
    },
    /// A person types.
    Say {
        /// Who.
        who: String,
        /// What.
        text: String,
    },
    /// A person blocks the bot, or an administrator switches it off; Teams tells nobody.
    Change {
        /// Who.
        who: String,
        /// What.
        change: AppChange,
    },
}

/// What should have become of the play.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectations {
    /// Notifications of domain events.
    pub notifications: Vec<ExpectedNotification>,
    /// Answers that Chronus must have got, each once.
    pub responses: usize,
    /// What cards must show.
    pub cards: Vec<ExpectedCard>,
}

/// How notifications of a domain event should stand.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedNotification {
    /// The domain event's id.
    pub event: String,
    /// The state.
    pub state: String,
    /// The reason, where it matters.
    pub reason: Option<String>,
    /// How many there should be.
    #[serde(default = "one")]
    pub count: usize,
}

fn one() -> usize {
    1
}

/// What a person's card must show.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedCard {
    /// Who.
    pub who: String,
    /// The domain event's id.
    pub event: String,
    /// A part of the card's text, in any case.
    pub text: String,
}

impl Scenario {
    /// The sample that comes with the program.
    pub fn sample() -> serde_json::Result<Self> {
        serde_json::from_str(SAMPLE)
    }

    /// The Teams user behind a player.
    pub fn user(&self, player: &Player) -> UserKey {
        UserKey::new(self.tenant_id.clone(), player.aad_object_id.clone())
    }

    /// The player with this id.
    pub fn player(&self, id: &str) -> Option<&Player> {
        self.people.iter().find(|player| player.id == id)
    }

    /// Everybody, as the sandbox wants them.
    pub fn residents(&self) -> Vec<PersonSpec> {
        let resident = |player: &Player| PersonSpec {
            tenant_id: self.tenant_id.to_string(),
            aad_object_id: player.aad_object_id.to_string(),
            name: Some(player.name.clone()),
            email: player.email.clone(),
            upn: player.upn.clone().or_else(|| player.email.clone()),
            guest: player.guest,
            locale: player.locale.clone(),
            timezone: player.timezone.clone(),
            platform: "Web".to_owned(),
        };
        self.people.iter().map(resident).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_is_whole() {
        let scenario = Scenario::sample().unwrap();
        assert_eq!(scenario.people.len(), 30);
        let known = |who: &str| assert!(scenario.player(who).is_some(), "nobody is called {who}");
        let mut names = std::collections::HashSet::new();
        for step in &scenario.steps {
            assert!(names.insert(&step.name), "two steps are called {}", step.name);
            match &step.what {
                Deed::Install { who } | Deed::Uninstall { who } => who.iter().for_each(|who| known(who)),
                Deed::Press { who, .. } | Deed::Say { who, .. } | Deed::Change { who, .. } => known(who),
                Deed::Post { events, .. } => assert!(!events.is_empty()),
            }
        }
    }
}
