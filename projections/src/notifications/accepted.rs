//! From an accepted domain event to one notification per recipient: resolved to a Teams user where one is found,
//! waiting where none is.

use events::organization::{CardKind, DomainEventAccepted, Recipient, Recipients, SubjectState};
use events::outbound::UnroutableReason;
use events::user::DeferReason;
use events::{AadObjectId, Lookup, MemberId, NotificationId, SubjectRef, UserKey};
use rusqlite::Connection;
use serde_json::json;

use super::card::note;
use super::{NotificationState, SAME_SUBJECT, rank};
use crate::audience::{self, ForAll};
use crate::database::{Sql, Statements as _, name_of, stored, uuid};
use crate::fold::Fold;
use crate::identity::{self, Found, Named};
use crate::{parts, subject_changes};

/// What every notification of one domain event shares.
struct Origin<'a> {
    organization: &'a str,
    event: &'a DomainEventAccepted,
    card: CardKind,
    revised: Option<(&'a SubjectRef, SubjectState)>,
    /// A newer event about the same thing came before.
    late: bool,
    /// How a newer event ended the thing.
    ended: Option<SubjectState>,
    /// Until when nobody is told.
    send_ms: Option<i64>,
    /// Its programme or ERG is switched off.
    off: Option<UnroutableReason>,
}

impl Origin<'_> {
    /// The subject whose other cards may show what this event tells: it changed the subject, or it is about the whole of
    /// a subject of which newer things are known.
    fn covered(&self) -> Option<(&SubjectRef, SubjectState)> {
        self.revised.or_else(|| {
            let whole = !self.card.is_reminder() && self.card != CardKind::Message;
            let subject = self.event.subject.as_ref().filter(|_| self.late && whole);
            Some((subject?, SubjectState::Open))
        })
    }

    /// Whether somebody who holds no card about the subject has nothing to hear.
    fn is_for_holders_only(&self) -> bool {
        let told_anyway = matches!(
            self.card,
            CardKind::RequestOutcome | CardKind::Connection | CardKind::MessageNotice
        ) && matches!(self.event.recipients, Recipients::Listed(_));
        self.revised
            .is_some_and(|(_, state)| state.concerns_holders_only())
            && !told_anyway
    }
}

/// Makes the notifications. `revised` names the subject that this very event changed: whoever holds a card about it
/// sees that card change and gets no second one from here. Chronus was given an id for each recipient that it listed,
/// so each of them has a row that says what became of it.
pub(crate) fn create(
    f: &Fold<'_>,
    organization: &str,
    event: &DomainEventAccepted,
    card: CardKind,
    revised: Option<(&SubjectRef, SubjectState)>,
) -> Sql<()> {
    let origin = Origin {
        organization,
        event,
        card,
        revised,
        late: subject_changes::is_late(f, organization, event)?,
        ended: subject_changes::ended_after(f, organization, event)?,
        send_ms: send_ms(f, event),
        off: parts::off(f.db, organization, event)?.map(UnroutableReason::of_part),
    };
    match &event.recipients {
        Recipients::Listed(recipients) => recipients
            .iter()
            .try_for_each(|recipient| for_recipient(f, &origin, recipient)),
        Recipients::All if origin.is_for_holders_only() => Ok(()),
        Recipients::All => for_all(f, &origin),
    }
}

fn for_recipient(f: &Fold<'_>, origin: &Origin<'_>, recipient: &Recipient) -> Sql<()> {
    let named = Named {
        member: recipient.member_id.as_ref().map(MemberId::as_str),
        lookup: recipient.lookup.as_ref().map(Lookup::as_str),
        object: recipient.aad_object_id.as_ref().map(AadObjectId::as_str),
    };
    let found = identity::search(f.db, origin.organization, named)?;
    let start = start(f, origin, named, &found)?;
    let found = match (&start, origin.off) {
        (Start::Unresolved(_), Some(off)) => Found::Nobody(off),
        _ => found,
    };
    insert(f, origin, recipient.notification_id, named, &found, &start)
}

fn start(f: &Fold<'_>, origin: &Origin<'_>, named: Named<'_>, found: &Found) -> Sql<Start> {
    let open = || {
        origin
            .ended
            .map_or_else(|| Start::of(origin, found), Start::Untold)
    };
    if let (Some(_), Found::User { user, .. }) = (origin.revised, found) {
        subject_changes::addressed(f, user)?;
    }
    let Some((subject, state)) = origin.covered() else {
        return Ok(open());
    };
    Ok(match covering(f, origin, subject, named, found)? {
        Some(Covering::Card(id)) => {
            if let Found::User { user, .. } = found
                && origin.late
            {
                subject_changes::told_late(f, user, subject, state)?;
            }
            Start::Shown(id)
        }
        Some(Covering::Withdrawn) => Start::Untold(state),
        None if origin.is_for_holders_only() => Start::Untold(state),
        None => open(),
    })
}

