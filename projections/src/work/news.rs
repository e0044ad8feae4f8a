//! What a batch changed of what router and responder have to do: whatever was marked is read once, as it is when the whole
//! batch is folded. A start reads everything in the same way.

use std::collections::{BTreeSet, HashMap};

use events::user::ClientDefaultsChanged;
use events::work::{LinkRoute, LookUpRoute, LostMessage, ReceiverStanding, SubjectRoute};
use events::{EventId, MemberId, OrganizationId, TenantId};
use rusqlite::{Connection, Row};

use super::answers::{Owed, Receiver};
use super::marks::{self, Marks};
use super::routes::{Beside, MOST_BESIDE, Origin, Resolved, Routes};
use super::told::Told;
use crate::database::{
    Sql, Statements as _, count, json_opt, micros, position, sql_limit, stored, stored_opt, time_opt, uuid,
};
use crate::listed::Listed;
use crate::notifications::class_of;

/// A change of a subject that somebody is still to be told: its place in the order of telling, and what is told.
pub(super) type ToTell = ((i64, Option<i64>), SubjectRoute);

/// The person and the organization of a link.
pub(super) type OfLink = (String, String);

/// An answer: the organization, what is owed and when, and what its writer is to be told.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) organization: OrganizationId,
    pub(super) owed: Option<(i64, Owed)>,
    pub(super) lost: Option<LostMessage>,
}

/// See the module. What is `None` is not, or no longer, to be done.
#[derive(Debug, Default)]
pub(crate) struct News {
    pub(super) origins: HashMap<EventId, Origin>,
    pub(super) routes: Vec<(i64, Option<Resolved>)>,
    pub(super) changes: Vec<((EventId, String), Option<ToTell>)>,
    pub(super) links: Vec<(OfLink, Option<(i64, LinkRoute)>)>,
    pub(super) look_ups: Vec<(String, Option<(i64, LookUpRoute)>)>,
    pub(super) answers: Vec<(i64, Answer)>,
    pub(super) receivers: Vec<(OrganizationId, Option<Receiver>)>,
    pub(super) on_since: Vec<(TenantId, Option<i64>)>,
    pub(super) listed: Listed,
}

impl News {
    /// Everything that is to be done.
    pub(super) fn all(db: &Connection) -> Sql<Self> {
        marks::all(db)?;
        Self::read(db, &Routes::default())
    }

    /// What was touched since it was last read; `known` are the recipients as of then.
    pub(super) fn read(db: &Connection, known: &Routes) -> Sql<Self> {
        let mut marks = Marks::take(db)?;
        marks
            .routes
            .extend(known.concerned(&marks.members, &marks.lookups));
        let mut news = Self {
            listed: Listed::read(db)?,
            ..Self::default()
        };
        let mut origins: BTreeSet<EventId> =
            marks.things.iter().flat_map(|thing| known.about(thing)).collect();
        for row in marks.routes {
            let resolved = resolved(db, row)?;
            origins.extend(resolved.as_ref().map(|resolved| resolved.domain_event));
            news.routes.push((row, resolved));
        }
        for event in origins {
            news.origins
                .extend(origin(db, event)?.map(|origin| (event, origin)));
        }
        news.cover(db)?;
        for key in marks.changes {
            let change = to_tell(db, &key)?;
            news.changes.push((key, change));
        }
        for key in marks.links {
            let link = link(db, &key)?;
            news.links.push((key, link));
        }
        for user in marks.look_ups {
            let look_up = look_up(db, &user)?;
            news.look_ups.push((user, look_up));
        }
        for position in marks.answers {
            news.answers
                .extend(answer(db, position)?.map(|answer| (position, answer)));
        }
        for name in marks.receivers {
            if let Ok(organization) = OrganizationId::parse(&name) {
                news.receivers.push((organization, receiver(db, &name)?));
            }
        }
        for name in marks.tenants {
            if let Ok(tenant) = TenantId::parse(&name) {
                news.on_since.push((tenant, on_since(db, &name)?));
            }
        }
        Ok(news)
    }

    /// What each recipient would have got other cards by.
    fn cover(&mut self, db: &Connection) -> Sql<()> {
        for resolved in self
            .routes
            .iter_mut()
            .filter_map(|(_, resolved)| resolved.as_mut())
        {
            let origin = self.origins.get(&resolved.domain_event);
            if let Some(origin) = origin.filter(|origin| origin.is_not_alone) {
                resolved.covered = covered(db, resolved, origin)?;
            }
        }
        Ok(())
    }
}

