//! The questions, in the order in which the real servers were asked.

use uuid::Uuid;

use super::asking::{Asker, Expected, Whom, identifier};
use crate::wire::{
    self, Empty, ProposedMessage, ReadOptions, all_options, filter_options, keys, read_options,
    stream_options,
};

const DELETE: &str = "/event_store.client.streams.Streams/Delete";
const TOMBSTONE: &str = "/event_store.client.streams.Streams/Tombstone";
const ANY: Expected = Expected::Any(Empty {});
const NONE: Expected = Expected::NoStream(Empty {});

fn fresh() -> String {
    format!("rec-{}", Uuid::new_v4())
}

fn with(event_type: &str, data: &str) -> ProposedMessage {
    ProposedMessage {
        id: Some(wire::Uuid {
            value: Some(wire::uuid::Value::Text(Uuid::new_v4().to_string())),
        }),
        metadata: [(keys::TYPE, event_type), (keys::CONTENT_TYPE, keys::JSON)]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into(),
        custom_metadata: Vec::new(),
        data: data.as_bytes().to_vec(),
    }
}

fn event() -> ProposedMessage {
    with("T", "{}")
}

pub(crate) fn events(count: usize) -> Vec<ProposedMessage> {
    (0..count).map(|_| event()).collect()
}

fn sized(bytes: usize) -> ProposedMessage {
    with("T", &format!("\"{}\"", "x".repeat(bytes)))
}

fn named(id: &str) -> ProposedMessage {
    ProposedMessage {
        id: Some(wire::Uuid {
            value: Some(wire::uuid::Value::Text(id.to_owned())),
        }),
        ..event()
    }
}

pub(crate) fn stream(name: &str, revision: stream_options::Revision) -> ReadOptions {
    ReadOptions {
        from: Some(read_options::From::Stream(wire::StreamOptions {
            stream: Some(identifier(name)),
            revision: Some(revision),
        })),
        count: Some(read_options::Count::Count(10)),
        filter: Some(read_options::Filter::None(Empty {})),
        ..ReadOptions::default()
    }
}

pub(crate) fn start() -> stream_options::Revision {
    stream_options::Revision::Start(Empty {})
}

fn all(place: all_options::Place) -> ReadOptions {
    ReadOptions {
        from: Some(read_options::From::All(wire::AllOptions { place: Some(place) })),
        count: Some(read_options::Count::Count(5)),
        filter: Some(read_options::Filter::None(Empty {})),
        ..ReadOptions::default()
    }
}

fn filtered(place: all_options::Place, window: u32) -> ReadOptions {
    ReadOptions {
        filter: Some(read_options::Filter::Filter(wire::FilterOptions {
            on: Some(filter_options::On::Stream(wire::Expression {
                regex: String::new(),
                prefix: vec!["rec-".to_owned()],
            })),
            window: Some(filter_options::Window::Max(window)),
            checkpoint_interval_multiplier: 1,
        })),
        ..all(place)
    }
}

fn follow(options: ReadOptions) -> ReadOptions {
    ReadOptions {
        count: Some(read_options::Count::Subscription(Empty {})),
        ..options
    }
}

fn backwards(options: ReadOptions) -> ReadOptions {
    ReadOptions {
        direction: 1,
        ..options
    }
}

fn at(commit: u64) -> all_options::Place {
    all_options::Place::At(wire::LogPosition {
        commit,
        prepare: commit,
    })
}

pub(crate) async fn ask(asker: &mut Asker) {
    let a = fresh();
    appending(asker, &a).await;
    reading(asker, &a).await;
    places(asker, &a).await;
    removing(asker).await;
    retention(asker).await;
    let told = asker.gossip().await;
    asker.note("gossip", told);
}

