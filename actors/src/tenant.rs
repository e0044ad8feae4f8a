//! The rules of a tenant: which organization it belongs to, and whether the integration is on.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use events::organization::Part;
use events::tenant::{
    IntegrationDisabled, IntegrationEnabled, LinkDecision, MemberErased, MemberLinkDecided,
    OrganizationLinked, OrganizationUnlinked, PartSwitchedOff, PartSwitchedOn, Receipt, ReceiptsChosen,
};
use events::{
    AppendError, Clock, DecodeError, Direction, EventId, EventStore, Expected, MemberId, Metadata, NewEvent,
    OrganizationId, Sealed, StoredEvent as _, StreamId, StreamWrite, TenantEvent, TenantId, Version,
};
use uuid::Uuid;

use crate::append::RecordError;

/// Tries before a conflict is reported; each reads what the others wrote.
const TRIES: usize = 5;

/// The fold of a tenant's stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TenantState {
    /// The organization that the tenant belongs to.
    pub organization: Option<OrganizationId>,
    /// Whether cards may be sent; `None` before anything was said.
    pub enabled: Option<bool>,
    /// What administrators said of members that is still so.
    pub decisions: HashMap<(OrganizationId, MemberId), LinkDecision>,
    /// Which receipts its organization wants.
    pub receipts: Vec<Receipt>,
    /// Somebody of it showed up before it was linked.
    pub awaits_link: bool,
    /// Parts of organizations' work that are switched off.
    pub parts_off: HashSet<(OrganizationId, Part)>,
}

impl TenantState {
    /// Folds one event.
    pub fn apply(&mut self, event: &TenantEvent) {
        match event {
            TenantEvent::OrganizationLinked(e) => self.organization = Some(e.organization_id.clone()),
            TenantEvent::IntegrationEnabled(_) => self.enabled = Some(true),
            // Nobody said anything of it yet: whoever links the tenant switches it on.
            TenantEvent::IntegrationDisabled(e) if e.by == IntegrationDisabled::NOT_LINKED => {
                (self.enabled, self.awaits_link) = (None, true);
            }
            TenantEvent::IntegrationDisabled(_) => self.enabled = Some(false),
            TenantEvent::OrganizationUnlinked(_) => (self.organization, self.enabled) = (None, None),
            TenantEvent::MemberLinkDecided(e) => {
                let member = (e.organization_id.clone(), e.member_id.clone());
                match e.decision {
                    LinkDecision::Automatic => drop(self.decisions.remove(&member)),
                    LinkDecision::Linked { .. } | LinkDecision::Unlinked => {
                        self.decisions.insert(member, e.decision.clone());
                    }
                }
            }
            TenantEvent::MemberErased(e) => {
                let member = (e.organization_id.clone(), e.member_id.clone());
                self.decisions.remove(&member);
            }
            TenantEvent::ReceiptsChosen(e) => self.receipts.clone_from(&e.receipts),
            TenantEvent::PartSwitchedOff(e) => {
                self.parts_off.insert((e.organization_id.clone(), e.part.clone()));
            }
            TenantEvent::PartSwitchedOn(e) => {
                self.parts_off
                    .remove(&(e.organization_id.clone(), e.part.clone()));
            }
        }
    }
}

/// What may be asked of a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TenantCommand {
    /// The configuration names the tenant's organization. Switches on what was never switched; leaves off what an
    /// administrator switched off.
    Configure(OrganizationId),
    /// The tenant belongs to the organization no longer, and nothing more is sent to its people.
    Unlink(OrganizationId),
    /// Somebody of the tenant shows up, which no organization has: nothing is sent before it is linked.
    AwaitLink,
    /// The configuration says which receipts the tenant's organization wants.
    ChooseReceipts(Vec<Receipt>),
    /// Switch the integration on.
    Enable,
    /// Switch the integration off.
    Disable,
    /// Switch a part of the organization's work off, or on again.
    SwitchPart(PartSwitch),
    /// Say who a member of the organization is in the tenant.
    DecideLink {
        /// The member's organization.
        organization_id: OrganizationId,
        /// The member.
        member_id: MemberId,
        /// Who it is.
        decision: LinkDecision,
        /// Why.
        reason: String,
    },
    /// Forget what is personal of a member. Each time anew: what came since the last time is forgotten as well.
    EraseMember {
        /// The member's organization.
        organization_id: OrganizationId,
        /// The member.
        member_id: MemberId,
        /// Why.
        reason: String,
        /// The erasure.
        erasure_id: Uuid,
        /// When it was asked for: what Chronus told later stays.
        asked_at: DateTime<Utc>,
    },
}

