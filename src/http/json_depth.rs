//! How deeply a JSON text is nested, told before it is parsed: deep nesting is refused without building it.

/// The deepest nesting of lists and objects in `json`. Text that is not JSON gets some number; the parser finds the
/// fault afterwards.
pub fn json_depth(json: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0_usize);
    let (mut in_string, mut escaped) = (false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_strings_do_not_count() {
        assert_eq!(json_depth(br#"{"a":"[[[[","b":[1,{"c":"\"}{"}]}"#), 3);
        assert_eq!(json_depth(b"7"), 0);
        assert_eq!(json_depth("[".repeat(10_000).as_bytes()), 10_000);
    }
}
