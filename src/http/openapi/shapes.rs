//! The shapes of bodies and answers, as JSON Schema 2020-12.

use serde_json::{Map, Value, json};

type Fields<'f> = &'f [(&'f str, Value)];

fn fields(required: Fields<'_>, optional: Fields<'_>) -> Map<String, Value> {
    let all = required.iter().chain(optional);
    all.map(|(name, shape)| ((*name).to_owned(), shape.clone()))
        .collect()
}

/// What callers send: nothing beside these fields is taken.
pub(super) fn sent(required: Fields<'_>, optional: Fields<'_>) -> Value {
    let mut shape = told(required, optional);
    shape["additionalProperties"] = false.into();
    shape
}

/// What is answered: there may be more fields in later releases.
pub(super) fn told(required: Fields<'_>, optional: Fields<'_>) -> Value {
    let names: Vec<&str> = required.iter().map(|(name, _)| *name).collect();
    json!({ "type": "object", "required": names, "properties": fields(required, optional) })
}

pub(super) fn text() -> Value {
    json!({ "type": "string" })
}

pub(super) fn reason() -> Value {
    json!({
        "type": "string", "minLength": 1, "maxLength": 200,
        "description": "Why; kept in the log as it is, so without personal data.",
    })
}

pub(super) fn uuid() -> Value {
    json!({ "type": "string", "format": "uuid" })
}

/// An id that the caller chooses: the same one again has no second effect.
pub(super) fn chosen() -> Value {
    json!({
        "type": "string", "format": "uuid",
        "description": "A UUID of your choice. The same one again has no second effect.",
    })
}

pub(super) fn moment() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

pub(super) fn number() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

pub(super) fn flag() -> Value {
    json!({ "type": "boolean" })
}

pub(super) fn list(of: &Value) -> Value {
    json!({ "type": "array", "items": of })
}

/// A page of a list, and where the next one begins.
pub(super) fn page(name: &str, of: &Value, next: Value) -> Value {
    told(&[(name, list(of)), ("more", flag())], &[("next", next)])
}

pub(super) fn one_of(words: &[&str]) -> Value {
    json!({ "type": "string", "enum": words })
}

/// Anything that is an object.
pub(super) fn object() -> Value {
    json!({ "type": "object" })
}

pub(super) fn teams_user() -> Value {
    told(&[("tenant_id", text()), ("aad_object_id", text())], &[])
}

/// A named shape of the document.
pub(super) fn named(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// The shapes that several answers share, by name.
pub(super) fn shared() -> Value {
    let card = [
        ("state", text()),
        ("card", text()),
        ("attempts", number()),
        ("created_at", moment()),
        ("expires_at", moment()),
        ("since", moment()),
    ];
    let of_card = [
        ("reason", text()),
        ("code", text()),
        ("http_status", number()),
        ("type", text()),
        ("subject", text()),
        ("member_id", text()),
        ("teams_user", teams_user()),
    ];
    let entry = told(
        &[
            ("position", number()),
            ("time", moment()),
            ("what", text()),
            ("detail", json!({})),
        ],
        &[],
    );
    let always = [
        &card[..],
        &[("id", uuid()), ("settled", flag()), ("correlation_id", uuid())],
    ]
    .concat();
    let perhaps = [
        &of_card[..],
        &[("due_at", moment()), ("settled_at", moment()), ("answer", text())],
    ]
    .concat();
    let notification = told(
        &[&always[..], &[("history", list(&entry))]].concat(),
        &[&perhaps[..], &[("held_by", text())]].concat(),
    );
    let letter = told(
        &[&card[..], &[("notification_id", uuid()), ("position", number())]].concat(),
        &[&of_card[..], &[("payload", object())]].concat(),
    );
    json!({
        "Problem": problem(),
        "Notification": notification,
        "Card": told(&always, &perhaps),
        "Person": person(),
        "DeadLetter": letter,
        "Member": member(),
        "Key": key(),
        "NewKey": told(
            &[("key_id", uuid()), ("name", text()), ("roles", list(&text())), ("key", text())],
            &[("expires_at", moment()), ("replaces", uuid())],
        ),
        "AuditEntry": entry_of_audit(),
        "Why": told(
            &[
                ("notification_id", uuid()),
                ("sentence", text()),
                ("rule", text()),
                ("state", text()),
                ("evidence", list(&object())),
            ],
            &[("reason", json!({ "type": ["string", "null"] }))],
        ),
    })
}

fn problem() -> Value {
    told(
        &[
            ("type", text()),
            ("title", text()),
            ("status", number()),
            ("detail", text()),
        ],
        &[
            ("pointer", text()),
            ("errors", list(&object())),
            ("results", list(&object())),
        ],
    )
}

fn person() -> Value {
    let link = told(
        &[("matched_by", text()), ("since", moment())],
        &[("member_id", text())],
    );
    told(
        &[
            ("teams_user", teams_user()),
            ("installed", flag()),
            ("connected", flag()),
            ("first_seen", moment()),
            ("links", list(&link)),
        ],
        &[
            ("reachability", text()),
            ("evidence", text()),
            ("role", text()),
            ("erased", flag()),
            ("name", text()),
            ("address", text()),
        ],
    )
}

fn member() -> Value {
    told(
        &[
            ("member_id", text()),
            ("told_by", one_of(&["member_event", "card"])),
        ],
        &[
            ("address", text()),
            ("address_told_by", text()),
            ("aad_object_id", text()),
            ("removed", flag()),
            ("was_linked_to", text()),
            ("linked_to", text()),
            ("decided", text()),
            ("reason", text()),
        ],
    )
}

fn key() -> Value {
    told(
        &[
            ("name", text()),
            ("roles", list(&text())),
            ("from", one_of(&["configuration", "api"])),
        ],
        &[
            ("key_id", uuid()),
            ("made_at", moment()),
            ("made_by", text()),
            ("expires_at", moment()),
            ("revoked_from", moment()),
            ("replaces", uuid()),
            ("last_used_at", moment()),
        ],
    )
}

fn entry_of_audit() -> Value {
    told(
        &[
            ("number", number()),
            ("time", moment()),
            ("event", text()),
            ("stream", text()),
            ("hash", text()),
        ],
        &[
            ("act_id", uuid()),
            ("act", text()),
            ("about", text()),
            ("by", text()),
            ("reason", text()),
            ("failed", number()),
            ("chain", text()),
        ],
    )
}
