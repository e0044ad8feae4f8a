//! Plays a scenario step by step. A step ends when nothing is under way any more, so every run meets the same
//! world at the same step.

use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use events::Clock as _;
use projections::delivery_report::ReportFilter;
use projections::notifications::NotificationState;
use serde_json::{Value, json};

use super::played::{Cards, Played};
use super::progress::Progress;
use super::scenario::{Deed, Player, Scenario, Step};
use super::stage::{API_KEY, Stage};
use super::{say, sight, times};
use crate::sandbox::client::{Action, Client, Press};

/// The source of the sample organization's events.
pub const SOURCE: &str = "/chronus/acme";
/// How long nobody may be found for a recipient before Chronus is told: the default of the configuration.
const UNREACHED_AFTER: chrono::TimeDelta = chrono::TimeDelta::seconds(20);
/// What is due later than this waits by somebody's wish: nothing in a play is tried again that late.
const FAR: chrono::TimeDelta = chrono::TimeDelta::minutes(5);
/// How long anything in the play may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// How much of a play the watcher is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Telling {
    /// A page: the milestones.
    Story,
    /// Every step, and every card.
    Everything,
}

/// Plays everything that was not played before.
pub async fn play(
    stage: &Stage,
    scenario: &Scenario,
    progress: &mut Progress,
    telling: Telling,
) -> anyhow::Result<Played> {
    let mut played = Played::default();
    let mut director = Director {
        telling,
        stage,
        scenario,
        played: &mut played,
    };
    for chapter in &scenario.chapters {
        say(format_args!("\n{}", chapter.title));
        for step in &chapter.steps {
            let where_it_is = || format!("step {:?}", step.name);
            if !progress.has(&step.name) {
                director.perform(step, progress).await.with_context(where_it_is)?;
            } else if let Deed::Post { events, rejected } = &step.what {
                // Handing the same events over again tells the notifications' ids and changes nothing.
                director.post(events, rejected).await.with_context(where_it_is)?;
            }
        }
    }
    Ok(played)
}

struct Director<'a> {
    telling: Telling,
    stage: &'a Stage,
    scenario: &'a Scenario,
    played: &'a mut Played,
}

