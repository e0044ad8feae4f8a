//! People acting at their Teams clients. A deed is kept before the bot is told, so that the same step after a crash
//! sends the same activity with the same id; what the bot did not take is sent again as Teams does, except invokes.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::Value;
use tokio::time::Instant;

use super::activity::Author;
use super::bot::{BotAnswer, NoAnswer, TokenKind};
use super::card::PressError;
use super::chat::{AppChange, Chat, ChatRecord, ClientChange, Outcome};
pub use super::deed::{Action, Press};
use super::deed::{named, pressed};
use super::journal::{JournalError, Written};
use super::people::{DirectoryChange, Person};
use super::world::World;

/// Why a deed is not possible or its outcome not known.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    /// The app is there already.
    #[error("the app is installed already")]
    AlreadyInstalled,
    /// The app is not there.
    #[error("the app is not installed for this person")]
    NotInstalled,
    /// The person blocked the bot.
    #[error("the person blocked the bot; unblock first")]
    Blocked,
    /// The press is not possible.
    #[error(transparent)]
    Press(#[from] PressError),
    /// It could not be kept.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The sandbox stopped before the bot took it; it goes on at the next start.
    #[error("the sandbox is stopping")]
    Stopping,
}

/// Whether the person can use the chat: remove the app or, with `writes`, write into it.
fn usable(chat: &Chat, writes: bool) -> Result<(), ActError> {
    if !chat.installed {
        Err(ActError::NotInstalled)
    } else if writes && chat.blocked {
        Err(ActError::Blocked)
    } else {
        Ok(())
    }
}

/// A wait that ended without what it waited for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("what was waited for did not happen in time")]
pub struct TimedOut;

/// A person at a Teams client.
#[derive(Debug, Clone)]
pub struct Client {
    world: Arc<World>,
    person: Arc<Person>,
}

impl Client {
    /// `person` at a client.
    pub fn new(world: Arc<World>, person: Arc<Person>) -> Self {
        Self { world, person }
    }

    /// Who it is.
    pub fn person(&self) -> &Person {
        &self.person
    }

    /// The chat as the person sees it now.
    pub fn chat(&self) -> Chat {
        self.person.chat().clone()
    }

    /// Adds the app.
    pub async fn install(&self) -> Result<Outcome, ActError> {
        self.act(Action::Install, None).await
    }

    /// Removes the app.
    pub async fn uninstall(&self) -> Result<Outcome, ActError> {
        self.act(Action::Uninstall, None).await
    }

    /// Writes to the bot.
    pub async fn say(&self, text: impl Into<String>) -> Result<Outcome, ActError> {
        self.act(Action::Say { text: text.into() }, None).await
    }

    /// Presses a button.
    pub async fn press(&self, press: Press) -> Result<Outcome, ActError> {
        self.act(Action::Press(press), None).await
    }

    /// Does something and waits until the bot took it or Teams gave up. The same `step` again is the same deed: once
    /// settled it is not sent again.
    pub async fn act(&self, action: Action, step: Option<String>) -> Result<Outcome, ActError> {
        let now = self.world.clock.now();
        let (step, written) = {
            let mut chat = self.person.chat();
            let step = step.unwrap_or_else(|| chat.next_step());
            let written = if chat.deeds.contains_key(&step) {
                Vec::new()
            } else {
                self.begin(&mut chat, &step, action, now)?
            };
            (step, written)
        };
        for entry in written {
            entry.kept().await?;
        }
        self.tell_once(&members_step(&step));
        self.tell_once(&step);
        self.settled(&step).await
    }

    /// Sends a deed's activity once more, exactly as it was, and returns the bot's answer; changes nothing here.
    pub async fn repeat(&self, step: &str) -> Option<Result<BotAnswer, NoAnswer>> {
        let activity = self.person.chat().deeds.get(step)?.activity.to_string();
        Some(
            self.world
                .bot
                .post(self.world.teams(), activity, TokenKind::Genuine)
                .await,
        )
    }

    /// Changes the app's standing without telling the bot: Teams sends nothing for a block or an administrator's switch.
    pub async fn change(&self, change: AppChange) -> Result<(), JournalError> {
        let written = {
            let mut chat = self.person.chat();
            self.world
                .record(&self.person, &mut chat, ChatRecord::App { change })
        };
        written.kept().await
    }

    /// Changes what the directory has of the person, without telling the bot.
    pub async fn change_directory(&self, change: DirectoryChange) -> Result<(), JournalError> {
        self.world.change_directory(&self.person, change).await
    }

    /// Takes another client to hand, or sets another language or zone. The bot hears of it with the next deed.
    pub async fn use_client(&self, client: ClientChange) -> Result<(), JournalError> {
        let written = {
            let mut chat = self.person.chat();
            self.world
                .record(&self.person, &mut chat, ChatRecord::Moved { client })
        };
        written.kept().await
    }

    /// Waits until the chat fulfils `predicate`.
    pub async fn wait_for(
        &self,
        deadline: std::time::Duration,
        mut predicate: impl FnMut(&Chat) -> bool,
    ) -> Result<Chat, TimedOut> {
        let until = Instant::now() + deadline;
        let mut changes = self.person.changes();
        loop {
            changes.borrow_and_update();
            {
                let chat = self.person.chat();
                if predicate(&chat) {
                    return Ok(chat.clone());
                }
            }
            match tokio::time::timeout_at(until, changes.changed()).await {
                Ok(Ok(())) => {}
                _ => return Err(TimedOut),
            }
        }
    }

