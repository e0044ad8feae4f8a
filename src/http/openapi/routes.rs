//! Every route of the API: who may ask, what is sent and what is answered. The document is made of this table, and so is what
//! parameters a route takes.

use serde_json::{Value, json};

use super::shapes::{
    chosen, flag, list, moment, named, number, object, one_of, page, reason, sent, teams_user, text, told,
    uuid,
};
use super::{announcements, onboarding, parts};
use crate::config::Role;

/// A parameter of the address.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct Parameter {
    pub(in crate::http) name: &'static str,
    pub(super) says: &'static str,
    pub(super) is_needed: bool,
    pub(super) form: Form,
}

/// What a parameter's value is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Form {
    Text,
    Number,
    Moment,
    OneOf(&'static [&'static str]),
}

/// What is sent or answered.
#[derive(Debug, Clone, Copy)]
pub(super) enum Body {
    Nothing,
    Json(fn() -> Value),
    /// Other media beside JSON.
    Also(fn() -> Value, &'static [&'static str]),
}

/// What becomes of a request that is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// Nothing is changed by it.
    Reads,
    /// What is handed over is known by ids of its own.
    Known,
    /// With the same `Idempotency-Key` it is answered as the first time.
    Answered,
}

/// One route.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct Route {
    pub(super) method: &'static str,
    pub(in crate::http) path: &'static str,
    /// Who may ask; an admin may always. None where nobody has to say who they are.
    pub(super) role: Option<Role>,
    pub(super) group: &'static str,
    pub(super) says: &'static str,
    pub(in crate::http) parameters: &'static [Parameter],
    pub(super) takes: Body,
    pub(super) status: u16,
    pub(super) gives: Body,
    /// Refusals of its own beside those that every route has.
    pub(super) refuses: &'static [u16],
    pub(super) again: Again,
}

const fn optional(name: &'static str, form: Form, says: &'static str) -> Parameter {
    Parameter {
        name,
        says,
        is_needed: false,
        form,
    }
}

const fn needed(name: &'static str, says: &'static str) -> Parameter {
    Parameter {
        name,
        says,
        is_needed: true,
        form: Form::Text,
    }
}

const AFTER: Parameter = optional("after", Form::Text, "`next` of the page before.");
const AFTER_NUMBER: Parameter = optional("after", Form::Number, "`next` of the page before.");
const LIMIT: Parameter = optional("limit", Form::Number, "How many at most in this page.");
const SINCE: Parameter = optional(
    "since",
    Form::Moment,
    "Only what came to it at this moment or later.",
);
const LETTER_STATES: Form = Form::OneOf(&["refused", "unknown_held", "expired", "unroutable"]);
const RESPONSE_KINDS: Form = Form::OneOf(&["answer", "undeliverable", "unreached", "delivered", "seen"]);

const fn get(
    path: &'static str,
    role: Role,
    group: &'static str,
    says: &'static str,
    gives: fn() -> Value,
) -> Route {
    Route {
        method: "get",
        path,
        role: Some(role),
        group,
        says,
        parameters: &[],
        takes: Body::Nothing,
        status: 200,
        gives: Body::Json(gives),
        refuses: &[],
        again: Again::Reads,
    }
}

const fn change(
    path: &'static str,
    group: &'static str,
    says: &'static str,
    takes: Body,
    gives: fn() -> Value,
) -> Route {
    Route {
        method: "post",
        takes,
        refuses: &[404],
        again: Again::Answered,
        ..get(path, Role::Admin, group, says, gives)
    }
}