impl Director<'_> {
    async fn perform(&mut self, step: &Step, progress: &mut Progress) -> anyhow::Result<()> {
        let count = match &step.what {
            Deed::Install { who } | Deed::Uninstall { who } => who.len(),
            Deed::Post { events, .. } => events.len(),
            Deed::Press { .. }
            | Deed::Say { .. }
            | Deed::Client { .. }
            | Deed::Wait { .. }
            | Deed::Change { .. } => 1,
        };
        if step.milestone || self.telling == Telling::Everything {
            say(format_args!(
                "● {}",
                step.say.replace("{count}", &count.to_string())
            ));
        }
        match &step.what {
            Deed::Install { who } => self.all(who, &step.name, &Action::Install).await?,
            Deed::Uninstall { who } => self.all(who, &step.name, &Action::Uninstall).await?,
            Deed::Post { events, rejected } => self.post(events, rejected).await?,
            Deed::Press { .. } => self.press(step).await?,
            Deed::Say { who, text } => {
                let text = times::text_of(text, self.stage.clock.now());
                act(&self.client(who)?.1, Action::Say { text }, &step.name).await?;
            }
            Deed::Client { who, client } => self.client(who)?.1.use_client(client.clone()).await?,
            Deed::Wait { span } => {
                // Noted first: a run that is cut off here must not find the log ahead of its clock.
                progress.note(&step.name).context("failed to note a wait")?;
                self.stage
                    .clock
                    .wait(times::span_of(span).context("no such span")?);
            }
            Deed::Change { who, change } => self.client(who)?.1.change(*change).await?,
        }
        self.settle().await?;
        for sight in &step.sees {
            sight::check(self.stage, self.scenario, self.played, sight)?;
        }
        if !progress.has(&step.name) {
            progress
                .note(&step.name)
                .context("failed to note a finished step")?;
        }
        Ok(())
    }

    fn client(&self, who: &str) -> anyhow::Result<(&Player, Client)> {
        let player = self
            .scenario
            .player(who)
            .with_context(|| format!("nobody is called {who}"))?;
        let client = self.stage.sandbox.client(&self.scenario.user(player));
        Ok((
            player,
            client.with_context(|| format!("{who} does not live in the sandbox"))?,
        ))
    }

    async fn all(&self, who: &[String], step: &str, action: &Action) -> anyhow::Result<()> {
        let mut deeds = Vec::new();
        for who in who {
            let (_, client) = self.client(who)?;
            let (action, step) = (action.clone(), format!("{step}/{who}"));
            deeds.push(async move { act(&client, action, &step).await });
        }
        futures_util::future::try_join_all(deeds).await?;
        Ok(())
    }

    async fn press(&self, step: &Step) -> anyhow::Result<()> {
        let Deed::Press {
            who,
            event,
            on,
            button,
            data,
            inputs,
            old_client,
        } = &step.what
        else {
            bail!("no press")
        };
        let (player, client) = self.client(who)?;
        let notification = match event {
            Some(event) => Some(self.played.card_of(event, player)?),
            None => None,
        };
        if let Some(notification) = &notification {
            let shown = |chat: &crate::sandbox::chat::Chat| chat.card_of(notification).is_some();
            let came = client.wait_for(PATIENCE, shown).await;
            came.context("the card did not come")?;
        }
        let now = self.stage.clock.now();
        let inputs = inputs
            .iter()
            .map(|(id, value)| (id.clone(), times::text_of(value, now)));
        let press = Press {
            button: button.clone(),
            notification,
            shows: on.clone(),
            data: data.clone(),
            inputs: inputs.collect(),
            old_client: *old_client,
            ..Press::default()
        };
        act(&client, Action::Press(press), &step.name).await
    }

    /// Hands a batch over, as Chronus would, and reads the answer.
    async fn post(&mut self, events: &[Value], rejected: &[String]) -> anyhow::Result<()> {
        let now = self.stage.clock.now();
        let batch: Vec<Value> = events
            .iter()
            .map(|event| whole(&times::resolve(event, now)))
            .collect();
        let client = crate::http_client::build(crate::http_client::HttpLimits::default())?;
        let answer = client
            .post(format!("{}/v1/events", self.stage.url()))
            .bearer_auth(API_KEY)
            .header("content-type", crate::chronus::envelope::BATCH)
            .body(Value::from(batch.clone()).to_string())
            .send()
            .await
            .context("failed to hand events over")?;
        let status = answer.status();
        let answer: Value = answer
            .json()
            .await
            .context("failed to read the intake's answer")?;
        ensure!(status == 202, "the intake answered {status}: {answer}");
        for result in answer["results"].as_array().into_iter().flatten() {
            let id = result["id"].as_str().unwrap_or_default();
            let is_rejected = result["status"] == "rejected";
            ensure!(
                is_rejected == rejected.iter().any(|r| r == id),
                "{id} was answered with {result}"
            );
            let tickets = result["notifications"].as_array().into_iter().flatten();
            let ids = tickets.filter_map(|ticket| ticket["notification_id"].as_str()?.parse().ok());
            let sent = batch.iter().find(|event| event["id"] == id);
            let told = sent
                .and_then(|event| event["data"]["recipients"].as_array())
                .into_iter()
                .flatten();
            let cards = Cards {
                notifications: ids.collect(),
                recipients: told.cloned().collect(),
            };
            self.played.events.insert(id.to_owned(), cards);
        }
        Ok(())
    }

    /// Waits until everything that can be done is done.
    async fn settle(&self) -> anyhow::Result<()> {
        let mut folded = self.stage.service.models().folded();
        let waiting = async {
            loop {
                folded.mark_unchanged();
                if self.is_settled().await? {
                    return anyhow::Ok(());
                }
                // What becomes due with time changes nothing in the log until it is done.
                let changed = tokio::time::timeout(Duration::from_millis(100), folded.changed()).await;
                drop(changed);
            }
        };
        tokio::time::timeout(PATIENCE, waiting)
            .await
            .context("the play did not come to rest in time")?
    }

    async fn is_settled(&self) -> anyhow::Result<bool> {
        let (models, work) = (self.stage.service.models(), self.stage.service.work());
        let head = *self.stage.service.store().head().borrow();
        let report = models.delivery_report(ReportFilter::default()).await?;
        let waits = [NotificationState::Unresolved, NotificationState::Deferred];
        let at_rest = |state: NotificationState| state.is_settled() || waits.contains(&state);
        let soon = self.stage.clock.now() + FAR;
        let outbox = work.tenants(None)?.tenants;
        Ok(report.position >= head
            && report.lines.iter().all(|line| at_rest(line.state))
            && outbox.iter().all(|due| due.due_at > soon)
            && !work.is_unreached(self.stage.clock.now() - UNREACHED_AFTER)?
            && work.next_answer()?.is_none()
            && work.subject_changes(1, |_| true)?.is_empty()
            && work.look_ups(1, |_| true)?.is_empty()
            && work.links(1, |_| true)?.is_empty()
            // What was done between these questions would be seen by none of them.
            && *self.stage.service.store().head().borrow() == head)
    }
}

async fn act(client: &Client, action: Action, step: &str) -> anyhow::Result<()> {
    let outcome = client.act(action, Some(step.to_owned())).await?;
    ensure!(outcome.taken(), "the bot did not take it: {outcome:?}");
    Ok(())
}

/// A CloudEvent with the attributes that are the same for all.
fn whole(event: &Value) -> Value {
    let mut whole = json!({ "specversion": "1.0", "source": SOURCE, "datacontenttype": "application/json" });
    if let (Some(whole), Some(event)) = (whole.as_object_mut(), event.as_object()) {
        whole.extend(event.clone());
    }
    whole
}
