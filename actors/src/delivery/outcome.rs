//! The taxonomy: what an answer of the Bot Connector says, before any policy. The code decides where there is one,
//! and the HTTP status where there is none (teams-protocol, section 3.5). Spelling varies between releases of the
//! connector, so case and white space in codes do not count.

use std::time::Duration;

use events::user::{Reachability, Recovery, RefusalClass};

use crate::ports::{Rejection, SendResult};

/// What an answer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The card is in the chat.
    Delivered,
    /// Certainly nothing was created, and the same request may succeed later.
    NotCreated {
        /// Why.
        reason: String,
        /// HTTP status, where there was an answer.
        status: Option<u16>,
        /// `Retry-After`, where given.
        retry_after: Option<Duration>,
    },
    /// Nothing was created, and nothing will be until an operator puts the set-up right.
    Misconfigured {
        /// The connector's code, or ours.
        code: String,
        /// HTTP status, where there was an answer.
        status: Option<u16>,
    },
    /// Nothing was created: the chat is not where we think. Asking for it anew may help, once.
    StaleReference {
        /// Where to ask.
        recover: Recovery,
        /// The connector's code, or ours.
        code: String,
        /// HTTP status, where there was an answer.
        status: Option<u16>,
    },
    /// The message that was to be replaced does not exist any more.
    MessageGone {
        /// The connector's code, or ours.
        code: String,
        /// HTTP status.
        status: u16,
    },
    /// Nothing was created, for a reason that no table of the connector knows: a conflict, a redirect, what stands in between.
    /// It may pass.
    NotTaken {
        /// The code, or the status as a word.
        code: String,
        /// HTTP status.
        status: u16,
        /// `Retry-After`, where given.
        retry_after: Option<Duration>,
    },
    /// It will not be taken.
    Refused {
        /// What the refusal says about what to do.
        class: RefusalClass,
        /// The connector's code, or ours.
        code: String,
        /// HTTP status.
        status: u16,
        /// What it shows about reaching the person.
        shows: Option<Reachability>,
    },
    /// The card's content cannot be read, so it was not tried, and the cards behind it go on. After a repair it can be
    /// sent as a dead letter.
    Unreadable,
    /// Nobody knows whether it was created.
    Unknown {
        /// Why.
        reason: String,
    },
}

impl Outcome {
    /// Reads a result.
    pub fn of(result: &SendResult) -> Self {
        match result {
            SendResult::Accepted { .. } => Self::Delivered,
            SendResult::NotSent { reason, .. }
                if reason == SendResult::URL_REFUSED || reason == SendResult::NOT_THEIR_CHAT =>
            {
                Self::StaleReference {
                    recover: Recovery::Global,
                    code: reason.clone(),
                    status: None,
                }
            }
            SendResult::NotSent { reason, .. } if reason == SendResult::UNREADABLE => Self::Unreadable,
            SendResult::NotSent {
                reason,
                configuration: true,
            } => Self::Misconfigured {
                code: reason.clone(),
                status: None,
            },
            SendResult::NotSent {
                reason,
                configuration: false,
            } => Self::NotCreated {
                reason: reason.clone(),
                status: None,
                retry_after: None,
            },
            SendResult::NoAnswer { reason } => Self::Unknown {
                reason: reason.clone(),
            },
            SendResult::Rejected(rejection) => Self::of_rejection(rejection),
        }
    }

    fn of_rejection(rejection: &Rejection) -> Self {
        // Whatever a server error says of itself, the card may have been created before it.
        if matches!(rejection.status, 408 | 500..=599) {
            return Self::Unknown {
                reason: format!("status_{}", rejection.status),
            };
        }
        let known = rejection.code.as_deref().map(squeezed);
        let by_code = known.and_then(|code| Self::of_code(rejection, &code));
        by_code.unwrap_or_else(|| Self::of_status(rejection))
    }

