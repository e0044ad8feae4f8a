//! Which erasures a log holds, done or asked for: what a restore of a backup of before must not forget. A list of them can be
//! written as lines of JSON, for a restore into a folder that knows nothing of them.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use chrono::{DateTime, Utc};
use events::organization::{DomainEventAccepted, DomainKind, MemberChange, Recipient};
use events::outbound::ErasureOrdered;
use events::tenant::MemberErased;
use events::user::Presence;
use events::{
    EventId, EventStore, MemberId, OrganizationEvent, OrganizationId, OutboundEvent, PersonId, Position,
    ReadError, Recorded, TenantEvent, TenantId, UserEvent,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{BackupError, files};

/// Events read at a time.
const BATCH: usize = 1_000;

/// An erasure, as a log holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownErasure {
    /// Of which organization.
    pub organization_id: OrganizationId,
    /// Its id.
    pub erasure_id: Uuid,
    /// The member, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member_id: Option<MemberId>,
    /// Whose keys were destroyed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub persons: Vec<PersonId>,
    /// When it was asked for.
    pub asked_at: DateTime<Utc>,
    /// When it was certified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done_at: Option<DateTime<Utc>>,
    /// Who asked.
    pub by: String,
    /// Why.
    pub reason: String,
}

impl KnownErasure {
    /// The order to do it again.
    pub(super) fn again(self) -> (OrganizationId, ErasureOrdered) {
        let order = ErasureOrdered {
            erasure_id: self.erasure_id,
            member_id: self.member_id,
            persons: self.persons,
            asked_at: self.asked_at,
            again: true,
            by: self.by,
            reason: self.reason,
            chain: None,
        };
        (self.organization_id, order)
    }
}

/// Reads a list that [`Erasures`] were written to, one a line.
pub fn read_list(path: &Path) -> Result<Vec<KnownErasure>, BackupError> {
    let text = std::fs::read_to_string(path).map_err(files::failed("read", path))?;
    let lines = text.lines().enumerate();
    let filled = lines.filter(|(_, line)| !line.trim().is_empty());
    let read = filled.map(|(index, line)| {
        serde_json::from_str(line).map_err(|error| {
            BackupError::Refused(format!(
                "line {} of {} is no erasure ({error}); the list is what `erasures` prints",
                index + 1,
                path.display()
            ))
        })
    });
    read.collect()
}

/// The erasures of a log, by their ids.
#[derive(Debug, Clone, Default)]
pub struct Erasures {
    known: BTreeMap<Uuid, KnownErasure>,
    organizations: HashMap<TenantId, OrganizationId>,
    /// When Chronus told last whether a member is there, in microseconds.
    told_us: HashMap<(OrganizationId, MemberId), i64>,
}

/// Whether an event of this name may say something of an erasure.
pub(super) fn concerns(event_type: &str, payload: &str) -> bool {
    match event_type {
        "ErasureOrdered"
        | "ErasureCertified"
        | "MemberErased"
        | "UserErased"
        | "ErasureRequested"
        | "OrganizationLinked"
        | "OrganizationUnlinked" => true,
        "DomainEventAccepted" => payload.contains("com.chronus.member."),
        _ => false,
    }
}

impl Erasures {
    /// Reads a whole log.
    pub async fn of(store: &dyn EventStore) -> Result<Self, ReadError> {
        let (mut erasures, mut after) = (Self::default(), Position::START);
        loop {
            let events = store.read_log(after, BATCH).await?;
            let Some(last) = events.last() else {
                return Ok(erasures);
            };
            after = last.position;
            for event in &events {
                erasures.see(event);
            }
        }
    }

    /// All of them, the oldest first.
    pub fn all(&self) -> Vec<KnownErasure> {
        let mut all: Vec<KnownErasure> = self.known.values().cloned().collect();
        all.sort_by_key(|one| (one.asked_at, one.erasure_id));
        all
    }

    /// Takes in those of another list or log.
    pub(super) fn learn(&mut self, others: impl IntoIterator<Item = KnownErasure>) {
        for other in others {
            let known = self
                .known
                .entry(other.erasure_id)
                .or_insert_with(|| other.clone());
            if other.done_at.is_some() {
                known.done_at = known.done_at.or(other.done_at);
                (known.by, known.reason) = (other.by, other.reason);
            }
            known.member_id = known.member_id.take().or(other.member_id);
            add(&mut known.persons, &other.persons);
        }
    }

    /// Those that are not done in another log.
    pub(super) fn missing_in(&self, other: &Self) -> Vec<KnownErasure> {
        let is_done = |id: &Uuid| other.known.get(id).is_some_and(|known| known.done_at.is_some());
        self.all()
            .into_iter()
            .filter(|one| !is_done(&one.erasure_id))
            .collect()
    }

    /// Folds one event. What cannot be read says nothing here.
    pub(super) fn see(&mut self, event: &Recorded) {
        if !concerns(&event.event_type, &event.payload) {
            return;
        }
        if let Ok(decoded) = event.decode::<OutboundEvent>() {
            self.see_outbound(event, decoded);
        } else if let Ok(decoded) = event.decode::<TenantEvent>() {
            self.see_tenant(event, decoded);
        } else if let Ok(UserEvent::Presence(decoded)) = event.decode::<UserEvent>() {
            self.see_person(event, &decoded);
        } else if let Ok(decoded) = event.decode::<OrganizationEvent>() {
            let OrganizationEvent::DomainEventAccepted(accepted) = decoded;
            self.see_told(event, &accepted);
        }
    }

