//! The final table, and whether everything became what it should.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use comfy_table::{Table, presets};
use events::organization::DomainEventAccepted;
use events::user::Delivery;
use events::{Event, NotificationId, Position, UserEvent};
use projections::delivery_report::ReportFilter;
use projections::notifications::NotificationState;

use NotificationState as S;

use super::play::SOURCE;
use super::played::Played;
use super::scenario::Scenario;
use super::stage::Stage;

/// What a play came to.
#[derive(Debug)]
pub struct Verdict {
    /// The final table.
    pub table: String,
    /// Its sums in a line.
    pub sums: String,
    /// Expectations that held.
    pub held: usize,
    /// Those that did not, in words.
    pub failed: Vec<String>,
}

/// Counts and compares.
pub async fn verdict(stage: &Stage, scenario: &Scenario, played: &Played) -> anyhow::Result<Verdict> {
    let (table, sums) = table(stage, scenario).await?;
    let mut verdict = Verdict {
        table,
        sums,
        held: 0,
        failed: Vec::new(),
    };
    notifications(stage, scenario, &mut verdict).await?;
    cards(stage, scenario, played, &mut verdict);
    responses(stage, scenario, &mut verdict);
    repeats(stage, &mut verdict).await?;
    Ok(verdict)
}

impl Verdict {
    fn expect(&mut self, held: bool, otherwise: impl FnOnce() -> String) {
        if held {
            self.held += 1;
        } else {
            self.failed.push(otherwise());
        }
    }
}

/// Sent, delivered, answered, waiting and why; and the sums.
async fn table(stage: &Stage, scenario: &Scenario) -> anyhow::Result<(String, String)> {
    let filter = ReportFilter {
        organization_id: Some(scenario.organization.clone()),
        ..ReportFilter::default()
    };
    let report = stage.service.models().delivery_report(filter).await?;
    let mut counts: BTreeMap<(NotificationState, String), u64> = BTreeMap::new();
    for line in &report.lines {
        let reason = line
            .reason
            .clone()
            .or_else(|| line.code.clone())
            .unwrap_or_default();
        *counts.entry((line.state, reason)).or_default() += line.count;
    }
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_HORIZONTAL_ONLY)
        .set_header(["notifications", "state", "why"]);
    for ((state, reason), count) in &counts {
        table.add_row([count.to_string(), words(*state).to_owned(), reason.clone()]);
    }
    let sum = |states: &[NotificationState]| report.total(states);
    let answered = sum(&[S::Answered]);
    let delivered = answered + sum(&[S::Delivered, S::Seen]);
    let sent = delivered + sum(&[S::Refused, S::UnknownHeld, S::UnknownRetry]);
    let waiting = sum(&[S::Unresolved, S::Resolved, S::Queued, S::Attempted, S::Retry]);
    let all = report.lines.iter().map(|line| line.count).sum::<u64>();
    let not_sent = all - sent - waiting;
    let sums = format!(
        "{all} accepted: {sent} sent, {delivered} delivered, {answered} answered, {waiting} waiting, {not_sent} not sent"
    );
    Ok((format!("{table}\n{sums}"), sums))
}

fn words(state: NotificationState) -> &'static str {
    match state {
        NotificationState::Unresolved => "waiting for the person",
        NotificationState::Resolved | NotificationState::Queued => "waiting to be sent",
        NotificationState::Deferred => "waiting for its time",
        NotificationState::Merged => "shown by another card",
        NotificationState::Attempted => "being sent",
        NotificationState::Retry => "waiting for the next try",
        NotificationState::Delivered => "delivered",
        NotificationState::Seen => "delivered and seen",
        NotificationState::Answered => "delivered and answered",
        NotificationState::Refused => "refused",
        NotificationState::UnknownHeld | NotificationState::UnknownRetry => "perhaps delivered",
        NotificationState::Suppressed => "not sent, by decision",
        NotificationState::Withdrawn => "not sent, withdrawn",
        NotificationState::Expired => "not sent, expired",
        NotificationState::Unroutable => "not sent, nobody found",
    }
}