/// All of them, by what they are about.
pub(in crate::http) const ROUTES: &[Route] = &[
    Route {
        method: "post",
        takes: Body::Also(
            object,
            &[
                "application/cloudevents+json",
                "application/cloudevents-batch+json",
            ],
        ),
        status: 202,
        refuses: &[413, 415, 422],
        again: Again::Known,
        ..get(
            "/v1/events",
            Role::Ingest,
            "Events",
            "Hands over domain events as CloudEvents 1.0: structured, a batch, or binary. Answers once they are on disk, with a result for each.",
            results,
        )
    },
    Route {
        parameters: &[
            optional(
                "state",
                Form::Text,
                "Only cards that stand so; several with commas between them.",
            ),
            optional("kind", Form::Text, "Only this kind of card."),
            optional("subject", Form::Text, "Only about this, such as `meeting/9`."),
            optional("person", Form::Text, "Only for the person with this object id."),
            optional(
                "member",
                Form::Text,
                "Only those that Chronus addressed to this member.",
            ),
            optional(
                "since",
                Form::Moment,
                "Only those that came to be at this moment or later.",
            ),
            optional(
                "until",
                Form::Moment,
                "Only those that came to be before this moment.",
            ),
            AFTER_NUMBER,
            LIMIT,
        ],
        refuses: &[404],
        ..get(
            "/v1/notifications",
            Role::Read,
            "Cards",
            "Cards, newest first. A page may be short, or empty, while there is `more`: each looks at so many rows.",
            cards,
        )
    },
    Route {
        refuses: &[404],
        ..get(
            "/v1/notifications/{id}",
            Role::Read,
            "Cards",
            "How a card stands, with its history.",
            notification,
        )
    },
    Route {
        refuses: &[404],
        ..get(
            "/v1/notifications/{id}/why",
            Role::Read,
            "Cards",
            "Why a card stands as it does, in one sentence with its evidence. A key with `analyst` may ask as well.",
            why,
        )
    },
    Route {
        parameters: &[
            needed("person", "A member id or an object id."),
            needed("subject", "Such as `meeting/9`."),
        ],
        refuses: &[404],
        ..get(
            "/v1/why",
            Role::Read,
            "Cards",
            "The same of every card about a subject for a person.",
            whys,
        )
    },
    Route {
        parameters: &[AFTER_NUMBER, LIMIT],
        ..get(
            "/v1/announcements",
            Role::Read,
            "Announcements",
            "Announcements, the one handed over last first: whether it waits for its time, was sent or was withdrawn.",
            announcements::announcements,
        )
    },
    Route {
        refuses: &[404],
        ..get(
            "/v1/announcements/{id}",
            Role::Read,
            "Announcements",
            "How an announcement fares: how many of its cards stand how, and how many people saw it. `id` is what follows `announcement/` in its subject.",
            announcements::announcement,
        )
    },
    Route {
        parameters: &[AFTER_NUMBER, LIMIT],
        refuses: &[404],
        ..get(
            "/v1/announcements/{id}/seen",
            Role::Read,
            "Announcements",
            "Who certainly saw an announcement; where it was withdrawn, before it was replaced in their chat.",
            announcements::seen,
        )
    },
    change(
        "/v1/announcements/{id}/withdraw",
        "Announcements",
        "Takes an announcement back: what was not sent is dropped, what is in a chat is replaced there. Of a `mistake` not even the title stays. The answer tells how far that came; ask for the announcement to follow it.",
        Body::Json(announcements::withdrawal),
        announcements::announcement,
    ),
    Route {
        parameters: &[
            optional("state", LETTER_STATES, "Only those that ended so."),
            optional("code", Form::Text, "Only those with this code of Teams'."),
            optional("type", Form::Text, "Only those of this type of domain event."),
            SINCE,
            AFTER_NUMBER,
            LIMIT,
        ],
        ..get(
            "/v1/dead-letters",
            Role::Read,
            "Cards",
            "Cards that ended without certainly arriving, in the order of their end.",
            letters,
        )
    },
    change(
        "/v1/dead-letters/replay",
        "Cards",
        "Sends dead letters after all: those that are named, or all that fit a filter.",
        Body::Json(letters_to_replay),
        replayed,
    ),
    Route {
        parameters: &[
            needed("source", "The event's `source`."),
            needed("id", "The event's `id`."),
        ],
        refuses: &[404],
        ..get(
            "/v1/left-out",
            Role::Read,
            "Cards",
            "How many members an event for all did not reach, by reason.",
            left_out,
        )
    },
    Route {
        parameters: &[AFTER, LIMIT],
        refuses: &[409],
        ..get(
            "/v1/responses",
            Role::Read,
            "Answers",
            "What people answered and what became of cards, oldest first, as CloudEvents.",
            feed,
        )
    },
    Route {
        parameters: &[
            optional("reason", Form::Text, "Only those that ended for this reason."),
            optional("kind", RESPONSE_KINDS, "Only those of this kind."),
            SINCE,
            optional("until", Form::Moment, "Only those before this moment."),
            AFTER_NUMBER,
            LIMIT,
        ],
        ..get(
            "/v1/responses/given-up",
            Role::Read,
            "Answers",
            "Answers that the webhook did not take and that are not tried any more.",
            given_up,
        )
    },
    change(
        "/v1/responses/replay",
        "Answers",
        "Hands answers over again.",
        Body::Json(responses_to_replay),
        replayed,
    ),
    get(
        "/v1/webhook",
        Role::Read,
        "Answers",
        "How the organization's receiver of answers stands.",
        webhook,
    ),
    change(
        "/v1/webhook/enable",
        "Answers",
        "Posts answers again, first of all those that wait.",
        Body::Nothing,
        webhook_switched,
    ),
    Route {
        refuses: &[409],
        ..change(
            "/v1/secrets/reload",
            "Administration",
            "Has the process that answers read its configuration again and take the secrets in it, as SIGHUP does: keys of the configuration, signing secrets, the credential of the bot. None is told.",
            Body::Json(with_reason),
            secrets_reloaded,
        )
    },
    change(
        "/v1/webhook/disable",
        "Answers",
        "Posts nothing more; answers wait and stand in the feed.",
        Body::Nothing,
        webhook_switched,
    ),
    Route {
        method: "post",
        takes: Body::Json(audience),
        refuses: &[413],
        ..get(
            "/v1/preflight",
            Role::Read,
            "People",
            "How many of an audience a card would reach, and why not the others.",
            counted,
        )
    },
    Route {
        parameters: &[
            optional("state", Form::Text, "Only people of this state."),
            AFTER,
            LIMIT,
        ],
        ..get(
            "/v1/reachability",
            Role::Read,
            "People",
            "The people of the organization's tenant with whether and why they can be reached.",
            people,
        )
    },
    Route {
        refuses: &[404],
        ..get(
            "/v1/reachability/{person}",
            Role::Read,
            "People",
            "What was so of reaching one person, by object id, oldest first.",
            ledger,
        )
    },
    Route {
        method: "post",
        takes: Body::Json(sought),
        refuses: &[404, 413],
        ..get(
            "/v1/people/search",
            Role::Read,
            "People",
            "Who has an address now, who a member is, or who has an object id, and the members concerned. An address is looked up by its keyed hash and kept nowhere.",
            people_found,
        )
    },
    Route {
        refuses: &[404],
        ..get(
            "/v1/people/{id}",
            Role::Read,
            "People",
            "One person by object id. Name and address are opened, on the record.",
            person,
        )
    },
    Route {
        parameters: &[AFTER_NUMBER, LIMIT],
        refuses: &[404],
        ..get(
            "/v1/people/{id}/addresses",
            Role::Read,
            "People",
            "Which addresses a person had from when to when, on what evidence, oldest first. They are opened, on the record.",
            address_history,
        )
    },
    Route {
        method: "post",
        takes: Body::Json(address_sought),
        refuses: &[413],
        ..get(
            "/v1/addresses/history",
            Role::Read,
            "People",
            "Who had an address from when to when, on what evidence, oldest first.",
            address_history,
        )
    },
    Route {
        parameters: &[AFTER, LIMIT],
        ..get(
            "/v1/conflicts",
            Role::Read,
            "People",
            "Of whom the evidence disagrees who they are, and what went to nobody because of it. Addresses are opened, on the record.",
            conflicts,
        )
    },
    Route {
        refuses: &[404],
        ..get(
            "/v1/members/{id}",
            Role::Read,
            "People",
            "What is known of one member, and who it is in Teams. The address is opened, on the record.",
            member,
        )
    },
    Route {
        refuses: &[404, 409],
        ..change(
            "/v1/members/{id}/link",
            "People",
            "The member is this person, whatever addresses say.",
            Body::Json(link),
            decided,
        )
    },
    Route {
        refuses: &[404, 409],
        ..change(
            "/v1/members/{id}/unlink",
            "People",
            "The member is nobody in the tenant, whatever addresses say.",
            Body::Json(with_reason),
            decided,
        )
    },
    change(
        "/v1/members/{id}/automatic",
        "People",
        "The evidence decides again who the member is.",
        Body::Json(with_reason),
        decided,
    ),
    change(
        "/v1/members/{id}/erase",
        "Privacy",
        "Forgets a member and the person that it is: their keys are destroyed, which nobody can undo.",
        Body::Json(erasure),
        erased,
    ),
    Route {
        parameters: &[optional(
            "format",
            Form::OneOf(&["ndjson", "page"]),
            "For machines, or one page for people.",
        )],
        gives: Body::Also(object, &["application/x-ndjson", "text/html"]),
        refuses: &[404, 409],
        again: Again::Reads,
        ..change(
            "/v1/members/{id}/access-request",
            "Privacy",
            "Everything that is kept about a member, one JSON object a line, or as a page.",
            Body::Json(with_reason),
            object,
        )
    },
    Route {
        parameters: &[
            optional("after", Form::Number, "`next` of the page before."),
            LIMIT,
            optional(
                "format",
                Form::OneOf(&["json", "ndjson", "syslog"]),
                "As a page, or as lines.",
            ),
        ],
        gives: Body::Also(entries, &["application/x-ndjson", "text/plain"]),
        ..get(
            "/v1/audit",
            Role::Audit,
            "Administration",
            "Who did what in the organization, when, why and from where, oldest first.",
            entries,
        )
    },
    get(
        "/v1/keys",
        Role::Admin,
        "Administration",
        "Every key of the organization, with when it was used last. None is shown.",
        keys,
    ),
    Route {
        status: 201,
        refuses: &[409],
        ..change(
            "/v1/keys",
            "Administration",
            "Makes a key, and shows it this once.",
            Body::Json(new_key),
            key_shown,
        )
    },
    Route {
        status: 201,
        refuses: &[404, 409],
        ..change(
            "/v1/keys/{id}/rotate",
            "Administration",
            "Makes a key of the same name and roles; the old one is taken for a while longer, a day if nothing is said.",
            Body::Json(rotation),
            key_shown,
        )
    },
    change(
        "/v1/keys/{id}/revoke",
        "Administration",
        "The key is not taken any more: on this node when this answers, on others within a second or two.",
        Body::Json(with_reason),
        key_revoked,
    ),
    get(
        "/v1/organizations",
        Role::Operator,
        "Onboarding",
        "Every organization, with its tenant.",
        onboarding::organizations,
    ),
    Route {
        role: Some(Role::Operator),
        status: 201,
        refuses: &[409],
        ..change(
            "/v1/organizations",
            "Onboarding",
            "Registers an organization, and makes an administrator's key for it that is shown this once. For one that is registered it makes another key.",
            Body::Json(onboarding::new_organization),
            onboarding::organization_shown,
        )
    },
    get(
        "/v1/organization",
        Role::Read,
        "Onboarding",
        "The caller's organization, with what holds for all its people.",
        onboarding::organization,
    ),
    change(
        "/v1/organization/settings",
        "Onboarding",
        "Sets whose addresses may be members', and zone and language of whoever told none. What is left out is unset.",
        Body::Json(onboarding::new_settings),
        onboarding::settings_changed,
    ),
    get(
        "/v1/unlinked-tenants",
        Role::Operator,
        "Onboarding",
        "Tenants whose people show up and that no organization has: what came since this node's start, and of how many people an install is remembered.",
        onboarding::unlinked,
    ),
    Route {
        refuses: &[404],
        ..get(
            "/v1/tenant/link-code",
            Role::Admin,
            "Onboarding",
            "How the newest code stands. The code itself is not shown again.",
            onboarding::code,
        )
    },
    Route {
        status: 201,
        refuses: &[404, 409],
        ..change(
            "/v1/tenant/link-code",
            "Onboarding",
            "Makes a code and shows it this once. Whoever types it in the bot's chat links their tenant to the organization. It takes the place of an earlier one.",
            Body::Json(onboarding::new_code),
            onboarding::code_shown,
        )
    },
    Route {
        refuses: &[404, 409],
        ..change(
            "/v1/tenant/unlink",
            "Onboarding",
            "Ends the link that was made at run time: nothing more is sent to the tenant's people.",
            Body::Json(with_reason),
            onboarding::unlinked_tenant,
        )
    },
    Route {
        refuses: &[404],
        ..get(
            "/v1/tenant",
            Role::Read,
            "Administration",
            "The organization's tenant, and whether the integration is on.",
            tenant,
        )
    },
    get(
        "/v1/switched-off",
        Role::Read,
        "Administration",
        "The programmes and ERGs for which Teams is switched off.",
        parts::off,
    ),
    change(
        "/v1/switched-off/add",
        "Administration",
        "Switches Teams off for one programme or ERG: nothing more is sent of it, what waits is dropped, and Chronus hears of each card. Cards in chats stay.",
        Body::Json(parts::part),
        parts::switched,
    ),
    change(
        "/v1/switched-off/remove",
        "Administration",
        "Switches Teams on again for one programme or ERG, for what comes from now on. What was dropped stays so.",
        Body::Json(parts::part),
        parts::switched,
    ),
    change(
        "/v1/tenant/enable",
        "Administration",
        "Sends cards again; those whose time ran out meanwhile are recorded as expired.",
        Body::Nothing,
        tenant_switched,
    ),
    change(
        "/v1/tenant/disable",
        "Administration",
        "Sends nothing more; what waits stays.",
        Body::Nothing,
        tenant_switched,
    ),
    Route {
        parameters: &[
            optional("organization", Form::Text, "The caller's own."),
            optional("program", Form::Text, "Only this programme."),
            optional("kind", Form::Text, "Only this kind of card."),
            optional("type", Form::Text, "Only this type of domain event."),
            optional("from", Form::Text, "From this day, week, month or moment on."),
            optional("to", Form::Text, "Before this one."),
            optional("by", Form::Text, "What the rows are grouped by."),
            optional("zone", Form::Text, "The time zone of days."),
            optional("as_of", Form::Text, "As was known then."),
            optional(
                "rows",
                Form::Text,
                "The rows behind the figures; needs the role read as well.",
            ),
            optional(
                "format",
                Form::OneOf(&["table", "csv", "json", "html", "parquet"]),
                "How it is written.",
            ),
        ],
        gives: Body::Also(
            object,
            &[
                "text/csv",
                "text/html",
                "text/plain",
                "application/vnd.apache.parquet",
            ],
        ),
        refuses: &[404],
        ..get(
            "/v1/reports/{name}",
            Role::Analyst,
            "Reports",
            "A report of the organization, as the command line writes it.",
            object,
        )
    },
    Route {
        role: None,
        ..get(
            "/v1/openapi.json",
            Role::Read,
            "This document",
            "This document.",
            object,
        )
    },
    Route {
        role: None,
        gives: Body::Also(object, &["text/html"]),
        ..get(
            "/v1/docs",
            Role::Read,
            "This document",
            "The same for people, as one page.",
            object,
        )
    },
];

