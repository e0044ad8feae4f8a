//! The rows.

use chronus_teams::sandbox::faults::Effect;

/// Which card is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A request, whose unknown arrival is answered by a second card.
    Request,
    /// An announcement, which is left at an unknown arrival.
    Announcement,
}

/// One row: failures that a card's POST meets one after the other.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// What goes wrong.
    pub(super) name: &'static str,
    /// Which card.
    pub(super) kind: Kind,
    /// The failures.
    pub(super) effects: Vec<Effect>,
    /// The state in which the card ends.
    pub(super) ends: &'static str,
    /// Its reason, where it has one.
    pub(super) reason: Option<&'static str>,
    /// Its code, where it has one.
    pub(super) code: Option<&'static str>,
    /// Tries made.
    pub(super) tries: u64,
    /// How often the card stands in the chat.
    pub(super) shown: u32,
    /// What is then known of reaching the person.
    pub(super) person: &'static str,
    /// The series of `chronus_teams_attempts_total` that grows: outcome and reason.
    pub(super) counted: (&'static str, &'static str),
}

const REACHABLE: &str = "reachable";

fn throttle(retry_after: Option<u64>) -> Effect {
    Effect::Throttle { retry_after }
}

fn refuse(status: u16, code: &str, delivered: bool) -> Effect {
    let code = code.to_owned();
    Effect::Refuse {
        status,
        code,
        delivered,
    }
}

/// A row that ends delivered after one failure that created nothing.
fn again(name: &'static str, effects: Vec<Effect>, reason: &'static str) -> Row {
    let tries = effects.len() as u64 + 1;
    Row {
        name,
        kind: Kind::Request,
        effects,
        ends: "delivered",
        reason: None,
        code: None,
        tries,
        shown: 1,
        person: REACHABLE,
        counted: ("retry", reason),
    }
}

fn refused(
    name: &'static str,
    status: u16,
    code: &'static str,
    class: &'static str,
    person: &'static str,
) -> Row {
    Row {
        name,
        kind: Kind::Request,
        effects: vec![refuse(status, code, false)],
        ends: "refused",
        reason: Some(class),
        code: Some(code),
        tries: 1,
        shown: 0,
        person,
        counted: ("refused", code),
    }
}

/// The same answer to the second try, before which the chat was asked for.
fn twice(row: Row) -> Row {
    let effects = row.effects.iter().chain(&row.effects).cloned().collect();
    Row {
        effects,
        tries: 2,
        ..row
    }
}

fn unknown(name: &'static str, kind: Kind, effect: Effect, delivered: bool, reason: &'static str) -> Row {
    let (ends, tries) = match kind {
        Kind::Request => ("delivered", 2),
        Kind::Announcement => ("unknown_held", 1),
    };
    let posted = u32::from(delivered) + u32::from(kind == Kind::Request);
    Row {
        name,
        kind,
        effects: vec![effect],
        ends,
        reason: (kind == Kind::Announcement).then_some(reason),
        code: None,
        tries,
        shown: posted,
        person: REACHABLE,
        counted: ("unknown", reason),
    }
}

