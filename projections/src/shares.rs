//! A work list that is shared out among tenants, so that one with a hundred thousand items does not hold up the others.

use rusqlite::Connection;

use crate::database::{Sql, Statements as _};

/// The tenants that have items for which `listed` holds, each found by one step through `index`, whose first column is
/// the tenant; those of the JSON list `?1` left out.
pub(crate) fn tenants_sql(table: &str, index: &str, listed: &str) -> String {
    format!(
        "WITH RECURSIVE found (tenant) AS (
             SELECT (SELECT tenant FROM {table} INDEXED BY {index} WHERE {listed} ORDER BY tenant LIMIT 1)
             UNION ALL
             SELECT (SELECT next.tenant FROM {table} AS next INDEXED BY {index}
                     WHERE {listed} AND next.tenant > found.tenant ORDER BY next.tenant LIMIT 1)
             FROM found WHERE found.tenant IS NOT NULL)
         SELECT tenant FROM found
         WHERE tenant IS NOT NULL AND (?1 = '[]' OR tenant NOT IN (SELECT value FROM json_each(?1)))"
    )
}

/// Asks for each tenant's share of `limit` items, at least one.
pub(crate) fn shared_out<T>(
    db: &Connection,
    tenants_sql: &str,
    but: &str,
    limit: usize,
    of: impl Fn(&str, usize) -> Sql<Vec<T>>,
) -> Sql<Vec<T>> {
    let tenants: Vec<String> = db.all(tenants_sql, [but], |row| row.get(0))?;
    let share = limit.checked_div(tenants.len()).unwrap_or(limit).max(1);
    let mut items = Vec::new();
    for tenant in tenants {
        items.extend(of(&tenant, share)?);
    }
    Ok(items)
}