fn results() -> Value {
    let result = told(
        &[
            ("index", number()),
            ("status", one_of(&["accepted", "duplicate", "rejected"])),
        ],
        &[
            ("id", text()),
            ("source", text()),
            ("position", number()),
            ("superseded", flag()),
            ("subject", text()),
            ("notifications", list(&object())),
            ("warnings", list(&object())),
            ("problem", named("Problem")),
        ],
    );
    told(&[("results", list(&result))], &[])
}

fn notification() -> Value {
    named("Notification")
}

fn cards() -> Value {
    page("notifications", &named("Card"), number())
}

fn sought() -> Value {
    sent(
        &[],
        &[
            ("address", text()),
            ("member_id", text()),
            ("aad_object_id", text()),
        ],
    )
}

fn person() -> Value {
    named("Person")
}

fn people_found() -> Value {
    told(
        &[("people", list(&named("Person"))), ("members", list(&text()))],
        &[],
    )
}

fn address_sought() -> Value {
    sent(
        &[("address", text())],
        &[("after", number()), ("limit", number())],
    )
}

fn address_history() -> Value {
    let row = told(
        &[
            ("teams_user", teams_user()),
            ("evidence", text()),
            ("role", text()),
            ("status", text()),
            ("from", moment()),
            ("from_position", number()),
        ],
        &[("to", moment()), ("to_position", number()), ("address", text())],
    );
    page("history", &row, number())
}

