//! What is played: people, steps and what should have become of it all. Read from a file of the repository.

use std::collections::BTreeMap;

use events::{AadObjectId, OrganizationId, TenantId, UserKey};
use serde::Deserialize;
use serde_json::Value;

use crate::sandbox::chat::{AppChange, ClientChange};
use crate::sandbox::people::PersonSpec;

/// Who plays in the sample that comes with the program.
const CAST: &str = include_str!("scenario/cast.json");
/// Its chapters, in order.
const CHAPTERS: [&str; 3] = [
    include_str!("scenario/reach.json"),
    include_str!("scenario/day.json"),
    include_str!("scenario/ways.json"),
];

/// A play.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The organization's tenant.
    pub tenant_id: TenantId,
    /// The organization.
    pub organization: OrganizationId,
    /// Everybody in it.
    pub people: Vec<Player>,
    /// What happens, in order.
    pub chapters: Vec<Chapter>,
}

/// Who and where.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cast {
    tenant_id: TenantId,
    organization: OrganizationId,
    people: Vec<Player>,
}

/// A part of a play.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chapter {
    /// What it is about.
    pub title: String,
    /// What happens, in order.
    pub steps: Vec<Step>,
    /// What should have become of it in the end.
    #[serde(default)]
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
    /// Whether it belongs to the story that is told without every step.
    #[serde(default)]
    pub milestone: bool,
    /// What people must see when everything that follows from it has happened.
    #[serde(default)]
    pub sees: Vec<Sight>,
    /// What is done.
    #[serde(flatten)]
    pub what: Deed,
}

