//! Why a card stands as it does: one sentence, the rule behind it, and where in the log the evidence lies.

use std::collections::HashMap;

use events::organization::SubjectState;
use events::outbound::UnroutableReason;
use events::user::{
    DeferReason, Identity, MergeReason, Presence, Reachability, RefusalClass, SeenEvidence, Settings,
    SuppressedReason,
};
use events::{
    DecodeError, Event, NotificationId, OrganizationId, OutboundEvent, Position, Recorded, SubjectRef,
    TenantEvent, TenantId, UserEvent,
};

use super::card_state::CardState;
use super::cards::{Card, Cards, Moment};

/// A kind of fact about a person or their tenant that decides over cards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fact {
    /// The person disconnected.
    Disconnected,
    /// The app was removed.
    Uninstalled,
    /// Teams said that the person blocked the bot.
    Blocked,
    /// Teams said that an administrator disabled the app.
    DisabledByAdmin,
    /// The person paused.
    Paused,
    /// The person changed what they want.
    Preferences,
    /// The person was erased.
    Erased,
    /// The person ceased to be the member.
    Unlinked,
    /// The integration was switched off.
    TenantOff,
}

/// The words for a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    /// What is so.
    pub told: &'static str,
    /// The rule by which it is so.
    pub rule: &'static str,
    /// What shows it, where that is another event than the one that decided.
    pub fact: Option<Fact>,
}

/// Why one card stands as it does.
#[derive(Debug, Clone)]
pub struct Because {
    /// The card.
    pub id: NotificationId,
    /// The card as it stands.
    pub card: Card,
    /// The words for it.
    pub words: Words,
    /// What shows it, where that is another event than the one that decided.
    pub shown_by: Option<Moment>,
    /// When Chronus took the news of the event that decided.
    pub told: Option<Moment>,
}

/// The log folded so far, as far as reasons need it.
#[derive(Debug, Default)]
pub struct Reasons {
    cards: Cards,
    facts: HashMap<(String, Fact), Moment>,
    tenants: HashMap<TenantId, Moment>,
    told: HashMap<Position, Moment>,
}

impl Reasons {
    /// Folds the next event of the log.
    pub fn see(&mut self, recorded: &Recorded) -> Result<(), DecodeError> {
        let event = recorded.decode_any()?;
        self.cards.see(recorded, &event);
        let at = Moment::of(recorded);
        match &event {
            Event::User(event) => {
                if let (Some(user), Some(fact)) = (recorded.stream.user_key(), fact_of(event)) {
                    self.facts.insert((user.to_string(), fact), at);
                }
            }
            Event::Tenant(TenantEvent::IntegrationDisabled(_)) => {
                if let Some(tenant) = recorded.stream.tenant_id() {
                    self.tenants.insert(tenant, at);
                }
            }
            Event::Outbound(OutboundEvent::ResponseDelivered(e)) => {
                self.told.entry(e.response).or_insert(at);
            }
            Event::Tenant(_)
            | Event::Outbound(_)
            | Event::Organization(_)
            | Event::Lease(_)
            | Event::Log(_) => {}
        }
        Ok(())
    }

    /// Why the card with this id stands as it does; `None` where the log knows none.
    pub fn of(&self, id: NotificationId) -> Option<Because> {
        let card = self.cards.get(id)?;
        let words = words(&card.state);
        let shown_by = words.fact.and_then(|fact| {
            let tenant = card.row.tenant.as_ref().filter(|_| fact == Fact::TenantOff);
            let of_tenant = tenant.and_then(|tenant| self.tenants.get(tenant));
            of_tenant.or_else(|| self.facts.get(&(card.row.person.clone(), fact)))
        });
        // What came after the decision did not cause it.
        let shown_by = shown_by.copied().filter(|at| at.position <= card.since.position);
        Some(Because {
            id,
            card: card.clone(),
            words,
            shown_by,
            told: self.told.get(&card.since.position).copied(),
        })
    }

    /// The same of every card about a subject for a person, who is named by the Teams user's key or object id, or by
    /// `member:` and the member's id; oldest first.
    pub fn about(
        &self,
        organization: Option<&OrganizationId>,
        person: &str,
        subject: &SubjectRef,
    ) -> Vec<Because> {
        let person = person.strip_prefix("member:").unwrap_or(person).to_lowercase();
        let is = |card: &&Card| {
            let name = card.row.person.to_lowercase();
            let short = name.rsplit(['/', ':']).next().unwrap_or_default();
            let member = self.cards.member_of(&card.row.person);
            name == person || short == person || member.is_some_and(|member| member.to_lowercase() == person)
        };
        let of_subject = self
            .cards
            .iter()
            .filter(|(_, card)| card.row.subject.as_ref() == Some(subject));
        let mut found: Vec<(Position, NotificationId)> = of_subject
            .filter(|(_, card)| organization.is_none_or(|one| card.row.organization.as_ref() == Some(one)))
            .filter(|(_, card)| is(card))
            .map(|(id, card)| (card.accepted.or(card.queued).unwrap_or(card.since).position, *id))
            .collect();
        found.sort_unstable();
        found.into_iter().filter_map(|(_, id)| self.of(id)).collect()
    }
}