fn why() -> Value {
    named("Why")
}

fn whys() -> Value {
    told(&[("cards", list(&named("Why")))], &[])
}

fn letters() -> Value {
    page("dead_letters", &named("DeadLetter"), number())
}

fn letters_to_replay() -> Value {
    let filter = sent(
        &[],
        &[
            (
                "state",
                one_of(&["refused", "unknown_held", "expired", "unroutable"]),
            ),
            ("code", text()),
            ("type", text()),
            ("since", moment()),
        ],
    );
    sent(
        &[("replay_id", chosen())],
        &[("notification_ids", list(&uuid())), ("filter", filter)],
    )
}

fn replayed() -> Value {
    told(
        &[("replay_id", uuid()), ("replayed", object())],
        &[("webhook", object())],
    )
}

fn left_out() -> Value {
    told(&[("left_out", object())], &[])
}

fn feed() -> Value {
    page("events", &object(), text())
}

fn given_up() -> Value {
    let answer = told(
        &[
            ("id", uuid()),
            ("sequence", text()),
            ("kind", text()),
            ("notification_id", uuid()),
            ("attempts", number()),
            ("time", moment()),
        ],
        &[
            ("reason", text()),
            ("http_status", number()),
            ("given_up_at", moment()),
        ],
    );
    page("responses", &answer, number())
}