/// What created nothing.
pub(super) fn throttled() -> Vec<Row> {
    vec![
        again("429 with `Retry-After`", vec![throttle(Some(1))], "throttled"),
        again("429 without `Retry-After`", vec![throttle(None)], "throttled"),
        again(
            "a storm of 429s",
            vec![throttle(Some(1)), throttle(None), throttle(Some(1))],
            "throttled",
        ),
        again(
            "412: two operations on one chat at once",
            vec![refuse(412, "PreconditionFailed", false)],
            "precondition_failed",
        ),
        again(
            "404 `ConversationNotFound`: the chat is asked for anew",
            vec![refuse(404, "ConversationNotFound", false)],
            "ConversationNotFound",
        ),
        again(
            "404 `ConversationNotFound` again: asked for ever more rarely, as long as the card lives",
            vec![
                refuse(404, "ConversationNotFound", false),
                refuse(404, "ConversationNotFound", false),
            ],
            "ConversationNotFound",
        ),
        again(
            "403 `BotNotInConversationRoster`: the chat is asked for by the person's object id",
            vec![refuse(403, "BotNotInConversationRoster", false)],
            "BotNotInConversationRoster",
        ),
        again(
            "403 `AclCheckFailed`, or any other 403",
            vec![refuse(403, "AclCheckFailed", false)],
            "AclCheckFailed",
        ),
        again(
            "404 `UserNotFound`: the same",
            vec![refuse(404, "UserNotFound", false)],
            "UserNotFound",
        ),
        again(
            "403 `InvalidBotApiHost`: the chat is asked for at the government cloud",
            vec![refuse(403, "InvalidBotApiHost", false)],
            "InvalidBotApiHost",
        ),
        Row {
            tries: 1,
            counted: ("delivered", "taken"),
            ..again("401 for one token", vec![refuse(401, "Unauthorized", false)], "")
        },
        Row {
            tries: 1,
            counted: ("delivered", "taken"),
            ..again("a slow answer", vec![Effect::Slow { milliseconds: 400 }], "")
        },
    ]
}

/// What is refused.
pub(super) fn refusals() -> Vec<Row> {
    let (state, wrong) = ("recipient_state", "permanent");
    vec![
        twice(refused(
            "403 `BotNotInConversationRoster` again",
            403,
            "BotNotInConversationRoster",
            state,
            "uninstalled",
        )),
        twice(refused(
            "403 `ForbiddenOperationException` again",
            403,
            "ForbiddenOperationException",
            state,
            "uninstalled",
        )),
        refused(
            "403 `ConversationBlockedByUser`",
            403,
            "ConversationBlockedByUser",
            state,
            "blocked",
        ),
        refused(
            "403 `MessageWritesBlocked`",
            403,
            "MessageWritesBlocked",
            state,
            "blocked",
        ),
        refused(
            "403 `NotEnoughPermissions`",
            403,
            "NotEnoughPermissions",
            "configuration",
            REACHABLE,
        ),
        refused("400 `BadArgument`", 400, "BadArgument", wrong, REACHABLE),
        refused(
            "413 `MessageSizeTooBig`",
            413,
            "MessageSizeTooBig",
            wrong,
            REACHABLE,
        ),
    ]
}

/// What may have created the card, by a card that is sent again.
pub(super) fn repeated() -> Vec<Row> {
    let request = |name, effect, delivered, reason| unknown(name, Kind::Request, effect, delivered, reason);
    vec![
        request(
            "500, not delivered",
            refuse(500, "ServiceError", false),
            false,
            "status_500",
        ),
        request(
            "500, delivered all the same",
            refuse(500, "ServiceError", true),
            true,
            "status_500",
        ),
        request(
            "502, not delivered",
            refuse(502, "BadGateway", false),
            false,
            "status_502",
        ),
        request(
            "502, delivered all the same",
            refuse(502, "BadGateway", true),
            true,
            "status_502",
        ),
        request(
            "503, not delivered",
            refuse(503, "ServiceError", false),
            false,
            "status_503",
        ),
        request(
            "503, delivered all the same",
            refuse(503, "ServiceError", true),
            true,
            "status_503",
        ),
        request(
            "504, not delivered",
            refuse(504, "GatewayTimeout", false),
            false,
            "status_504",
        ),
        request(
            "504, delivered all the same",
            refuse(504, "GatewayTimeout", true),
            true,
            "status_504",
        ),
        request("408", refuse(408, "Timeout", false), false, "status_408"),
    ]
}

/// The same for connections that end or never answer.
pub(super) fn broken() -> Vec<Row> {
    let request = |name, effect, delivered, reason| unknown(name, Kind::Request, effect, delivered, reason);
    let failing = || refuse(503, "ServiceError", false);
    vec![
        request(
            "a reset before the card was taken",
            Effect::Reset { delivered: false },
            false,
            "reset",
        ),
        request(
            "a reset after the card was taken",
            Effect::Reset { delivered: true },
            true,
            "reset",
        ),
        request(
            "no answer, not delivered",
            Effect::Stall { delivered: false },
            false,
            "timeout",
        ),
        request(
            "no answer, delivered all the same",
            Effect::Stall { delivered: true },
            true,
            "timeout",
        ),
        Row {
            effects: vec![failing(), failing(), failing()],
            ends: "unknown_held",
            reason: Some("status_503"),
            tries: 3,
            shown: 0,
            ..request("503 with every try", failing(), false, "status_503")
        },
    ]
}

