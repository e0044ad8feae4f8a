//! Tells whoever organizes an event how its invitation fares: how many people were told, saw it and cannot be reached.
//!
//! The figures are a domain event of the service's own in the organization's stream, about a subject of their own. So the
//! card that shows them is made, sent, updated in place and reported like any other, and which figures somebody was told
//! stands in the log. Its id names the figures that it follows: whoever counts twice, after a crash or on another node,
//! writes once. Nothing is kept but when each invitation was looked at; after a start all are looked at again.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use events::organization::{Class, DomainEventAccepted, FIGURES_TYPE, Recipient, Recipients};
use events::store::Outage;
use events::{
    Clock, DecodeError, EventId, EventStore, MemberId, Metadata, OrganizationEvent, PersonId, Position,
    ReadError, Vault, VaultError,
};
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;

use crate::append::caught_up;
use crate::intake::{Draft, Intake, IntakeError};
use crate::partition::{Ownership, Partition};
use crate::ports::{Invitation, InvitationFigures, Invitations, PortError, Progress};

/// How often it is looked whether figures are due.
const TICK: Duration = Duration::from_secs(2);
/// When the first figures come, and how far two of them lie apart at least.
const FIRST: TimeDelta = TimeDelta::minutes(10);
/// How far two of them lie apart at most, while something changes.
const LAST: TimeDelta = TimeDelta::days(1);
/// For how long an invitation is followed.
const FOLLOWED: TimeDelta = TimeDelta::days(30);
/// The place that the content of a domain event is bound to.
const CONTENT: &str = "DomainEventAccepted.content";
/// What of the invitation the card shows beside the figures: what the event is called, and where it is found.
const SHOWN: [&str; 4] = ["title", "erg", "url", "links"];