fn responses_to_replay() -> Value {
    let filter = sent(
        &[],
        &[
            ("reason", text()),
            (
                "kind",
                one_of(&["answer", "undeliverable", "unreached", "delivered", "seen"]),
            ),
            ("since", moment()),
            ("until", moment()),
            ("taken_too", flag()),
        ],
    );
    sent(
        &[("replay_id", chosen())],
        &[("ids", list(&uuid())), ("filter", filter)],
    )
}

fn webhook() -> Value {
    told(
        &[
            ("organization_id", text()),
            ("configured", flag()),
            ("enabled", flag()),
            ("failures", number()),
        ],
        &[
            ("off_since", moment()),
            ("off_reason", text()),
            ("off_by", text()),
            ("failing_since", moment()),
            ("rests_until", moment()),
        ],
    )
}

fn secrets_reloaded() -> Value {
    told(&[("reloaded", flag())], &[])
}

fn webhook_switched() -> Value {
    told(
        &[
            ("organization_id", text()),
            ("enabled", flag()),
            ("changed", flag()),
        ],
        &[],
    )
}

fn audience() -> Value {
    let one = sent(
        &[],
        &[
            ("member_id", text()),
            ("email", text()),
            ("aad_object_id", text()),
        ],
    );
    let recipients = json!({ "oneOf": [{ "const": "all" }, list(&one)] });
    sent(&[("recipients", recipients)], &[])
}