#[expect(clippy::too_many_lines, reason = "a list of questions")]
async fn appending(asker: &mut Asker, a: &str) {
    let two = events(2);
    let without_type = {
        let mut event = event();
        event.metadata.remove(keys::TYPE);
        event
    };
    let other_content = {
        let mut event = event();
        event
            .metadata
            .insert(keys::CONTENT_TYPE.to_owned(), "text/x".to_owned());
        event
    };
    let (all, system, long, gone) = ("$all", "$rec", format!("rec-{}", "n".repeat(2000)), fresh());
    let more: Vec<_> = two.iter().cloned().chain(events(1)).collect();
    let nil = Uuid::nil().to_string();
    let questions: Vec<(&str, Whom, &str, Expected, Vec<ProposedMessage>)> = vec![
        (
            "append, no_stream, three events",
            Whom::Leader,
            a,
            NONE,
            events(3),
        ),
        (
            "append, no_stream, to what exists",
            Whom::Leader,
            a,
            NONE,
            events(1),
        ),
        (
            "append, revision too high",
            Whom::Leader,
            a,
            Expected::Revision(7),
            events(1),
        ),
        (
            "append, revision too low",
            Whom::Leader,
            a,
            Expected::Revision(0),
            events(1),
        ),
        (
            "append, stream_exists, to nothing",
            Whom::Leader,
            &gone,
            Expected::StreamExists(Empty {}),
            events(1),
        ),
        (
            "append, revision 2, two events",
            Whom::Leader,
            a,
            Expected::Revision(2),
            two.clone(),
        ),
        (
            "the same two again",
            Whom::Leader,
            a,
            Expected::Revision(2),
            two.clone(),
        ),
        (
            "the first of the two alone again",
            Whom::Leader,
            a,
            Expected::Revision(2),
            vec![two[0].clone()],
        ),
        (
            "the two and one more",
            Whom::Leader,
            a,
            Expected::Revision(2),
            more,
        ),
        (
            "append, no event",
            Whom::Leader,
            a,
            Expected::Revision(4),
            Vec::new(),
        ),
        ("append, stream name empty", Whom::Leader, "", ANY, events(1)),
        ("append, to $all", Whom::Leader, all, ANY, events(1)),
        ("append, to a system stream", Whom::Leader, system, ANY, events(1)),
        ("append, no type", Whom::Leader, a, ANY, vec![without_type]),
        (
            "append, content type unknown",
            Whom::Leader,
            a,
            ANY,
            vec![other_content],
        ),
        (
            "append, data no JSON",
            Whom::Leader,
            a,
            ANY,
            vec![with("T", "{\"a\":")],
        ),
        ("append, id no UUID", Whom::Leader, a, ANY, vec![named("zz")]),
        ("append, id all zeros", Whom::Leader, a, ANY, vec![named(&nil)]),
        ("append, 900 KiB", Whom::Leader, a, ANY, vec![sized(900 * 1024)]),
        (
            "append, 1.1 MiB in one event",
            Whom::Leader,
            a,
            ANY,
            vec![sized(1150 * 1024)],
        ),
        (
            "append, 1.2 MiB in twelve events",
            Whom::Leader,
            a,
            ANY,
            (0..12).map(|_| sized(100 * 1024)).collect(),
        ),
        (
            "append, 17 MiB",
            Whom::Leader,
            a,
            ANY,
            vec![sized(17 * 1024 * 1024)],
        ),
        (
            "append, at a follower, requires-leader",
            Whom::FollowerForLeader,
            a,
            ANY,
            events(1),
        ),
        (
            "append, at a follower, without",
            Whom::Follower,
            a,
            ANY,
            events(1),
        ),
        ("append, stream name of 2000", Whom::Leader, &long, ANY, events(1)),
        (
            "append, type of 2000",
            Whom::Leader,
            a,
            ANY,
            vec![with(&"t".repeat(2000), "{}")],
        ),
    ];
    for (question, whom, stream, expected, events) in questions {
        let answer = asker.append(whom, stream, expected, events).await;
        asker.note(question, answer);
    }
}

async fn reading(asker: &mut Asker, a: &str) {
    let end = || stream_options::Revision::End(Empty {});
    let none = ReadOptions {
        count: Some(read_options::Count::Count(0)),
        ..stream(a, start())
    };
    let questions = [
        ("read, stream missing", Whom::Leader, stream(&fresh(), start())),
        ("read, stream from its start", Whom::Leader, stream(a, start())),
        (
            "read, stream beyond its end",
            Whom::Leader,
            stream(a, stream_options::Revision::At(1_000_000)),
        ),
        (
            "read, stream backwards from its end",
            Whom::Leader,
            backwards(stream(a, end())),
        ),
        ("read, count 0", Whom::Leader, none),
        (
            "read, system stream missing",
            Whom::Leader,
            stream("$nope", start()),
        ),
        (
            "read, at a follower, requires-leader",
            Whom::FollowerForLeader,
            stream(a, start()),
        ),
        ("read, at a follower, without", Whom::Follower, stream(a, start())),
    ];
    for (question, whom, options) in questions {
        let answer = asker.read(whom, options).await;
        asker.note(question, answer);
    }
}

