//! Changes as bytes: whole numbers of variable length, each mostly the difference to the one before.

use std::collections::HashMap;

use super::summing::Entry;

/// Writes changes, each with the number of its place.
pub(super) fn encode<'e>(entries: impl Iterator<Item = &'e (u32, Entry)> + Clone) -> Vec<u8> {
    let mut numbers: HashMap<u64, usize> = HashMap::new();
    let mut codes: Vec<u64> = Vec::new();
    let mut number = |code: u64| {
        *numbers.entry(code).or_insert_with(|| {
            codes.push(code);
            codes.len() - 1
        })
    };
    let (mut body, mut count) = (Vec::new(), 0);
    let (mut at, mut position) = (0, 0);
    for (place, entry) in entries {
        put(&mut body, u64::from(*place));
        put_signed(&mut body, entry.at.wrapping_sub(at));
        put(&mut body, number(entry.row) as u64);
        put(&mut body, number(entry.person) as u64);
        put_signed(&mut body, entry.value);
        put_signed(&mut body, entry.delta);
        put_signed(&mut body, entry.position.wrapping_sub(position).cast_signed());
        (at, position) = (entry.at, entry.position);
        count += 1;
    }
    let mut whole = Vec::with_capacity(body.len() + codes.len() * 8 + 16);
    put(&mut whole, codes.len() as u64);
    for code in codes {
        whole.extend(code.to_le_bytes());
    }
    put(&mut whole, count);
    whole.extend(body);
    whole
}

/// Reads what [`encode`] wrote; `None` where it is not that.
pub(super) fn decode(bytes: &[u8], mut take: impl FnMut(u32, &Entry)) -> Option<()> {
    let mut rest = bytes;
    let codes = usize::try_from(get(&mut rest)?).ok()?;
    let table = rest.get(..codes.checked_mul(8)?)?;
    rest = &rest[table.len()..];
    let code = |index: u64| {
        let from = usize::try_from(index).ok()?.checked_mul(8)?;
        let eight: [u8; 8] = table.get(from..from + 8)?.try_into().ok()?;
        Some(u64::from_le_bytes(eight))
    };
    let (mut at, mut position) = (0_i64, 0_u64);
    for _ in 0..get(&mut rest)? {
        let place = u32::try_from(get(&mut rest)?).ok()?;
        at = at.wrapping_add(get_signed(&mut rest)?);
        let (row, person) = (code(get(&mut rest)?)?, code(get(&mut rest)?)?);
        let (value, delta) = (get_signed(&mut rest)?, get_signed(&mut rest)?);
        position = position.wrapping_add(get_signed(&mut rest)?.cast_unsigned());
        take(
            place,
            &Entry {
                position,
                at,
                row,
                person,
                value,
                delta,
            },
        );
    }
    rest.is_empty().then_some(())
}

/// What a stretch of changes comes to for whoever asks of its end or later: a row that came and went in it is left out, and
/// one that changed more than once counts by its last change.
pub(super) fn netted(entries: &[(u32, Entry)]) -> Vec<(u32, Entry)> {
    let mut net: HashMap<(u32, i64, u64), (usize, i64, bool)> = HashMap::new();
    for (index, (place, entry)) in entries.iter().enumerate() {
        // Whether the row counted before is told by its first change.
        let (last, delta, _) =
            net.entry((*place, entry.at, entry.row))
                .or_insert((index, 0, entry.delta > 0));
        *last = index;
        *delta += entry.delta;
    }
    let mut kept: Vec<(usize, i64)> = net
        .into_values()
        .filter(|(_, delta, came)| *delta != 0 || !*came)
        .map(|(last, delta, _)| (last, delta))
        .collect();
    kept.sort_unstable();
    let kept = kept.into_iter().map(|(last, delta)| {
        let (place, entry) = entries[last];
        (place, Entry { delta, ..entry })
    });
    kept.collect()
}

fn put(into: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        into.push(u8::try_from(value & 0x7f).unwrap_or_default() | 0x80);
        value >>= 7;
    }
    into.push(u8::try_from(value).unwrap_or_default());
}

fn get(from: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = from.split_first()?;
        *from = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn put_signed(into: &mut Vec<u8>, value: i64) {
    put(into, ((value << 1) ^ (value >> 63)).cast_unsigned());
}

fn get_signed(from: &mut &[u8]) -> Option<i64> {
    let value = get(from)?;
    Some((value >> 1).cast_signed() ^ -((value & 1).cast_signed()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entries() -> impl Strategy<Value = Vec<(u32, Entry)>> {
        let numbers = (
            any::<u64>(),
            any::<i64>(),
            0..5_u64,
            0..5_u64,
            any::<i64>(),
            -1..=1_i64,
        );
        let entry = numbers.prop_map(|(position, at, row, person, value, delta)| Entry {
            position,
            at,
            row: row.wrapping_mul(u64::MAX / 5),
            person,
            value,
            delta,
        });
        prop::collection::vec((any::<u32>(), entry), 0..40)
    }

    proptest! {
        #[test]
        fn what_was_written_is_read_back(entries in entries(), cut in any::<prop::sample::Index>()) {
            let bytes = encode(entries.iter());
            let mut read = Vec::new();
            prop_assert_eq!(decode(&bytes, |place, entry| read.push((place, *entry))), Some(()));
            prop_assert_eq!(read, entries);
            prop_assert_eq!(decode(&bytes[..cut.index(bytes.len())], |_, _| ()), None);
        }
    }
}