    fn see_outbound(&mut self, event: &Recorded, decoded: OutboundEvent) {
        let Some(organization) = event.stream.organization_id() else {
            return;
        };
        if let OutboundEvent::ErasureOrdered(said) = decoded {
            self.learn([KnownErasure {
                organization_id: organization,
                erasure_id: said.erasure_id,
                member_id: said.member_id,
                persons: said.persons,
                asked_at: said.asked_at,
                done_at: None,
                by: said.by,
                reason: said.reason,
            }]);
        } else if let OutboundEvent::ErasureCertified(said) = decoded {
            let persons = &said.persons;
            // What an erasure of an earlier release left of itself goes by no id of its own.
            self.known.retain(|id, one| {
                let is_part = one.done_at.is_none()
                    && one.organization_id == organization
                    && one.persons.iter().all(|person| persons.contains(person));
                *id == said.erasure_id || !is_part || one.by != said.by
            });
            self.learn([KnownErasure {
                organization_id: organization,
                erasure_id: said.erasure_id,
                member_id: said.member_id,
                persons: said.persons,
                asked_at: event.metadata.time,
                done_at: Some(event.metadata.time),
                by: said.by,
                reason: said.reason,
            }]);
        }
    }

    fn see_tenant(&mut self, event: &Recorded, decoded: TenantEvent) {
        match decoded {
            TenantEvent::OrganizationLinked(said) => {
                if let Some(tenant) = event.stream.tenant_id() {
                    self.organizations.insert(tenant, said.organization_id);
                }
            }
            TenantEvent::OrganizationUnlinked(_) => {
                if let Some(tenant) = event.stream.tenant_id() {
                    self.organizations.remove(&tenant);
                }
            }
            TenantEvent::MemberErased(said) => self.see_member_erased(event, said),
            TenantEvent::IntegrationEnabled(_)
            | TenantEvent::IntegrationDisabled(_)
            | TenantEvent::MemberLinkDecided(_)
            | TenantEvent::ReceiptsChosen(_)
            | TenantEvent::PartSwitchedOff(_)
            | TenantEvent::PartSwitchedOn(_) => {}
        }
    }

    fn see_member_erased(&mut self, event: &Recorded, said: MemberErased) {
        let person = PersonId::member(&said.organization_id, &said.member_id);
        self.learn([KnownErasure {
            organization_id: said.organization_id,
            erasure_id: said.erasure_id.unwrap_or(event.id.0),
            member_id: Some(said.member_id),
            persons: vec![person],
            asked_at: said.asked_at.unwrap_or(event.metadata.time),
            done_at: None,
            by: said.by,
            reason: said.reason,
        }]);
    }

    fn see_person(&mut self, event: &Recorded, decoded: &Presence) {
        let Some(user) = event.stream.user_key() else {
            return;
        };
        let (erasure_id, by) = if let Presence::Erased(said) = decoded {
            // The erasure is what it was caused by.
            (event.metadata.correlation_id, said.by.clone())
        } else if let Presence::ErasureRequested(_) = decoded {
            (event.id.0, "person".to_owned())
        } else {
            return;
        };
        let Some(organization_id) = self.organizations.get(&user.tenant_id).cloned() else {
            return;
        };
        self.learn([KnownErasure {
            organization_id,
            erasure_id,
            member_id: None,
            persons: vec![PersonId::user(&user)],
            asked_at: event.metadata.time,
            done_at: None,
            by,
            reason: "asked for before a restore".to_owned(),
        }]);
    }

    /// Chronus asks for it by an event, which counts unless it told later that the member is there.
    fn see_told(&mut self, event: &Recorded, told: &DomainEventAccepted) {
        let Some(organization) = event.stream.organization_id() else {
            return;
        };
        let at = told.happened_at(event.metadata.time);
        for recipient in told.recipients.listed() {
            let Some(member) = &recipient.member_id else {
                continue;
            };
            let known = self.told_us.entry((organization.clone(), member.clone()));
            let newest = known.or_insert(i64::MIN);
            match told.kind() {
                DomainKind::Member(MemberChange::EraseRequested) if *newest <= at.timestamp_micros() => {
                    let asked = asked_by_chronus(&organization, member, recipient, at);
                    self.learn([asked]);
                }
                DomainKind::Member(MemberChange::Upserted | MemberChange::Removed) => {
                    *newest = at.timestamp_micros().max(*newest);
                }
                DomainKind::Member(MemberChange::EraseRequested)
                | DomainKind::Notify(_)
                | DomainKind::Revise { .. } => {}
            }
        }
    }
}

fn asked_by_chronus(
    organization: &OrganizationId,
    member: &MemberId,
    recipient: &Recipient,
    at: DateTime<Utc>,
) -> KnownErasure {
    KnownErasure {
        organization_id: organization.clone(),
        erasure_id: recipient.notification_id.0,
        member_id: Some(member.clone()),
        persons: vec![PersonId::member(organization, member)],
        asked_at: at,
        done_at: None,
        by: "chronus".to_owned(),
        reason: "asked for by Chronus".to_owned(),
    }
}

fn add(persons: &mut Vec<PersonId>, more: &[PersonId]) {
    for person in more {
        if !persons.contains(person) {
            persons.push(person.clone());
        }
    }
}

/// The erasures of a log, and the event that it begins with, by which two logs are the same one.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) begins: Option<EventId>,
    pub(super) erasures: Erasures,
}

/// Reads the log in a folder.
pub(super) async fn held_in(folder: &Path) -> Result<Held, BackupError> {
    let folder = folder.to_owned();
    let opened =
        tokio::task::spawn_blocking(move || events::store::sqlite::SqliteStore::open_read_only(&folder));
    let store = opened.await.map_err(|_| BackupError::Broken)??;
    let first = store.read_log(Position::START, 1).await?;
    let erasures = Erasures::of(&store).await?;
    store.close().await;
    Ok(Held {
        begins: first.first().map(|event| event.id),
        erasures,
    })
}
