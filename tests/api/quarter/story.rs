//! What happens in the quarter, day by day, drawn from a seed.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use chronus_teams::sandbox::client::Client;
use chronus_teams::sandbox::people::DirectoryChange;
use events::Clock as _;
use serde_json::{Value, json};

use super::seeded::Seeded;
use super::truth::{Meeting, Truth};
use crate::support::{World, event};

/// How much happened.
#[derive(Debug, Default)]
pub(super) struct Told {
    hired: u32,
    left: u32,
    readdressed: u32,
    renamed: u32,
    swapped: u32,
    private: u32,
    moved: u32,
    repeated: u32,
    came_and_went: u32,
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "hired {}, of them with the address of somebody who left {}; left {}; new addresses {}; swapped {}; private cards {}; \
             meetings' events {}; events repeated {}; installed, removed, connected or disconnected {}",
            self.hired,
            self.readdressed,
            self.left,
            self.renamed,
            self.swapped,
            self.private,
            self.moved,
            self.repeated,
            self.came_and_went
        )
    }
}

/// Something that Chronus says later than it happens.
#[derive(Debug, Clone)]
struct Late {
    /// On which day it is said.
    day: u64,
    event: Value,
    /// What is true of Chronus' knowledge once it was said.
    effect: Effect,
}

#[derive(Debug, Clone)]
enum Effect {
    Member {
        human: usize,
        mail: String,
        at: DateTime<Utc>,
    },
    Gone {
        human: usize,
    },
    Meeting {
        number: u32,
        at: DateTime<Utc>,
        revision: u32,
        cancelled: bool,
    },
}

/// The quarter.
pub(super) struct Story<'a> {
    world: &'a World,
    pub(super) truth: Truth,
    pub(super) told: Told,
    draw: Seeded,
    today: u64,
    late: Vec<Late>,
    said: Vec<Value>,
    events: u32,
}

impl<'a> Story<'a> {
    pub(super) fn new(world: &'a World, truth: Truth, seed: u64) -> Self {
        Self {
            world,
            truth,
            told: Told::default(),
            draw: Seeded::new(seed),
            today: 0,
            late: Vec::new(),
            said: Vec::new(),
            events: 0,
        }
    }

    /// Chronus tells of everybody, and a policy installs the app for most.
    pub(super) async fn begins(&mut self) {
        for human in 0..self.truth.humans.len() {
            self.chronus_hears_of(human, 0);
        }
        self.say_what_is_due(0).await;
        for human in 0..self.truth.humans.len() {
            if self.draw.percent(80) {
                self.installs(human).await;
            }
        }
        self.world.at_rest_within_the_hour().await;
    }

    /// One day, in three parts.
    pub(super) async fn day(&mut self, day: u64, of: u64) {
        self.today = day;
        for part in 0..3 {
            if part == 0 {
                self.people_come_and_go().await;
                self.addresses_change(day * 2 > of).await;
            }
            self.say_what_is_due(day).await;
            self.private_cards().await;
            self.meetings_move().await;
            self.people_use_teams().await;
            self.world.at_rest_within_the_hour().await;
            self.world.clock.advance(TimeDelta::hours(8));
            self.world.at_rest_within_the_hour().await;
        }
    }

    /// What Chronus still had to say is said, and days pass in which nothing else happens.
    pub(super) async fn everybody_is_told_everything(&mut self) {
        self.say_what_is_due(u64::MAX).await;
        for _ in 0..8 {
            self.world.at_rest_within_the_hour().await;
            self.world.clock.advance(TimeDelta::hours(12));
        }
        self.world.at_rest_within_the_hour().await;
    }