/// What may have created the card, by a card that is not sent again.
pub(super) fn held() -> Vec<Row> {
    let news = |name, effect, delivered, reason| unknown(name, Kind::Announcement, effect, delivered, reason);
    vec![
        news(
            "503, not delivered",
            refuse(503, "ServiceError", false),
            false,
            "status_503",
        ),
        news(
            "503, delivered all the same",
            refuse(503, "ServiceError", true),
            true,
            "status_503",
        ),
        news(
            "a reset before the card was taken",
            Effect::Reset { delivered: false },
            false,
            "reset",
        ),
        news(
            "a reset after the card was taken",
            Effect::Reset { delivered: true },
            true,
            "reset",
        ),
    ]
}

/// A fault of everything at once, played by the test of this name in [`super::whole`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Whole {
    /// What goes wrong.
    pub(super) name: &'static str,
    /// What follows.
    pub(super) follows: &'static str,
    /// The series that shows it.
    pub(super) series: &'static str,
}

pub(super) const LOGIN_DOWN: Whole = Whole {
    name: "Microsoft's login answers 503",
    follows: "cards wait as `retry` and go out when it is back; people's activities are taken as ever",
    series: "chronus_teams_token_requests_total{result=\"failed\"}",
};
pub(super) const SECRET_REFUSED: Whole = Whole {
    name: "Microsoft's login refuses the secret",
    follows: "cards wait as `retry`, counted as `configuration` after `delivery.configuration_attempts` tries; \
              an operator must act",
    series: "chronus_teams_token_requests_total{result=\"refused\"}",
};
pub(super) const KEYS_ROTATED: Whole = Whole {
    name: "Microsoft signs with a new key",
    follows: "the new key is fetched and the activity taken at its first try",
    series: "chronus_teams_http_requests_total{route=\"/api/messages\",status=\"200\"}",
};
pub(super) const KEYS_DOWN: Whole = Whole {
    name: "Microsoft's keys cannot be fetched",
    follows: "known keys serve on; before any is known activities are answered 503, so Teams sends them again",
    series: "chronus_teams_http_requests_total{route=\"/api/messages\",status=\"503\"}",
};
pub(super) const DISK_FULL: Whole = Whole {
    name: "the disk is full",
    follows: "events and activities are answered 503 and nothing is half stored; with space again all of them succeed",
    series: "chronus_teams_http_requests_total{route=\"/v1/events\",status=\"503\"}",
};
pub(super) const CLOCK_FORWARD: Whole = Whole {
    name: "the clock jumps ahead by days",
    follows: "what waited for a time goes out at once; a card whose time ran out meanwhile is `expired`, not sent",
    series: "chronus_teams_not_sent_total{reason=\"expired\"}",
};
pub(super) const CLOCK_BACK: Whole = Whole {
    name: "the clock is set back by an hour",
    follows: "cards go on being sent; nothing is counted as negative",
    series: "chronus_teams_delivery_seconds_count{class=\"direct\"}",
};
pub(super) const WEBHOOK_DOWN: Whole = Whole {
    name: "Chronus' webhook fails for a day",
    follows: "every answer waits and is handed over once when it is back; the feed has it all the time",
    series: "chronus_teams_responses_total{result=\"retry\"}",
};

/// Every fault of everything at once.
pub(super) const WHOLE: [Whole; 8] = [
    LOGIN_DOWN,
    SECRET_REFUSED,
    KEYS_ROTATED,
    KEYS_DOWN,
    DISK_FULL,
    CLOCK_FORWARD,
    CLOCK_BACK,
    WEBHOOK_DOWN,
];
