//! The shapes of what is sent and answered about announcements.

use serde_json::Value;

use super::shapes::{flag, moment, number, one_of, page, reason, sent, text, told, uuid};

const STATES: &[&str] = &["scheduled", "sent", "withdrawn"];

pub(super) fn announcements() -> Value {
    let one = told(
        &[
            ("subject", text()),
            ("state", one_of(STATES)),
            ("handed_over_at", moment()),
        ],
        &[("send_at", moment()), ("withdrawn_at", moment())],
    );
    page("announcements", &one, number())
}

pub(super) fn announcement() -> Value {
    let all: Vec<(&str, Value)> = [
        "all",
        "scheduled",
        "looking_for_person",
        "under_way",
        "in_chat",
        "in_lists",
        "unknown",
        "not_sent",
        "dropped",
        "replaced",
        "replaced_later",
        "not_replaced",
    ]
    .map(|name| (name, number()))
    .to_vec();
    told(
        &[
            ("subject", text()),
            ("state", one_of(STATES)),
            ("handed_over_at", moment()),
            ("cards", told(&all, &[])),
            ("seen", number()),
        ],
        &[
            ("send_at", moment()),
            ("withdrawn_at", moment()),
            ("changed", flag()),
        ],
    )
}

pub(super) fn seen() -> Value {
    let one = told(
        &[("notification_id", uuid()), ("seen_at", moment())],
        &[("member_id", text()), ("aad_object_id", text())],
    );
    page("seen", &one, number())
}

pub(super) fn withdrawal() -> Value {
    sent(&[("reason", reason())], &[("mistake", flag())])
}