    /// A private card to somebody, the way Chronus would address it; its id.
    pub(super) async fn private_card(&mut self, human: usize, with_address: bool) -> Option<String> {
        self.events += 1;
        let to = &self.truth.humans[human];
        let mut recipient = json!({ "member_id": to.member() });
        if with_address {
            recipient["email"] = to.told_mail.clone().into();
        }
        let data = json!({
            "recipients": [recipient],
            "actor": { "member_id": "m-asker", "name": "Priya Nair" },
            "message": format!("For your eyes alone: {} c{}", to.token(), self.events),
        });
        let id = format!("private-{}", self.events);
        let subject = format!("mentoring_request/{}", self.events);
        let mut sent = event(&id, "com.chronus.mentoring_request.sent", Some(&subject), data);
        sent["time"] = json!(self.world.clock.now());
        self.told.private += 1;
        let with = if with_address {
            to.told_mail.clone()
        } else {
            String::new()
        };
        let what = format!("gets private card c{} {with}", self.events);
        self.truth.notes(self.today, human, &what);
        let answer = self.say(&[sent]).await;
        answer.result(0)["notifications"][0]["notification_id"]
            .as_str()
            .map(ToOwned::to_owned)
    }

    pub(super) fn client(&self, human: usize) -> Client {
        self.world
            .sandbox
            .client(&self.truth.humans[human].key())
            .unwrap()
    }

    /// Adds the app, for those who do not have it.
    pub(super) async fn installs(&mut self, human: usize) {
        let installed = self.client(human).install().await;
        assert!(installed.unwrap().taken());
        self.truth.humans[human].installed = true;
        self.truth.notes(self.today, human, "installs");
        self.told.came_and_went += 1;
    }

    async fn people_come_and_go(&mut self) {
        if self.draw.percent(25) {
            let staying = self.truth.those(|human| human.employed && human.told);
            if let Some(human) = self.draw.one_of(&staying) {
                self.leaves(human).await;
            }
        }
        if self.draw.percent(30) {
            self.is_hired().await;
        }
    }

    async fn leaves(&mut self, human: usize) {
        let who = &mut self.truth.humans[human];
        who.employed = false;
        let was = who.mail.clone();
        let member = who.member();
        self.client(human)
            .change_directory(DirectoryChange::Deleted)
            .await
            .unwrap();
        let gone = self.member("removed", json!({ "member_id": member }));
        let day = self.today + self.draw.below(4);
        self.later(day, gone, Effect::Gone { human });
        self.truth.notes(self.today, human, &format!("left, was {was}"));
        self.told.left += 1;
    }

    /// Often with the address of somebody who left. Not of one whom the service never met and of whose leaving nobody
    /// told: that this address is somebody else's by now is known to nobody but the directory.
    async fn is_hired(&mut self) {
        let free = self.truth.humans.iter().filter(|left| {
            let taken = self.truth.is_taken(&left.mail);
            !left.employed && !taken && (left.proven || left.told_gone)
        });
        let free: Vec<usize> = free.map(|left| left.number).collect();
        let reused = if self.draw.percent(60) {
            self.draw.one_of(&free)
        } else {
            None
        };
        let mail = reused.map_or_else(
            || format!("p{}@acme.example", self.truth.humans.len()),
            |left| self.truth.humans[left].mail.clone(),
        );
        let human = self.truth.hire(mail.clone());
        self.truth
            .notes(self.today, human, &format!("is hired as {mail}"));
        let spec = self.truth.humans[human].spec();
        self.world.sandbox.add_person(spec).await.unwrap();
        let day = self.today + self.draw.below(3);
        self.chronus_hears_of(human, day);
        if self.draw.percent(70) {
            self.installs(human).await;
        }
        self.told.hired += 1;
        self.told.readdressed += u32::from(reused.is_some());
    }

    /// A marriage, a swap, or the move of everybody to another domain, which begins in the middle of the quarter.
    async fn addresses_change(&mut self, domain_moves: bool) {
        let mut changing = Vec::new();
        let proven = self
            .truth
            .those(|human| human.employed && human.told && human.proven);
        if self.draw.percent(20)
            && let Some(human) = self.draw.one_of(&proven)
        {
            let domain = domain_of(&self.truth.humans[human].mail);
            changing.push((human, format!("new{}.{human}@{domain}", self.today)));
        }
        if self.draw.percent(8)
            && let (Some(one), Some(other)) = (self.draw.one_of(&proven), self.draw.one_of(&proven))
            && one != other
            && changing.is_empty()
        {
            changing.push((one, self.truth.humans[other].mail.clone()));
            changing.push((other, self.truth.humans[one].mail.clone()));
            self.told.swapped += 1;
        }
        if domain_moves && changing.is_empty() {
            let old = self
                .truth
                .those(|human| human.employed && human.mail.ends_with("@acme.example"));
            for &human in old.iter().take(1 + old.len() / 5) {
                let old = &self.truth.humans[human].mail;
                let mut mail = old.replace("@acme.example", "@newcorp.example");
                if self.truth.is_taken(&mail) {
                    mail = format!("again{human}@newcorp.example");
                }
                changing.push((human, mail));
            }
        }
        for (human, mail) in changing {
            self.moves_to(human, mail).await;
        }
    }

