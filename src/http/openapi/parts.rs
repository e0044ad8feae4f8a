//! The shapes of what is sent and answered about programmes and ERGs that are switched off.

use serde_json::{Value, json};

use super::shapes::{flag, list, moment, one_of, reason, sent, text, told};

const KINDS: &[&str] = &["programme", "erg"];

pub(super) fn off() -> Value {
    let one = told(
        &[
            ("kind", one_of(KINDS)),
            ("since", moment()),
            ("by", text()),
            ("reason", text()),
        ],
        &[("name", text())],
    );
    told(&[("off", list(&one))], &[])
}

pub(super) fn part() -> Value {
    let name = || json!({ "type": ["string", "null"], "minLength": 1, "maxLength": 200 });
    let mut shape = sent(&[("reason", reason())], &[("program", name()), ("erg", name())]);
    shape["description"] = "Name one of the two.".into();
    shape
}

pub(super) fn switched() -> Value {
    told(
        &[
            ("kind", one_of(KINDS)),
            ("name", text()),
            ("off", flag()),
            ("changed", flag()),
        ],
        &[],
    )
}
