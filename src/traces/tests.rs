use chrono::{DateTime, TimeDelta, Utc};
use events::{
    EventId, Metadata, OrganizationId, Position, Recorded, StreamId, TraceParent, UserKey, Version,
};
use uuid::Uuid;

use super::spans::{Span, Threads};

const BEGAN: &str = include_str!("../../events/tests/frozen/DomainEventAccepted.v1.trace.json");
const QUEUED: &str = include_str!("../../events/tests/frozen/NotificationQueued.v1.json");
const REFUSED: &str = include_str!("../../events/tests/frozen/NotificationRefused.v1.json");
/// The domain event and the thread that it began.
const THREAD: Uuid = Uuid::from_u128(0x11);

fn recorded(stream: StreamId, id: u128, cause: Uuid, second: i64, name: &str, payload: &str) -> Recorded {
    Recorded {
        stream,
        version: Version(1),
        position: Position(id.try_into().unwrap()),
        id: EventId(Uuid::from_u128(id)),
        event_type: name.into(),
        schema_version: 1,
        payload: payload.into(),
        metadata: Metadata {
            time: DateTime::<Utc>::UNIX_EPOCH + TimeDelta::seconds(second),
            correlation_id: THREAD,
            causation_id: cause,
        },
    }
}

fn began(trace: Option<&str>) -> Recorded {
    let mut payload: serde_json::Value = serde_json::from_str(BEGAN).unwrap();
    payload["trace"] = trace.into();
    let stream = StreamId::organization(&OrganizationId::parse("acme").unwrap());
    recorded(
        stream,
        0x11,
        THREAD,
        10,
        "DomainEventAccepted",
        &payload.to_string(),
    )
}

fn of_ada(id: u128, cause: Uuid, second: i64, name: &str, payload: &str) -> Recorded {
    let ada = "0f1e2d3c-4b5a-4697-8877-665544332211/11111111-1111-4111-8111-111111111111";
    let stream = StreamId::user(&UserKey::parse(ada).unwrap());
    recorded(stream, id, cause, second, name, payload)
}

fn second(span: &Span) -> (i64, i64) {
    (span.begins.timestamp(), span.ends.timestamp())
}

#[test]
fn a_span_lasts_from_its_cause_to_its_own_moment() {
    let mut threads = Threads::default();
    let first = threads.span(&began(None)).unwrap();
    assert_eq!((first.trace, first.id, first.parent), (0x11, 0x11, None));
    assert_eq!(
        (second(&first), first.came_in, first.failed),
        ((10, 10), true, false)
    );
    let queued = of_ada(0x12, THREAD, 13, "NotificationQueued", QUEUED);
    let queued = threads.span(&queued).unwrap();
    assert_eq!(
        (queued.trace, queued.parent, second(&queued)),
        (0x11, Some(0x11), (10, 13))
    );
    let refused = of_ada(0x13, Uuid::from_u128(0x12), 14, "NotificationRefused", REFUSED);
    let refused = threads.span(&refused).unwrap();
    assert_eq!(
        (refused.parent, second(&refused), refused.failed),
        (Some(0x12), (13, 14), true)
    );
    assert!(!format!("{refused:?}").contains("11111111-1111"), "{refused:?}");
}

#[test]
fn what_is_caused_by_no_event_belongs_to_what_the_thread_began_with() {
    let mut threads = Threads::default();
    threads.span(&began(None));
    let pressed = of_ada(0x14, Uuid::from_u128(0xac7), 20, "RequestAccepted", "{}");
    let pressed = threads.span(&pressed).unwrap();
    assert_eq!((pressed.parent, second(&pressed)), (Some(0x11), (20, 20)));
}

#[test]
fn the_trace_of_chronus_goes_on_and_one_that_is_not_recorded_is_not_told() {
    let mut threads = Threads::default();
    let sampled = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let first = threads.span(&began(Some(sampled))).unwrap();
    let theirs = TraceParent::parse(sampled).unwrap();
    assert_eq!((first.trace, first.parent), (theirs.trace(), Some(theirs.span())));
    let queued = of_ada(0x12, THREAD, 13, "NotificationQueued", QUEUED);
    assert!(threads.knows(&queued));
    assert_eq!(threads.span(&queued).unwrap().trace, theirs.trace());

    let mut silent = Threads::default();
    assert_eq!(silent.span(&began(Some(&sampled.replace("-01", "-00")))), None);
    assert_eq!(silent.span(&queued), None);
}

#[test]
fn after_a_start_a_thread_is_asked_for_once() {
    let mut threads = Threads::default();
    let queued = of_ada(0x12, THREAD, 13, "NotificationQueued", QUEUED);
    assert!(!threads.knows(&queued));
    threads.learn(THREAD, None);
    assert!(threads.knows(&queued));
    assert_eq!(threads.span(&queued).unwrap().trace, 0x11);
}
