//! The messages that only a server needs.

use prost::{Message, Oneof};

use crate::wire::{Empty, LogPosition, ProposedMessage, StreamIdentifier, Success, Timestamp, Uuid};

#[derive(Clone, PartialEq, Message)]
pub(crate) struct BatchAppendReq {
    #[prost(message, optional, tag = "1")]
    pub(crate) correlation_id: Option<Uuid>,
    #[prost(message, optional, tag = "2")]
    pub(crate) options: Option<BatchOptions>,
    #[prost(message, repeated, tag = "3")]
    pub(crate) proposed: Vec<ProposedMessage>,
    #[prost(bool, tag = "4")]
    pub(crate) is_final: bool,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct BatchOptions {
    #[prost(message, optional, tag = "1")]
    pub(crate) stream: Option<StreamIdentifier>,
    #[prost(oneof = "batch_options::Expected", tags = "2, 3, 4, 5")]
    pub(crate) expected: Option<batch_options::Expected>,
    #[prost(message, optional, tag = "6")]
    pub(crate) deadline_21_10_0: Option<Timestamp>,
    #[prost(message, optional, tag = "7")]
    pub(crate) deadline: Option<Timestamp>,
}

pub(crate) mod batch_options {
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
pub(crate) struct BatchAppendResp {
    #[prost(message, optional, tag = "1")]
    pub(crate) correlation_id: Option<Uuid>,
    #[prost(oneof = "batch_resp::Result", tags = "2, 3")]
    pub(crate) result: Option<batch_resp::Result>,
    #[prost(message, optional, tag = "4")]
    pub(crate) stream: Option<StreamIdentifier>,
    #[prost(oneof = "batch_resp::Expected", tags = "5, 6, 7, 8")]
    pub(crate) expected: Option<batch_resp::Expected>,
}

pub(crate) mod batch_resp {
    use super::{Empty, Oneof, RpcStatus, Success};

    #[derive(Clone, PartialEq, Oneof)]
    pub(crate) enum Result {
        #[prost(message, tag = "2")]
        Error(RpcStatus),
        #[prost(message, tag = "3")]
        Success(Success),
    }

    #[derive(Clone, Copy, PartialEq, Eq, Oneof)]
    pub(crate) enum Expected {
        #[prost(uint64, tag = "5")]
        Revision(u64),
        #[prost(message, tag = "6")]
        NoStream(Empty),
        #[prost(message, tag = "7")]
        Any(Empty),
        #[prost(message, tag = "8")]
        StreamExists(Empty),
    }
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct RpcStatus {
    #[prost(int32, tag = "1")]
    pub(crate) code: i32,
    #[prost(string, tag = "2")]
    pub(crate) message: String,
    #[prost(message, optional, tag = "3")]
    pub(crate) details: Option<AnyMessage>,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct AnyMessage {
    #[prost(string, tag = "1")]
    pub(crate) type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    pub(crate) value: Vec<u8>,
}

/// The conflict's details in a batch.
#[derive(Clone, Copy, PartialEq, Message)]
pub(crate) struct BatchWrongVersion {
    #[prost(oneof = "batch_wrong::Current", tags = "1, 2")]
    pub(crate) current: Option<batch_wrong::Current>,
    #[prost(oneof = "batch_wrong::Expected", tags = "3, 4, 5, 6")]
    pub(crate) expected: Option<batch_wrong::Expected>,
}

pub(crate) mod batch_wrong {
    use super::{Empty, Oneof};

    #[derive(Clone, Copy, PartialEq, Eq, Oneof)]
    pub(crate) enum Current {
        #[prost(uint64, tag = "1")]
        Revision(u64),
        #[prost(message, tag = "2")]
        NoStream(Empty),
    }

    #[derive(Clone, Copy, PartialEq, Eq, Oneof)]
    pub(crate) enum Expected {
        #[prost(uint64, tag = "3")]
        Revision(u64),
        #[prost(message, tag = "4")]
        Any(Empty),
        #[prost(message, tag = "5")]
        StreamExists(Empty),
        #[prost(message, tag = "6")]
        NoStream(Empty),
    }
}

/// The request of a delete and of a tombstone.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct DeleteReq {
    #[prost(message, optional, tag = "1")]
    pub(crate) options: Option<crate::wire::WriteOptions>,
}

#[derive(Clone, Copy, PartialEq, Message)]
pub(crate) struct DeleteResp {
    #[prost(oneof = "delete_resp::Position", tags = "1, 2")]
    pub(crate) position: Option<delete_resp::Position>,
}

pub(crate) mod delete_resp {
    use super::{Empty, LogPosition, Oneof};

    #[derive(Clone, Copy, PartialEq, Eq, Oneof)]
    pub(crate) enum Position {
        #[prost(message, tag = "1")]
        At(LogPosition),
        #[prost(message, tag = "2")]
        None(Empty),
    }
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct SupportedMethods {
    #[prost(message, repeated, tag = "1")]
    pub(crate) methods: Vec<SupportedMethod>,
    #[prost(string, tag = "2")]
    pub(crate) version: String,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct SupportedMethod {
    #[prost(string, tag = "1")]
    pub(crate) method: String,
    #[prost(string, tag = "2")]
    pub(crate) service: String,
    #[prost(string, repeated, tag = "3")]
    pub(crate) features: Vec<String>,
}
