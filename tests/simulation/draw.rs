//! Numbers that look random and are the same for the same seed.

/// As in `SplitMix64`.
#[derive(Debug, Clone)]
pub(crate) struct Draw(u64);

impl Draw {
    /// Another sequence for each seed and each thing that it is for.
    pub(crate) fn new(seed: u64, purpose: &str) -> Self {
        let mut draw = Self(seed);
        for byte in purpose.bytes() {
            draw.0 = draw.next() ^ u64::from(byte);
        }
        draw
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    /// True in so many of a hundred draws.
    pub(crate) fn percent(&mut self, of_hundred: u64) -> bool {
        self.below(100) < of_hundred
    }

    /// One of these.
    pub(crate) fn one_of<T: Copy>(&mut self, of: &[T]) -> Option<T> {
        let count = u64::try_from(of.len()).unwrap();
        (count > 0).then(|| of[usize::try_from(self.below(count)).unwrap()])
    }
}