/// The kind of fact that an event of a person's stream shows.
fn fact_of(event: &UserEvent) -> Option<Fact> {
    match event {
        UserEvent::Presence(event) => match event {
            Presence::AppUninstalled(_) => Some(Fact::Uninstalled),
            Presence::ReachabilityChanged(e) => match e.state {
                Reachability::Blocked => Some(Fact::Blocked),
                Reachability::DisabledByAdmin => Some(Fact::DisabledByAdmin),
                Reachability::Uninstalled => Some(Fact::Uninstalled),
                Reachability::Reachable => None,
            },
            Presence::Erased(_) => Some(Fact::Erased),
            Presence::AppInstalled(_)
            | Presence::ReferenceRefreshed(_)
            | Presence::ActivityObserved(_)
            | Presence::ErasureRequested(_)
            | Presence::ClientObserved(_)
            | Presence::ClientDefaultsChanged(_) => None,
        },
        UserEvent::Settings(event) => match event {
            Settings::Disconnected(_) => Some(Fact::Disconnected),
            Settings::Paused(_) => Some(Fact::Paused),
            Settings::PreferencesChanged(_) => Some(Fact::Preferences),
            Settings::Connected(_) | Settings::Resumed(_) => None,
        },
        UserEvent::Identity(Identity::MemberUnlinked(_)) => Some(Fact::Unlinked),
        UserEvent::Identity(_)
        | UserEvent::Chat(_)
        | UserEvent::Answer(_)
        | UserEvent::Queue(_)
        | UserEvent::Delivery(_)
        | UserEvent::Update(_) => None,
    }
}

const fn plain(told: &'static str, rule: &'static str) -> Words {
    Words {
        told,
        rule,
        fact: None,
    }
}

const fn shown(told: &'static str, rule: &'static str, fact: Fact) -> Words {
    Words {
        told,
        rule,
        fact: Some(fact),
    }
}

const WAITS: &str = "a card waits for its person until its time runs out";
const BACK: &str = "nothing is sent to whoever cannot or does not want to be reached; who comes back gets one card of what was missed";
const UNKNOWN: &str =
    "an outcome that nobody knows is never called delivered; a press, a reaction or a receipt settles it";

/// The words for a state. There is a sentence for each reason, and none for a reason that is not known.
pub fn words(state: &CardState) -> Words {
    match state {
        CardState::Looking(reason) => looking(*reason),
        CardState::Waiting => plain(
            "Waiting: its turn to be sent has not come",
            "a chat is served in order, and each tenant at its pace",
        ),
        CardState::Deferred(reason) => deferred(*reason),
        CardState::Retrying(_) => plain(
            "Waiting: the last try certainly created nothing, and it is tried again",
            "what certainly was not posted is tried again until the card's time runs out",
        ),
        CardState::UnderWay => plain(
            "Being sent: a try is under way",
            "a try stands in the log before it is made",
        ),
        CardState::Unknown { again: true, .. } => plain(
            "Unknown: nobody knows whether it arrived, and it is posted again",
            UNKNOWN,
        ),
        CardState::Unknown { again: false, .. } => plain(
            "Unknown: nobody knows whether it arrived, and it is left at that",
            UNKNOWN,
        ),
        CardState::Delivered => plain(
            "Sent: Teams took it, and nothing shows that it was read",
            "delivered is what Teams answered for",
        ),
        CardState::Seen(evidence) => plain(
            match evidence {
                SeenEvidence::Pressed => "Sent and seen: a button on it was pressed",
                SeenEvidence::Reaction => "Sent and seen: it got a reaction",
                SeenEvidence::ReadReceipt => "Sent and seen: Teams sent a read receipt",
            },
            "seen is a receipt, a reaction, a press or any later act",
        ),
        CardState::Acted(_) => plain(
            "Sent and answered: the person acted on it",
            "whoever acts on a card has it",
        ),
        CardState::Refused { class, .. } => plain(
            match class {
                RefusalClass::Permanent => "Not sent: Teams refused the card for good",
                RefusalClass::RecipientState => "Not sent: Teams said that the person cannot be reached",
                RefusalClass::Configuration => {
                    "Not sent: Teams refused the service's set-up, which an operator must change"
                }
            },
            "what Teams refuses for good is not tried again; it is a dead letter",
        ),
        CardState::Suppressed(reason) => suppressed(*reason),
        CardState::Withdrawn(state) => plain(
            withdrawn(*state),
            "a card whose subject ended before it was sent is not sent",
        ),
        CardState::Expired => plain(
            "Not sent: its time ran out before it could be",
            "a card that is not sent by its time is not sent at all",
        ),
        CardState::Unroutable(reason @ (UnroutableReason::ProgrammeOff | UnroutableReason::ErgOff)) => {
            plain(unroutable(*reason), PART)
        }
        CardState::Unroutable(reason) => Words {
            rule: "a recipient who is not found by the card's time is given up, and Chronus is told",
            told: unroutable(*reason),
            fact: None,
        },
        CardState::Merged(reason) => plain(
            match reason {
                MergeReason::Thread => {
                    "Not sent by itself: another card shows it, with other messages of its thread"
                }
                MergeReason::Digest => "Not sent by itself: the digest shows it, as the person wants",
                MergeReason::CatchUp => "Not sent by itself: the card of what was missed shows it",
                MergeReason::DailyCap => {
                    "Not sent by itself: the person got as many cards within a day as the organization wants, so the digest shows it"
                }
            },
            "what another card shows is not sent twice",
        ),
        CardState::SameSubject => plain(
            "Not sent by itself: the card about the same subject shows it, updated in place",
            "a change of a subject updates the card that its person has, or will get",
        ),
    }
}

