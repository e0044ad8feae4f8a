//! How deeply a JSON text is nested and how many values it holds, told before it is parsed.

/// What a JSON text holds, or may hold at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Lists and objects within one another.
    pub depth: usize,
    /// Values of every kind, lists and objects among them.
    pub values: usize,
}

impl Shape {
    /// The shape of `json`. Text that is not JSON gets some shape; the parser finds the fault afterwards.
    pub fn of(json: &[u8]) -> Self {
        Self::up_to(json, usize::MAX)
    }

    /// The same, but what holds more than `most` values is looked at no further than to there.
    pub fn up_to(json: &[u8], most: usize) -> Self {
        let (mut depth, mut deepest, mut values) = (0_usize, 0_usize, 1_usize);
        let (mut in_string, mut escaped) = (false, false);
        for byte in json {
            if values > most {
                break;
            }
            match byte {
                _ if escaped => escaped = false,
                b'\\' if in_string => escaped = true,
                b'"' => in_string = !in_string,
                _ if in_string => {}
                b'{' | b'[' => {
                    depth += 1;
                    // What is opened counts, and what stands first in it.
                    values += 1;
                    deepest = deepest.max(depth);
                }
                b'}' | b']' => depth = depth.saturating_sub(1),
                b',' => values += 1,
                _ => {}
            }
        }
        Self {
            depth: deepest,
            values,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_and_commas_in_strings_do_not_count() {
        let shape = Shape::of(br#"{"a":"[[[[,,","b":[1,{"c":"\"}{"}]}"#);
        assert_eq!(shape.depth, 3);
        assert_eq!(Shape::of(b"7"), Shape { depth: 0, values: 1 });
        assert_eq!(Shape::of("[".repeat(10_000).as_bytes()).depth, 10_000);
    }

    #[test]
    fn what_holds_too_much_is_looked_at_no_further() {
        let many = format!("[{}{}]", "{},".repeat(1_000), "[".repeat(500));
        let (all, some) = (Shape::of(many.as_bytes()), Shape::up_to(many.as_bytes(), 10));
        assert_eq!(all.depth, 501);
        assert!(
            some.values > 10 && some.values < 20 && some.depth == 2,
            "{some:?}"
        );
    }

    #[test]
    fn no_text_holds_more_values_than_are_told() {
        for (json, values) in [("[]", 1), ("[1,2,3]", 4), (r#"{"a":{"b":[{},{}]}}"#, 5)] {
            assert!(Shape::of(json.as_bytes()).values >= values, "{json}");
        }
        let many = format!("[{}{{}}]", "{},".repeat(300_000));
        assert!(Shape::of(many.as_bytes()).values > 300_000);
    }
}
