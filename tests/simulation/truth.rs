//! What is really so, known to nobody but the checker: the humans, which account and which address is whose, what Chronus was
//! acknowledged, what stands in the chats.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use events::UserKey;
use serde_json::Value;

pub(crate) const TENANT: &str = "7b1f6a52-0d4e-4c55-9a0e-5d1c6f2e9a01";
pub(crate) const BOT: &str = "6f1d2c3b-4a5e-4f60-8b71-92a3b4c5d6e7";

/// A message of the bot's in a chat.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    pub(crate) id: String,
    pub(crate) activity: Value,
    pub(crate) notification: Option<String>,
}

/// Somebody, with the one account and the one membership that they ever have.
#[expect(
    clippy::struct_excessive_bools,
    reason = "what Teams, Chronus and the directory know holds independently of each other"
)]
#[derive(Debug, Clone)]
pub(crate) struct Human {
    pub(crate) number: usize,
    /// The address that the directory has for them; a leaver's last one.
    pub(crate) mail: String,
    /// The address that Chronus has for them, and since when by its own time.
    pub(crate) told_mail: String,
    pub(crate) told_mail_at: Option<DateTime<Utc>>,
    /// How often they changed their name.
    pub(crate) names: u32,
    /// Which client they write with.
    pub(crate) client: u64,
    pub(crate) employed: bool,
    pub(crate) told: bool,
    pub(crate) told_gone: bool,
    pub(crate) installed: bool,
    pub(crate) blocked: bool,
    /// They were reached at least once, so the service knows who they are.
    pub(crate) proven: bool,
    /// The same since they have the address that they have: else nobody but Chronus knows that it is theirs.
    pub(crate) mail_proven: bool,
    pub(crate) chat: Vec<Shown>,
}

impl Human {
    pub(crate) fn member(&self) -> String {
        format!("m-{:04}", self.number)
    }

    /// What every card that is meant for them says, and no other.
    pub(crate) fn token(&self) -> String {
        format!("token-h{:04}", self.number)
    }

    pub(crate) fn name(&self) -> String {
        match self.names {
            0 => format!("Person {}", self.number),
            names => format!("Person {} the {names}th", self.number),
        }
    }

    pub(crate) fn object_id(&self) -> String {
        format!("00000000-0000-4000-9000-{:012}", self.number)
    }

    pub(crate) fn key(&self) -> UserKey {
        UserKey::parse(format!("{TENANT}/{}", self.object_id())).unwrap()
    }

    pub(crate) fn conversation(&self) -> String {
        format!("a:chat-of-{:04}", self.number)
    }

    pub(crate) fn teams_id(&self) -> String {
        format!("29:teams-{:04}", self.number)
    }

    /// The newest post of a card.
    pub(crate) fn card(&self, notification: &str) -> Option<&Shown> {
        let mut newest = self.chat.iter().rev();
        newest.find(|shown| shown.notification.as_deref() == Some(notification))
    }
}

/// A meeting, as Chronus told it.
#[derive(Debug, Clone)]
pub(crate) struct Meeting {
    pub(crate) human: usize,
    pub(crate) card: Option<String>,
    /// The newest revision that was acknowledged, by its time.
    pub(crate) newest: Option<(DateTime<Utc>, u32, bool)>,
}

/// A press that Teams was answered 200 for.
#[derive(Debug, Clone)]
pub(crate) struct Pressed {
    /// The subject and the card that its button named.
    pub(crate) on: Vec<String>,
}

/// Everything.
#[derive(Debug, Default)]
pub(crate) struct Truth {
    pub(crate) humans: Vec<Human>,
    pub(crate) meetings: BTreeMap<u32, Meeting>,
    pub(crate) pressed: Vec<Pressed>,
    /// Activities of the kind that the log keeps one event of, answered 200.
    pub(crate) typed: BTreeSet<String>,
    /// Domain events that were acknowledged, with the position told.
    pub(crate) acknowledged: BTreeMap<String, u64>,
    /// Answers that Chronus took, each with how often, and how often it could not say so.
    pub(crate) heard: BTreeMap<String, (Value, u32)>,
    pub(crate) unsaid: u32,
    /// The cards of requests that Chronus was told of, and every card that a chat ever got.
    pub(crate) requests: BTreeSet<String>,
    pub(crate) posted: BTreeSet<String>,
    /// Every card that Chronus was told of, and for whom it is.
    pub(crate) cards: BTreeMap<String, usize>,
    /// The last card of each.
    pub(crate) last: BTreeMap<usize, String>,
    /// How often the process died.
    pub(crate) deaths: u32,
    /// What must not be and is.
    pub(crate) faults: Vec<String>,
}

impl Truth {
    pub(crate) fn new(people: usize) -> Self {
        let mut truth = Self::default();
        for number in 0..people {
            truth.hire(format!("p{number}@acme.example"));
        }
        truth
    }

    pub(crate) fn hire(&mut self, mail: String) -> usize {
        let number = self.humans.len();
        self.humans.push(Human {
            number,
            told_mail: mail.clone(),
            told_mail_at: None,
            mail,
            names: 0,
            client: 0,
            employed: true,
            told: false,
            told_gone: false,
            installed: false,
            blocked: false,
            proven: false,
            mail_proven: false,
            chat: Vec::new(),
        });
        number
    }

    /// The numbers of those for whom this holds.
    pub(crate) fn those(&self, is_so: impl Fn(&Human) -> bool) -> Vec<usize> {
        let those = self.humans.iter().filter(|human| is_so(human));
        those.map(|human| human.number).collect()
    }

    /// Whether the directory has given this address to somebody.
    pub(crate) fn is_taken(&self, mail: &str) -> bool {
        self.humans
            .iter()
            .any(|human| human.employed && human.mail == mail)
    }

    pub(crate) fn of_conversation(&self, conversation: &str) -> Option<usize> {
        let found = self
            .humans
            .iter()
            .find(|human| human.conversation() == conversation);
        found.map(|human| human.number)
    }

    /// Something that must not be.
    pub(crate) fn fault(&mut self, what: String) {
        if !self.faults.contains(&what) {
            self.faults.push(what);
        }
    }

    /// Looks at what a chat is about to show, or shows after a press: nobody may read another human's token.
    pub(crate) fn reads(&mut self, human: usize, activity: &Value) {
        let (own, shown) = (self.humans[human].token(), activity.to_string());
        let mut others = shown
            .match_indices("token-h")
            .filter(|(at, _)| !shown[*at..].starts_with(&own));
        if let Some((at, _)) = others.next() {
            let other = shown[at..].chars().take(own.len()).collect::<String>();
            self.fault(format!("{own} reads what is meant for {other}"));
        }
        if shown.contains(&own) {
            (self.humans[human].proven, self.humans[human].mail_proven) = (true, true);
        }
    }
}