fn counted() -> Value {
    told(
        &[
            ("position", number()),
            ("total", number()),
            ("repeated", number()),
        ],
        &[],
    )
}

fn people() -> Value {
    let person = told(
        &[("teams_user", teams_user()), ("state", text())],
        &[
            ("evidence", text()),
            ("member_id", text()),
            ("since", moment()),
            ("advice", text()),
            ("timezone", text()),
            ("unknown_timezone", text()),
        ],
    );
    let next = json!({ "type": ["string", "null"] });
    page("people", &person, next)
}

fn ledger() -> Value {
    let entry = told(
        &[
            ("position", number()),
            ("time", moment()),
            ("state", text()),
            ("evidence", text()),
        ],
        &[],
    );
    told(&[("ledger", list(&entry))], &[])
}

fn conflicts() -> Value {
    let conflict = told(
        &[
            ("kind", text()),
            ("members", list(&named("Member"))),
            ("people", list(&object())),
            ("cards", list(&object())),
        ],
        &[("address", text())],
    );
    told(&[("conflicts", list(&conflict))], &[("next", text())])
}

fn member() -> Value {
    named("Member")
}

fn link() -> Value {
    sent(&[("aad_object_id", text()), ("reason", reason())], &[])
}

fn with_reason() -> Value {
    sent(&[("reason", reason())], &[])
}

