//! The messages of KurrentDB's gRPC protocol that are needed here, with the field numbers of the published
//! `.proto` files and in our own words. The stand-in of the tests compiles this same file; that the numbers are
//! right is checked by clients that do not: the official one and the one for Python.

use std::collections::HashMap;

use prost::{Message, Oneof};

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

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ReadReq {
    #[prost(message, optional, tag = "1")]
    pub(crate) options: Option<ReadOptions>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ReadOptions {
    #[prost(oneof = "read_options::From", tags = "1, 2")]
    pub(crate) from: Option<read_options::From>,
    /// 0 forwards, 1 backwards.
    #[prost(int32, tag = "3")]
    pub(crate) direction: i32,
    #[prost(bool, tag = "4")]
    pub(crate) resolve_links: bool,
    #[prost(oneof = "read_options::Count", tags = "5, 6")]
    pub(crate) count: Option<read_options::Count>,
    #[prost(oneof = "read_options::Filter", tags = "7, 8")]
    pub(crate) filter: Option<read_options::Filter>,
    #[prost(message, optional, tag = "9")]
    pub(crate) uuid_option: Option<UuidOption>,
    #[prost(message, optional, tag = "10")]
    pub(crate) control_option: Option<ControlOption>,
}

pub(crate) mod read_options {
    use super::{AllOptions, Empty, FilterOptions, Oneof, StreamOptions};

    #[derive(Clone, PartialEq, Oneof)]
    pub(crate) enum From {
        #[prost(message, tag = "1")]
        Stream(StreamOptions),
        #[prost(message, tag = "2")]
        All(AllOptions),
    }

    #[derive(Clone, Copy, PartialEq, Eq, Oneof)]
    pub(crate) enum Count {
        #[prost(uint64, tag = "5")]
        Count(u64),
        #[prost(message, tag = "6")]
        Subscription(Empty),
    }

    #[derive(Clone, PartialEq, Oneof)]
    pub(crate) enum Filter {
        #[prost(message, tag = "7")]
        Filter(FilterOptions),
        #[prost(message, tag = "8")]
        None(Empty),
    }
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct StreamOptions {
    #[prost(message, optional, tag = "1")]
    pub(crate) stream: Option<StreamIdentifier>,
    #[prost(oneof = "stream_options::Revision", tags = "2, 3, 4")]
    pub(crate) revision: Option<stream_options::Revision>,
}

pub(crate) mod stream_options {
    use super::{Empty, Oneof};

    #[derive(Clone, Copy, PartialEq, Eq, Oneof)]
    pub(crate) enum Revision {
        #[prost(uint64, tag = "2")]
        At(u64),
        #[prost(message, tag = "3")]
        Start(Empty),
        #[prost(message, tag = "4")]
        End(Empty),
    }
}

#[derive(Clone, Copy, PartialEq, Message)]
pub(crate) struct AllOptions {
    #[prost(oneof = "all_options::Place", tags = "1, 2, 3")]
    pub(crate) place: Option<all_options::Place>,
}

pub(crate) mod all_options {
    use super::{Empty, LogPosition, Oneof};

    #[derive(Clone, Copy, PartialEq, Eq, Oneof)]
    pub(crate) enum Place {
        #[prost(message, tag = "1")]
        At(LogPosition),
        #[prost(message, tag = "2")]
        Start(Empty),
        #[prost(message, tag = "3")]
        End(Empty),
    }
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct FilterOptions {
    #[prost(oneof = "filter_options::On", tags = "1, 2")]
    pub(crate) on: Option<filter_options::On>,
    #[prost(oneof = "filter_options::Window", tags = "3, 4")]
    pub(crate) window: Option<filter_options::Window>,
    #[prost(uint32, tag = "5")]
    pub(crate) checkpoint_interval_multiplier: u32,
}

pub(crate) mod filter_options {
    use super::{Empty, Expression, Oneof};

    #[derive(Clone, PartialEq, Eq, Oneof)]
    pub(crate) enum On {
        #[prost(message, tag = "1")]
        Stream(Expression),
        #[prost(message, tag = "2")]
        EventType(Expression),
    }

    #[derive(Clone, Copy, PartialEq, Eq, Oneof)]
    pub(crate) enum Window {
        #[prost(uint32, tag = "3")]
        Max(u32),
        #[prost(message, tag = "4")]
        Count(Empty),
    }
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct Expression {
    #[prost(string, tag = "1")]
    pub(crate) regex: String,
    #[prost(string, repeated, tag = "2")]
    pub(crate) prefix: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Message)]
pub(crate) struct UuidOption {
    #[prost(oneof = "uuid_option::Form", tags = "1, 2")]
    pub(crate) form: Option<uuid_option::Form>,
}

pub(crate) mod uuid_option {
    use super::{Empty, Oneof};

    #[derive(Clone, Copy, PartialEq, Eq, Oneof)]
    pub(crate) enum Form {
        #[prost(message, tag = "1")]
        Structured(Empty),
        #[prost(message, tag = "2")]
        Text(Empty),
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub(crate) struct ControlOption {
    #[prost(uint32, tag = "1")]
    pub(crate) compatibility: u32,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ReadResp {
    #[prost(oneof = "read_resp::Content", tags = "1, 2, 3, 4, 5, 6, 7, 8, 9")]
    pub(crate) content: Option<read_resp::Content>,
}

pub(crate) mod read_resp {
    use super::{CaughtUp, Checkpoint, Confirmation, LogPosition, Oneof, ReadEvent, StreamNotFound};

    #[derive(Clone, PartialEq, Oneof)]
    pub(crate) enum Content {
        #[prost(message, tag = "1")]
        Event(Box<ReadEvent>),
        #[prost(message, tag = "2")]
        Confirmation(Confirmation),
        #[prost(message, tag = "3")]
        Checkpoint(Checkpoint),
        #[prost(message, tag = "4")]
        StreamNotFound(StreamNotFound),
        #[prost(uint64, tag = "5")]
        FirstStreamPosition(u64),
        #[prost(uint64, tag = "6")]
        LastStreamPosition(u64),
        #[prost(message, tag = "7")]
        LastAllStreamPosition(LogPosition),
        #[prost(message, tag = "8")]
        CaughtUp(CaughtUp),
        #[prost(message, tag = "9")]
        FellBehind(CaughtUp),
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub(crate) struct Timestamp {
    #[prost(int64, tag = "1")]
    pub(crate) seconds: i64,
    #[prost(int32, tag = "2")]
    pub(crate) nanos: i32,
}

/// Also `FellBehind`, which has the same fields.
#[derive(Clone, Copy, PartialEq, Message)]
pub(crate) struct CaughtUp {
    #[prost(message, optional, tag = "1")]
    pub(crate) timestamp: Option<Timestamp>,
    #[prost(int64, optional, tag = "2")]
    pub(crate) stream_revision: Option<i64>,
    #[prost(message, optional, tag = "3")]
    pub(crate) position: Option<LogPosition>,
}

#[derive(Clone, Copy, PartialEq, Message)]
pub(crate) struct Checkpoint {
    #[prost(uint64, tag = "1")]
    pub(crate) commit: u64,
    #[prost(uint64, tag = "2")]
    pub(crate) prepare: u64,
    #[prost(message, optional, tag = "3")]
    pub(crate) timestamp: Option<Timestamp>,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct Confirmation {
    #[prost(string, tag = "1")]
    pub(crate) subscription_id: String,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct StreamNotFound {
    #[prost(message, optional, tag = "1")]
    pub(crate) stream: Option<StreamIdentifier>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ReadEvent {
    #[prost(message, optional, tag = "1")]
    pub(crate) event: Option<RecordedEvent>,
    #[prost(message, optional, tag = "2")]
    pub(crate) link: Option<RecordedEvent>,
    #[prost(oneof = "read_event::Position", tags = "3, 4")]
    pub(crate) position: Option<read_event::Position>,
}

pub(crate) mod read_event {
    use super::{Empty, Oneof};

    #[derive(Clone, Copy, PartialEq, Eq, Oneof)]
    pub(crate) enum Position {
        #[prost(uint64, tag = "3")]
        Commit(u64),
        #[prost(message, tag = "4")]
        None(Empty),
    }
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct RecordedEvent {
    #[prost(message, optional, tag = "1")]
    pub(crate) id: Option<Uuid>,
    #[prost(message, optional, tag = "2")]
    pub(crate) stream: Option<StreamIdentifier>,
    #[prost(uint64, tag = "3")]
    pub(crate) revision: u64,
    #[prost(uint64, tag = "4")]
    pub(crate) prepare: u64,
    #[prost(uint64, tag = "5")]
    pub(crate) commit: u64,
    #[prost(map = "string, string", tag = "6")]
    pub(crate) metadata: HashMap<String, String>,
    #[prost(bytes = "vec", tag = "7")]
    pub(crate) custom_metadata: Vec<u8>,
    #[prost(bytes = "vec", tag = "8")]
    pub(crate) data: Vec<u8>,
}

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
    pub(crate) const EVENT_TOO_LARGE: &str = "maximum-append-event-size-exceeded";
    pub(crate) const REQUIRES_LEADER: &str = "requires-leader";
    pub(crate) const TYPE: &str = "type";
    pub(crate) const CONTENT_TYPE: &str = "content-type";
    pub(crate) const JSON: &str = "application/json";
    pub(crate) const BINARY: &str = "application/octet-stream";
}
