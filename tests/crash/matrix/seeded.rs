//! Numbers that look random and are the same for the same seed.

use events::EventId;

/// See the module.
#[derive(Debug)]
pub(crate) struct Seeded {
    seed: u64,
    drawn: u64,
}

impl Seeded {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, drawn: 0 }
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.drawn += 1;
        let drawn = EventId::derive([self.seed.to_string().as_str(), self.drawn.to_string().as_str()]);
        u64::try_from(drawn.0.as_u128() % u128::from(end.max(1))).unwrap()
    }
}