/// A card, where it is resolved and not queued, now or at its time.
const RESOLVED: &str = "SELECT cards.id, cards.user, cards.domain_event, cards.class, cards.created_position,
         cards.created_ms, cards.expires_ms, cards.expiry_asked, cards.send_ms, cards.member, cards.lookup, cards.matched_by,
         given.locale, given.timezone
     FROM notifications AS cards
     LEFT JOIN client_defaults AS given ON given.organization = cards.organization AND given.member = cards.member
     WHERE cards.row = ?1 AND (cards.state = 'resolved' OR (cards.state = 'deferred' AND cards.queued_position IS NULL))
       AND cards.user IS NOT NULL AND cards.domain_event IS NOT NULL";

fn resolved(db: &Connection, row: i64) -> Sql<Option<Resolved>> {
    db.first(RESOLVED, [row], |row| {
        let given = ClientDefaultsChanged {
            locale: row.get("locale")?,
            timezone: row.get("timezone")?,
            unknown_timezone: None,
        };
        let asked: bool = row.get("expiry_asked")?;
        Ok(Resolved {
            notification_id: events::NotificationId(uuid(row, "id")?),
            user: stored(row, "user")?,
            domain_event: EventId(uuid(row, "domain_event")?),
            class: class_of(row.get("class")?),
            created: row.get("created_position")?,
            accepted_ms: row.get("created_ms")?,
            expires_ms: if asked { row.get("expires_ms")? } else { None },
            send_ms: row.get("send_ms")?,
            member_id: stored_opt::<MemberId>(row, "member")?,
            lookup: row
                .get::<_, Option<String>>("lookup")?
                .map(String::into_boxed_str),
            matched_by: stored_opt(row, "matched_by")?,
            given: (given != ClientDefaultsChanged::default()).then(|| Box::new(given)),
            covered: Vec::new(),
        })
    })
}

/// What the recipients of a domain event share, by any one of its cards.
const ORIGIN: &str =
    "SELECT cards.organization, cards.domain_position, cards.correlation, cards.event_type, cards.card,
         cards.subject, events.order_key, events.state, events.facts, events.happened_us
     FROM notifications AS cards LEFT JOIN domain_events AS events ON events.event = cards.domain_event
     WHERE cards.domain_event = ?1 AND cards.event_type IS NOT NULL LIMIT 1";

fn origin(db: &Connection, event: EventId) -> Sql<Option<Origin>> {
    let origin = db.first(ORIGIN, [event.0.into_bytes()], |row| {
        let happened_us: Option<i64> = row.get("happened_us")?;
        Ok(Origin {
            organization_id: stored(row, "organization")?,
            position: position(row, "domain_position")?,
            correlation_id: uuid(row, "correlation")?,
            event_type: row.get("event_type")?,
            card: stored(row, "card")?,
            subject: stored_opt(row, "subject")?,
            order_key: row.get("order_key")?,
            state: stored_opt(row, "state")?,
            facts: json_opt(row, "facts")?,
            happened_at: happened_us.map(|_| micros(row, "happened_us")).transpose()?,
            beside: Vec::new(),
            is_not_alone: false,
        })
    })?;
    let Some(mut origin) = origin else { return Ok(None) };
    origin.is_not_alone = db.first(OTHERS, [event.0.into_bytes()], |_| Ok(()))?.is_some();
    if origin.is_not_alone {
        origin.beside = db.all(BESIDE, (event.0.into_bytes(), sql_limit(MOST_BESIDE)), beside)?;
    }
    Ok(Some(origin))
}

/// Whether anything else was told of the same thing.
const OTHERS: &str = "SELECT 1 FROM domain_events AS own
     JOIN domain_events AS events INDEXED BY domain_events_by_order
       ON events.organization = own.organization AND events.order_key = own.order_key
     WHERE own.event = ?1 AND events.event <> ?1 LIMIT 1";

/// What changed the thing after the domain event, and what ended it at any time.
const BESIDE: &str = "SELECT events.* FROM domain_events AS own
     JOIN domain_events AS events INDEXED BY domain_events_by_order
       ON events.organization = own.organization AND events.order_key = own.order_key
     WHERE own.event = ?1 AND events.event <> ?1 AND events.revises = 1
       AND (events.final = 1 OR (events.happened_us, events.position) > (own.happened_us, own.position))
     ORDER BY events.happened_us DESC, events.position DESC LIMIT ?2";

/// What the recipient would have got a card by if this one had not been there.
const COVERED: &str = "SELECT events.* FROM notifications AS covered INDEXED BY notifications_covered
     JOIN domain_events AS events ON events.event = covered.domain_event
     WHERE covered.organization = ?1 AND covered.subject = ?2
       AND covered.state = 'merged' AND covered.reason = 'same_subject'
       AND (covered.member = ?3 OR covered.lookup = ?4) AND events.order_key = ?5 AND events.event <> ?6
     ORDER BY events.happened_us DESC, events.position DESC LIMIT ?7";

