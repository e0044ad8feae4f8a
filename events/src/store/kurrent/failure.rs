//! What a call to a node may fail with, told apart by what it means for the caller: may it be tried again, and may
//! it have written all the same?

use tonic::{Code, Status};

use super::address::Node;
use super::wire::keys;
use crate::store::Outage;

/// What a failure means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meaning {
    /// No node was reached, or none that leads: nothing was done, and another try may succeed.
    NotDone,
    /// The node does not lead; it may know which one does. Nothing was done.
    NotLeader(Option<Node>),
    /// The node has too much to do. Nothing was done.
    Busy,
    /// The answer is missing: it may have been done. The same call again is exact.
    Unknown,
    /// What was sent is larger than the server takes; so many bytes it takes, where it says so.
    TooLarge(Option<usize>),
    /// The stream was deleted for ever.
    Deleted,
    /// The position is none at which an event begins.
    BadPosition,
    /// The server refuses, and will again.
    Refused,
    /// The set-up is wrong: certificate, user or right. It will fail again until somebody mends it.
    SetUp,
}

impl Meaning {
    /// Whether another try may succeed.
    pub(super) fn passes(&self) -> bool {
        matches!(
            self,
            Self::NotDone | Self::NotLeader(_) | Self::Busy | Self::Unknown
        )
    }

    /// Whether the connection is not to be used again.
    pub(super) fn taints_connection(&self) -> bool {
        matches!(self, Self::NotDone | Self::NotLeader(_) | Self::Unknown)
    }
}

/// The cause of an error where the set-up is wrong: a certificate, a user, a right.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct Denied {
    what: String,
}

impl Denied {
    /// Whether `error` comes from one.
    pub fn caused(error: &(dyn std::error::Error + 'static)) -> bool {
        std::iter::successors(Some(error), |error| error.source()).any(<dyn std::error::Error>::is::<Self>)
    }
}

/// A failed call.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub(super) struct Failure {
    pub(super) meaning: Meaning,
    what: String,
    #[source]
    source: Option<tonic::transport::Error>,
}

impl Failure {
    pub(super) fn new(meaning: Meaning, what: impl Into<String>) -> Self {
        Self {
            meaning,
            what: what.into(),
            source: None,
        }
    }

    /// The connection could not be made.
    pub(super) fn unreached(node: &Node, source: tonic::transport::Error) -> Self {
        Self {
            meaning: Meaning::NotDone,
            what: format!("{node} cannot be reached"),
            source: Some(source),
        }
        .explained()
    }

    /// What the causes say about encryption, in words that help.
    fn explained(self) -> Self {
        let told = self.told();
        let (meaning, remedy) = if told.contains("UnknownIssuer") || told.contains("BadSignature") {
            let remedy = "its certificate is of an authority that is not known here; name the authority's file by tlsCAFile";
            (Meaning::SetUp, remedy)
        } else if told.contains("NotValidForName") || told.contains("not valid for name") {
            let remedy = "its certificate is for another name; write the host as the certificate names it";
            (Meaning::SetUp, remedy)
        } else if told.contains("invalid peer certificate") {
            (Meaning::SetUp, "its certificate cannot be right")
        } else if told.contains("InvalidContentType") || told.contains("corrupt message") {
            (
                Meaning::SetUp,
                "it does not speak TLS there; write tls=false if that is meant",
            )
        } else if told.contains("handshake eof") {
            let remedy = "it broke off the TLS handshake; write tls=false if it does not speak TLS there";
            (Meaning::NotDone, remedy)
        } else {
            return self;
        };
        let what = self.what.clone();
        Self { meaning, ..self }.with(format!("{what}: {remedy}"))
    }

    fn with(self, what: String) -> Self {
        Self { what, ..self }
    }

    /// The same with something that helps.
    pub(super) fn hinted(self, hint: &str) -> Self {
        let what = format!("{}; {hint}", self.what);
        self.with(what)
    }

    /// The failure and its causes.
    pub(super) fn told(&self) -> String {
        let causes = std::iter::successors(std::error::Error::source(self), |error| error.source());
        causes.fold(self.what.clone(), |text, cause| format!("{text}: {cause}"))
    }

    /// As the cause of a store's error.
    pub(super) fn into_cause(self) -> Box<dyn std::error::Error + Send + Sync> {
        let what = self.told();
        if self.meaning == Meaning::SetUp {
            Box::new(Denied { what })
        } else if self.meaning.passes() {
            Box::new(Outage { what })
        } else {
            Box::new(self)
        }
    }

    /// No answer came in time.
    pub(super) fn silence(node: &Node) -> Self {
        Self::new(Meaning::Unknown, format!("{node} did not answer in time"))
    }

