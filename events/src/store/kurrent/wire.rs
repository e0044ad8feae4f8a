//! The messages of KurrentDB's gRPC protocol that are needed here, with the field numbers of the published
//! `.proto` files and in our own words. The stand-in of the tests compiles this same file; that the numbers are
//! right is checked by clients that do not (the official one and the one for Python) and against the `.proto` files
//! that the official client's package carries (`events/tests/kurrent/protos.rs`).

use prost::{Message, Oneof};

// By path, since the stand-in compiles this file from elsewhere.
#[path = "wire/append.rs"]
mod append;
#[path = "wire/read.rs"]
mod read;

pub(crate) use append::*;
pub(crate) use read::*;

/// `event_store.client.Empty`; `google.protobuf.Empty` looks the same on the wire.
#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub(crate) struct Empty {}

#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct Uuid {
    #[prost(oneof = "uuid::Value", tags = "1, 2")]
    pub(crate) value: Option<uuid::Value>,
}

pub(crate) mod uuid {
    use super::Oneof;

    #[derive(Clone, PartialEq, Eq, Oneof)]
    pub(crate) enum Value {
        #[prost(message, tag = "1")]
        Structured(super::StructuredUuid),
        #[prost(string, tag = "2")]
        Text(String),
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub(crate) struct StructuredUuid {
    #[prost(int64, tag = "1")]
    pub(crate) most: i64,
    #[prost(int64, tag = "2")]
    pub(crate) least: i64,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct StreamIdentifier {
    #[prost(bytes = "vec", tag = "3")]
    pub(crate) name: Vec<u8>,
}

/// A place in `$all`; several messages of the protocol have this shape.
#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub(crate) struct LogPosition {
    #[prost(uint64, tag = "1")]
    pub(crate) commit: u64,
    #[prost(uint64, tag = "2")]
    pub(crate) prepare: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub(crate) struct Timestamp {
    #[prost(int64, tag = "1")]
    pub(crate) seconds: i64,
    #[prost(int32, tag = "2")]
    pub(crate) nanos: i32,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct ClusterInfo {
    #[prost(message, repeated, tag = "1")]
    pub(crate) members: Vec<MemberInfo>,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct MemberInfo {
    #[prost(message, optional, tag = "1")]
    pub(crate) instance_id: Option<Uuid>,
    /// 100 ns ticks since 1970.
    #[prost(int64, tag = "2")]
    pub(crate) time_stamp: i64,
    #[prost(int32, tag = "3")]
    pub(crate) state: i32,
    #[prost(bool, tag = "4")]
    pub(crate) is_alive: bool,
    #[prost(message, optional, tag = "5")]
    pub(crate) http_end_point: Option<EndPoint>,
}

/// `MemberInfo.state` of the node that takes writes.
pub(crate) const LEADER: i32 = 8;

#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct EndPoint {
    #[prost(string, tag = "1")]
    pub(crate) address: String,
    #[prost(uint32, tag = "2")]
    pub(crate) port: u32,
}

/// Where the calls live.
pub(crate) mod paths {
    pub(crate) const APPEND: &str = "/event_store.client.streams.Streams/Append";
    pub(crate) const READ: &str = "/event_store.client.streams.Streams/Read";
    pub(crate) const GOSSIP: &str = "/event_store.client.gossip.Gossip/Read";
}

/// Trailers and headers that carry meaning.
pub(crate) mod keys {
    pub(crate) const EXCEPTION: &str = "exception";
    pub(crate) const NOT_LEADER: &str = "not-leader";
    pub(crate) const LEADER_HOST: &str = "leader-endpoint-host";
    pub(crate) const LEADER_PORT: &str = "leader-endpoint-port";
    pub(crate) const STREAM_DELETED: &str = "stream-deleted";
    pub(crate) const TOO_LARGE: &str = "maximum-append-size-exceeded";
    pub(crate) const LARGEST_APPEND: &str = "maximum-append-size";
    pub(crate) const EVENT_TOO_LARGE: &str = "maximum-append-event-size-exceeded";
    pub(crate) const REQUIRES_LEADER: &str = "requires-leader";
    pub(crate) const TYPE: &str = "type";
    pub(crate) const CONTENT_TYPE: &str = "content-type";
    pub(crate) const JSON: &str = "application/json";
    pub(crate) const BINARY: &str = "application/octet-stream";
}
