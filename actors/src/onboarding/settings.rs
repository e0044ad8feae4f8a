//! What holds for all people of an organization: whose addresses may be members', and what is taken for the zone and language of
//! whoever told none.

use events::address::normal_form;
use events::outbound::OrganizationSettingsChanged;

use super::{Configured, OnboardingRefusal, OnboardingState};
use crate::zone;

/// Domains of one organization.
const MOST_DOMAINS: usize = 50;
/// How many cards that can wait somebody may get within a day.
const MOST_A_DAY: std::ops::RangeInclusive<u32> = 1..=100;
/// Longest name of a domain, in characters.
const LONGEST_DOMAIN: usize = 253;

/// Decides what setting them leads to: nothing where they are so already.
pub fn decide_settings(
    state: &OnboardingState,
    configured: &Configured,
    ask: OrganizationSettingsChanged,
) -> Result<Option<OrganizationSettingsChanged>, OnboardingRefusal> {
    let organization = &ask.organization_id;
    if !configured.tenants.contains_key(organization) && state.registered(organization).is_none() {
        return Err(OnboardingRefusal::Unknown);
    }
    let email_domains = match &ask.email_domains {
        Some(domains) => Some(normal(domains).ok_or(OnboardingRefusal::Domains)?),
        None => None,
    };
    if !ask.timezone.as_deref().is_none_or(zone::is_known) {
        return Err(OnboardingRefusal::Timezone);
    }
    if !ask.locale.as_deref().is_none_or(is_tag) {
        return Err(OnboardingRefusal::Locale);
    }
    if !ask.most_a_day.is_none_or(|most| MOST_A_DAY.contains(&most)) {
        return Err(OnboardingRefusal::MostADay);
    }
    let wanted = OrganizationSettingsChanged { email_domains, ..ask };
    let unset = OrganizationSettingsChanged {
        email_domains: None,
        timezone: None,
        locale: None,
        most_a_day: None,
        ..wanted.clone()
    };
    let known = state.settings_of(&wanted.organization_id).unwrap_or(&unset);
    let same = known.email_domains == wanted.email_domains
        && known.timezone == wanted.timezone
        && known.locale == wanted.locale
        && known.most_a_day == wanted.most_a_day;
    Ok((!same).then_some(wanted))
}

/// Whether an address is of one of the domains.
pub fn is_in_domains(address: &str, domains: &[String]) -> bool {
    let normal = normal_form(address);
    let domain = normal.rsplit_once('@').map_or("", |(_, domain)| domain);
    domains.iter().any(|allowed| match allowed.strip_prefix('*') {
        Some(below) => domain.ends_with(below),
        None => domain == allowed,
    })
}

/// The domains in lower case, each once; `None` where one is none.
fn normal(domains: &[String]) -> Option<Vec<String>> {
    let mut all: Vec<String> = domains
        .iter()
        .map(|domain| domain.trim().trim_start_matches('@').to_ascii_lowercase())
        .collect();
    all.sort();
    all.dedup();
    let fits = (1..=MOST_DOMAINS).contains(&domains.len()) && all.iter().all(|domain| is_domain(domain));
    fits.then_some(all)
}

fn is_domain(text: &str) -> bool {
    let name = text.strip_prefix("*.").unwrap_or(text);
    let is_label = |label: &str| {
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
        (1..=63).contains(&label.len())
            && label.chars().all(fits)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= LONGEST_DOMAIN && name.contains('.') && name.split('.').all(is_label)
}

fn is_tag(tag: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphanumeric() || c == '-';
    (2..=35).contains(&tag.len()) && tag.chars().all(letter)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use events::OrganizationId;

    use super::*;

    fn ask(
        domains: Option<&[&str]>,
        timezone: Option<&str>,
        locale: Option<&str>,
    ) -> OrganizationSettingsChanged {
        OrganizationSettingsChanged {
            organization_id: OrganizationId::parse("acme").unwrap(),
            email_domains: domains.map(|all| all.iter().map(|one| (*one).to_owned()).collect()),
            timezone: timezone.map(str::to_owned),
            locale: locale.map(str::to_owned),
            most_a_day: None,
            by: "api:support".into(),
        }
    }

    fn configured() -> Configured {
        let acme = OrganizationId::parse("acme").unwrap();
        let tenant = events::TenantId::parse("t-1").unwrap();
        Configured {
            tenants: [(acme, tenant)].into(),
        }
    }

    #[test]
    fn settings_are_recorded_where_they_differ() {
        let (mut state, configured) = (OnboardingState::default(), configured());
        let nothing = ask(None, None, None);
        assert_eq!(decide_settings(&state, &configured, nothing.clone()), Ok(None));
        let wanted = ask(
            Some(&["@Acme.Example", "acme.example", "*.acme.example"]),
            Some("Europe/Berlin"),
            Some("de-DE"),
        );
        let changed = decide_settings(&state, &configured, wanted.clone())
            .unwrap()
            .unwrap();
        assert_eq!(
            changed.email_domains,
            Some(vec!["*.acme.example".to_owned(), "acme.example".to_owned()])
        );
        state.apply(&changed.into(), DateTime::UNIX_EPOCH);
        assert_eq!(decide_settings(&state, &configured, wanted), Ok(None));
        assert!(decide_settings(&state, &configured, nothing).unwrap().is_some());
    }

    #[test]
    fn what_is_no_domain_zone_or_language_is_refused() {
        let refused = |ask| decide_settings(&OnboardingState::default(), &configured(), ask).unwrap_err();
        for domains in [
            &[][..],
            &["example"],
            &["acme..example"],
            &["a b.example"],
            &["*"],
            &["-a.example"],
        ] {
            assert_eq!(
                refused(ask(Some(domains), None, None)),
                OnboardingRefusal::Domains,
                "{domains:?}"
            );
        }
        assert_eq!(
            refused(ask(None, Some("Mars/Base"), None)),
            OnboardingRefusal::Timezone
        );
        assert_eq!(refused(ask(None, None, Some("de DE"))), OnboardingRefusal::Locale);
        let unknown = decide_settings(
            &OnboardingState::default(),
            &Configured::default(),
            ask(None, None, None),
        );
        assert_eq!(unknown, Err(OnboardingRefusal::Unknown));
    }

    #[test]
    fn an_address_is_of_a_domain_by_its_end_alone() {
        let domains = ["acme.example".to_owned(), "*.acme.example".to_owned()];
        for (address, is_in) in [
            ("ada@acme.example", true),
            ("ada@ACME.example", true),
            ("ada@eu.acme.example", true),
            ("ada@notacme.example", false),
            ("ada@acme.example.evil.example", false),
            ("\"a@acme.example\"@evil.example", false),
            ("acme.example", false),
        ] {
            assert_eq!(is_in_domains(address, &domains), is_in, "{address}");
        }
        assert!(!is_in_domains("ada@eu.acme.example", &domains[..1]));
    }
}
