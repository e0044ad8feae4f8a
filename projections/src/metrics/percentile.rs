//! Exact percentiles by the nearest rank: of n sorted values the p-th is the one at rank ⌈p·n/100⌉. So it is always a
//! value that occurred, needs no fractions, and is the same on every machine. The median of an even number of values is
//! the lower one of the middle two.

/// The `p`-th percentile of sorted values; `None` of none.
pub fn nearest_rank(sorted: &[i64], p: u32) -> Option<i64> {
    let n = sorted.len() as u64;
    let rank = (u64::from(p) * n).div_ceil(100).max(1);
    let index = usize::try_from(rank - 1).ok()?;
    sorted.get(index).copied()
}

/// A share in tenths of a percent, rounded half up; `None` of none.
pub fn permille(part: i64, of: i64) -> Option<i64> {
    (of > 0).then(|| (part * 2000 + of).div_euclid(of * 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_by_hand() {
        // Ranks: the median of 10 is the 5th, its p90 the 9th; of 11 the 6th and the 10th; of 1 the only one.
        let ten: Vec<i64> = (1..=10).map(|n| n * 10).collect();
        assert_eq!(
            (nearest_rank(&ten, 50), nearest_rank(&ten, 90)),
            (Some(50), Some(90))
        );
        let eleven: Vec<i64> = (1..=11).collect();
        assert_eq!(
            (nearest_rank(&eleven, 50), nearest_rank(&eleven, 90)),
            (Some(6), Some(10))
        );
        assert_eq!(
            (nearest_rank(&[7], 50), nearest_rank(&[7], 90)),
            (Some(7), Some(7))
        );
        assert_eq!(nearest_rank(&[1, 2], 50), Some(1));
        assert_eq!(nearest_rank(&[], 50), None);
        assert_eq!(
            (nearest_rank(&ten, 0), nearest_rank(&ten, 100)),
            (Some(10), Some(100))
        );
    }

    #[test]
    fn shares_are_rounded_half_up() {
        assert_eq!(permille(1, 3), Some(333));
        assert_eq!(permille(2, 3), Some(667));
        assert_eq!(permille(1, 2000), Some(1));
        assert_eq!(permille(1, 2001), Some(0));
        assert_eq!(permille(0, 5), Some(0));
        assert_eq!(permille(5, 5), Some(1000));
        assert_eq!(permille(0, 0), None);
    }
}