fn decided() -> Value {
    told(
        &[("member_id", text()), ("decision", object()), ("changed", flag())],
        &[],
    )
}

fn erasure() -> Value {
    sent(&[("erasure_id", chosen()), ("reason", reason())], &[])
}

fn erased() -> Value {
    told(
        &[
            ("erasure_id", uuid()),
            ("member_id", text()),
            ("people", list(&teams_user())),
            ("keys_destroyed", number()),
            ("certificate", number()),
        ],
        &[],
    )
}

fn entries() -> Value {
    page("entries", &named("AuditEntry"), number())
}

fn keys() -> Value {
    told(&[("keys", list(&named("Key")))], &[])
}

fn roles() -> Value {
    let given = Role::ALL.into_iter().filter(|role| *role != Role::Operator);
    let known: Vec<&str> = given.map(Role::as_str).collect();
    json!({ "type": "array", "minItems": 1, "items": one_of(&known) })
}

fn new_key() -> Value {
    sent(
        &[
            ("key_id", chosen()),
            (
                "name",
                json!({ "type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$" }),
            ),
            ("roles", roles()),
            ("reason", reason()),
        ],
        &[("expires_at", moment())],
    )
}

fn rotation() -> Value {
    sent(
        &[("new_key_id", chosen()), ("reason", reason())],
        &[("overlap_seconds", number()), ("expires_at", moment())],
    )
}

fn key_shown() -> Value {
    named("NewKey")
}

fn key_revoked() -> Value {
    told(
        &[("key_id", uuid()), ("revoked", flag()), ("changed", flag())],
        &[],
    )
}

fn tenant() -> Value {
    told(
        &[
            ("tenant_id", text()),
            ("organization_id", text()),
            ("enabled", flag()),
        ],
        &[],
    )
}

fn tenant_switched() -> Value {
    told(
        &[("tenant_id", text()), ("enabled", flag()), ("changed", flag())],
        &[],
    )
}