/// See [`TenantCommand::SwitchPart`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartSwitch {
    /// Whose part it is.
    pub organization_id: OrganizationId,
    /// Which.
    pub part: Part,
    /// What people call it, sealed, where it is to be off; `None` where it is to be on.
    pub off_as: Option<Sealed>,
    /// Why.
    pub reason: String,
}

fn switch_part(state: &TenantState, switch: &PartSwitch, by: &str) -> Option<TenantEvent> {
    let PartSwitch {
        organization_id,
        part,
        off_as,
        reason,
    } = switch.clone();
    let by = by.to_owned();
    let is_off = state.parts_off.contains(&(organization_id.clone(), part.clone()));
    match off_as {
        Some(name) if !is_off => Some(
            PartSwitchedOff {
                organization_id,
                part,
                name,
                by,
                reason,
            }
            .into(),
        ),
        None if is_off => Some(
            PartSwitchedOn {
                organization_id,
                part,
                by,
                reason,
            }
            .into(),
        ),
        Some(_) | None => None,
    }
}

/// Decides what a command leads to.
pub fn decide(state: &TenantState, command: &TenantCommand, by: &str) -> Vec<TenantEvent> {
    let enabled = || TenantEvent::from(IntegrationEnabled { by: by.to_owned() });
    match command {
        TenantCommand::Configure(organization_id) => {
            let mut events = Vec::new();
            if state.organization.as_ref() != Some(organization_id) {
                events.push(
                    OrganizationLinked {
                        organization_id: organization_id.clone(),
                    }
                    .into(),
                );
            }
            if state.enabled.is_none() {
                events.push(enabled());
            }
            events
        }
        TenantCommand::Unlink(organization_id) => unlink(state, organization_id, by),
        TenantCommand::AwaitLink => {
            if state.organization.is_some() || state.enabled.is_some() || state.awaits_link {
                return Vec::new();
            }
            let by = IntegrationDisabled::NOT_LINKED.to_owned();
            vec![IntegrationDisabled { by }.into()]
        }
        TenantCommand::ChooseReceipts(wanted) => {
            let mut receipts = wanted.clone();
            receipts.sort();
            receipts.dedup();
            if receipts == state.receipts {
                return Vec::new();
            }
            vec![ReceiptsChosen { receipts }.into()]
        }
        TenantCommand::Enable if state.enabled != Some(true) => vec![enabled()],
        TenantCommand::Disable if state.enabled != Some(false) => {
            vec![IntegrationDisabled { by: by.to_owned() }.into()]
        }
        TenantCommand::Enable | TenantCommand::Disable => Vec::new(),
        TenantCommand::SwitchPart(switch) => switch_part(state, switch, by).into_iter().collect(),
        TenantCommand::DecideLink {
            organization_id,
            member_id,
            decision,
            reason,
        } => {
            let member = (organization_id.clone(), member_id.clone());
            let said = state.decisions.get(&member).unwrap_or(&LinkDecision::Automatic);
            if said == decision {
                return Vec::new();
            }
            let event = MemberLinkDecided {
                organization_id: organization_id.clone(),
                member_id: member_id.clone(),
                decision: decision.clone(),
                by: by.to_owned(),
                reason: reason.clone(),
            };
            vec![event.into()]
        }
        TenantCommand::EraseMember {
            organization_id,
            member_id,
            reason,
            erasure_id,
            asked_at,
        } => {
            let event = MemberErased {
                organization_id: organization_id.clone(),
                member_id: member_id.clone(),
                by: by.to_owned(),
                reason: reason.clone(),
                erasure_id: Some(*erasure_id),
                asked_at: Some(*asked_at),
            };
            vec![event.into()]
        }
    }
}

fn unlink(state: &TenantState, organization_id: &OrganizationId, by: &str) -> Vec<TenantEvent> {
    if state.organization.as_ref() != Some(organization_id) {
        return Vec::new();
    }
    let off = IntegrationDisabled { by: by.to_owned() };
    let off = (state.enabled == Some(true)).then(|| TenantEvent::from(off));
    let unlinked = OrganizationUnlinked {
        organization_id: organization_id.clone(),
    };
    off.into_iter().chain([unlinked.into()]).collect()
}