fn looking(reason: Option<UnroutableReason>) -> Words {
    let told = match reason {
        None => "Waiting: the person is being looked for",
        Some(UnroutableReason::NoMapping) => "Waiting: nobody in Teams has the address so far",
        Some(UnroutableReason::Conflict) => "Waiting: the evidence about whose address it is disagrees",
        Some(UnroutableReason::Guest) => "Waiting: the address belongs to a guest of the tenant",
        Some(UnroutableReason::UnknownMember) => {
            "Waiting: Chronus gave a member id that it has not introduced"
        }
        Some(UnroutableReason::NoTenant) => "Waiting: no tenant is linked to the organization",
        Some(UnroutableReason::Checking) => {
            "Waiting: the directory is asked whether the address is still the person's"
        }
        Some(UnroutableReason::MemberRemoved) => "Waiting: Chronus removed the member",
        Some(UnroutableReason::Unlinked) => {
            "Waiting: an administrator said that the member is nobody in the tenant"
        }
        Some(UnroutableReason::AppMissing) => "Waiting: the person who seems to be meant has not the app",
        Some(UnroutableReason::TenantOff) => {
            "Waiting: the integration is switched off for the tenant, so nobody is looked up"
        }
        Some(UnroutableReason::ProgrammeOff) => {
            "Waiting to be dropped: Teams is switched off for the programme"
        }
        Some(UnroutableReason::ErgOff) => "Waiting to be dropped: Teams is switched off for the ERG",
    };
    plain(told, WAITS)
}

fn unroutable(reason: UnroutableReason) -> &'static str {
    match reason {
        UnroutableReason::NoMapping => "Not sent: nobody in Teams had the address before its time ran out",
        UnroutableReason::Conflict => {
            "Not sent: the evidence about whose address it is disagreed until its time ran out"
        }
        UnroutableReason::Guest => "Not sent: the address belongs to a guest of the tenant",
        UnroutableReason::UnknownMember => "Not sent: Chronus never introduced the member",
        UnroutableReason::NoTenant => {
            "Not sent: no tenant was linked to the organization before its time ran out"
        }
        UnroutableReason::Checking => {
            "Not sent: the directory did not tell whose address it is before its time ran out"
        }
        UnroutableReason::MemberRemoved => "Not sent: Chronus removed the member",
        UnroutableReason::Unlinked => {
            "Not sent: an administrator said that the member is nobody in the tenant"
        }
        UnroutableReason::AppMissing => {
            "Not sent: the person who seemed to be meant had not the app before its time ran out"
        }
        UnroutableReason::TenantOff => {
            "Not sent: the integration was switched off for the tenant until its time ran out"
        }
        UnroutableReason::ProgrammeOff => "Not sent: Teams was switched off for the programme",
        UnroutableReason::ErgOff => "Not sent: Teams was switched off for the ERG",
    }
}

/// The rule of programmes and ERGs that are switched off.
const PART: &str = "an administrator switches programmes and ERGs one by one, and what was stopped stays so";

