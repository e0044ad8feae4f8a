//! Deeds: what they change in the world, and what Teams and Chronus say of it.

use chrono::{DateTime, TimeDelta, Utc};
use chronus_teams::sandbox::card;
use events::Clock as _;
use serde_json::{Value, json};

use crate::draw::Draw;
use crate::office::{Effect, Kind, Office};
use crate::story::Deed;
use crate::teams::{SERVICE_URL, World};
use crate::truth::{BOT, Human, Meeting, TENANT};

const WORDS: [&str; 8] = [
    "status",
    "pending",
    "help",
    "meetings",
    "events",
    "connections",
    "privacy",
    "hello there",
];

/// Platform and zone.
const CLIENTS: [(&str, &str); 4] = [
    ("Windows", "Europe/London"),
    ("iOS", "Europe/London"),
    ("Android", "America/New_York"),
    ("Web", "Asia/Tokyo"),
];

/// Whoever performs them.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) office: Office,
    pub(crate) draw: Draw,
}

impl Stage {
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.world.clock.now()
    }

    fn pick(&self, number: u64, is_so: impl Fn(&Human) -> bool) -> Option<usize> {
        let those = self.world.with(|truth| truth.those(is_so));
        let count = u64::try_from(those.len()).unwrap();
        (count > 0).then(|| those[usize::try_from(number % count).unwrap()])
    }

    /// Performs a deed, but for the passing of time. Answers whether it could happen.
    pub(crate) fn performs(&mut self, deed: Deed) -> bool {
        let done = match deed {
            Deed::Told { who } => self
                .pick(who, |human| human.employed)
                .map(|human| self.chronus_hears_of(human)),
            Deed::Arrives { who } if self.draw.percent(80) => self
                .pick(who, |human| human.employed && !human.installed)
                .map(|human| self.installs(human)),
            Deed::Card {
                who,
                addressed,
                holds,
            } => self
                .pick(who, |human| human.told && !human.told_gone)
                .map(|human| self.private_card(human, addressed, holds, false)),
            Deed::Several { who, count, holds } => self.card_for_several(who, count, holds),
            Deed::Meeting {
                who,
                revisions,
                cancelled,
            } => self
                .pick(who, |human| human.told && !human.told_gone && human.employed)
                .map(|human| self.meeting(human, revisions, cancelled)),
            Deed::Again { pick } => self.again(pick),
            Deed::Installs { who } => self
                .pick(who, |human| human.employed && !human.installed)
                .map(|human| self.installs(human)),
            Deed::Removes { who } => self
                .pick(who, |human| human.employed && human.installed && !human.blocked)
                .map(|human| self.removes(human)),
            Deed::Blocks { who } => self
                .pick(who, |human| human.employed && human.installed && !human.blocked)
                .map(|human| self.world.with(|truth| truth.humans[human].blocked = true)),
            Deed::Unblocks { who } => {
                let blocked = self.pick(who, |human| human.blocked && human.employed);
                blocked.map(|human| self.unblocks(human))
            }
            Deed::Says { who, word } => self
                .pick(who, |human| human.employed && human.installed && !human.blocked)
                .map(|human| self.says(human, WORDS[usize::try_from(word).unwrap()])),
            Deed::Presses { who, pick, accepts } => self.presses(who, pick, accepts),
            Deed::Hired { reused } => {
                self.is_hired(reused);
                Some(())
            }
            Deed::Leaves { who } => self
                .pick(who, |human| human.employed && human.told)
                .map(|human| self.leaves(human)),
            Deed::Moves { who } => self
                .pick(who, |human| human.employed && human.told && human.proven)
                .map(|human| {
                    let mail = format!("new{}.{human}@acme.example", self.office.number());
                    self.moves_to(human, mail);
                }),
            Deed::Swap { one, other } => self.swap(one, other),
            Deed::Renames { who } => self
                .pick(who, |human| human.employed)
                .map(|human| self.world.with(|truth| truth.humans[human].names += 1)),
            Deed::Client { who, client } => self
                .pick(who, |human| human.employed && human.installed && !human.blocked)
                .map(|human| {
                    self.world.with(|truth| truth.humans[human].client = client);
                    self.says(human, "status");
                }),
            Deed::Arrives { .. } | Deed::Wait { .. } | Deed::Jump { .. } | Deed::Rest => None,
        };
        done.is_some()
    }

    fn soon(&mut self, most_minutes: u64) -> DateTime<Utc> {
        let minutes = if self.draw.percent(50) {
            0
        } else {
            self.draw.below(most_minutes)
        };
        self.now() + TimeDelta::minutes(i64::try_from(minutes).unwrap())
    }

    fn event(&self, kind: &str, subject: Option<String>, at: DateTime<Utc>, data: Value) -> Value {
        let mut event = json!({
            "specversion": "1.0", "id": format!("e{}", self.office.number()), "source": "/chronus/simulated",
            "type": format!("com.chronus.{kind}"), "datacontenttype": "application/json", "time": at, "data": data,
        });
        if let Some(subject) = subject {
            event["subject"] = Value::from(subject);
        }
        event
    }

    fn chronus_hears_of(&mut self, human: usize) {
        let (at, due) = (self.now(), self.soon(3 * 24 * 60));
        let (member, mail) = self
            .world
            .with(|truth| (truth.humans[human].member(), truth.humans[human].mail.clone()));
        let data = json!({ "recipients": [{ "member_id": member, "email": mail }] });
        let event = self.event("member.upserted", None, at, data);
        self.office.writes(event, due, Effect::Member { human, mail, at });
    }

    /// A private card to somebody, the way Chronus would address it.
    pub(crate) fn private_card(&mut self, human: usize, addressed: bool, holds: bool, last: bool) {
        let (now, number) = (self.now(), self.office.number());
        let (member, mail, token) = self.world.with(|truth| {
            let to = &truth.humans[human];
            (to.member(), to.told_mail.clone(), to.token())
        });
        let mut recipient = json!({ "member_id": member });
        if addressed {
            recipient["email"] = mail.into();
        }
        let words = format!("For your eyes alone: {token} c{number}");
        let event = if holds {
            let data = json!({ "recipients": [recipient], "title": words, "body": words });
            self.event(
                "announcement.published",
                Some(format!("announcement/{number}")),
                now,
                data,
            )
        } else {
            let data = json!({
                "recipients": [recipient], "actor": { "member_id": "m-asker", "name": "Priya Nair" }, "message": words,
            });
            let subject = Some(format!("mentoring_request/{number}"));
            self.event("mentoring_request.sent", subject, now, data)
        };
        let effect = if last {
            Effect::Last { human }
        } else {
            Effect::Cards { humans: vec![human] }
        };
        self.office.writes(event, now, effect);
    }

    /// One event for several people.
    fn card_for_several(&mut self, who: u64, count: u64, holds: bool) -> Option<()> {
        let (now, number) = (self.now(), self.office.number());
        let members = self
            .world
            .with(|truth| truth.those(|human| human.told && !human.told_gone));
        let all = u64::try_from(members.len()).unwrap();
        let those: Vec<usize> = (0..count.min(all))
            .map(|next| members[usize::try_from((who + next) % all).unwrap()])
            .collect();
        let recipients: Vec<Value> = self.world.with(|truth| {
            let named = |human: &usize| json!({ "member_id": truth.humans[*human].member() });
            those.iter().map(named).collect()
        });
        if those.len() < 2 {
            return None;
        }
        let (kind, subject) = if holds {
            ("announcement.published", "announcement")
        } else {
            ("erg_event.invited", "erg_event")
        };
        let starts = now + TimeDelta::days(200);
        let mut data = json!({ "recipients": recipients, "title": format!("For all of you: c{number}"), "body": "All of you" });
        if !holds {
            data["starts_at"] = json!(starts);
            data["ends_at"] = json!(starts + TimeDelta::hours(1));
        }
        let event = self.event(kind, Some(format!("{subject}/{number}")), now, data);
        self.office.writes(event, now, Effect::Cards { humans: those });
        Some(())
    }

    /// Scheduled, moved, sometimes cancelled: each at its own time, handed over in whatever order.
    fn meeting(&mut self, human: usize, revisions: u32, is_cancelled: bool) {
        let (member, token, number) = self.world.with(|truth| {
            let number = u32::try_from(truth.meetings.len()).unwrap();
            truth.meetings.insert(
                number,
                Meeting {
                    human,
                    card: None,
                    newest: None,
                },
            );
            (truth.humans[human].member(), truth.humans[human].token(), number)
        });
        for revision in 0..revisions {
            let cancelled = is_cancelled && revision + 1 == revisions;
            let what = match (revision, cancelled) {
                (0, _) => "scheduled",
                (_, true) => "cancelled",
                (_, false) => "moved",
            };
            let at = self.now() - TimeDelta::minutes(i64::from(60 - revision * 10));
            let starts = at + TimeDelta::days(200) + TimeDelta::hours(i64::from(revision));
            let data = json!({
                "recipients": [{ "member_id": member }], "title": format!("{token} meeting-{number}."),
                "location": format!("room-{number}-r{revision}."),
                "starts_at": starts, "ends_at": starts + TimeDelta::hours(1),
            });
            let subject = Some(format!("meeting/{number}"));
            let event = self.event(&format!("meeting.{what}"), subject, at, data);
            let due = self.soon(36 * 60);
            let effect = Effect::Meeting {
                human,
                number,
                at,
                revision,
                cancelled,
            };
            self.office.writes(event, due, effect);
        }
    }

    fn again(&mut self, pick: u64) -> Option<()> {
        let now = self.now();
        self.office.with(|inner| {
            let count = u64::try_from(inner.written.len()).unwrap();
            let at = usize::try_from(pick % count.max(1)).unwrap();
            let mut letter = inner.written.get(at)?.clone();
            if inner.letters.iter().any(|waiting| waiting.id == letter.id) {
                return None;
            }
            (letter.due, letter.again) = (now, true);
            inner.letters.push(letter);
            Some(())
        })
    }

    fn installs(&mut self, human: usize) {
        self.world.with(|truth| {
            truth.humans[human].installed = true;
            truth.humans[human].blocked = false;
        });
        let mut added = self.activity(human, "installationUpdate", "i");
        added["action"] = "add".into();
        self.tells(human, added, Kind::Told);
        let mut begun = self.activity(human, "conversationUpdate", "v");
        let (id, person) = self
            .world
            .with(|truth| (truth.humans[human].teams_id(), truth.humans[human].object_id()));
        begun["membersAdded"] = json!([{ "id": format!("28:{BOT}") }, { "id": id, "aadObjectId": person }]);
        self.tells(human, begun, Kind::Told);
    }

    fn removes(&mut self, human: usize) {
        self.world.with(|truth| truth.humans[human].installed = false);
        let mut removed = self.activity(human, "installationUpdate", "i");
        removed["action"] = "remove".into();
        self.tells(human, removed, Kind::Told);
    }

    fn unblocks(&mut self, human: usize) {
        self.world.with(|truth| truth.humans[human].blocked = false);
        self.says(human, "status");
    }

    pub(crate) fn says(&mut self, human: usize, word: &str) {
        let mut said = self.activity(human, "message", "m");
        said["text"] = word.into();
        said["textFormat"] = "plain".into();
        self.tells(human, said, Kind::Typed);
    }

    fn presses(&mut self, who: u64, pick: u64, accepts: bool) -> Option<()> {
        let verb = if accepts {
            "request.accept"
        } else {
            "request.decline"
        };
        let pressed = self.world.with(|truth| {
            let able = truth.those(|human| {
                let shows = |shown: &&crate::truth::Shown| shown.activity.to_string().contains(verb);
                human.employed
                    && human.installed
                    && !human.blocked
                    && human.chat.iter().any(|shown| shows(&shown))
            });
            let human = *able.get(usize::try_from(who).unwrap() % able.len().max(1))?;
            let cards = truth.humans[human].chat.iter();
            let cards: Vec<_> = cards
                .filter(|shown| shown.activity.to_string().contains(verb))
                .collect();
            let shown = cards[usize::try_from(pick).unwrap() % cards.len()];
            let card = &shown.activity["attachments"][0]["content"];
            let button = card::button(card, verb, &std::collections::BTreeMap::new())
                .ok()?
                .clone();
            let data = card::filled(card, &button, &std::collections::BTreeMap::new()).ok()?;
            // A card that lists several names each of them on its buttons.
            let named = ["subject", "notification_id"].into_iter();
            let named = named.filter_map(|name| Some(data.get(name)?.as_str()?.to_owned()));
            let named: Vec<String> = named.collect();
            Some((human, shown.id.clone(), named, button, data))
        });
        let (human, shown, on, button, data) = pressed?;
        let mut invoke = self.activity(human, "invoke", "p");
        invoke["name"] = "adaptiveCard/action".into();
        invoke["replyToId"] = shown.clone().into();
        invoke["value"] = json!({
            "action": { "type": "Action.Execute", "verb": button["verb"], "data": data }, "trigger": "manual",
        });
        let kind = Kind::Press { human, on, shown };
        self.office.calls(human, invoke, self.now(), kind);
        Some(())
    }

    /// Now or late, sometimes twice.
    fn tells(&mut self, human: usize, activity: Value, kind: Kind) {
        let late = if self.draw.percent(15) {
            self.draw.below(90)
        } else {
            0
        };
        let due = self.now() + TimeDelta::seconds(i64::try_from(late).unwrap());
        if self.draw.percent(10) {
            let later = due + TimeDelta::seconds(i64::try_from(self.draw.below(120)).unwrap());
            self.office.calls(human, activity.clone(), later, kind.clone());
        }
        self.office.calls(human, activity, due, kind);
    }

    fn activity(&self, human: usize, kind: &str, letter: &str) -> Value {
        let (number, now) = (self.office.number(), self.now());
        let id = if kind == "message" {
            format!("{}{number:05}", now.timestamp_millis())
        } else {
            format!("f:{letter}{number}")
        };
        self.world.with(|truth| {
            let who = &truth.humans[human];
            let (platform, zone) = CLIENTS[usize::try_from(who.client).unwrap() % CLIENTS.len()];
            json!({
                "type": kind, "id": id, "timestamp": now, "channelId": "msteams", "serviceUrl": SERVICE_URL,
                "from": { "id": who.teams_id(), "aadObjectId": who.object_id(), "name": who.name() },
                "recipient": { "id": format!("28:{BOT}"), "name": "Chronus" },
                "conversation": { "conversationType": "personal", "tenantId": TENANT, "id": who.conversation() },
                "channelData": { "tenant": { "id": TENANT } }, "locale": "en-GB",
                "entities": [{ "type": "clientInfo", "locale": "en-GB", "country": "GB", "platform": platform, "timezone": zone }],
            })
        })
    }

    /// Often with the address of somebody who left. Not of one whom the service never met and of whose leaving nobody
    /// told: that this address is somebody else's by now is known to nobody but the directory.
    fn is_hired(&mut self, reused: Option<u64>) {
        let (human, number) = (self.world.with(|truth| truth.humans.len()), self.office.number());
        let mail = self.world.with(|truth| {
            let unknown = |left: &Human| !left.employed && !left.mail_proven && !left.told_gone;
            let free: Vec<usize> = truth.those(|left| {
                let of_unknown = |other: &Human| other.mail == left.mail && unknown(other);
                !left.employed && !truth.humans.iter().any(of_unknown)
            });
            let free: Vec<String> = free
                .into_iter()
                .map(|left| truth.humans[left].mail.clone())
                .filter(|mail| !truth.is_taken(mail))
                .collect();
            let wanted = reused.filter(|_| !free.is_empty());
            wanted.map_or_else(
                || format!("p{human}.{number}@acme.example"),
                |pick| free[usize::try_from(pick).unwrap() % free.len()].clone(),
            )
        });
        self.world.with(|truth| truth.hire(mail));
        self.chronus_hears_of(human);
        if self.draw.percent(70) {
            self.installs(human);
        }
    }

    fn leaves(&mut self, human: usize) {
        let (at, due) = (self.now(), self.soon(3 * 24 * 60));
        let member = self.world.with(|truth| {
            truth.humans[human].employed = false;
            truth.humans[human].member()
        });
        let data = json!({ "recipients": [{ "member_id": member }] });
        let event = self.event("member.removed", None, at, data);
        self.office.writes(event, due, Effect::Gone { human });
    }

    fn moves_to(&mut self, human: usize, mail: String) {
        let (at, due) = (self.now(), self.soon(3 * 24 * 60));
        let member = self.world.with(|truth| {
            truth.humans[human].mail.clone_from(&mail);
            truth.humans[human].mail_proven = false;
            truth.humans[human].member()
        });
        let data = json!({ "recipients": [{ "member_id": member, "email": mail }] });
        let event = self.event("member.email_changed", None, at, data);
        self.office.writes(event, due, Effect::Member { human, mail, at });
    }

    fn swap(&mut self, one: u64, other: u64) -> Option<()> {
        let can = |human: &Human| human.employed && human.told && human.proven;
        let (one, other) = (self.pick(one, can)?, self.pick(other, can)?);
        if one == other {
            return None;
        }
        let (first, second) = self
            .world
            .with(|truth| (truth.humans[one].mail.clone(), truth.humans[other].mail.clone()));
        self.moves_to(one, second);
        self.moves_to(other, first);
        Some(())
    }
}
