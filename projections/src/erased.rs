//! Members who were erased, and until when what is told of them is of before. Whatever comes later than the erasure and happened
//! before it was asked for was sealed under a new key, so that key is to be destroyed too.

use events::organization::DomainEventAccepted;
use events::{EventId, MemberId, OrganizationId, PersonId};

use crate::database::{Sql, Statements as _};
use crate::fold::Fold;

/// Notes that a member was erased, as of a moment.
pub(crate) fn note(f: &Fold<'_>, organization: &str, member: &MemberId, asked_us: i64) -> Sql<()> {
    f.db.run(
        "INSERT INTO erased_members (organization, member, asked_us) VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET asked_us = max(asked_us, excluded.asked_us)",
        (organization, member.as_str(), asked_us),
    )
    .map(drop)
}

/// Has the keys destroyed under which an event of before an erasure was sealed.
pub(crate) fn see_late(f: &Fold<'_>, organization: &OrganizationId, event: &DomainEventAccepted) -> Sql<()> {
    let us = f.happened_us(event);
    // Nearly always nobody was erased since, so nobody is looked for.
    let since = "SELECT 1 FROM erased_members INDEXED BY erased_members_by_time
                 WHERE organization = ?1 AND asked_us >= ?2";
    let any = f.db.first(since, (organization.as_str(), us), |_| Ok(()))?;
    if any.is_none() {
        return Ok(());
    }
    for member in sealed_for(organization, event) {
        let erased =
            "SELECT asked_us FROM erased_members WHERE organization = ?1 AND member = ?2 AND asked_us >= ?3";
        let asked_us =
            f.db.first(erased, (organization.as_str(), member.as_str(), us), |row| {
                row.get::<_, i64>("asked_us")
            })?;
        if let Some(asked_us) = asked_us {
            close(f, organization, member, asked_us)?;
        }
    }
    Ok(())
}

/// The members under whose keys something of the event is sealed.
fn sealed_for<'a>(organization: &OrganizationId, event: &'a DomainEventAccepted) -> Vec<&'a MemberId> {
    let told = event.recipients.listed().iter();
    let mut members: Vec<&MemberId> = told
        .filter(|recipient| recipient.email.is_some())
        .filter_map(|recipient| recipient.member_id.as_ref())
        .collect();
    let actor = event.actor.as_ref().and_then(|actor| actor.member_id.as_ref());
    members.extend(actor.filter(|actor| event.content.person == PersonId::member(organization, actor)));
    members
}

fn close(f: &Fold<'_>, organization: &OrganizationId, member: &MemberId, asked_us: i64) -> Sql<()> {
    let id = EventId::derive(["erased_before", &f.event.to_string(), member.as_str()]);
    f.db.run(
        "INSERT OR IGNORE INTO erasures (id, organization, member, origin, position, recorded_ms, asked_us)
         VALUES (?1, ?2, ?3, 'late', ?4, ?5, ?6)",
        (
            id.0.into_bytes(),
            organization.as_str(),
            member.as_str(),
            f.position,
            f.ms,
            asked_us,
        ),
    )
    .map(drop)
}