/// Why a tenant could not be changed.
#[derive(Debug, thiserror::Error)]
pub enum TenantError {
    /// The log could not be read or written.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The log holds something that this release cannot read.
    #[error(transparent)]
    Decode(#[from] DecodeError),
}

/// Reads, decides and appends; where somebody else wrote meanwhile, once more. Answers whether anything changed.
pub async fn execute(
    store: &dyn EventStore,
    clock: &dyn Clock,
    tenant: &TenantId,
    command: &TenantCommand,
    by: &str,
) -> Result<bool, TenantError> {
    execute_as(store, clock, tenant, command, by, None).await
}

/// The same of a command that leads to one event at most, with that event's id.
pub async fn execute_as(
    store: &dyn EventStore,
    clock: &dyn Clock,
    tenant: &TenantId,
    command: &TenantCommand,
    by: &str,
    id: Option<EventId>,
) -> Result<bool, TenantError> {
    let stream = StreamId::tenant(tenant);
    let mut tries = TRIES;
    loop {
        tries -= 1;
        let (state, version) = load(store, &stream).await?;
        let decided = decide(&state, command, by);
        if decided.is_empty() {
            return Ok(false);
        }
        let write = StreamWrite {
            stream: stream.clone(),
            expected: Expected::Exactly(version),
            events: encode(&stream, version, &decided, clock, id),
        };
        match store.append(vec![write]).await {
            Ok(appended) if id.is_some() || appended.iter().all(|appended| !appended.recognised) => {
                return Ok(true);
            }
            // Another node wrote the same a moment earlier: what stands decides what is left to do.
            Ok(_) | Err(AppendError::Conflict { .. }) if tries > 0 => {}
            Ok(_) => return Ok(false),
            Err(error) => return Err(RecordError::from(error).into()),
        }
    }
}

async fn load(store: &dyn EventStore, stream: &StreamId) -> Result<(TenantState, Version), TenantError> {
    let (mut state, mut version) = (TenantState::default(), Version::NONE);
    let history = store
        .read_stream(stream.clone(), Version(1), Direction::Forwards, usize::MAX)
        .await
        .map_err(RecordError::from)?;
    for recorded in &history {
        state.apply(&recorded.decode()?);
        version = recorded.version;
    }
    Ok((state, version))
}

fn encode(
    stream: &StreamId,
    after: Version,
    events: &[TenantEvent],
    clock: &dyn Clock,
    id: Option<EventId>,
) -> Vec<NewEvent> {
    let numbered = events.iter().enumerate();
    numbered
        .map(|(index, event)| {
            let version = after.plus(index + 1).to_string();
            // An id stands for what was decided, so that a tenant given to two organizations at once is a conflict.
            let content = event.to_json();
            let derived = || {
                EventId::derive([
                    stream.as_str(),
                    version.as_str(),
                    event.type_name(),
                    content.as_str(),
                ])
            };
            let id = id.filter(|_| index == 0).unwrap_or_else(derived);
            let metadata = Metadata {
                time: clock.now(),
                correlation_id: id.0,
                causation_id: id.0,
            };
            NewEvent::encode(id, event, metadata)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use events::PersonId;

    use super::*;

    fn after(events: &[TenantEvent]) -> TenantState {
        let mut state = TenantState::default();
        for event in events {
            state.apply(event);
        }
        state
    }

    #[test]
    fn configuring_twice_changes_nothing_the_second_time() {
        let configure = TenantCommand::Configure(OrganizationId::parse("acme").unwrap());
        let first = decide(&TenantState::default(), &configure, "configuration");
        assert_eq!(first.len(), 2);
        assert_eq!(decide(&after(&first), &configure, "configuration"), []);
    }

    #[test]
    fn a_part_is_switched_off_once_and_on_once_and_one_of_another_name_or_organization_is_another() {
        let part = Part::programme("Spring");
        let switch = |organization: &str, part: &Part, off: bool| {
            let name = Sealed {
                person: PersonId::organization(&"acme".parse().unwrap()),
                generation: 1,
                ciphertext: "".into(),
            };
            TenantCommand::SwitchPart(PartSwitch {
                organization_id: OrganizationId::parse(organization).unwrap(),
                part: part.clone(),
                off_as: off.then_some(name),
                reason: "pilot".to_owned(),
            })
        };
        let off = switch("acme", &part, true);
        assert_eq!(
            decide(&TenantState::default(), &switch("acme", &part, false), "cli"),
            []
        );
        let mut events = decide(&TenantState::default(), &off, "cli");
        assert!(matches!(events[..], [TenantEvent::PartSwitchedOff(_)]));
        assert_eq!(decide(&after(&events), &off, "cli"), []);
        for other in [
            switch("bolt", &part, true),
            switch("acme", &Part::erg("spring"), true),
        ] {
            assert_eq!(decide(&after(&events), &other, "cli").len(), 1);
        }
        let on = switch("acme", &part, false);
        events.extend(decide(&after(&events), &on, "cli"));
        assert!(matches!(events[..], [_, TenantEvent::PartSwitchedOn(_)]));
        assert_eq!(decide(&after(&events), &on, "cli"), []);
        assert_eq!(decide(&after(&events), &off, "cli").len(), 1);
    }

    #[test]
    fn receipts_are_recorded_where_they_differ_and_no_others() {
        use Receipt::{Delivered, Seen};
        let mut events = decide(
            &TenantState::default(),
            &TenantCommand::ChooseReceipts(Vec::new()),
            "configuration",
        );
        assert_eq!(events, []);
        let wanted = TenantCommand::ChooseReceipts(vec![Seen, Delivered, Seen]);
        events.extend(decide(&after(&events), &wanted, "configuration"));
        assert_eq!(after(&events).receipts, [Delivered, Seen]);
        assert_eq!(decide(&after(&events), &wanted, "configuration"), []);
        let none = TenantCommand::ChooseReceipts(Vec::new());
        assert_eq!(decide(&after(&events), &none, "configuration").len(), 1);
    }

    #[test]
    fn a_restart_does_not_switch_on_what_an_administrator_switched_off() {
        let configure = TenantCommand::Configure(OrganizationId::parse("acme").unwrap());
        let mut events = decide(&TenantState::default(), &configure, "configuration");
        events.extend(decide(&after(&events), &TenantCommand::Disable, "cli"));
        assert_eq!(decide(&after(&events), &configure, "configuration"), []);
        assert_eq!(after(&events).enabled, Some(false));
    }

    #[test]
    fn a_tenant_that_was_unlinked_is_off_until_it_is_linked_again() {
        let organization = OrganizationId::parse("acme").unwrap();
        let configure = TenantCommand::Configure(organization.clone());
        let mut events = decide(&TenantState::default(), &configure, "code");
        let stranger = TenantCommand::Unlink(OrganizationId::parse("bolt").unwrap());
        assert_eq!(decide(&after(&events), &stranger, "api:all"), []);
        let unlink = TenantCommand::Unlink(organization);
        let unlinked = decide(&after(&events), &unlink, "api:all");
        assert!(matches!(unlinked[0], TenantEvent::IntegrationDisabled(_)));
        events.extend(unlinked);
        assert_eq!(after(&events).organization, None);
        assert_eq!(decide(&after(&events), &unlink, "api:all"), []);
        let again = decide(&after(&events), &configure, "code");
        assert!(
            matches!(
                again[..],
                [
                    TenantEvent::OrganizationLinked(_),
                    TenantEvent::IntegrationEnabled(_)
                ]
            ),
            "{again:?}"
        );
    }

    #[test]
    fn a_tenant_that_shows_up_before_it_is_linked_is_off_once_and_on_when_it_is_linked() {
        let mut events = decide(&TenantState::default(), &TenantCommand::AwaitLink, "service");
        assert!(matches!(events[..], [TenantEvent::IntegrationDisabled(_)]));
        assert_eq!(decide(&after(&events), &TenantCommand::AwaitLink, "service"), []);
        let configure = TenantCommand::Configure(OrganizationId::parse("acme").unwrap());
        events.extend(decide(&after(&events), &configure, "code"));
        assert_eq!(after(&events).enabled, Some(true));
        // What an administrator switches off stays so.
        events.extend(decide(&after(&events), &TenantCommand::Disable, "cli"));
        assert_eq!(decide(&after(&events), &TenantCommand::AwaitLink, "service"), []);
    }
}
