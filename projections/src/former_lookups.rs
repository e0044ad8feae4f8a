//! Addresses whose lookup the first releases computed otherwise, before addresses had one normal form. A new event about
//! such an address carries both; whatever is stored under the former one goes by today's from then on, so that it is found.

use events::Lookup;
use events::organization::Recipient;

use crate::database::{Sql, Statements as _};
use crate::email_mapping;
use crate::fold::Fold;
use crate::tenants;
use crate::touched::{Again, Touched};

/// Takes in a recipient of a domain event.
pub(crate) fn of_recipient(f: &Fold<'_>, organization: &str, recipient: &Recipient) -> Sql<Option<Again>> {
    if recipient.former_lookup.is_none() {
        return Ok(None);
    }
    let Some(tenant) = tenants::of_organization(f.db, organization)? else {
        return Ok(None);
    };
    let (former, lookup) = (recipient.former_lookup.as_ref(), recipient.lookup.as_ref());
    learn(f, &tenant, former, lookup)
}

/// Takes in one address in a tenant, where its former lookup was another.
pub(crate) fn learn(
    f: &Fold<'_>,
    tenant: &str,
    former: Option<&Lookup>,
    lookup: Option<&Lookup>,
) -> Sql<Option<Again>> {
    let (Some(former), Some(lookup)) = (former, lookup) else {
        return Ok(None);
    };
    email_mapping::rename(f, tenant, former, lookup)?;
    let Some(organization) = tenants::organization_of(f.db, tenant)? else {
        return Ok(None);
    };
    let names = (organization.as_str(), former.as_str(), lookup.as_str());
    f.db.run(
        "UPDATE members SET lookup = ?3 WHERE organization = ?1 AND lookup = ?2",
        names,
    )?;
    f.rows()?.run(
        "UPDATE notifications SET lookup = ?3 WHERE state = 'unresolved' AND organization = ?1 AND lookup = ?2",
        names,
    )?;
    let mut touched = Touched::default();
    touched.lookups.insert(lookup.as_str().to_owned());
    Ok(Some(Again::of(&organization, touched)))
}