/// Every member of the organization whom the evidence links, as of this event's place in the log. Who is left out is
/// noted with the reason.
fn for_all(f: &Fold<'_>, origin: &Origin<'_>) -> Sql<()> {
    for (member, found) in audience::of(f.db, origin.organization, || {})? {
        if let Some(off) = origin.off {
            audience::left_out(f, member.as_deref(), off)?;
            continue;
        }
        let user = match &found {
            Found::User { user, .. } | Found::Checking { user, .. } => user.clone(),
            Found::Nobody(reason) => {
                // Whoever cannot be looked up since the tenant is off is looked up afterwards.
                let Some(user) = looked_up_later(f, origin, member.as_deref(), *reason)? else {
                    audience::left_out(f, member.as_deref(), *reason)?;
                    continue;
                };
                user
            }
        };
        let Ok(key) = UserKey::parse(&user) else { continue };
        if let Some((subject, state)) = origin.covered()
            && held(f.db, origin.organization, subject, &user)?.is_some()
        {
            if origin.late {
                subject_changes::told_late(f, &user, subject, state)?;
            }
            continue;
        }
        let id = Recipient::notification_id_of_all(f.event, &key);
        let named = Named {
            member: member.as_deref(),
            ..Named::default()
        };
        let start = origin
            .ended
            .map_or_else(|| Start::of(origin, &found), Start::Untold);
        insert(f, origin, id, named, &found, &start)?;
    }
    if origin.ended.is_some() || origin.off.is_some() {
        return Ok(());
    }
    let all = ForAll {
        organization: origin.organization,
        event: origin.event,
        card: origin.card,
        send_ms: origin.send_ms,
        expires_ms: expires_ms(f, origin.event),
    };
    audience::await_answers(f, &all)
}

/// Whom a member seems to be of whom the directory cannot be asked while the tenant is off.
fn looked_up_later(
    f: &Fold<'_>,
    origin: &Origin<'_>,
    member: Option<&str>,
    reason: UnroutableReason,
) -> Sql<Option<String>> {
    if reason != UnroutableReason::TenantOff {
        return Ok(None);
    }
    let named = Named {
        member,
        ..Named::default()
    };
    Ok(match identity::evidence(f.db, origin.organization, named)? {
        Found::Checking { user, .. } => Some(user),
        Found::User { .. } | Found::Nobody(_) => None,
    })
}

/// What becomes of a notification as soon as its domain event is there.
enum Start {
    /// Its person is known: it is to be queued.
    Resolved,
    /// The same, at the time that it is meant for.
    Scheduled,
    /// Nobody was found, for this reason.
    Unresolved(UnroutableReason),
    /// Another card about the subject shows it.
    Shown(NotificationId),
    /// The subject came to this, and the person never saw anything of it: there is nothing to tell.
    Untold(SubjectState),
}

impl Start {
    fn of(origin: &Origin<'_>, found: &Found) -> Self {
        if let Some(off) = origin.off {
            return Self::Unresolved(off);
        }
        let known = || origin.send_ms.map_or(Self::Resolved, |_| Self::Scheduled);
        found.reason().map_or_else(known, Self::Unresolved)
    }

    fn state(&self) -> NotificationState {
        match self {
            Self::Resolved => NotificationState::Resolved,
            Self::Scheduled => NotificationState::Deferred,
            Self::Unresolved(_) => NotificationState::Unresolved,
            Self::Shown(_) => NotificationState::Merged,
            Self::Untold(_) => NotificationState::Withdrawn,
        }
    }

    fn reason(&self) -> Option<String> {
        match self {
            Self::Resolved => None,
            Self::Scheduled => Some(DeferReason::Scheduled.as_str().to_owned()),
            Self::Unresolved(reason) => Some(reason.as_str().to_owned()),
            Self::Shown(_) => Some(SAME_SUBJECT.to_owned()),
            Self::Untold(state) => Some(name_of(state)),
        }
    }
}

/// What there is about a subject for one recipient.
enum Covering {
    /// A card that they have, or will get.
    Card(NotificationId),
    /// A card that waited for them until this event withdrew it.
    Withdrawn,
}

fn covering(
    f: &Fold<'_>,
    origin: &Origin<'_>,
    subject: &SubjectRef,
    named: Named<'_>,
    found: &Found,
) -> Sql<Option<Covering>> {
    match found {
        Found::User { user, .. } => {
            Ok(held(f.rows()?, origin.organization, subject, user)?.map(Covering::Card))
        }
        Found::Checking { .. } | Found::Nobody(_) => waiting_card(f, origin.organization, subject, named),
    }
}