    fn of_code(rejection: &Rejection, code: &str) -> Option<Self> {
        let refused = |class, shows| Some(Self::refused(rejection, class, shows));
        let person = |shows| refused(RefusalClass::RecipientState, Some(shows));
        match code {
            "badargument" | "badsyntax" | "messagesizetoobig" => refused(RefusalClass::Permanent, None),
            "notenoughpermissions" => refused(RefusalClass::Configuration, None),
            "botnotregistered" => Some(Self::misconfigured(rejection)),
            "botdisabledbyadmin" => person(Reachability::DisabledByAdmin),
            "botnotinconversationroster" | "forbiddenoperationexception" => person(Reachability::Uninstalled),
            "conversationblockedbyuser" | "messagewritesblocked" => person(Reachability::Blocked),
            "invalidbotapihost" => Some(Self::stale(rejection, Recovery::Gcc)),
            "conversationnotfound" | "usernotfound" | "membernotfoundinconversation" => {
                Some(Self::stale(rejection, Recovery::Global))
            }
            "activitynotfoundinconversation" | "activitynotfound" | "messagenotfound" => {
                Some(Self::message_gone(rejection))
            }
            "throttled" => Some(Self::not_created(rejection, "throttled")),
            "preconditionfailed" => Some(Self::not_created(rejection, "precondition_failed")),
            _ => None,
        }
    }

    fn of_status(rejection: &Rejection) -> Self {
        match rejection.status {
            401 => Self::misconfigured(rejection),
            403 => Self::refused(rejection, RefusalClass::RecipientState, None),
            404 => Self::stale(rejection, Recovery::Global),
            410 => Self::message_gone(rejection),
            412 => Self::not_created(rejection, "precondition_failed"),
            429 => Self::not_created(rejection, "throttled"),
            // What was sent is at fault, and stays so: its form, its length, its type.
            400 | 411 | 413 | 414 | 415 | 422 | 431 => {
                Self::refused(rejection, RefusalClass::Permanent, None)
            }
            _ => Self::NotTaken {
                code: code_of(rejection),
                status: rejection.status,
                retry_after: rejection.retry_after,
            },
        }
    }

    fn refused(rejection: &Rejection, class: RefusalClass, shows: Option<Reachability>) -> Self {
        Self::Refused {
            class,
            code: code_of(rejection),
            status: rejection.status,
            shows,
        }
    }

    fn misconfigured(rejection: &Rejection) -> Self {
        Self::Misconfigured {
            code: code_of(rejection),
            status: Some(rejection.status),
        }
    }

    fn stale(rejection: &Rejection, recover: Recovery) -> Self {
        Self::StaleReference {
            recover,
            code: code_of(rejection),
            status: Some(rejection.status),
        }
    }

    fn message_gone(rejection: &Rejection) -> Self {
        Self::MessageGone {
            code: code_of(rejection),
            status: rejection.status,
        }
    }

    fn not_created(rejection: &Rejection, reason: &str) -> Self {
        Self::NotCreated {
            reason: reason.to_owned(),
            status: Some(rejection.status),
            retry_after: rejection.retry_after,
        }
    }

    /// What an operator must be told at once, as a word that does not change; `None` where the log is enough.
    pub fn alert(&self) -> Option<&'static str> {
        match self {
            Self::Misconfigured { .. } => Some("configuration"),
            Self::Unreadable => Some("card_unreadable"),
            Self::Refused { class, shows, .. } => match (class, shows) {
                (RefusalClass::Permanent, _) => Some("refused_permanent"),
                (RefusalClass::Configuration, _) => Some("configuration"),
                (RefusalClass::RecipientState, Some(Reachability::DisabledByAdmin)) => {
                    Some("disabled_by_admin")
                }
                (RefusalClass::RecipientState, _) => None,
            },
            Self::Delivered
            | Self::NotCreated { .. }
            | Self::NotTaken { .. }
            | Self::StaleReference { .. }
            | Self::MessageGone { .. }
            | Self::Unknown { .. } => None,
        }
    }

    /// The class as a word for counters.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::NotCreated { .. } | Self::NotTaken { .. } => "retry",
            Self::Misconfigured { .. } => "misconfigured",
            Self::StaleReference { .. } => "stale_reference",
            Self::MessageGone { .. } => "message_gone",
            Self::Refused { class, .. } => class.as_str(),
            Self::Unreadable => RefusalClass::Permanent.as_str(),
            Self::Unknown { .. } => "unknown",
        }
    }
}

