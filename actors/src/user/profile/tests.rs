//! What the directory told: how old it is, when it is asked again, and what contradicts it.

use events::Lookup;

use super::*;

fn told(address: &str, role: MemberRole) -> ProfileResolved {
    ProfileResolved {
        name: Some(words("Ada")),
        email: Some(words(address)),
        email_lookup: Some(Lookup::from_stored(address)),
        upn: None,
        upn_lookup: None,
        email_former_lookup: None,
        upn_former_lookup: None,
        role,
    }
}

fn words(text: &str) -> Sealed {
    serde_json::from_value(serde_json::json!({ "sealed_for": "user/t/ada", "generation": 1, "box": text }))
        .unwrap()
}

fn known(role: MemberRole) -> Profile {
    let mut profile = Profile::default();
    profile.resolve(&told("ada@acme.example", role), DateTime::UNIX_EPOCH);
    profile
}

#[test]
fn what_was_told_is_old_from_the_very_moment_on_that_its_age_is_reached() {
    let profile = known(MemberRole::User);
    let (age, told_at) = (TimeDelta::days(1), DateTime::UNIX_EPOCH);
    assert!(!profile.is_old(told_at + age - TimeDelta::milliseconds(1), age));
    assert!(profile.is_old(told_at + age, age));
    assert!(Profile::default().is_old(told_at, age));
}

#[test]
fn a_look_up_that_is_put_off_is_due_at_its_time() {
    let mut profile = Profile::default();
    assert!(!profile.is_due(DateTime::UNIX_EPOCH));
    profile.request(None);
    assert!(profile.is_due(DateTime::UNIX_EPOCH));
    let retry_at = DateTime::UNIX_EPOCH + TimeDelta::minutes(5);
    let put_off = ProfileUnavailable {
        status: Some(503),
        code: "unavailable".into(),
        retry_at: Some(retry_at),
    };
    profile.fail(&put_off, DateTime::UNIX_EPOCH);
    assert!(!profile.is_due(retry_at - TimeDelta::milliseconds(1)));
    assert!(profile.is_due(retry_at));
}

#[test]
fn another_address_or_that_somebody_is_a_guest_now_contradicts_who_they_were() {
    let by_address = MatchedBy::Email;
    let (user, guest) = (known(MemberRole::User), known(MemberRole::Guest));
    let same = told("ada@acme.example", MemberRole::User);
    let other = told("eve@acme.example", MemberRole::User);
    let as_guest = told("ada@acme.example", MemberRole::Guest);
    assert!(!user.is_contradicted(by_address, &same));
    assert!(user.is_contradicted(by_address, &other));
    assert!(user.is_contradicted(by_address, &as_guest));
    // Who was a guest before is no less of a member for being told so again.
    assert!(!guest.is_contradicted(by_address, &as_guest));
    assert!(!user.is_contradicted(MatchedBy::ObjectId, &other));
}

#[test]
fn a_person_is_named_as_the_directory_names_them() {
    assert_eq!(known(MemberRole::User).name(), Some(&words("Ada")));
    assert_eq!(Profile::default().name(), None);
}
