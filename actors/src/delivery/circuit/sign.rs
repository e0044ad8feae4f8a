//! What calls show of whether the other side is there.

use crate::ports::{OpenResult, ProfileResult, SendResult};

/// What a call showed of whether the other side is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// The host answered, and the login gave a token.
    Alive,
    /// The host gave no usable answer.
    HostDown,
    /// The login gave no token.
    LoginDown,
    /// Nothing.
    None,
}

impl Sign {
    /// Reads what became of a POST or PUT.
    pub fn of_send(result: &SendResult) -> Self {
        match result {
            SendResult::Rejected(rejection) if rejection.status >= 500 => Self::HostDown,
            SendResult::Accepted { .. } | SendResult::Rejected(_) => Self::Alive,
            SendResult::NotSent {
                reason,
                configuration,
            } => Self::of_reason(reason, *configuration),
            SendResult::NoAnswer { .. } => Self::HostDown,
        }
    }

    /// Reads what became of asking for a profile.
    pub fn of_profile(result: &ProfileResult) -> Self {
        match result {
            ProfileResult::Rejected(rejection) if rejection.status >= 500 => Self::HostDown,
            ProfileResult::Found(_) | ProfileResult::Rejected(_) | ProfileResult::Unusable { .. } => {
                Self::Alive
            }
            ProfileResult::Failed { reason } if reason.starts_with(SendResult::NO_TOKEN) => Self::LoginDown,
            ProfileResult::Failed { reason } if SendResult::NO_ANSWER.contains(&reason.as_str()) => {
                Self::HostDown
            }
            // An answer that was no use, or a call that was not made.
            ProfileResult::Failed { .. } => Self::None,
        }
    }

    /// The same for a look-up that is no question whether the host is back. The members call can be out of order while
    /// cards are taken, so its 5xx and its silence say nothing of the host; that it takes no connection does.
    pub fn of_look_up(result: &ProfileResult) -> Self {
        let refused =
            matches!(result, ProfileResult::Failed { reason } if reason == SendResult::NO_CONNECTION);
        match Self::of_profile(result) {
            Self::HostDown if !refused => Self::None,
            sign @ (Self::HostDown | Self::Alive | Self::LoginDown | Self::None) => sign,
        }
    }

    /// Reads the outcome of asking for a chat.
    pub fn of_opening(result: &OpenResult) -> Self {
        match result {
            OpenResult::Rejected(rejection) if rejection.status >= 500 => Self::HostDown,
            OpenResult::Opened { .. } | OpenResult::Rejected(_) => Self::Alive,
            OpenResult::Failed {
                reason,
                configuration,
            } => Self::of_reason(reason, *configuration),
        }
    }

    fn of_reason(reason: &str, configuration: bool) -> Self {
        if reason.starts_with(SendResult::NO_TOKEN) {
            Self::LoginDown
        } else if configuration
            || [
                SendResult::NOT_DRAWN,
                SendResult::NOT_THE_OWNER,
                SendResult::UNREADABLE,
            ]
            .contains(&reason)
        {
            Self::None
        } else {
            Self::HostDown
        }
    }
}

/// The host of a service URL: what stands between `//` and the next `/`.
pub fn host_of(service_url: &str) -> &str {
    let rest = service_url
        .split_once("://")
        .map_or(service_url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_up_that_got_no_answer_counts_as_well_as_a_card() {
        let failed = |reason: &str| {
            Sign::of_profile(&ProfileResult::Failed {
                reason: reason.to_owned(),
            })
        };
        for reason in ["connect", "timeout", "reset"] {
            assert_eq!(failed(reason), Sign::HostDown, "{reason}");
        }
        let look_up = |reason: &str| {
            Sign::of_look_up(&ProfileResult::Failed {
                reason: reason.to_owned(),
            })
        };
        assert_eq!(look_up("connect"), Sign::HostDown);
        assert_eq!(look_up("timeout"), Sign::None);
        assert_eq!(failed("no_token_connect"), Sign::LoginDown);
        for reason in ["another_person", "unreadable_answer", SendResult::URL_REFUSED] {
            assert_eq!(failed(reason), Sign::None, "{reason}");
        }
    }

    #[test]
    fn a_throttled_or_refused_call_shows_that_the_host_is_there() {
        let rejected = |status| {
            SendResult::Rejected(crate::ports::Rejection {
                status,
                code: None,
                retry_after: None,
            })
        };
        for status in [400, 401, 403, 404, 412, 429] {
            assert_eq!(Sign::of_send(&rejected(status)), Sign::Alive, "{status}");
        }
        for status in [500, 502, 503, 504] {
            assert_eq!(Sign::of_send(&rejected(status)), Sign::HostDown, "{status}");
        }
        assert_eq!(
            host_of("https://smba.trafficmanager.net/amer/"),
            "smba.trafficmanager.net"
        );
    }

    #[test]
    fn a_profile_and_a_chat_that_are_refused_show_the_same() {
        let rejection = |status| crate::ports::Rejection {
            status,
            code: None,
            retry_after: None,
        };
        for (status, sign) in [
            (404, Sign::Alive),
            (499, Sign::Alive),
            (500, Sign::HostDown),
            (503, Sign::HostDown),
        ] {
            let (profile, chat) = (
                ProfileResult::Rejected(rejection(status)),
                OpenResult::Rejected(rejection(status)),
            );
            assert_eq!(
                (Sign::of_profile(&profile), Sign::of_opening(&chat)),
                (sign, sign),
                "{status}"
            );
        }
    }

    #[test]
    fn what_was_not_sent_tells_by_its_reason() {
        for (reason, configuration, sign) in [
            ("no_token", true, Sign::LoginDown),
            ("no_token_connect", false, Sign::LoginDown),
            ("connect", false, Sign::HostDown),
            ("service_url_refused", true, Sign::None),
            (SendResult::NOT_DRAWN, false, Sign::None),
            (SendResult::NOT_THE_OWNER, false, Sign::None),
            (SendResult::UNREADABLE, false, Sign::None),
        ] {
            let reason = reason.to_owned();
            let sent = SendResult::NotSent {
                reason: reason.clone(),
                configuration,
            };
            let opened = OpenResult::Failed {
                reason,
                configuration,
            };
            assert_eq!(
                (Sign::of_send(&sent), Sign::of_opening(&opened)),
                (sign, sign),
                "{sent:?}"
            );
        }
    }
}
