//! Appending, and what else changes a stream.

use std::collections::HashMap;

use prost::{Message, Oneof};

use super::{Empty, LogPosition, StreamIdentifier, Uuid};

#[derive(Clone, PartialEq, Message)]
pub(crate) struct AppendReq {
    #[prost(oneof = "append_req::Content", tags = "1, 2")]
    pub(crate) content: Option<append_req::Content>,
}

pub(crate) mod append_req {
    use super::{Oneof, ProposedMessage, WriteOptions};

    #[derive(Clone, PartialEq, Oneof)]
    pub(crate) enum Content {
        #[prost(message, tag = "1")]
        Options(WriteOptions),
        #[prost(message, tag = "2")]
        Proposed(ProposedMessage),
    }
}

/// Options of an append, a delete and a tombstone.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct WriteOptions {
    #[prost(message, optional, tag = "1")]
    pub(crate) stream: Option<StreamIdentifier>,
    #[prost(oneof = "write_options::Expected", tags = "2, 3, 4, 5")]
    pub(crate) expected: Option<write_options::Expected>,
}

pub(crate) mod write_options {
    use super::{Empty, Oneof};

    #[derive(Clone, Copy, PartialEq, Eq, Oneof)]
    pub(crate) enum Expected {
        #[prost(uint64, tag = "2")]
        Revision(u64),
        #[prost(message, tag = "3")]
        NoStream(Empty),
        #[prost(message, tag = "4")]
        Any(Empty),
        #[prost(message, tag = "5")]
        StreamExists(Empty),
    }
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ProposedMessage {
    #[prost(message, optional, tag = "1")]
    pub(crate) id: Option<Uuid>,
    #[prost(map = "string, string", tag = "2")]
    pub(crate) metadata: HashMap<String, String>,
    #[prost(bytes = "vec", tag = "3")]
    pub(crate) custom_metadata: Vec<u8>,
    #[prost(bytes = "vec", tag = "4")]
    pub(crate) data: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Message)]
pub(crate) struct AppendResp {
    #[prost(oneof = "append_resp::Result", tags = "1, 2")]
    pub(crate) result: Option<append_resp::Result>,
}

pub(crate) mod append_resp {
    use super::{Oneof, Success, WrongExpectedVersion};

    #[derive(Clone, Copy, PartialEq, Oneof)]
    pub(crate) enum Result {
        #[prost(message, tag = "1")]
        Success(Success),
        #[prost(message, tag = "2")]
        WrongExpectedVersion(WrongExpectedVersion),
    }
}

/// Success of an append and of one in a batch, which differ only in the name of their empty message.
#[derive(Clone, Copy, PartialEq, Message)]
pub(crate) struct Success {
    #[prost(oneof = "success::Revision", tags = "1, 2")]
    pub(crate) revision: Option<success::Revision>,
    #[prost(oneof = "success::Position", tags = "3, 4")]
    pub(crate) position: Option<success::Position>,
}

pub(crate) mod success {
    use super::{Empty, LogPosition, Oneof};

    #[derive(Clone, Copy, PartialEq, Eq, Oneof)]
    pub(crate) enum Revision {
        #[prost(uint64, tag = "1")]
        Current(u64),
        #[prost(message, tag = "2")]
        NoStream(Empty),
    }

    #[derive(Clone, Copy, PartialEq, Eq, Oneof)]
    pub(crate) enum Position {
        #[prost(message, tag = "3")]
        At(LogPosition),
        #[prost(message, tag = "4")]
        None(Empty),
    }
}

#[derive(Clone, Copy, PartialEq, Message)]
pub(crate) struct WrongExpectedVersion {
    #[prost(oneof = "wrong::CurrentOld", tags = "1, 2")]
    pub(crate) current_20_6_0: Option<wrong::CurrentOld>,
    #[prost(oneof = "wrong::ExpectedOld", tags = "3, 4, 5")]
    pub(crate) expected_20_6_0: Option<wrong::ExpectedOld>,
    #[prost(oneof = "wrong::Current", tags = "6, 7")]
    pub(crate) current: Option<wrong::Current>,
    #[prost(oneof = "wrong::Expected", tags = "8, 9, 10, 11")]
    pub(crate) expected: Option<wrong::Expected>,
}

pub(crate) mod wrong {
    use super::{Empty, Oneof};

    #[derive(Clone, Copy, PartialEq, Eq, Oneof)]
    pub(crate) enum CurrentOld {
        #[prost(uint64, tag = "1")]
        Revision(u64),
        #[prost(message, tag = "2")]
        NoStream(Empty),
    }

    #[derive(Clone, Copy, PartialEq, Eq, Oneof)]
    pub(crate) enum ExpectedOld {
        #[prost(uint64, tag = "3")]
        Revision(u64),
        #[prost(message, tag = "4")]
        Any(Empty),
        #[prost(message, tag = "5")]
        StreamExists(Empty),
    }

    #[derive(Clone, Copy, PartialEq, Eq, Oneof)]
    pub(crate) enum Current {
        #[prost(uint64, tag = "6")]
        Revision(u64),
        #[prost(message, tag = "7")]
        NoStream(Empty),
    }

    #[derive(Clone, Copy, PartialEq, Eq, Oneof)]
    pub(crate) enum Expected {
        #[prost(uint64, tag = "8")]
        Revision(u64),
        #[prost(message, tag = "9")]
        Any(Empty),
        #[prost(message, tag = "10")]
        StreamExists(Empty),
        #[prost(message, tag = "11")]
        NoStream(Empty),
    }
}