    /// Goes on telling the bot what it had not taken when the process ended.
    pub fn resume(&self) {
        let open: Vec<String> = {
            let chat = self.person.chat();
            let open = chat.deeds.iter().filter(|(_, deed)| deed.outcome.is_none());
            open.filter(|(_, deed)| deed.activity["type"] != "invoke")
                .map(|(step, _)| step.clone())
                .collect()
        };
        for step in open {
            self.tell_once(&step);
        }
    }

    fn begin(
        &self,
        chat: &mut Chat,
        step: &str,
        action: Action,
        now: DateTime<Utc>,
    ) -> Result<Vec<Written>, ActError> {
        let client = chat.client.clone();
        let author = self.author(step, now, &client);
        let record = |chat: &mut Chat, record| self.world.record(&self.person, chat, record);
        let acted = |activity| ChatRecord::Acted {
            step: step.to_owned(),
            at: now,
            activity,
        };
        match action {
            Action::Install => self.install_records(chat, &author, now),
            Action::Uninstall => {
                usable(chat, false)?;
                let removed = acted(author.installation_update("remove"));
                Ok(vec![record(chat, removed)])
            }
            Action::Say { text } => {
                usable(chat, true)?;
                let said = acted(author.message(chat, &text));
                Ok(vec![record(chat, said)])
            }
            Action::Press(press) => {
                usable(chat, true)?;
                let pressed = acted(pressed(&author, chat, &press)?);
                Ok(vec![record(chat, pressed)])
            }
            Action::React { message, reaction } => {
                let reacted = acted(author.reaction(&named(chat, message.as_deref())?, &reaction));
                Ok(vec![record(chat, reacted)])
            }
            Action::Read { message } => {
                let read = acted(author.read_receipt(&named(chat, message.as_deref())?));
                Ok(vec![record(chat, read)])
            }
        }
    }

    /// An install is two activities the first time: the app was added, and the chat came into being. The first one's
    /// record is what installs the app: no crash can part the two.
    fn install_records(
        &self,
        chat: &mut Chat,
        author: &Author<'_>,
        now: DateTime<Utc>,
    ) -> Result<Vec<Written>, ActError> {
        if chat.installed {
            return Err(ActError::AlreadyInstalled);
        }
        let first = !chat.opened;
        let members = members_step(author.step);
        let mut records = vec![ChatRecord::Acted {
            step: author.step.to_owned(),
            at: now,
            activity: author.installation_update("add"),
        }];
        if first {
            let opened = self.author(&members, now, author.client);
            records.push(ChatRecord::Acted {
                activity: opened.conversation_update(),
                step: members,
                at: now,
            });
        }
        let written = records.into_iter();
        Ok(written
            .map(|record| self.world.record(&self.person, chat, record))
            .collect())
    }

    fn author<'a>(&'a self, step: &'a str, now: DateTime<Utc>, client: &'a ClientChange) -> Author<'a> {
        Author {
            world: &self.world,
            person: &self.person,
            client,
            step,
            now,
        }
    }

    /// Starts telling the bot of a deed, unless it is being told or was told.
    fn tell_once(&self, step: &str) {
        let activity = {
            let mut chat = self.person.chat();
            match chat.deeds.get_mut(step) {
                Some(deed) if deed.outcome.is_none() && !deed.telling => {
                    deed.telling = true;
                    deed.activity.clone()
                }
                _ => return,
            }
        };
        // On its own task, since Teams goes on when whoever asked for the deed is gone.
        tokio::spawn(self.clone().tell(step.to_owned(), activity));
    }

    async fn tell(self, step: String, activity: Value) {
        let body = activity.to_string();
        let once = activity["type"] == "invoke";
        let telling = &self.world.bot.telling;
        for tries in 1.. {
            let answered = tokio::select! {
                answered = self.world.bot.post(self.world.teams(), body.clone(), TokenKind::Genuine) => answered.ok(),
                () = self.world.stopping.cancelled() => return,
            };
            let taken = answered.as_ref().is_some_and(|a| (200..300).contains(&a.status));
            if taken || once || tries >= telling.tries {
                return self.settle(step, answered, tries, once).await;
            }
            self.world.stats.count(|stats| &stats.redeliveries);
            tokio::select! {
                () = tokio::time::sleep(telling.pause(tries)) => {}
                () = self.world.stopping.cancelled() => return,
            }
        }
    }

    async fn settle(&self, step: String, answered: Option<BotAnswer>, tries: u32, invoke: bool) {
        let (status, body) = answered.map_or((None, None), |a| (Some(a.status), a.body));
        let record = ChatRecord::Settled {
            step,
            status,
            tries,
            answer: body.filter(|_| invoke),
        };
        let written = self.world.record(&self.person, &mut self.person.chat(), record);
        if let Err(error) = written.kept().await {
            tracing::warn!(%error, "a bot's answer could not be kept by the sandbox");
        }
    }

    async fn settled(&self, step: &str) -> Result<Outcome, ActError> {
        let mut changes = self.person.changes();
        loop {
            changes.borrow_and_update();
            let outcome = self
                .person
                .chat()
                .deeds
                .get(step)
                .and_then(|deed| deed.outcome.clone());
            if let Some(outcome) = outcome {
                return Ok(outcome);
            }
            tokio::select! {
                news = changes.changed() => news.map_err(|_| ActError::Stopping)?,
                () = self.world.stopping.cancelled() => return Err(ActError::Stopping),
            }
        }
    }
}

/// The step of the second activity of a first install.
fn members_step(step: &str) -> String {
    format!("{step}/members")
}