async fn places(asker: &mut Asker, a: &str) {
    let answer = asker.append(Whom::Leader, a, ANY, events(1)).await;
    let place = &answer["ok"]["success"]["position"]["commit_position"];
    let place: u64 = place.as_str().unwrap().parse().unwrap();
    asker.append(Whom::Leader, a, ANY, events(3)).await;
    let wheres = [
        ("at an event", place),
        ("one byte into an event", place + 1),
        ("nine bytes into an event", place + 9),
        ("far beyond the end", 1_000_000_000_000),
    ];
    for (place, position) in wheres {
        for (question, options) in [
            (format!("$all forwards {place}"), all(at(position))),
            (format!("$all backwards {place}"), backwards(all(at(position)))),
            (
                format!("$all filtered forwards {place}"),
                filtered(at(position), 32),
            ),
            (format!("$all followed after {place}"), follow(all(at(position)))),
            (
                format!("$all filtered followed after {place}"),
                follow(filtered(at(position), 32)),
            ),
        ] {
            let answer = asker.read(Whom::Leader, options).await;
            asker.note(&question, answer);
        }
    }
    let (begin, end) = (
        all_options::Place::Start(Empty {}),
        all_options::Place::End(Empty {}),
    );
    let torn = all_options::Place::At(wire::LogPosition {
        commit: 10,
        prepare: 20,
    });
    let questions = [
        ("$all, commit before prepare", Whom::Leader, all(torn)),
        ("$all from its start", Whom::Leader, all(begin)),
        ("$all filtered from its start", Whom::Leader, filtered(begin, 32)),
        ("$all filtered, window 0", Whom::Leader, filtered(begin, 0)),
        (
            "$all filtered backwards from its end",
            Whom::Leader,
            backwards(filtered(end, 32)),
        ),
        (
            "stream followed from its start",
            Whom::Leader,
            follow(stream(a, start())),
        ),
        (
            "stream missing, followed",
            Whom::Leader,
            follow(stream(&fresh(), start())),
        ),
        (
            "$all followed at a follower, requires-leader",
            Whom::FollowerForLeader,
            follow(all(end)),
        ),
        (
            "read without filter option",
            Whom::Leader,
            ReadOptions {
                filter: None,
                ..all(begin)
            },
        ),
    ];
    for (question, whom, options) in questions {
        let answer = asker.read(whom, options).await;
        asker.note(question, answer);
    }
}

async fn removing(asker: &mut Asker) {
    let b = fresh();
    asker.append(Whom::Leader, &b, NONE, events(2)).await;
    let answer = asker.remove(DELETE, &b, Expected::Revision(7)).await;
    asker.note("delete, wrong revision", answer);
    let answer = asker.remove(DELETE, &b, Expected::Revision(1)).await;
    asker.note("delete, right revision", answer);
    let answer = asker.read(Whom::Leader, stream(&b, start())).await;
    asker.note("read, deleted stream", answer);
    let answer = asker.append(Whom::Leader, &b, NONE, events(1)).await;
    asker.note("append, no_stream, to a deleted stream", answer);
    let answer = asker
        .append(Whom::Leader, &b, Expected::Revision(1), events(1))
        .await;
    asker.note("append, revision 1, to a deleted stream", answer);
    let answer = asker.remove(DELETE, &fresh(), ANY).await;
    asker.note("delete, stream missing", answer);
    let c = fresh();
    asker.append(Whom::Leader, &c, NONE, events(1)).await;
    let answer = asker.remove(TOMBSTONE, &c, ANY).await;
    asker.note("tombstone", answer);
    let answer = asker.read(Whom::Leader, stream(&c, start())).await;
    asker.note("read, tombstoned stream", answer);
    let answer = asker.append(Whom::Leader, &c, ANY, events(1)).await;
    asker.note("append, tombstoned stream", answer);
    let answer = asker.read(Whom::Leader, follow(stream(&c, start()))).await;
    asker.note("tombstoned stream followed", answer);
}

async fn retention(asker: &mut Asker) {
    let d = fresh();
    let about = format!("$${d}");
    let keep = with("$metadata", "{\"$maxCount\":2}");
    let answer = asker.append(Whom::Leader, &about, NONE, vec![keep]).await;
    asker.note("$maxCount 2 before the first event", answer);
    let answer = asker.append(Whom::Leader, &d, NONE, events(5)).await;
    asker.note("five events to it", answer);
    let answer = asker.read(Whom::Leader, stream(&d, start())).await;
    asker.note("read it from its start", answer);
    let answer = asker
        .read(Whom::Leader, stream(&d, stream_options::Revision::At(0)))
        .await;
    asker.note("read it from revision 0", answer);
    let answer = asker
        .append(Whom::Leader, &about, ANY, vec![with("$metadata", "nope")])
        .await;
    asker.note("metadata that is no JSON", answer);
}