/// The connector's code as it came, else the status as a word.
fn code_of(rejection: &Rejection) -> String {
    rejection
        .code
        .clone()
        .unwrap_or_else(|| format!("status_{}", rejection.status))
}

fn squeezed(code: &str) -> String {
    code.chars()
        .filter(|c| !c.is_whitespace())
        .collect::<String>()
        .to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::wildcard_enum_match_arm, reason = "a test looks for what it expects")]

    use super::*;

    fn of(status: u16, code: &str) -> Outcome {
        Outcome::of(&SendResult::Rejected(Rejection {
            status,
            code: (!code.is_empty()).then(|| code.to_owned()),
            retry_after: None,
        }))
    }

    fn refused(status: u16, code: &str) -> (RefusalClass, Option<Reachability>) {
        let outcome = of(status, code);
        let Outcome::Refused { class, shows, .. } = outcome else {
            panic!("{status} {code} is {outcome:?}")
        };
        (class, shows)
    }

    #[test]
    fn every_code_of_the_table_has_its_class_in_whatever_spelling() {
        use RefusalClass::{Configuration, Permanent, RecipientState};
        for (status, code, expected) in [
            (400, "BadArgument", (Permanent, None)),
            (400, "Bad Argument", (Permanent, None)),
            (400, "badsyntax", (Permanent, None)),
            (413, "MessageSizeTooBig", (Permanent, None)),
            (
                403,
                "BotDisabledByAdmin",
                (RecipientState, Some(Reachability::DisabledByAdmin)),
            ),
            (
                403,
                "bot disabled by ADMIN",
                (RecipientState, Some(Reachability::DisabledByAdmin)),
            ),
            (
                403,
                "BotNotInConversationRoster",
                (RecipientState, Some(Reachability::Uninstalled)),
            ),
            (
                404,
                "BotNotInConversationRoster",
                (RecipientState, Some(Reachability::Uninstalled)),
            ),
            (
                403,
                "ForbiddenOperationException",
                (RecipientState, Some(Reachability::Uninstalled)),
            ),
            (
                403,
                "ConversationBlockedByUser",
                (RecipientState, Some(Reachability::Blocked)),
            ),
            (
                403,
                "MessageWritesBlocked",
                (RecipientState, Some(Reachability::Blocked)),
            ),
            (403, "NotEnoughPermissions", (Configuration, None)),
            (403, "AclCheckFailed", (RecipientState, None)),
            (403, "", (RecipientState, None)),
            (400, "", (Permanent, None)),
            (411, "", (Permanent, None)),
            (414, "", (Permanent, None)),
            (415, "SomethingNew", (Permanent, None)),
            (422, "", (Permanent, None)),
            (431, "", (Permanent, None)),
        ] {
            assert_eq!(refused(status, code), expected, "{status} {code}");
        }
    }

    #[test]
    fn what_created_nothing_waits_and_what_may_have_is_unknown() {
        for (status, code) in [
            (429, ""),
            (429, "Throttled"),
            (412, "PreconditionFailed"),
            (400, "Throttled"),
            (302, "RedirectRefused"),
            (405, "SomethingNew"),
            (407, ""),
            (409, ""),
            (409, "Conflict"),
            (418, ""),
            (423, ""),
            (425, ""),
            (451, ""),
        ] {
            assert_eq!(of(status, code).as_str(), "retry", "{status} {code}");
        }
        for (status, code) in [
            (408, ""),
            (500, "ServiceError"),
            (502, ""),
            (503, "BotDisabledByAdmin"),
            (504, "Throttled"),
        ] {
            assert_eq!(of(status, code).as_str(), "unknown", "{status} {code}");
        }
    }

    #[test]
    fn an_address_that_does_not_hold_says_where_to_ask_for_a_new_one() {
        for (status, code, expected) in [
            (404, "ConversationNotFound", Recovery::Global),
            (404, "User not found", Recovery::Global),
            (404, "", Recovery::Global),
            (403, "InvalidBotApiHost", Recovery::Gcc),
        ] {
            assert!(
                matches!(of(status, code), Outcome::StaleReference { recover, .. } if recover == expected),
                "{status} {code}"
            );
        }
        let off_the_list = SendResult::NotSent {
            reason: SendResult::URL_REFUSED.to_owned(),
            configuration: true,
        };
        assert_eq!(Outcome::of(&off_the_list).as_str(), "stale_reference");
    }

    #[test]
    fn a_code_that_is_known_decides_whatever_the_status_and_is_told_as_it_came() {
        let permanent = RefusalClass::Permanent.as_str();
        for (code, expected) in [
            ("BadArgument", permanent),
            ("BadSyntax", permanent),
            ("MessageSizeTooBig", permanent),
            ("NotEnoughPermissions", RefusalClass::Configuration.as_str()),
            ("BotDisabledByAdmin", RefusalClass::RecipientState.as_str()),
            ("BotNotRegistered", "misconfigured"),
            ("ConversationNotFound", "stale_reference"),
            ("UserNotFound", "stale_reference"),
            ("MemberNotFoundInConversation", "stale_reference"),
            ("InvalidBotApiHost", "stale_reference"),
            ("ActivityNotFoundInConversation", "message_gone"),
            ("ActivityNotFound", "message_gone"),
            ("MessageNotFound", "message_gone"),
        ] {
            assert_eq!(of(409, code).as_str(), expected, "{code}");
        }
        let not_created = |outcome: Outcome| match outcome {
            Outcome::NotCreated { reason, .. } => Some(reason),
            _ => None,
        };
        let throttled = Some("throttled".to_owned());
        let precondition = Some("precondition_failed".to_owned());
        assert_eq!(not_created(of(409, "Throttled")), throttled);
        assert_eq!(not_created(of(429, "")), throttled);
        assert_eq!(not_created(of(409, "PreconditionFailed")), precondition);
        assert_eq!(not_created(of(412, "")), precondition);
        assert_eq!(not_created(of(409, "Conflict")), None);
        let told = |outcome: Outcome| match outcome {
            Outcome::Refused { code, .. } => code,
            other => panic!("{other:?}"),
        };
        assert_eq!(told(of(400, "Bad Argument")), "Bad Argument");
        assert_eq!(told(of(400, "")), "status_400");
    }

    #[test]
    fn an_operator_is_alerted_where_nobody_else_can_help() {
        assert_eq!(of(401, "BotNotRegistered").alert(), Some("configuration"));
        assert_eq!(of(401, "").alert(), Some("configuration"));
        assert_eq!(of(403, "NotEnoughPermissions").alert(), Some("configuration"));
        assert_eq!(of(400, "BadArgument").alert(), Some("refused_permanent"));
        assert_eq!(of(403, "BotDisabledByAdmin").alert(), Some("disabled_by_admin"));
        for (status, code) in [
            (403, "MessageWritesBlocked"),
            (429, ""),
            (503, ""),
            (404, ""),
            (409, ""),
        ] {
            assert_eq!(of(status, code).alert(), None, "{status} {code}");
        }
    }

    fn not_sent(reason: &str, configuration: bool) -> Outcome {
        Outcome::of(&SendResult::NotSent {
            reason: reason.to_owned(),
            configuration,
        })
    }

    #[test]
    fn each_reason_for_which_nothing_left_says_what_to_do() {
        for reason in [SendResult::URL_REFUSED, SendResult::NOT_THEIR_CHAT] {
            let outcome = not_sent(reason, false);
            let is_stale = matches!(&outcome, Outcome::StaleReference { code, recover: Recovery::Global, .. } if code == reason);
            assert!(is_stale, "{reason}: {outcome:?}");
        }
        for configuration in [false, true] {
            let outcome = not_sent(SendResult::UNREADABLE, configuration);
            assert_eq!(outcome, Outcome::Unreadable);
        }
        let refused = not_sent("no_token: invalid_client", true);
        assert!(matches!(refused, Outcome::Misconfigured { .. }), "{refused:?}");
        let unconnected = not_sent(SendResult::NO_CONNECTION, false);
        assert!(
            matches!(unconnected, Outcome::NotCreated { .. }),
            "{unconnected:?}"
        );
    }
}