/// Why figures could not be told.
#[derive(Debug, thiserror::Error)]
enum TellError {
    #[error(transparent)]
    Port(#[from] PortError),
    #[error("the invitation cannot be read")]
    Read(#[from] ReadError),
    #[error("the invitation cannot be decoded")]
    Decode(#[from] DecodeError),
    #[error("its content cannot be opened, or the figures not be sealed")]
    Vault(#[from] VaultError),
    #[error("the figures were not taken")]
    Intake(#[from] IntakeError),
}

/// See the module.
#[derive(Debug)]
pub struct Organizers {
    /// Which invitations there are, and how far they came.
    pub invitations: Arc<dyn Invitations>,
    /// How far that is folded.
    pub progress: Arc<dyn Progress>,
    /// Where figures are handed over.
    pub intake: Intake,
    /// Which organizations are this node's.
    pub ownership: Arc<dyn Ownership>,
    /// The log.
    pub store: Arc<dyn EventStore>,
    /// Opens what an invitation says.
    pub vault: Vault,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl Organizers {
    /// Looks and tells until cancelled.
    pub async fn run(self, cancel: CancellationToken) {
        if !caught_up(&*self.store, &mut self.progress.folded(), &cancel).await {
            return cancel.cancelled().await;
        }
        let mut looked = HashMap::new();
        while !cancel.is_cancelled() {
            if let Err(error) = self.round(&mut looked).await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "invitations could not be looked through"
                );
            }
            let _ = cancel.run_until_cancelled(tokio::time::sleep(TICK)).await;
        }
    }

    async fn round(&self, looked: &mut HashMap<EventId, DateTime<Utc>>) -> Result<(), PortError> {
        let now = self.clock.now();
        let invitations = self.invitations.open(now - FOLLOWED).await?;
        let open: HashSet<EventId> = invitations.iter().map(|invitation| invitation.event_id).collect();
        looked.retain(|event, _| open.contains(event));
        for invitation in invitations {
            let partition = Partition::of_organization(&invitation.organization_id);
            let last = looked.get(&invitation.event_id).copied();
            if !is_due(&invitation, last, now) || !self.ownership.serves(partition) {
                continue;
            }
            looked.insert(invitation.event_id, now);
            if let Err(error) = self.tell(&invitation, now).await
                && !Outage::caused(&error)
            {
                let organization = &invitation.organization_id;
                tracing::warn!(
                    %organization,
                    error = &error as &dyn std::error::Error,
                    "organizers could not be told how their invitation fares; it is tried again later"
                );
            }
        }
        Ok(())
    }

    /// Hands over the figures where they are other ones than before.
    async fn tell(&self, invitation: &Invitation, now: DateTime<Utc>) -> Result<(), TellError> {
        let organization = &invitation.organization_id;
        let subject = invitation.subject.clone();
        let figures = self.invitations.figures(organization.clone(), subject).await?;
        let before = match invitation.told {
            Some((position, _)) => self.told(position).await?,
            None => None,
        };
        if figures.invited == 0 || before == Some(figures) {
            return Ok(());
        }
        if let Some(draft) = self.draft(invitation, figures, now).await? {
            self.intake.ingest(organization, vec![draft]).await?;
        }
        Ok(())
    }

    async fn event(&self, position: Position) -> Result<Option<DomainEventAccepted>, TellError> {
        let Some(recorded) = self.store.event_at(position).await? else {
            return Ok(None);
        };
        let OrganizationEvent::DomainEventAccepted(event) = recorded.decode()?;
        Ok(Some(event))
    }

    /// What a domain event says; nothing where its person was forgotten.
    async fn content(&self, event: &DomainEventAccepted) -> Result<Option<Map<String, Value>>, TellError> {
        let opened = self.vault.open(&event.content).await?;
        Ok(opened.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// The figures that were told there.
    async fn told(&self, position: Position) -> Result<Option<InvitationFigures>, TellError> {
        let Some(event) = self.event(position).await? else {
            return Ok(None);
        };
        let content = self.content(&event).await?;
        let figures = content.and_then(|mut content| content.remove("figures"));
        Ok(figures.and_then(|figures| serde_json::from_value(figures).ok()))
    }

    async fn draft(
        &self,
        invitation: &Invitation,
        figures: InvitationFigures,
        now: DateTime<Utc>,
    ) -> Result<Option<Draft>, TellError> {
        let organization = &invitation.organization_id;
        let subject = Invitation::figures_subject(&invitation.subject);
        let (Some(event), Some(subject)) = (self.event(invitation.position).await?, subject) else {
            return Ok(None);
        };
        let said = self.content(&event).await?;
        // What the event is called is its writer's word, and is forgotten with them.
        let person = match &said {
            Some(_) => event.content.person.clone(),
            None => PersonId::organization(organization),
        };
        let said = said.unwrap_or_default().into_iter();
        let mut content: Map<String, Value> = said.filter(|(key, _)| SHOWN.contains(&key.as_str())).collect();
        content.insert("figures".to_owned(), json!(figures));
        content.insert("counted_at".to_owned(), json!(now));
        let content = Value::Object(content).to_string();
        let follows = invitation
            .told
            .map_or(invitation.position, |(position, _)| position);
        let source = format!("/chronus-teams/{organization}");
        let id = format!("{subject}@{}", follows.0);
        let event_id = DomainEventAccepted::event_id(organization, &source, &id);
        let thread = event_id.0;
        Ok(Some(Draft {
            event_id,
            metadata: Metadata {
                time: now,
                correlation_id: thread,
                causation_id: thread,
            },
            event: DomainEventAccepted {
                source,
                id,
                event_type: FIGURES_TYPE.to_owned(),
                subject: Some(subject),
                time: Some(now),
                recipients: Recipients::Listed(recipients(event_id, event.organizers)),
                actor: None,
                program: event.program,
                class: Some(Class::Broadcast),
                expires_at: invitation.starts_at,
                facts: None,
                organizers: Vec::new(),
                send_at: None,
                erg: event.erg,
                superseded: false,
                trace: None,
                content: self.vault.seal_at(&person, CONTENT, &content).await?,
            },
        }))
    }
}

fn recipients(event_id: EventId, organizers: Vec<MemberId>) -> Vec<Recipient> {
    let recipient = |member: MemberId| Recipient {
        notification_id: Recipient::notification_id(event_id, Some(&member), None),
        member_id: Some(member),
        email: None,
        lookup: None,
        former_lookup: None,
        aad_object_id: None,
        object_id_withdrawn: false,
        timezone: None,
        locale: None,
    };
    organizers.into_iter().map(recipient).collect()
}

/// Whether the figures are to be counted now: ten minutes after the invitation for the first time, then ever more rarely, and
/// not once the event began. `looked` is when they were counted last, whether they had changed or not.
fn is_due(invitation: &Invitation, looked: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    let told = invitation.told.map(|(_, at)| at);
    let since = invitation.invited_at;
    // Of an invitation that was told of anew only what came after it counts.
    let last = told.max(looked).filter(|last| *last > since);
    let wait = last.map_or(FIRST, |last| ((last - since) / 2).clamp(FIRST, LAST));
    let begun = invitation.starts_at.is_some_and(|starts_at| starts_at <= now);
    !begun && now >= last.unwrap_or(since) + wait
}

#[cfg(test)]
mod tests {
    use events::{OrganizationId, SubjectRef};

    use super::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    fn invitation(told: Option<i64>, starts: Option<i64>) -> Invitation {
        Invitation {
            organization_id: OrganizationId::parse("acme").unwrap(),
            subject: SubjectRef::parse("erg_event/7").unwrap(),
            event_id: EventId::derive(["invited"]),
            position: Position(7),
            invited_at: at(0),
            starts_at: starts.map(at),
            told: told.map(|minutes| (Position(9), at(minutes))),
        }
    }

    #[test]
    fn figures_come_after_ten_minutes_then_ever_more_rarely_and_not_once_it_began() {
        for (told, looked, starts, now, due) in [
            (None, None, None, 9, false),
            (None, None, None, 10, true),
            (Some(10), None, None, 19, false),
            (Some(10), None, None, 20, true),
            (Some(100), None, None, 149, false),
            (Some(100), None, None, 150, true),
            (Some(10), Some(100), None, 149, false),
            (Some(30 * 1_440), None, None, 31 * 1_440, true),
            (None, None, Some(60), 59, true),
            (None, None, Some(60), 60, false),
            (Some(-5), Some(-3), None, 9, false),
        ] {
            let invitation = invitation(told, starts);
            let looked = looked.map(at);
            assert_eq!(
                is_due(&invitation, looked, at(now)),
                due,
                "{told:?} {looked:?} {starts:?} {now}"
            );
        }
    }
}
