//! Tenants: whose they are and whether the integration is on. A tenant counts as on until it is switched off.

use std::collections::HashSet;

use events::tenant::{Receipt, ReceiptsChosen};
use events::{OrganizationId, TenantId};
use rusqlite::{Connection, Row};

use crate::database::{Sql, Statements as _, json_of, json_opt, stored, stored_opt};
use crate::fold::Fold;
use crate::outbox;

/// A tenant as of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// The tenant.
    pub id: TenantId,
    /// Its organization, once linked.
    pub organization_id: Option<OrganizationId>,
    /// Whether cards may be sent to its people.
    pub enabled: bool,
}

/// Makes the tenant known; its people may come before anybody links it.
pub(crate) fn seen(f: &Fold<'_>, tenant: &TenantId) -> Sql<()> {
    f.db.run(
        "INSERT OR IGNORE INTO tenants (tenant) VALUES (?1)",
        [tenant.as_str()],
    )
    .map(drop)
}

/// Which receipts the tenant's organization wants.
pub(crate) fn choose_receipts(f: &Fold<'_>, tenant: &TenantId, event: &ReceiptsChosen) -> Sql<()> {
    f.db.run(
        "UPDATE tenants SET receipts = ?2 WHERE tenant = ?1",
        (tenant.as_str(), json_of(&event.receipts)),
    )
    .map(drop)
}

/// Whether cards may be sent to the tenant's people.
pub(crate) fn set_enabled(f: &Fold<'_>, tenant: &TenantId, enabled: bool) -> Sql<()> {
    f.db.run(
        "UPDATE tenants SET enabled_ms = CASE WHEN ?2 AND enabled = 0 THEN ?3 ELSE enabled_ms END,
             enabled = ?2
         WHERE tenant = ?1",
        (tenant.as_str(), enabled, f.ms),
    )?;
    outbox::switched(f, tenant.as_str(), enabled);
    Ok(())
}

/// Links; answers the other organization that had the tenant before.
pub(crate) fn link(f: &Fold<'_>, tenant: &TenantId, organization: &OrganizationId) -> Sql<Option<String>> {
    let before = f.db.first(
        "SELECT organization FROM tenants WHERE tenant = ?1 AND organization IS NOT NULL",
        [tenant.as_str()],
        |row| row.get::<_, String>(0),
    )?;
    f.db.run(
        "UPDATE tenants SET organization = ?2, linked_position = ?3 WHERE tenant = ?1",
        (tenant.as_str(), organization.as_str(), f.position),
    )?;
    Ok(before.filter(|before| before != organization.as_str()))
}

/// The tenant is the organization's no longer.
pub(crate) fn unlink(f: &Fold<'_>, tenant: &TenantId, organization: &str) -> Sql<()> {
    f.db.run(
        "UPDATE tenants SET organization = NULL, linked_position = NULL WHERE tenant = ?1 AND organization = ?2",
        (tenant.as_str(), organization),
    )
    .map(drop)
}

/// The organization's tenant: the one linked last.
pub(crate) fn of_organization(db: &Connection, organization: &str) -> Sql<Option<String>> {
    db.first(
        "SELECT tenant FROM tenants WHERE organization = ?1 ORDER BY linked_position DESC LIMIT 1",
        [organization],
        |row| row.get(0),
    )
}

/// What an organization wants to hear of every card.
pub(crate) fn receipts_of(db: &Connection, organization: &str) -> Sql<Vec<Receipt>> {
    let receipts = db.first(
        "SELECT receipts FROM tenants WHERE organization = ?1 ORDER BY linked_position DESC LIMIT 1",
        [organization],
        |row| json_opt(row, "receipts"),
    )?;
    Ok(receipts.flatten().unwrap_or_default())
}

/// The organization that a tenant belongs to.
pub(crate) fn organization_of(db: &Connection, tenant: &str) -> Sql<Option<String>> {
    db.first(
        "SELECT organization FROM tenants WHERE tenant = ?1",
        [tenant],
        |row| row.get(0),
    )
    .map(Option::flatten)
}

/// Whether cards may be sent to the tenant's people.
pub(crate) fn is_enabled(db: &Connection, tenant: &str) -> Sql<bool> {
    let enabled = db.first("SELECT enabled FROM tenants WHERE tenant = ?1", [tenant], |row| {
        row.get(0)
    })?;
    Ok(enabled.unwrap_or(true))
}

/// Those that are switched off.
pub(crate) fn off(db: &Connection) -> Sql<HashSet<TenantId>> {
    let off = db.all("SELECT tenant FROM tenants WHERE enabled = 0", [], |row| {
        stored(row, "tenant")
    })?;
    Ok(off.into_iter().collect())
}

/// One tenant.
pub(crate) fn find(db: &Connection, tenant: &TenantId) -> Sql<Option<Tenant>> {
    db.first("SELECT * FROM tenants WHERE tenant = ?1", [tenant.as_str()], read)
}

/// Every tenant, by id.
pub(crate) fn list(db: &Connection) -> Sql<Vec<Tenant>> {
    db.all("SELECT * FROM tenants ORDER BY tenant", [], read)
}

/// How many people of it are known.
pub(crate) fn people_of(db: &Connection, tenant: &TenantId) -> Sql<u64> {
    let count = db.first(
        "SELECT count(*) FROM people WHERE tenant = ?1",
        [tenant.as_str()],
        |row| row.get::<_, i64>(0),
    )?;
    Ok(count
        .and_then(|count| u64::try_from(count).ok())
        .unwrap_or_default())
}

/// Those that no organization has, with how many of their people are known, the largest first.
pub(crate) fn unlinked(db: &Connection, limit: usize) -> Sql<Vec<(TenantId, u64)>> {
    db.all(
        "SELECT tenants.tenant AS tenant, count(*) AS people FROM tenants JOIN people USING (tenant)
         WHERE tenants.organization IS NULL GROUP BY tenants.tenant ORDER BY people DESC, tenants.tenant LIMIT ?1",
        [i64::try_from(limit).unwrap_or(i64::MAX)],
        |row| {
            let people: i64 = row.get("people")?;
            Ok((stored(row, "tenant")?, u64::try_from(people).unwrap_or_default()))
        },
    )
}

fn read(row: &Row<'_>) -> Sql<Tenant> {
    Ok(Tenant {
        id: stored(row, "tenant")?,
        organization_id: stored_opt(row, "organization")?,
        enabled: row.get("enabled")?,
    })
}
