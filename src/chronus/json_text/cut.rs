//! Cuts a list or an object into its parts without looking into them, so that a part that is no JSON spoils no other
//! one. Only quotes and brackets have to match.

/// A text that cannot be cut: it is no list or object, its quotes or brackets do not match, or something follows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Uncut {
    /// Where that was noticed, in bytes.
    pub at: usize,
}

/// The parts of a list.
#[derive(Debug, PartialEq, Eq)]
pub struct Items<'t> {
    /// The first ones.
    pub first: Vec<&'t [u8]>,
    /// How many there are.
    pub count: usize,
}

/// A field of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member<'t> {
    /// Its name, with the quotes.
    pub name: &'t [u8],
    /// Its value.
    pub value: &'t [u8],
}

/// Cuts a list; `most` parts are kept, all are counted.
pub fn items(list: &[u8], most: usize) -> Result<Items<'_>, Uncut> {
    parts(list, b'[', most)
}

/// Cuts an object.
pub fn members(object: &[u8]) -> Result<Vec<Member<'_>>, Uncut> {
    let parts = parts(object, b'{', usize::MAX)?.first;
    let members = parts.into_iter().map(|part| {
        member(part).ok_or(Uncut {
            at: offset(object, part),
        })
    });
    members.collect()
}

fn member(part: &[u8]) -> Option<Member<'_>> {
    let end = string_end(part)?;
    let (name, rest) = part.split_at_checked(end)?;
    let value = rest.trim_ascii_start().strip_prefix(b":")?;
    Some(Member {
        name,
        value: value.trim_ascii(),
    })
}

/// Where the string ends that `text` begins with.
fn string_end(text: &[u8]) -> Option<usize> {
    let mut escaped = false;
    let inner = text.strip_prefix(b"\"")?;
    for (at, byte) in inner.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at + 2),
            _ => {}
        }
    }
    None
}

fn offset(whole: &[u8], part: &[u8]) -> usize {
    part.as_ptr().addr().saturating_sub(whole.as_ptr().addr())
}

impl<'t> Items<'t> {
    fn push(&mut self, part: &'t [u8], most: usize) {
        if self.count < most {
            self.first.push(part.trim_ascii());
        }
        self.count += 1;
    }
}

fn parts(text: &[u8], open: u8, most: usize) -> Result<Items<'_>, Uncut> {
    let begin = text.len() - text.trim_ascii_start().len();
    if text.get(begin) != Some(&open) {
        return Err(Uncut { at: begin });
    }
    let (first, count) = (Vec::new(), 0);
    let mut items = Items { first, count };
    let (mut open, mut start) = (Vec::new(), begin + 1);
    let (mut in_string, mut escaped) = (false, false);
    for (at, byte) in text.iter().copied().enumerate().skip(begin) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' => open.push(b']'),
            b'{' => open.push(b'}'),
            b',' if open.len() == 1 => {
                items.push(&text[start..at], most);
                start = at + 1;
            }
            b']' | b'}' => {
                if open.pop() != Some(byte) {
                    return Err(Uncut { at });
                }
                if open.is_empty() {
                    let last = text[start..at].trim_ascii();
                    if items.count > 0 || !last.is_empty() {
                        items.push(last, most);
                    }
                    return ended(text, at + 1).map(|()| items);
                }
            }
            _ => {}
        }
    }
    Err(Uncut { at: text.len() })
}

/// Nothing but space may follow.
fn ended(text: &[u8], end: usize) -> Result<(), Uncut> {
    let rest = text[end..].trim_ascii_start();
    if rest.is_empty() {
        return Ok(());
    }
    Err(Uncut {
        at: text.len() - rest.len(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn cut(list: &str) -> Vec<&str> {
        let items = items(list.as_bytes(), 100).unwrap();
        let text = |part| std::str::from_utf8(part).unwrap();
        items.first.into_iter().map(text).collect()
    }

    #[test]
    fn a_part_that_is_no_json_spoils_no_other() {
        assert_eq!(cut(" [ ] "), Vec::<&str>::new());
        assert_eq!(
            cut(r#"[{"a":"],"} , nonsense,[1,2],"\""]"#),
            [r#"{"a":"],"}"#, "nonsense", "[1,2]", r#""\"""#]
        );
        assert_eq!(cut("[1,]"), ["1", ""]);
    }

    #[test]
    fn parts_beyond_the_limit_are_counted_and_not_kept() {
        let many = format!("[{}1]", "1,".repeat(999));
        let items = items(many.as_bytes(), 5).unwrap();
        assert_eq!((items.first.len(), items.count), (5, 1_000));
    }

    #[test]
    fn what_does_not_end_or_goes_on_after_its_end_is_not_cut() {
        for (text, at) in [
            ("", 0),
            ("{}", 0),
            ("[1", 2),
            ("[\"]", 3),
            ("[1}", 2),
            ("[] []", 3),
            ("[{]}", 2),
        ] {
            assert_eq!(items(text.as_bytes(), 9).unwrap_err().at, at, "{text}");
        }
        assert!(members(br#"{"a" 1}"#).is_err());
        assert!(members(b"{a:1}").is_err());
    }

    proptest! {
        #[test]
        fn what_was_written_is_cut_into_what_it_was_made_of(texts in proptest::collection::vec(".{0,12}", 0..6)) {
            let list = json!(texts).to_string();
            let parts = items(list.as_bytes(), 100).unwrap().first;
            let read: Vec<Value> = parts.iter().map(|part| serde_json::from_slice(part).unwrap()).collect();
            prop_assert_eq!(json!(read), json!(texts));
            let fields: serde_json::Map<String, Value> =
                texts.iter().map(|text| (text.clone(), json!([text, { "x": text }]))).collect();
            let object = Value::from(fields.clone()).to_string();
            for member in members(object.as_bytes()).unwrap() {
                let name: String = serde_json::from_slice(member.name).unwrap();
                prop_assert_eq!(&serde_json::from_slice::<Value>(member.value).unwrap(), &fields[&name]);
            }
        }

        #[test]
        fn no_text_breaks_the_cutting(text in "[\\[\\]{}\",:\\\\a 1]{0,60}") {
            drop(items(text.as_bytes(), 3));
            drop(members(text.as_bytes()));
        }
    }
}