/// What somebody sees.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sight {
    /// Who.
    pub who: String,
    /// On the card of this domain event; on the bot's newest message where none is named.
    pub event: Option<String>,
    /// On the newest message that shows this, where neither event nor newest is meant.
    pub on: Option<String>,
    /// What is to be read there, in any case.
    #[serde(default)]
    pub shows: Vec<String>,
    /// What is not.
    #[serde(default)]
    pub lacks: Vec<String>,
    /// That there is no such card at all.
    #[serde(default)]
    pub nothing: bool,
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
    /// A person presses a button.
    Press {
        /// Who.
        who: String,
        /// On the card of this domain event; on the bot's newest message where none is named.
        event: Option<String>,
        /// On the newest message that shows this.
        on: Option<String>,
        /// The button's verb, title or id.
        button: String,
        /// Values of the button's data, where several have that verb.
        #[serde(default)]
        data: BTreeMap<String, String>,
        /// What they fill in.
        #[serde(default)]
        inputs: BTreeMap<String, String>,
        /// At a client that knows no `Action.Execute`.
        #[serde(default)]
        old_client: bool,
    },
    /// A person types.
    Say {
        /// Who.
        who: String,
        /// What.
        text: String,
    },
    /// A person takes another client to hand, or sets another language or zone.
    Client {
        /// Who.
        who: String,
        /// What is different.
        client: ClientChange,
    },
    /// Time passes.
    Wait {
        /// How long: `2d`, `3h30m`.
        span: String,
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
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Expectations {
    /// Notifications of domain events.
    pub notifications: Vec<ExpectedNotification>,
    /// Answers that Chronus must have got, each once: how many of which type, `com.chronus.teams.` left out.
    pub responses: BTreeMap<String, usize>,
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
        let Cast {
            tenant_id,
            organization,
            people,
        } = serde_json::from_str(CAST)?;
        let chapters = CHAPTERS.iter().map(|text| serde_json::from_str(text));
        Ok(Self {
            tenant_id,
            organization,
            people,
            chapters: chapters.collect::<Result<_, _>>()?,
        })
    }

    /// Every step, in order.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.chapters.iter().flat_map(|chapter| &chapter.steps)
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
    use std::collections::BTreeSet;

    use actors::action::{parse_command, verb};
    use events::organization::DomainKind;
    use events::user::Command;

    use super::*;

    fn deeds(scenario: &Scenario) -> impl Iterator<Item = &Deed> {
        scenario.steps().map(|step| &step.what)
    }

    #[test]
    fn every_kind_of_domain_event_is_played() {
        let scenario = Scenario::sample().unwrap();
        let played: BTreeSet<String> = deeds(&scenario)
            .filter_map(|deed| match deed {
                Deed::Post { events, .. } => Some(events),
                _ => None,
            })
            .flatten()
            .map(|event| event["type"].as_str().unwrap().to_owned())
            .collect();
        // Nobody of the demo is forgotten: what somebody saw and did is what it goes on to show (tests/api/erasure.rs plays it).
        let forgets = |kind: &String| kind.ends_with(".erase_requested");
        let missing: Vec<String> = DomainKind::types()
            .filter(|kind| !played.contains(kind) && !forgets(kind))
            .collect();
        assert!(missing.is_empty(), "no chapter plays {missing:?}");
        let plain = |kind: &String| !DomainKind::types().any(|known| known == *kind);
        assert!(
            played.iter().any(plain),
            "no chapter plays a type that nobody knows"
        );
    }

    #[test]
    fn every_command_is_typed_and_text_that_is_none() {
        let scenario = Scenario::sample().unwrap();
        let typed: BTreeSet<Command> = deeds(&scenario)
            .filter_map(|deed| match deed {
                Deed::Say { text, .. } => Some(parse_command(text).command),
                _ => None,
            })
            .collect();
        for command in Command::ALL.into_iter().chain([Command::Unknown]) {
            assert!(typed.contains(&command), "nobody types {command:?}");
        }
    }

    #[test]
    fn every_button_is_pressed() {
        let scenario = Scenario::sample().unwrap();
        let pressed: BTreeSet<&str> = deeds(&scenario)
            .filter_map(|deed| match deed {
                Deed::Press { button, .. } => Some(button.as_str()),
                _ => None,
            })
            .collect();
        // No card carries a refresh (docs/cards.md), and what sends a new card is a plain submit, which is found by its
        // title. Nobody of the demo has themselves forgotten.
        let others = [
            verb::REFRESH,
            verb::RUN_COMMAND,
            verb::SHOW,
            verb::CONFIRM_ERASURE,
        ];
        let offered = |verb: &&&str| !others.contains(*verb);
        let offered = verb::ALL.iter().filter(offered);
        let missing: Vec<_> = offered.filter(|verb| !pressed.contains(**verb)).collect();
        assert!(missing.is_empty(), "nobody presses {missing:?}");
        assert!(pressed.contains("Fewer like this"), "nobody presses a command");
    }

    #[test]
    fn somebody_looks_after_every_step_that_shows_something() {
        let scenario = Scenario::sample().unwrap();
        for step in scenario.steps() {
            let shows = match &step.what {
                Deed::Install { .. } | Deed::Post { .. } | Deed::Press { .. } | Deed::Say { .. } => true,
                Deed::Uninstall { .. } | Deed::Client { .. } | Deed::Wait { .. } | Deed::Change { .. } => {
                    false
                }
            };
            assert!(
                !shows || !step.sees.is_empty(),
                "nobody looks after {}",
                step.name
            );
        }
    }

    #[test]
    fn the_sample_is_whole() {
        let scenario = Scenario::sample().unwrap();
        assert_eq!(scenario.people.len(), 33);
        let known = |who: &str| assert!(scenario.player(who).is_some(), "nobody is called {who}");
        let mut names = std::collections::HashSet::new();
        for step in scenario.steps() {
            assert!(names.insert(&step.name), "two steps are called {}", step.name);
            match &step.what {
                Deed::Install { who } | Deed::Uninstall { who } => who.iter().for_each(|who| known(who)),
                Deed::Press { who, .. }
                | Deed::Say { who, .. }
                | Deed::Client { who, .. }
                | Deed::Change { who, .. } => known(who),
                Deed::Post { events, .. } => assert!(!events.is_empty()),
                Deed::Wait { span } => assert!(crate::demo::times::span_of(span).is_some(), "{span}"),
            }
            step.sees.iter().for_each(|sight| known(&sight.who));
        }
    }
}