fn covered(db: &Connection, resolved: &Resolved, origin: &Origin) -> Sql<Vec<Beside>> {
    let Some(subject) = &origin.subject else {
        return Ok(Vec::new());
    };
    let parameters = (
        origin.organization_id.as_str(),
        subject.as_str(),
        resolved.member_id.as_ref().map(MemberId::as_str),
        resolved.lookup.as_deref(),
        &origin.order_key,
        resolved.domain_event.0.into_bytes(),
        sql_limit(MOST_BESIDE),
    );
    db.all(COVERED, parameters, beside)
}

fn beside(row: &Row<'_>) -> Sql<Beside> {
    Ok(Beside {
        order: (row.get("happened_us")?, row.get("position")?),
        told: Told::read(row)?,
    })
}

/// A change of a subject that its person was not told.
const TO_TELL: &str = "SELECT changes.user, changes.position AS made, changes.addressed, changes.subject, changes.state,
         changes.domain_event AS event, changes.correlation, events.organization, events.position, events.card,
         events.facts, events.accepted_ms, events.expires_ms, events.happened_us
     FROM subject_changes AS changes LEFT JOIN domain_events AS events ON events.event = changes.domain_event
     WHERE changes.domain_event = ?1 AND changes.user = ?2 AND changes.told = 0";

fn to_tell(db: &Connection, (event, user): &(EventId, String)) -> Sql<Option<ToTell>> {
    db.first(TO_TELL, (event.0.into_bytes(), user), |row| {
        let told = Told::read(row)?;
        let order = (row.get("made")?, row.get("position")?);
        Ok((order, told.to(stored(row, "user")?, row.get("addressed")?)))
    })
}

const LINK: &str = "SELECT * FROM link_changes WHERE user = ?1 AND organization = ?2";

fn link(db: &Connection, (user, organization): &OfLink) -> Sql<Option<(i64, LinkRoute)>> {
    db.first(LINK, (user, organization), |row| {
        let member: Option<MemberId> = stored_opt(row, "member")?;
        let link = LinkRoute {
            user: stored(row, "user")?,
            organization_id: stored(row, "organization")?,
            to: member.zip(stored_opt(row, "matched_by")?),
            why: stored_opt(row, "why")?,
            cause: EventId(uuid(row, "cause")?),
            correlation_id: uuid(row, "correlation")?,
        };
        Ok((row.get("position")?, link))
    })
}

const LOOK_UP: &str = "SELECT user, because, cause, position FROM link_look_ups WHERE user = ?1";

fn look_up(db: &Connection, user: &str) -> Sql<Option<(i64, LookUpRoute)>> {
    db.first(LOOK_UP, [user], |row| {
        let look_up = LookUpRoute {
            user: stored(row, "user")?,
            because: stored(row, "because")?,
            cause: EventId(uuid(row, "cause")?),
        };
        Ok((row.get("position")?, look_up))
    })
}

const ANSWER: &str = "SELECT organization, state, due_ms, correlation, attempts, tries_before, user, written,
         state = 'failed' AND written IS NOT NULL AND told = 0 AS is_lost
     FROM responses WHERE position = ?1";

fn answer(db: &Connection, position: i64) -> Sql<Option<Answer>> {
    db.first(ANSWER, [position], |row| {
        let tries = |column| count(row, column).map(|tries| u32::try_from(tries).unwrap_or(u32::MAX));
        let pending = row.get_ref("state")?.as_str()? == "pending";
        let owed = Owed {
            correlation: uuid(row, "correlation")?,
            attempts: tries("attempts")?,
            tries_before: tries("tries_before")?,
        };
        let due_ms: Option<i64> = row.get("due_ms")?;
        let lost = if row.get("is_lost")? {
            Some(LostMessage {
                user: stored(row, "user")?,
                reply_id: uuid(row, "written")?,
                correlation_id: owed.correlation,
            })
        } else {
            None
        };
        Ok(Answer {
            organization: stored(row, "organization")?,
            owed: due_ms.filter(|_| pending).map(|due_ms| (due_ms, owed)),
            lost,
        })
    })
}

fn receiver(db: &Connection, organization: &str) -> Sql<Option<Receiver>> {
    let sql = "SELECT failing_ms, failures, rests_ms, off_ms FROM webhooks WHERE organization = ?1";
    db.first(sql, [organization], |row| {
        Ok(Receiver {
            standing: ReceiverStanding {
                failing_since: time_opt(row, "failing_ms")?,
                failures: count(row, "failures")?,
                is_off: row.get::<_, Option<i64>>("off_ms")?.is_some(),
            },
            rests_ms: row.get("rests_ms")?,
        })
    })
}

/// When a tenant that is on was switched on again.
fn on_since(db: &Connection, tenant: &str) -> Sql<Option<i64>> {
    let sql = "SELECT enabled_ms FROM tenants WHERE tenant = ?1 AND enabled = 1";
    db.first(sql, [tenant], |row| row.get(0)).map(Option::flatten)
}
