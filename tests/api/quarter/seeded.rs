//! Numbers that look random and are the same for the same seed.

use events::EventId;

/// See the module.
#[derive(Debug)]
pub(super) struct Seeded {
    seed: u64,
    drawn: u64,
}

impl Seeded {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, drawn: 0 }
    }

    /// A number below `end`.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.drawn += 1;
        let drawn = EventId::derive([self.seed.to_string().as_str(), self.drawn.to_string().as_str()]);
        u64::try_from(drawn.0.as_u128() % u128::from(end.max(1))).unwrap()
    }

    /// True in so many of a hundred draws.
    pub(super) fn percent(&mut self, of_hundred: u64) -> bool {
        self.below(100) < of_hundred
    }

    /// One of these.
    pub(super) fn one_of<T: Copy>(&mut self, of: &[T]) -> Option<T> {
        let count = u64::try_from(of.len()).unwrap();
        (count > 0).then(|| of[usize::try_from(self.below(count)).unwrap()])
    }
}