fn deferred(reason: DeferReason) -> Words {
    let wish = "what a person put off waits on purpose and holds back nothing else";
    match reason {
        DeferReason::Paused => shown("Waiting: the person paused", wish, Fact::Paused),
        DeferReason::QuietHours => plain(
            "Waiting: it is night for the person, or a day on which they want quiet",
            wish,
        ),
        DeferReason::Digest => shown(
            "Waiting: the person wants this in a digest",
            wish,
            Fact::Preferences,
        ),
        DeferReason::Scheduled => plain(
            "Waiting: it was meant for later",
            "what is meant for a time is told to nobody before that",
        ),
        DeferReason::Profile => plain(
            "Waiting: who the person is has to be read first",
            "nothing private is sent before it is known who the person is",
        ),
        DeferReason::Conflict => plain(
            "Waiting: whether the person still is the member whom Chronus meant is not certain",
            "while evidence disagrees, nothing private is sent to anybody",
        ),
        DeferReason::Throttled => plain(
            "Waiting: Teams asked for a pause before anything more is sent to the chat",
            "what Teams asks to wait for is waited for, and a chat is served in order",
        ),
    }
}

fn suppressed(reason: SuppressedReason) -> Words {
    let void = "what has nothing to tell any more is not sent";
    match reason {
        SuppressedReason::Disconnected => {
            shown("Not sent: the person disconnected", BACK, Fact::Disconnected)
        }
        SuppressedReason::Uninstalled => {
            shown("Not sent: the person had not the app", BACK, Fact::Uninstalled)
        }
        SuppressedReason::Blocked => shown("Not sent: the person blocked the bot", BACK, Fact::Blocked),
        SuppressedReason::DisabledByAdmin => shown(
            "Not sent: an administrator disabled the app",
            BACK,
            Fact::DisabledByAdmin,
        ),
        SuppressedReason::Duplicate => plain(
            "Not sent: the same event reached the person under another entry",
            void,
        ),
        SuppressedReason::Erased => shown(
            "Not sent: the person was erased",
            "nothing is sent to whoever was erased",
            Fact::Erased,
        ),
        SuppressedReason::ContentErased => plain(
            "Not sent: what it says was sealed for somebody who was erased",
            "what belonged to an erased person cannot be read any more",
        ),
        SuppressedReason::Paused => shown("Not sent: the person paused", BACK, Fact::Paused),
        SuppressedReason::TopicOff => shown(
            "Not sent: the person switched this topic off",
            "a person chooses by topic what reaches them",
            Fact::Preferences,
        ),
        SuppressedReason::NotGoing => plain(
            "Not sent: it reminds of an event to which the person does not go",
            void,
        ),
        SuppressedReason::AlreadyAnswered => plain("Not sent: it asks for what the person has done", void),
        SuppressedReason::NothingLeft => {
            plain("Not sent: of what it would list, nothing is so any more", void)
        }
        SuppressedReason::Superseded => plain("Not sent: something newer says it", void),
        SuppressedReason::TenantOff => shown(
            "Not sent: the integration was switched off",
            BACK,
            Fact::TenantOff,
        ),
        SuppressedReason::ProgrammeOff => plain("Not sent: Teams was switched off for the programme", PART),
        SuppressedReason::ErgOff => plain("Not sent: Teams was switched off for the ERG", PART),
        SuppressedReason::Unlinked => shown(
            "Not sent: the person is no longer the member whom Chronus meant",
            "a private card goes to the member whom Chronus meant and to nobody else",
            Fact::Unlinked,
        ),
        SuppressedReason::NoRoom => plain(
            "Not shown as yet: the summary had no room for it",
            "a list has room for ten lines, and the rest comes when it is asked for",
        ),
        SuppressedReason::Conflict => plain(
            "Not listed as yet: the evidence disagrees whether the person is the member whom Chronus meant",
            "a private card goes to the member whom Chronus meant and to nobody else",
        ),
    }
}

fn withdrawn(state: SubjectState) -> &'static str {
    match state {
        SubjectState::Accepted => "Not sent: what it asks for had been accepted",
        SubjectState::Declined => "Not sent: what it asks for had been declined",
        SubjectState::Withdrawn => "Not sent: its subject had been taken back",
        SubjectState::Expired => "Not sent: the time to answer had run out",
        SubjectState::Open => "Not sent: its subject went on without it",
        SubjectState::Scheduled => "Not sent: its subject had a time by then",
        SubjectState::Moved => "Not sent: its subject had been moved",
        SubjectState::Cancelled => "Not sent: its subject had been cancelled",
        SubjectState::Updated => "Not sent: its subject had changed",
        SubjectState::Closed => "Not sent: the survey took no answers any more",
        SubjectState::Completed => "Not sent: the task was done",
        SubjectState::Ending => "Not sent: the connection was about to end",
        SubjectState::Ended => "Not sent: the connection had ended",
        SubjectState::Edited => "Not sent: the message had other words by then",
        SubjectState::Deleted => "Not sent: the message had been taken back",
        SubjectState::Failed => "Not sent: what it tells of had failed",
    }
}
