//! What is really so: who the humans are, which account is whose, which address leads to whom. The service knows
//! nothing of it but what Teams and Chronus tell.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use chronus_teams::sandbox::people::PersonSpec;
use events::UserKey;

use crate::support::ACME_TENANT;

/// Somebody, with the one account and the one membership that they ever have.
#[expect(
    clippy::struct_excessive_bools,
    reason = "what Teams, Chronus and the directory know holds independently of each other"
)]
#[derive(Debug, Clone)]
pub(super) struct Human {
    pub(super) number: usize,
    pub(super) name: String,
    /// The address that the directory has for them; a leaver's last one.
    pub(super) mail: String,
    /// The address that Chronus has for them.
    pub(super) told_mail: String,
    /// When that became so, by Chronus' time.
    pub(super) told_mail_at: Option<DateTime<Utc>>,
    pub(super) employed: bool,
    /// Chronus said, to the service, that they are a member.
    pub(super) told: bool,
    /// Chronus said that they are gone.
    pub(super) told_gone: bool,
    pub(super) installed: bool,
    /// They were reached at least once, so the service knows who they are.
    pub(super) proven: bool,
}

impl Human {
    pub(super) fn member(&self) -> String {
        format!("m-{:04}", self.number)
    }

    /// What every card that is meant for them says, and no other.
    pub(super) fn token(&self) -> String {
        format!("token-h{:04}", self.number)
    }

    pub(super) fn key(&self) -> UserKey {
        UserKey::parse(format!(
            "{ACME_TENANT}/00000000-0000-4000-9000-{:012}",
            self.number
        ))
        .unwrap()
    }

    pub(super) fn spec(&self) -> PersonSpec {
        PersonSpec {
            tenant_id: ACME_TENANT.to_owned(),
            aad_object_id: self.key().aad_object_id.to_string(),
            name: Some(self.name.clone()),
            email: Some(self.mail.clone()),
            upn: Some(self.mail.clone()),
            guest: false,
            locale: "en-US".to_owned(),
            timezone: "Europe/Berlin".to_owned(),
            platform: "Web".to_owned(),
        }
    }
}

/// A meeting's revisions: when each happened, and whether the service was handed it.
#[derive(Debug, Clone, Default)]
pub(super) struct Meeting {
    /// Whose it is.
    pub(super) human: usize,
    /// The first card's id.
    pub(super) card: Option<String>,
    /// The newest revision that was handed over, by its time.
    pub(super) newest: Option<(DateTime<Utc>, u32, bool)>,
}

/// Everything.
#[derive(Debug, Default)]
pub(super) struct Truth {
    pub(super) humans: Vec<Human>,
    pub(super) meetings: BTreeMap<u32, Meeting>,
    /// What happened, a line each.
    pub(super) diary: Vec<String>,
}

impl Truth {
    pub(super) fn new(people: usize) -> Self {
        let mut truth = Self::default();
        for _ in 0..people {
            let mail = format!("p{}@acme.example", truth.humans.len());
            truth.hire(mail);
        }
        truth
    }

    /// Takes somebody new in with this address.
    pub(super) fn hire(&mut self, mail: String) -> usize {
        let number = self.humans.len();
        self.humans.push(Human {
            number,
            name: format!("Person {number}"),
            told_mail: mail.clone(),
            told_mail_at: None,
            mail,
            employed: true,
            told: false,
            told_gone: false,
            installed: false,
            proven: false,
        });
        number
    }

    pub(super) fn directory(&self) -> Vec<PersonSpec> {
        self.humans.iter().map(Human::spec).collect()
    }

    /// Enters a line about somebody.
    pub(super) fn notes(&mut self, day: u64, human: usize, what: &str) {
        self.diary
            .push(format!("day {day}: {} {what}", self.humans[human].token()));
    }

    /// The lines that name any of these.
    pub(super) fn story_of(&self, names: &[&str]) -> String {
        let lines = self.diary.iter();
        let told = lines.filter(|line| names.iter().any(|name| line.contains(name)));
        told.cloned().collect::<Vec<_>>().join("\n")
    }

    /// Whether the directory has given this address to somebody.
    pub(super) fn is_taken(&self, mail: &str) -> bool {
        self.humans
            .iter()
            .any(|human| human.employed && human.mail == mail)
    }

    /// The numbers of those for whom this holds.
    pub(super) fn those(&self, is_so: impl Fn(&Human) -> bool) -> Vec<usize> {
        let those = self.humans.iter().filter(|human| is_so(human));
        those.map(|human| human.number).collect()
    }
}
