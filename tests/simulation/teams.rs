//! The Bot Connector of a simulated Teams: takes what it is sent late, twice, wrongly or not at all.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actors::ports::{
    Connector, Further, MemberProfile, Message, OpenResult, ProfileResult, Rejection, SendResult,
};
use chronus_teams::sandbox::chat::notification_id_of;
use events::user::{ConversationRef, MemberRole, Recovery};
use events::{ActivityId, Clock as _, ConversationId, UserKey};
use futures_util::future::{BoxFuture, FutureExt as _};

use crate::clock::WorldClock;
use crate::draw::Draw;
use crate::faults::{CallFault, Faults};
use crate::plants::Plant;
use crate::points::Points;
use crate::truth::{Shown, Truth};

/// Where the simulated Teams is; nothing listens there.
pub(crate) const SERVICE_URL: &str = "http://127.0.0.1:9/teams/";

/// What all sides of the simulated world share.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) truth: Arc<Mutex<Truth>>,
    pub(crate) clock: Arc<WorldClock>,
    pub(crate) points: Arc<Points>,
    pub(crate) faults: Arc<Faults>,
    pub(crate) plant: Option<Plant>,
}

impl World {
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut Truth) -> T) -> T {
        act(&mut self.truth.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether this fault is planted.
    pub(crate) fn has(&self, plant: Plant) -> bool {
        self.plant == Some(plant)
    }

    /// A line in the story.
    pub(crate) fn notes(&self, what: impl FnOnce() -> String) {
        let now = self.clock.now();
        self.points
            .remark(|| format!("{} {}", now.format("%d %H:%M:%S%.3f"), what()));
    }
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Teams {
    world: World,
    draw: Mutex<Draw>,
}

/// What a request is about.
enum Effect<'a> {
    Post(&'a Message),
    Put(&'a str, &'a Message),
    Look,
    Open,
}

impl Teams {
    pub(crate) fn new(seed: u64, world: World) -> Self {
        Self {
            world,
            draw: Mutex::new(Draw::new(seed, "teams")),
        }
    }

    fn below(&self, end: u64) -> u64 {
        self.draw
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .below(end)
    }

    /// Makes the request; `Ok` with the message's id where it was taken.
    async fn call(&self, to: &ConversationRef, effect: Effect<'_>) -> Result<String, SendResult> {
        let chat = to.conversation_id.as_str().to_owned();
        let verb = match &effect {
            Effect::Post(_) => "post",
            Effect::Put(..) => "put",
            Effect::Look => "look",
            Effect::Open => "open",
        };
        let points = &self.world.points;
        points.pass(format!("{verb} {chat}")).await;
        let fault = self.world.faults.call();
        let rejected = |status, code: Option<&str>, retry_after: Option<u64>| {
            SendResult::Rejected(Rejection {
                status,
                code: code.map(str::to_owned),
                retry_after: retry_after.map(Duration::from_secs),
            })
        };
        let not_sent = |reason: &str| SendResult::NotSent {
            reason: reason.to_owned(),
            configuration: false,
        };
        if let Some(fault) = fault {
            self.world.notes(|| format!("Teams: {fault:?} for {verb} {chat}"));
        }
        match fault {
            Some(CallFault::Unreachable) => return Err(not_sent(SendResult::NO_CONNECTION)),
            Some(CallFault::NoToken) => return Err(not_sent("no_token: status_503")),
            _ => {}
        }
        let travel = Duration::from_millis(10 + self.below(200));
        let slow = if let Some(CallFault::Slow(seconds)) = fault {
            Duration::from_secs(seconds)
        } else {
            Duration::ZERO
        };
        tokio::time::sleep(travel + slow).await;
        points.alive().await;
        match fault {
            Some(CallFault::Throttled(after)) => return Err(rejected(429, None, after)),
            Some(CallFault::Collided) => {
                return Err(rejected(412, Some("PreconditionFailed"), None));
            }
            Some(CallFault::Lost) => {
                return Err(rejected(404, Some("ConversationNotFound"), None));
            }
            Some(CallFault::Broken(status, false)) => return Err(rejected(status, None, None)),
            _ => {}
        }
        let takes_effect = !matches!(fault, Some(CallFault::Silent(false) | CallFault::Reset(false)));
        let outcome = takes_effect.then(|| self.takes_effect(&chat, &effect));
        if self.world.has(Plant::PostedAgainInside) && matches!(fault, Some(CallFault::Broken(_, true))) {
            drop(self.takes_effect(&chat, &effect));
        }
        let silent = matches!(fault, Some(CallFault::Silent(_) | CallFault::Reset(_)));
        if self.world.has(Plant::SilenceCountsAsNotSent) && silent {
            return Err(not_sent(SendResult::NO_CONNECTION));
        }
        if self.world.has(Plant::SilenceCountsAsTaken) && silent {
            return Ok("1767603600000".to_owned());
        }
        points.pass(format!("{verb} {chat} done")).await;
        match (fault, outcome) {
            (Some(CallFault::Broken(status, _)), _) => Err(rejected(status, None, None)),
            (Some(CallFault::Silent(_)), _) => {
                tokio::time::sleep(Duration::from_secs(15)).await;
                Err(SendResult::NoAnswer {
                    reason: "timeout".to_owned(),
                })
            }
            (Some(CallFault::Reset(_)), _) | (_, None) => Err(SendResult::NoAnswer {
                reason: "reset".to_owned(),
            }),
            (_, Some(Err((status, code)))) => Err(rejected(status, Some(code), None)),
            (_, Some(Ok(id))) => Ok(id),
        }
    }

    fn takes_effect(&self, chat: &str, effect: &Effect<'_>) -> Result<String, (u16, &'static str)> {
        let now = self.world.clock.now();
        self.world.with(|truth| {
            let human = truth.of_conversation(chat).ok_or((404, "ConversationNotFound"))?;
            let who = &truth.humans[human];
            if let Effect::Look = effect {
                let known = who.employed.then(String::new);
                return known.ok_or((404, "MemberNotFoundInConversation"));
            }
            if !who.employed || !who.installed {
                return Err((403, "BotNotInConversationRoster"));
            }
            if who.blocked {
                return Err((403, "ConversationBlockedByUser"));
            }
            let human = match self.world.plant {
                Some(Plant::WrongChat) if truth.humans.len() > 1 && matches!(effect, Effect::Post(_)) => {
                    (human + 1) % truth.humans.len()
                }
                _ => human,
            };
            match effect {
                Effect::Post(message) => {
                    truth.reads(human, &message.0);
                    let notification = notification_id_of(&message.0).map(str::to_owned);
                    truth.posted.extend(notification.clone());
                    let chat = &mut truth.humans[human].chat;
                    let id = format!("{}{:04}", now.timestamp_millis(), chat.len());
                    chat.push(Shown {
                        id: id.clone(),
                        activity: message.0.clone(),
                        notification,
                    });
                    Ok(id)
                }
                Effect::Put(id, _) if self.world.has(Plant::UpdateNotMade) => Ok((*id).to_owned()),
                Effect::Put(id, message) => {
                    truth.reads(human, &message.0);
                    let chat = &mut truth.humans[human].chat;
                    let another = self.world.has(Plant::UpdateOfAnother) && chat.len() > 1;
                    let there = chat.iter_mut().find(|shown| (shown.id == *id) != another);
                    let there = there.ok_or((404, "ActivityNotFoundInConversation"))?;
                    there.activity = message.0.clone();
                    Ok(there.id.clone())
                }
                Effect::Look | Effect::Open => Ok(String::new()),
            }
        })
    }
}

fn sent(outcome: Result<String, SendResult>) -> SendResult {
    match outcome {
        Ok(id) => SendResult::Accepted {
            activity_id: ActivityId::parse(id).ok(),
        },
        Err(result) => result,
    }
}

impl Connector for Teams {
    fn send<'a>(
        &'a self,
        _user: &'a UserKey,
        to: &'a ConversationRef,
        message: &'a Message,
        _further: &'a dyn Further,
    ) -> BoxFuture<'a, SendResult> {
        async move { sent(self.call(to, Effect::Post(message)).await) }.boxed()
    }

    fn update<'a>(
        &'a self,
        _user: &'a UserKey,
        to: &'a ConversationRef,
        activity_id: &'a ActivityId,
        message: &'a Message,
        _further: &'a dyn Further,
    ) -> BoxFuture<'a, SendResult> {
        async move {
            let effect = Effect::Put(activity_id.as_str(), message);
            sent(self.call(to, effect).await)
        }
        .boxed()
    }

    fn open_chat<'a>(
        &'a self,
        user: &'a UserKey,
        last: &'a ConversationRef,
        _by: Recovery,
        _further: &'a dyn Further,
    ) -> BoxFuture<'a, OpenResult> {
        async move {
            match self.call(last, Effect::Open).await {
                Ok(_) => {
                    let chat = self.world.with(|truth| {
                        let who = truth.humans.iter().find(|human| human.key() == *user);
                        who.map(|human| (human.installed, human.conversation()))
                    });
                    match chat {
                        Some((true, chat)) => OpenResult::Opened {
                            conversation_id: ConversationId::parse(chat).unwrap(),
                            service_url: SERVICE_URL.to_owned(),
                        },
                        Some((false, _)) | None => OpenResult::Rejected(Rejection {
                            status: 403,
                            code: Some("BotNotInConversationRoster".to_owned()),
                            retry_after: None,
                        }),
                    }
                }
                Err(SendResult::Rejected(rejection)) => OpenResult::Rejected(rejection),
                Err(_) => OpenResult::Failed {
                    reason: "timeout".to_owned(),
                    configuration: false,
                },
            }
        }
        .boxed()
    }

    fn profile<'a>(
        &'a self,
        user: &'a UserKey,
        of: &'a ConversationRef,
        _further: &'a dyn Further,
    ) -> BoxFuture<'a, ProfileResult> {
        async move {
            match self.call(of, Effect::Look).await {
                Ok(_) => self.world.with(|truth| {
                    let who = truth.humans.iter().find(|human| human.key() == *user);
                    let mut who = who.expect("only people of the world are asked for");
                    if self.world.has(Plant::WrongProfile) {
                        who = &truth.humans[who.number.saturating_sub(1)];
                    }
                    ProfileResult::Found(MemberProfile {
                        name: Some(who.name()),
                        email: Some(who.mail.clone()),
                        upn: Some(who.mail.clone()),
                        role: MemberRole::User,
                    })
                }),
                Err(SendResult::Rejected(rejection)) => ProfileResult::Rejected(rejection),
                Err(_) => ProfileResult::Failed {
                    reason: "timeout".to_owned(),
                },
            }
        }
        .boxed()
    }
}
