//! The shapes of what is sent and answered about organizations and links.

use serde_json::{Value, json};

use super::shapes::{chosen, flag, list, moment, number, one_of, reason, sent, text, told, uuid};

pub(super) fn organizations() -> Value {
    let one = told(
        &[
            ("organization_id", text()),
            ("from", one_of(&["configuration", "api"])),
        ],
        &[
            ("name", text()),
            ("tenant_id", text()),
            ("linked_at", moment()),
            ("registered_at", moment()),
            ("registered_by", text()),
        ],
    );
    told(&[("organizations", list(&one))], &[])
}

pub(super) fn new_organization() -> Value {
    let id = json!({ "type": "string", "pattern": "^[a-z0-9_-]{1,64}$" });
    let name = json!({ "type": ["string", "null"], "minLength": 1, "maxLength": 100 });
    sent(
        &[
            ("organization_id", id),
            ("key_id", chosen()),
            ("reason", reason()),
        ],
        &[("name", name)],
    )
}

pub(super) fn organization_shown() -> Value {
    told(
        &[
            ("organization_id", text()),
            ("registered", flag()),
            ("key_id", uuid()),
            ("key", text()),
        ],
        &[("name", text())],
    )
}

pub(super) fn unlinked() -> Value {
    let one = told(
        &[
            ("tenant_id", text()),
            ("people", number()),
            ("activities", number()),
        ],
        &[("first_at", moment()), ("last_at", moment())],
    );
    told(
        &[("tenants", list(&one)), ("activities_of_others", number())],
        &[],
    )
}

pub(super) fn new_code() -> Value {
    let minutes = json!({ "type": ["integer", "null"], "minimum": 5, "maximum": 1_440 });
    sent(
        &[("code_id", chosen()), ("reason", reason())],
        &[("valid_minutes", minutes)],
    )
}

pub(super) fn code_shown() -> Value {
    told(
        &[
            ("code_id", uuid()),
            ("code", text()),
            ("type_this", text()),
            ("expires_at", moment()),
        ],
        &[],
    )
}

pub(super) fn code() -> Value {
    told(
        &[
            ("code_id", uuid()),
            ("state", one_of(&["open", "expired", "spent", "used"])),
            ("made_at", moment()),
            ("made_by", text()),
            ("expires_at", moment()),
            ("wrong_tries", number()),
            ("tries_left", number()),
        ],
        &[("tenant_id", text())],
    )
}

pub(super) fn unlinked_tenant() -> Value {
    told(
        &[
            ("tenant_id", text()),
            ("organization_id", text()),
            ("linked", flag()),
        ],
        &[],
    )
}

pub(super) fn organization() -> Value {
    told(
        &[
            ("organization_id", text()),
            ("from", one_of(&["configuration", "api"])),
        ],
        &[
            ("name", text()),
            ("tenant_id", text()),
            ("email_domains", list(&text())),
            ("timezone", text()),
            ("locale", text()),
            ("most_a_day", number()),
        ],
    )
}

pub(super) fn new_settings() -> Value {
    let optional = || json!({ "type": ["string", "null"] });
    let most_a_day = json!({ "type": ["integer", "null"], "minimum": 1, "maximum": 100 });
    let domains = json!({ "type": ["array", "null"], "minItems": 1, "maxItems": 50, "items": text() });
    sent(
        &[("reason", reason())],
        &[
            ("email_domains", domains),
            ("timezone", optional()),
            ("locale", optional()),
            ("most_a_day", most_a_day),
        ],
    )
}

pub(super) fn settings_changed() -> Value {
    told(&[("organization_id", text()), ("changed", flag())], &[])
}