    async fn moves_to(&mut self, human: usize, mail: String) {
        let change = DirectoryChange::Addressed {
            email: Some(mail.clone()),
            upn: Some(mail.clone()),
        };
        self.client(human).change_directory(change).await.unwrap();
        self.truth.humans[human].mail.clone_from(&mail);
        self.truth
            .notes(self.today, human, &format!("is {mail} in the directory"));
        let at = self.world.clock.now();
        let member = self.truth.humans[human].member();
        let changed = self.member("email_changed", json!({ "member_id": member, "email": mail }));
        let day = self.today + self.draw.below(4);
        self.later(day, changed, Effect::Member { human, mail, at });
        self.told.renamed += 1;
    }

    async fn private_cards(&mut self) {
        for _ in 0..=self.truth.humans.len() / 20 {
            // Chronus writes to whoever it believes to be there.
            let members = self.truth.those(|human| human.told && !human.told_gone);
            if let Some(human) = self.draw.one_of(&members) {
                let with_address = self.draw.percent(70);
                self.private_card(human, with_address).await;
            }
        }
    }

    async fn meetings_move(&mut self) {
        if self.draw.percent(30) {
            let members = self
                .truth
                .those(|human| human.told && !human.told_gone && human.employed);
            if let Some(human) = self.draw.one_of(&members) {
                let number = u32::try_from(self.truth.meetings.len()).unwrap();
                self.truth.meetings.insert(
                    number,
                    Meeting {
                        human,
                        ..Meeting::default()
                    },
                );
                self.meeting_takes_shape(number, human);
            }
        }
        // Said on the same day in any order, some of it twice.
        self.say_what_is_due(self.today).await;
    }

    /// Scheduled, moved once or twice, sometimes cancelled: each at its own time, handed over in whatever order.
    fn meeting_takes_shape(&mut self, number: u32, human: usize) {
        let revisions = 2 + u32::try_from(self.draw.below(3)).unwrap();
        for revision in 0..revisions {
            let last = revision + 1 == revisions;
            let cancelled = last && self.draw.percent(30);
            let what = match (revision, cancelled) {
                (0, _) => "scheduled",
                (_, true) => "cancelled",
                (_, false) => "moved",
            };
            let at = self.world.clock.now() - TimeDelta::minutes(i64::from(60 - revision * 10));
            let starts = at + TimeDelta::days(200) + TimeDelta::hours(i64::from(revision));
            self.events += 1;
            let data = json!({
                "recipients": [{ "member_id": self.truth.humans[human].member() }],
                "title": format!("{} meeting-{number}.", self.truth.humans[human].token()),
                "location": format!("room-{number}-r{revision}."),
                "starts_at": starts, "ends_at": starts + TimeDelta::hours(1),
            });
            let (id, subject) = (format!("meeting-{}", self.events), format!("meeting/{number}"));
            let mut moved = event(&id, &format!("com.chronus.meeting.{what}"), Some(&subject), data);
            moved["time"] = json!(at);
            let day = self.today + self.draw.below(2);
            let effect = Effect::Meeting {
                number,
                at,
                revision,
                cancelled,
            };
            self.later(day, moved, effect);
            self.told.moved += 1;
        }
    }

    async fn people_use_teams(&mut self) {
        let there = self.truth.those(|human| human.employed && human.installed);
        if self.draw.percent(30)
            && let Some(human) = self.draw.one_of(&there)
        {
            assert!(self.client(human).uninstall().await.unwrap().taken());
            self.truth.humans[human].installed = false;
            self.truth.notes(self.today, human, "removes the app");
            self.told.came_and_went += 1;
        }
        let away = self.truth.those(|human| human.employed && !human.installed);
        if self.draw.percent(40)
            && let Some(human) = self.draw.one_of(&away)
        {
            self.installs(human).await;
        }
        let there = self.truth.those(|human| human.employed && human.installed);
        if let Some(human) = self.draw.one_of(&there) {
            let words = ["status", "pending", "help", "meetings"];
            let word = self.draw.one_of(&words).unwrap();
            assert!(self.client(human).say(word).await.unwrap().taken());
        }
        self.who_is_proven().await;
    }

