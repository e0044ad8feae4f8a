//! How many people are behind a figure, at the least. Until a card is queued its recipient goes by what Chronus named them
//! with, and by their key in Teams from then on, so one person may go by several names.

use std::collections::HashSet;

use uuid::Uuid;

/// Ways in which a row names its person. Within one of them, two names are two people.
const WAYS: usize = 4;

/// A person by a number that is made of their name, and says in which way they are named. Two names share one with a
/// probability of 2⁻⁶⁰, and a file that has such numbers has no names.
pub(super) fn person_code(name: &str) -> u64 {
    let way = match name.split_once(':') {
        Some(("member", _)) => 0,
        Some(("object", _)) => 1,
        Some(("address", _)) => 2,
        Some(_) | None => 3,
    };
    (code(name) & (u64::MAX >> 2)) | (way << 62)
}

/// A number that is made of a text, the same on every machine and in every release.
pub(super) fn code(text: &str) -> u64 {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, text.as_bytes())
        .as_u64_pair()
        .0
}

/// People by their numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Crowd {
    people: HashSet<u64>,
    ways: [usize; WAYS],
}

impl Crowd {
    pub(super) fn add(&mut self, person: u64) {
        if self.people.insert(person) {
            self.ways[way(person)] += 1;
        }
    }

    pub(super) fn remove(&mut self, person: u64) {
        if self.people.remove(&person) {
            self.ways[way(person)] -= 1;
        }
    }

    pub(super) fn extend(&mut self, other: &Self) {
        for person in &other.people {
            self.add(*person);
        }
    }

    /// At least so many people: the most that one way of naming tells apart.
    pub(super) fn size(&self) -> usize {
        self.ways.into_iter().max().unwrap_or_default()
    }
}

fn way(person: u64) -> usize {
    usize::try_from(person >> 62).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_under_several_names_is_one() {
        let mut crowd = Crowd::default();
        for name in ["member:m-1", "address:abc", "t-1/ada"] {
            crowd.add(person_code(name));
        }
        assert_eq!(crowd.size(), 1);
        crowd.add(person_code("member:m-2"));
        crowd.add(person_code("member:m-2"));
        assert_eq!(crowd.size(), 2);
        crowd.remove(person_code("member:m-2"));
        assert_eq!(crowd.size(), 1);
    }
}
