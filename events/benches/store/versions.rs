//! Where the streams end that were written so far.

/// Where each stream ends, kept by number.
#[derive(Debug, Clone, Default)]
pub(crate) struct Versions(Vec<u64>);

impl Versions {
    /// Counts one more event of a stream and answers the version before it.
    pub(crate) fn count(&mut self, number: u64) -> u64 {
        let index = usize::try_from(number).unwrap_or(usize::MAX);
        if self.0.len() <= index {
            self.0.resize(index + 1, 0);
        }
        let before = self.0[index];
        self.0[index] += 1;
        before
    }

    /// The version of a stream's last event.
    pub(crate) fn end(&self, number: u64) -> u64 {
        let index = usize::try_from(number).unwrap_or(usize::MAX);
        self.0.get(index).copied().unwrap_or_default()
    }

    pub(crate) fn set(&mut self, number: u64, end: u64) {
        let index = usize::try_from(number).unwrap_or(usize::MAX);
        if self.0.len() <= index {
            self.0.resize(index + 1, 0);
        }
        self.0[index] = end;
    }

    /// Events of all streams.
    pub(crate) fn total(&self) -> u64 {
        self.0.iter().sum()
    }
}