    /// The node answered with a status.
    pub(super) fn status(node: &Node, status: &Status) -> Self {
        let text = |key| status.metadata().get(key).and_then(|value| value.to_str().ok());
        let message = status.message();
        let meaning = match (text(keys::EXCEPTION), status.code()) {
            (Some(keys::NOT_LEADER), _) => {
                Meaning::NotLeader(leader(text(keys::LEADER_HOST), text(keys::LEADER_PORT)))
            }
            (Some(keys::STREAM_DELETED), _) => Meaning::Deleted,
            (Some(keys::TOO_LARGE | keys::EVENT_TOO_LARGE), _) => {
                Meaning::TooLarge(text(keys::LARGEST_APPEND).and_then(|limit| limit.parse().ok()))
            }
            // A message that is longer than its gRPC takes.
            (_, Code::ResourceExhausted | Code::OutOfRange) if message.contains("message") => {
                Meaning::TooLarge(None)
            }
            (_, Code::Unknown) if message.contains("No leader info") => Meaning::NotLeader(None),
            (_, Code::Unavailable) if message.contains("Busy") => Meaning::Busy,
            (_, Code::Unavailable) if message.contains("Not Ready") => Meaning::NotDone,
            // A subscription is refused by the one, a read by the other.
            (_, Code::InvalidArgument) if message.contains("invalid position") => Meaning::BadPosition,
            (_, Code::Unknown) if message.contains("AllResult: InvalidPosition") => Meaning::BadPosition,
            (_, Code::PermissionDenied | Code::Unauthenticated) => Meaning::SetUp,
            (
                _,
                Code::InvalidArgument
                | Code::Unimplemented
                | Code::FailedPrecondition
                | Code::NotFound
                | Code::OutOfRange,
            ) => Meaning::Refused,
            // Aborted is the server's own time-out. Whatever is not known to be harmless is taken for unknown.
            _ => Meaning::Unknown,
        };
        Self::new(meaning, format!("{node} answered {}: {message}", status.code()))
    }
}

fn leader(host: Option<&str>, port: Option<&str>) -> Option<Node> {
    let port = port?.parse().ok()?;
    let host = host?.to_owned();
    Some(Node { host, port })
}

#[cfg(test)]
mod tests {
    use tonic::metadata::MetadataMap;

    use super::*;

    fn node() -> Node {
        Node {
            host: "a".to_owned(),
            port: 1,
        }
    }

    fn meaning(code: Code, message: &str, trailers: &[(&'static str, &'static str)]) -> Meaning {
        let mut map = MetadataMap::new();
        for (key, value) in trailers {
            map.insert(*key, value.parse().unwrap());
        }
        Failure::status(&node(), &Status::with_metadata(code, message, map)).meaning
    }

    #[test]
    fn a_follower_tells_who_leads() {
        let trailers = [
            ("exception", "not-leader"),
            ("leader-endpoint-host", "b"),
            ("leader-endpoint-port", "7"),
        ];
        let told = Node {
            host: "b".to_owned(),
            port: 7,
        };
        assert_eq!(
            meaning(Code::NotFound, "Leader info available", &trailers),
            Meaning::NotLeader(Some(told))
        );
        let none = meaning(Code::Unknown, "No leader info available in response", &[]);
        assert_eq!(none, Meaning::NotLeader(None));
    }

    #[test]
    fn only_what_is_known_to_have_done_nothing_is_taken_for_that() {
        let busy = meaning(Code::Unavailable, "Server Is Too Busy", &[]);
        assert_eq!(busy, Meaning::Busy);
        let starting = meaning(Code::Unavailable, "Server Is Not Ready", &[]);
        assert_eq!(starting, Meaning::NotDone);
        for (code, message) in [
            (Code::Unavailable, "tcp connect error"),
            (Code::Aborted, "Operation timed out: commit"),
            (Code::Internal, "h2 protocol error"),
            (Code::Unknown, "Unexpected OperationResult"),
            (Code::DeadlineExceeded, ""),
            (Code::Cancelled, ""),
        ] {
            assert_eq!(meaning(code, message, &[]), Meaning::Unknown, "{code:?}");
        }
    }

    #[test]
    fn what_will_be_refused_again_is_not_tried_again() {
        let large = [("exception", "maximum-append-size-exceeded")];
        for refused in [
            meaning(Code::InvalidArgument, "Maximum Append Size", &large),
            meaning(Code::FailedPrecondition, "", &[("exception", "stream-deleted")]),
            meaning(Code::PermissionDenied, "Access Denied", &[]),
        ] {
            assert!(!refused.passes(), "{refused:?}");
        }
    }

    #[test]
    fn the_middle_of_a_record_is_no_position_in_every_wording() {
        for (code, message) in [
            (Code::InvalidArgument, "Trying to read from an invalid position."),
            (Code::Unknown, "Unexpected ReadAllResult: InvalidPosition"),
            (Code::Unknown, "Unexpected FilteredReadAllResult: InvalidPosition"),
        ] {
            assert_eq!(meaning(code, message, &[]), Meaning::BadPosition, "{message}");
        }
        let other = meaning(Code::Unknown, "Unexpected ReadAllResult: Error", &[]);
        assert_eq!(other, Meaning::Unknown);
    }
}
