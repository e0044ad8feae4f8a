//! Which language and zone Chronus gave for a member, in member events or beside a card's recipient; of each the newest.

use events::MemberId;
use events::organization::DomainEventAccepted;

use crate::database::{Sql, Statements as _};
use crate::fold::Fold;

pub(crate) fn fold(f: &Fold<'_>, organization: &str, event: &DomainEventAccepted) -> Sql<()> {
    let us = f.happened_us(event);
    for recipient in event.recipients.listed() {
        let Some(member) = recipient.member_id.as_ref().map(MemberId::as_str) else {
            continue;
        };
        if recipient.locale.is_none() && recipient.timezone.is_none() {
            continue;
        }
        f.db.run(
            "INSERT INTO client_defaults (organization, member, locale, locale_us, timezone, timezone_us)
             VALUES (?1, ?2, ?3, iif(?3 IS NULL, 0, ?5), ?4, iif(?4 IS NULL, 0, ?5))
             ON CONFLICT DO UPDATE SET
                 locale = iif(?3 IS NULL OR locale_us > ?5, locale, ?3),
                 locale_us = iif(?3 IS NULL OR locale_us > ?5, locale_us, ?5),
                 timezone = iif(?4 IS NULL OR timezone_us > ?5, timezone, ?4),
                 timezone_us = iif(?4 IS NULL OR timezone_us > ?5, timezone_us, ?5)",
            (organization, member, &recipient.locale, &recipient.timezone, us),
        )?;
    }
    Ok(())
}

/// Forgets what was told up to a moment, also where it is told later.
pub(crate) fn erase(f: &Fold<'_>, organization: &str, member: &str, us: i64) -> Sql<()> {
    f.db.run(
        "INSERT INTO client_defaults (organization, member, locale, locale_us, timezone, timezone_us)
         VALUES (?1, ?2, NULL, ?3 + 1, NULL, ?3 + 1)
         ON CONFLICT DO UPDATE SET
             locale = iif(locale_us > ?3, locale, NULL), locale_us = max(locale_us, ?3 + 1),
             timezone = iif(timezone_us > ?3, timezone, NULL), timezone_us = max(timezone_us, ?3 + 1)",
        (organization, member, us),
    )
    .map(drop)
}
