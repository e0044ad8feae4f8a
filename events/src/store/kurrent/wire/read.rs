//! Reading and subscribing.

use std::collections::HashMap;

use prost::{Message, Oneof};

use super::{Empty, LogPosition, StreamIdentifier, Timestamp, Uuid};

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