async fn notifications(stage: &Stage, scenario: &Scenario, verdict: &mut Verdict) -> anyhow::Result<()> {
    for expected in scenario
        .chapters
        .iter()
        .flat_map(|chapter| &chapter.expect.notifications)
    {
        let event = DomainEventAccepted::event_id(&scenario.organization, SOURCE, &expected.event);
        let found = stage.service.models().notifications_of_event(event).await?;
        let fits = found.iter().filter(|found| {
            let reason_fits = expected.reason.is_none() || expected.reason == found.reason;
            found.state.as_str() == expected.state && reason_fits
        });
        let count = fits.count();
        verdict.expect(count == expected.count, || {
            let states: Vec<_> = found
                .iter()
                .map(|f| format!("{} {:?}", f.state.as_str(), f.reason))
                .collect();
            let (event, state, wanted) = (&expected.event, &expected.state, expected.count);
            format!(
                "{event}: {wanted} should be {state} ({:?}), but they are {states:?}",
                expected.reason
            )
        });
    }
    Ok(())
}

fn cards(stage: &Stage, scenario: &Scenario, played: &Played, verdict: &mut Verdict) {
    for expected in scenario.chapters.iter().flat_map(|chapter| &chapter.expect.cards) {
        let player = scenario.player(&expected.who);
        let client = player.and_then(|player| stage.sandbox.client(&scenario.user(player)));
        let notification = player.and_then(|player| played.card_of(&expected.event, player).ok());
        let card = client.zip(notification).and_then(|(client, notification)| {
            let chat = client.chat();
            chat.card_of(&notification)
                .map(|message| message.shown().join("\n"))
        });
        let shows = |card: &String| card.to_lowercase().contains(&expected.text.to_lowercase());
        verdict.expect(card.as_ref().is_some_and(shows), || {
            format!(
                "the card of {} for {} does not show {:?}: {card:?}",
                expected.event, expected.who, expected.text
            )
        });
    }
}

fn responses(stage: &Stage, scenario: &Scenario, verdict: &mut Verdict) {
    let inbox = stage.sandbox.inbox(scenario.organization.as_str());
    let mut got: BTreeMap<&str, usize> = BTreeMap::new();
    for answer in &inbox.received {
        let event_type = answer.body["type"].as_str().unwrap_or_default();
        *got.entry(
            event_type
                .strip_prefix("com.chronus.teams.")
                .unwrap_or(event_type),
        )
        .or_default() += 1;
    }
    let mut wanted: BTreeMap<&str, usize> = BTreeMap::new();
    for (what, count) in scenario
        .chapters
        .iter()
        .flat_map(|chapter| &chapter.expect.responses)
    {
        *wanted.entry(what).or_default() += count;
    }
    for what in got.keys().chain(wanted.keys()).collect::<BTreeSet<_>>() {
        let count = |counts: &BTreeMap<&str, usize>| counts.get(what).copied().unwrap_or(0);
        verdict.expect(count(&got) == count(&wanted), || {
            format!(
                "Chronus should have got {} × {what}, but has {}",
                count(&wanted),
                count(&got)
            )
        });
    }
    verdict.expect(inbox.misfits.is_empty(), || {
        format!("answers do not fit their schema: {:?}", inbox.misfits)
    });
    verdict.expect(inbox.forged == 0, || {
        format!("{} answers had a wrong signature", inbox.forged)
    });
}

/// A card may have come twice only where the log says that an outcome was unknown.
async fn repeats(stage: &Stage, verdict: &mut Verdict) -> anyhow::Result<()> {
    let mut unknown: HashMap<NotificationId, u32> = HashMap::new();
    for recorded in stage
        .service
        .store()
        .read_log(Position::START, usize::MAX)
        .await?
    {
        if let Ok(Event::User(UserEvent::Delivery(Delivery::OutcomeUnknown(event)))) = recorded.decode_any() {
            *unknown.entry(event.notification_id).or_default() += 1;
        }
    }
    for client in stage.sandbox.clients() {
        for (notification, posts) in &client.chat().notifications {
            let excused = notification
                .parse()
                .ok()
                .and_then(|id| unknown.get(&id))
                .copied()
                .unwrap_or(0);
            verdict.expect(*posts <= 1 + excused, || {
                format!("notification {notification} came {posts} times, with {excused} unknown outcomes")
            });
        }
    }
    Ok(())
}