/// The newest card about the subject that the person has, or will get.
fn held(
    db: &Connection,
    organization: &str,
    subject: &SubjectRef,
    user: &str,
) -> Sql<Option<NotificationId>> {
    db.first(
        "SELECT id FROM notifications WHERE organization = ?1 AND subject = ?2 AND user = ?3
           AND (state IN ('resolved', 'queued', 'attempted', 'retry', 'delivered', 'seen', 'answered',
                          'unknown_held', 'unknown_retry', 'deferred')
                OR (state = 'merged' AND reason <> ?4))
         ORDER BY created_position DESC",
        (organization, subject.as_str(), user, SAME_SUBJECT),
        |row| uuid(row, "id").map(NotificationId),
    )
}

/// The card about the subject that waits for this recipient, or did until this event withdrew it. One that waits
/// shows what is so by the time it is sent; to a person who never saw anything there is nothing to tell.
fn waiting_card(
    f: &Fold<'_>,
    organization: &str,
    subject: &SubjectRef,
    named: Named<'_>,
) -> Sql<Option<Covering>> {
    f.rows()?.first(
        "SELECT id, state FROM notifications WHERE organization = ?1 AND subject = ?2
           AND (state = 'unresolved' OR (state = 'withdrawn' AND state_position = ?3))
           AND user IS NULL AND (member = ?4 OR lookup = ?5)
         ORDER BY created_position DESC",
        (
            organization,
            subject.as_str(),
            f.position,
            named.member,
            named.lookup,
        ),
        |row| {
            if stored::<NotificationState>(row, "state")? == NotificationState::Withdrawn {
                return Ok(Covering::Withdrawn);
            }
            uuid(row, "id").map(NotificationId).map(Covering::Card)
        },
    )
}

/// When a card about a domain event is no longer worth sending.
fn expires_ms(f: &Fold<'_>, event: &DomainEventAccepted) -> i64 {
    let from_ms = send_ms(f, event).unwrap_or(f.ms);
    let by_default = from_ms.saturating_add(f.default_ttl.num_milliseconds());
    event.expires_at.map_or(by_default, |at| at.timestamp_millis())
}

/// The time that a domain event is meant for, where that is ahead.
fn send_ms(f: &Fold<'_>, event: &DomainEventAccepted) -> Option<i64> {
    event.held_until(f.time).map(|at| at.timestamp_millis())
}

fn insert(
    f: &Fold<'_>,
    origin: &Origin<'_>,
    id: NotificationId,
    named: Named<'_>,
    found: &Found,
    start: &Start,
) -> Sql<()> {
    let event = origin.event;
    let (tenant, user, matched_by) = match found {
        Found::User {
            tenant,
            user,
            matched_by,
        } => (Some(tenant), Some(user), matched_by.as_ref().map(name_of)),
        Found::Checking { .. } | Found::Nobody(_) => (None, None, None),
    };
    let (state, reason) = (start.state(), start.reason());
    let inserted = f
        .db
        .prepare_cached(
            "INSERT OR IGNORE INTO notifications (id, organization, tenant, user, member, lookup, matched_by,
                 domain_event, domain_position, correlation, event_type, card, subject, class, state, reason,
                 state_position, state_ms, created_position, created_ms, expires_ms, expiry_asked, settled_ms, object,
                 send_ms, due_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?9, ?17, ?9, ?17, ?18, ?19, ?20,
                 ?21, ?22, ?23)",
        )?
        .execute(rusqlite::params![
            id.0.into_bytes(),
            origin.organization,
            tenant,
            user,
            named.member,
            named.lookup,
            matched_by,
            f.event.0.into_bytes(),
            f.position,
            f.correlation.into_bytes(),
            event.event_type,
            origin.card.as_str(),
            event.subject.as_ref().map(SubjectRef::as_str),
            rank(event.class()),
            state.as_str(),
            reason,
            f.ms,
            expires_ms(f, event),
            event.expires_at.is_some(),
            state.is_settled().then_some(f.ms),
            named.object,
            origin.send_ms,
            origin.send_ms.filter(|_| matches!(start, Start::Scheduled)),
        ])?;
    if inserted == 0 {
        return Ok(());
    }
    f.cards.came(id, f.db.last_insert_rowid());
    let mut detail = json!({ "state": state.as_str(), "reason": reason });
    if let Start::Shown(card) = start {
        detail["into"] = json!(card);
    }
    if let Some(at) = event.held_until(f.time) {
        detail["send_at"] = json!(at);
    }
    note(f, id, "accepted", &detail)
}
