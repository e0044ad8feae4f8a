//! Members, people and conflicts as they are told by the API and the command line.

use events::outbound::UnroutableReason;
use projections::conflicts::{Conflict, MemberEvidence, PersonEvidence};
use projections::links::Decided;
use serde_json::{Value, json};

/// Longest reason that an administrator may give, in characters.
const MAX_REASON: usize = 200;

/// Why an administrator's word does not count for a member with an object id.
pub const LINK_HINT: &str =
    "Chronus gave this member's object id, and that counts more than an administrator; correct it in Chronus";

/// Checks the reason for a word about a member. It is kept in the log as it is.
pub fn check_reason(reason: &str) -> Result<(), String> {
    let length = reason.trim().chars().count();
    if length == 0 || length > MAX_REASON || reason.chars().any(char::is_control) {
        return Err(format!(
            "give a reason of 1 to {MAX_REASON} characters, without personal data"
        ));
    }
    Ok(())
}

/// A member with the evidence of who that is; without the address.
pub fn member(evidence: &MemberEvidence) -> Value {
    let member = &evidence.member;
    let told_by = |told: bool| if told { "member_event" } else { "card" };
    json!({
        "member_id": member.id,
        "told_by": told_by(member.told),
        "address_told_by": member.lookup.as_ref().map(|_| told_by(member.address_told)),
        "aad_object_id": member.object_id,
        "removed": member.removed.then_some(true),
        "was_linked_to": evidence.was_linked_to.as_ref().map(|user| user.aad_object_id.as_str()),
        "reason": evidence.reason.map(UnroutableReason::as_str),
    })
}

/// What an administrator said of a member: an object id, `nobody`, or nothing.
pub fn decided(said: Option<&Decided>) -> Value {
    match said {
        None => Value::Null,
        Some(Decided::Nobody) => "nobody".into(),
        Some(Decided::Person(user)) => user.aad_object_id.as_str().into(),
    }
}

fn person(evidence: &PersonEvidence) -> Value {
    json!({
        "aad_object_id": evidence.user.aad_object_id,
        "has_it_as": evidence.kind,
        "role": evidence.role,
        "status": evidence.status,
        "since_position": evidence.since,
        "linked_to": evidence.linked_to,
    })
}

/// A conflict without the address.
pub fn conflict(conflict: &Conflict) -> Value {
    let cards = conflict.cards.iter().map(|card| {
        json!({
            "notification_id": card.id,
            "state": card.state.as_str(),
            "member_id": card.member_id,
            "type": card.event_type,
            "created_at": card.created_at,
            "expires_at": card.expires_at,
        })
    });
    json!({
        "kind": conflict.kind,
        "members": conflict.members.iter().map(|one| without_nulls(member(one))).collect::<Vec<_>>(),
        "people": conflict.people.iter().map(|one| without_nulls(person(one))).collect::<Vec<_>>(),
        "cards": cards.map(without_nulls).collect::<Vec<_>>(),
    })
}

/// The same without what is not known.
pub fn without_nulls(mut value: Value) -> Value {
    if let Some(fields) = value.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    value
}