    /// Whoever was reached once is known to the service for good.
    async fn who_is_proven(&mut self) {
        self.world.at_rest_within_the_hour().await;
        for human in self.truth.those(|human| !human.proven && human.installed) {
            let token = self.truth.humans[human].token();
            let chat = self.client(human).chat();
            self.truth.humans[human].proven = chat.messages.iter().any(|message| message.shows(&token));
        }
    }

    fn chronus_hears_of(&mut self, human: usize, day: u64) {
        let who = &self.truth.humans[human];
        let (member, mail, at) = (who.member(), who.mail.clone(), self.world.clock.now());
        let upserted = self.member("upserted", json!({ "member_id": member, "email": mail }));
        self.later(day, upserted, Effect::Member { human, mail, at });
    }

    fn member(&mut self, what: &str, recipient: Value) -> Value {
        self.events += 1;
        let (id, kind) = (
            format!("member-{}", self.events),
            format!("com.chronus.member.{what}"),
        );
        let mut event = event(&id, &kind, None, json!({ "recipients": [recipient] }));
        event["time"] = json!(self.world.clock.now());
        event
    }

    fn later(&mut self, day: u64, event: Value, effect: Effect) {
        self.late.push(Late { day, event, effect });
    }

    /// Hands over what is due, in any order, and now and then something from before once more.
    async fn say_what_is_due(&mut self, day: u64) {
        let (mut due, waiting): (Vec<Late>, Vec<Late>) =
            self.late.drain(..).partition(|late| late.day <= day);
        self.late = waiting;
        while !due.is_empty() {
            let next = usize::try_from(self.draw.below(u64::try_from(due.len()).unwrap())).unwrap();
            let late = due.swap_remove(next);
            let answer = self.say(&[late.event]).await;
            let card = answer.result(0)["notifications"][0]["notification_id"]
                .as_str()
                .map(ToOwned::to_owned);
            self.takes_effect(late.effect, card);
        }
        if !self.said.is_empty() && self.draw.percent(30) {
            let again = usize::try_from(self.draw.below(u64::try_from(self.said.len()).unwrap())).unwrap();
            let event = self.said[again].clone();
            let answer = self.world.send(&[event]).await;
            assert_eq!(answer.result(0)["status"], "duplicate", "{answer:?}");
            self.told.repeated += 1;
        }
    }

    fn takes_effect(&mut self, effect: Effect, card: Option<String>) {
        match effect {
            Effect::Member { human, mail, at } => {
                self.truth
                    .notes(self.today, human, &format!("Chronus tells of {mail} since {at}"));
                let who = &mut self.truth.humans[human];
                who.told = true;
                if who.told_mail_at.is_none_or(|known| at >= known) {
                    who.told_mail = mail;
                    who.told_mail_at = Some(at);
                }
            }
            Effect::Gone { human } => {
                self.truth
                    .notes(self.today, human, "Chronus tells that they left");
                self.truth.humans[human].told_gone = true;
            }
            Effect::Meeting {
                number,
                at,
                revision,
                cancelled,
            } => {
                let meeting = self.truth.meetings.get_mut(&number).unwrap();
                if meeting.card.is_none() {
                    meeting.card = card;
                }
                if meeting.newest.is_none_or(|(newest, ..)| at > newest) {
                    meeting.newest = Some((at, revision, cancelled));
                }
            }
        }
    }

    async fn say(&mut self, events: &[Value]) -> crate::support::Answer {
        let answer = self.world.send(events).await;
        assert_eq!(answer.status, 202, "{answer:?}");
        for (index, event) in events.iter().enumerate() {
            assert_eq!(answer.result(index)["status"], "accepted", "{event} {answer:?}");
        }
        self.said.extend_from_slice(events);
        answer
    }
}

fn domain_of(mail: &str) -> &str {
    mail.split_once('@').unwrap().1
}
