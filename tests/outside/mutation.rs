//! Changes to bytes that somebody really sent.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// Bytes at which readers go wrong.
const ODD: [&[u8]; 26] = [
    b"\"",
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"\0",
    b"\xff",
    b"\xed\xa0\x80",
    b"\\ud800",
    b"\xf0\x9f\x98\x80",
    b"\xe2\x80\x8b",
    b"\xe2\x84\xaa",
    b"-0",
    b"1e400",
    b"18446744073709551616",
    b"null",
    b"true",
    b"2026-02-30T25:61:61Z",
    b"@",
    b"%",
    b"\r\n",
    b"<at>",
    b"&#x41;",
];
/// Changes to one input at most.
const CHANGES: usize = 6;
/// Bytes left out or doubled at most in one change.
const LONGEST: usize = 200;

/// One change.
#[derive(Debug, Clone)]
enum Change {
    Set(Index, u8),
    Odd(Index, &'static [u8]),
    Leave(Index, usize),
    Double(Index, usize, usize),
    Cut(Index),
    Other(Index, Index),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Change::Set(at, byte)),
        (any::<Index>(), select(&ODD[..])).prop_map(|(at, odd)| Change::Odd(at, odd)),
        (any::<Index>(), 1..LONGEST).prop_map(|(at, many)| Change::Leave(at, many)),
        (any::<Index>(), 1..LONGEST, 1_usize..40)
            .prop_map(|(at, many, times)| Change::Double(at, many, times)),
        any::<Index>().prop_map(Change::Cut),
        (any::<Index>(), any::<Index>()).prop_map(|(at, from)| Change::Other(at, from)),
    ]
}

fn changed(bytes: &mut Vec<u8>, change: &Change, seeds: &[Vec<u8>]) {
    let end = bytes.len();
    let place = |index: &Index| index.index(end + 1);
    match change {
        Change::Set(at, byte) => {
            if let Some(found) = bytes.get_mut(place(at)) {
                *found = *byte;
            }
        }
        Change::Odd(at, odd) => {
            let at = place(at);
            bytes.splice(at..at, odd.iter().copied());
        }
        Change::Leave(at, many) => {
            let at = place(at);
            bytes.drain(at..end.min(at + many));
        }
        Change::Double(at, many, times) => {
            let at = place(at);
            let part = bytes[at..end.min(at + many)].repeat(*times);
            bytes.splice(at..at, part);
        }
        Change::Cut(at) => bytes.truncate(place(at)),
        Change::Other(at, from) => {
            let (at, other) = (place(at), &seeds[from.index(seeds.len())]);
            bytes.splice(at..at, other.iter().copied());
        }
    }
}

/// Bytes, told as text.
#[derive(Clone)]
pub(crate) struct Sent(pub(crate) Vec<u8>);

impl std::fmt::Debug for Sent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes: \"{}\"", self.0.len(), self.0.escape_ascii())
    }
}

/// One of the seeds, changed.
pub(crate) fn of(seeds: Vec<Vec<u8>>) -> impl Strategy<Value = Sent> {
    let which = 0..seeds.len();
    (which, vec(change(), 1..=CHANGES)).prop_map(move |(which, changes)| {
        let mut bytes = seeds[which].clone();
        for change in &changes {
            changed(&mut bytes, change, &seeds);
        }
        Sent(bytes)
    })
}
