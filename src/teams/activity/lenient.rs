//! Reading a body as leniently as the SDKs of the channel do. What is JSON is read as JSON. What only nearly is, is read
//! all the same: a byte-order mark, escapes that do not exist, half a surrogate pair, control characters in a text,
//! numbers beyond every bound, commas too many, comments, bytes that are no UTF-8, and cards nested deeper than anybody
//! looks.

use serde_json::{Map, Number, Value};

/// Lists and objects within one another that are kept; what lies deeper is read as nothing.
const MAX_DEPTH: usize = 96;

/// The body holds no value, or its value does not end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unreadable {
    /// Where it was noticed, in bytes.
    pub(super) at: usize,
}

pub(super) fn read(body: &[u8]) -> Result<Value, Unreadable> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    if let Ok(value) = serde_json::from_slice(body) {
        return Ok(value);
    }
    let text = decoded(body);
    let mut reader = Reader { text: &text, at: 0 };
    let value = reader.value(0)?;
    reader.skip_space();
    if reader.peek().is_some() {
        return Err(reader.unreadable());
    }
    Ok(value)
}

/// UTF-8 with what is none replaced; UTF-16 where its mark stands at the beginning.
fn decoded(body: &[u8]) -> String {
    let wide = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = rest
            .chunks_exact(2)
            .filter_map(|pair| pair.try_into().ok().map(unit))
            .collect();
        String::from_utf16_lossy(&units)
    };
    match body {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        _ => String::from_utf8_lossy(body).into_owned(),
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn unreadable(&self) -> Unreadable {
        Unreadable { at: self.at }
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn eat(&mut self, wanted: &str) -> bool {
        let found = self.rest().starts_with(wanted);
        if found {
            self.at += wanted.len();
        }
        found
    }

    /// White space and comments.
    fn skip_space(&mut self) {
        loop {
            let rest = self.rest();
            let space = rest.len()
                - rest
                    .trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
                    .len();
            self.at += space;
            let rest = self.rest();
            let comment = if rest.starts_with("//") {
                rest.find('\n').unwrap_or(rest.len())
            } else if rest.starts_with("/*") {
                rest.find("*/").map_or(rest.len(), |end| end + 2)
            } else {
                return;
            };
            self.at += comment;
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, Unreadable> {
        self.skip_space();
        match self.peek() {
            Some('{' | '[') if depth >= MAX_DEPTH => self.skip_nested(),
            Some('{') => self.object(depth),
            Some('[') => self.array(depth),
            Some(quote @ ('"' | '\'')) => self.string(quote).map(Value::String),
            Some(_) => self.word(),
            None => Err(self.unreadable()),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, Unreadable> {
        self.next();
        let mut fields = Map::new();
        loop {
            self.skip_space();
            if self.eat("}") {
                return Ok(Value::Object(fields));
            }
            if self.eat(",") {
                continue;
            }
            let name = match self.peek() {
                Some(quote @ ('"' | '\'')) => self.string(quote)?,
                _ => return Err(self.unreadable()),
            };
            self.skip_space();
            if !self.eat(":") {
                return Err(self.unreadable());
            }
            let value = self.value(depth + 1)?;
            fields.insert(name, value);
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value, Unreadable> {
        self.next();
        let mut items = Vec::new();
        loop {
            self.skip_space();
            if self.eat("]") {
                return Ok(Value::Array(items));
            }
            if self.eat(",") {
                continue;
            }
            items.push(self.value(depth + 1)?);
        }
    }

    /// A list or object that lies too deep: passed over without going into it.
    fn skip_nested(&mut self) -> Result<Value, Unreadable> {
        let mut open = 0_usize;
        loop {
            match self.peek() {
                Some(quote @ ('"' | '\'')) => {
                    self.string(quote)?;
                    continue;
                }
                Some('{' | '[') => open += 1,
                Some('}' | ']') => open = open.saturating_sub(1),
                Some(_) => {}
                None => return Err(self.unreadable()),
            }
            self.next();
            if open == 0 {
                return Ok(Value::Null);
            }
        }
    }

    fn string(&mut self, quote: char) -> Result<String, Unreadable> {
        self.next();
        let mut text = String::new();
        loop {
            match self.next() {
                Some('\\') => self.escape(&mut text),
                Some(c) if c == quote => return Ok(text),
                Some(c) => text.push(c),
                None => return Err(self.unreadable()),
            }
        }
    }

    /// What follows a backslash. One that escapes nothing is a backslash.
    fn escape(&mut self, text: &mut String) {
        let plain = match self.peek() {
            Some(c @ ('"' | '\'' | '\\' | '/')) => c,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => {
                if let Some(unit) = self.unit() {
                    text.push(self.character(unit));
                } else {
                    text.push('\\');
                }
                return;
            }
            _ => {
                text.push('\\');
                return;
            }
        };
        self.next();
        text.push(plain);
    }

    /// `uXXXX`, taken where it is whole.
    fn unit(&mut self) -> Option<u16> {
        let digits = self.rest().strip_prefix('u')?.get(..4)?;
        let whole = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let unit = whole.then(|| u16::from_str_radix(digits, 16).ok()).flatten()?;
        self.at += 5;
        Some(unit)
    }

    /// The character of a unit, with the second half of its pair; half a pair alone is no character.
    fn character(&mut self, unit: u16) -> char {
        let before = self.at;
        if (0xd800..0xdc00).contains(&unit) && self.eat("\\") {
            if let Some(low) = self.unit().filter(|low| (0xdc00..0xe000).contains(low)) {
                let mut pair = char::decode_utf16([unit, low]);
                return pair
                    .next()
                    .and_then(Result::ok)
                    .unwrap_or(char::REPLACEMENT_CHARACTER);
            }
            self.at = before;
        }
        char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    /// A number, a truth value or nothing; a number that none can hold is nothing.
    fn word(&mut self) -> Result<Value, Unreadable> {
        let rest = self.rest();
        let length = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.')))
            .unwrap_or(rest.len());
        let word = rest.get(..length).unwrap_or_default();
        let value = match word {
            "" => return Err(self.unreadable()),
            "null" | "undefined" | "NaN" | "Infinity" | "-Infinity" => Value::Null,
            "true" | "True" => Value::Bool(true),
            "false" | "False" => Value::Bool(false),
            number => match serde_json::from_str::<Number>(number) {
                Ok(number) => Value::Number(number),
                Err(_) => match number.parse::<f64>() {
                    Ok(number) => Number::from_f64(number).map_or(Value::Null, Value::Number),
                    Err(_) => return Err(self.unreadable()),
                },
            },
        };
        self.at += length;
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_nearly_json_is_read_as_it_was_meant() {
        for (body, value) in [
            (r#"{"x":"C:\path\q"}"#, json!({ "x": "C:\\path\\q" })),
            (r#"{"x":"\u12"}"#, json!({ "x": "\\u12" })),
            (r#"{"x":"\ud83d"}"#, json!({ "x": "\u{fffd}" })),
            (r#"{"x":"\ude00!"}"#, json!({ "x": "\u{fffd}!" })),
            (
                r#"{"x":"\ud83d\ud83d\ude00"}"#,
                json!({ "x": "\u{fffd}\u{1f600}" }),
            ),
            (r#"{"x":"\ud83d\n"}"#, json!({ "x": "\u{fffd}\n" })),
            ("{\"x\":\"a\tb\nc\"}", json!({ "x": "a\tb\nc" })),
            ("\u{feff}{\"x\":1}", json!({ "x": 1 })),
            ("\u{feff} \u{feff}{\"x\":1}", json!({ "x": 1 })),
            (
                r#"{"x":1e400,"y":NaN,"z":-1e400}"#,
                json!({ "x": null, "y": null, "z": null }),
            ),
            (r#"{"x":[1,2,],"y":{},}"#, json!({ "x": [1, 2], "y": {} })),
            ("{/* a */'x': 'y' // b\n}", json!({ "x": "y" })),
            (
                r#"{"x":18446744073709551616}"#,
                json!({ "x": 18_446_744_073_709_551_616_f64 }),
            ),
        ] {
            assert_eq!(read(body.as_bytes()), Ok(value), "{body}");
        }
        let broken = [b"{\"x\":\"a".as_slice(), &[0xff, 0xc3], b"b\"}"].concat();
        assert_eq!(
            read(&broken).unwrap()["x"].as_str().unwrap().chars().last(),
            Some('b')
        );
        let wide: Vec<u8> = "\u{feff}{\"x\":\"é\"}"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(read(&wide), Ok(json!({ "x": "é" })));
    }

    #[test]
    fn what_lies_too_deep_is_passed_over_and_the_rest_is_read() {
        for depth in [100, 1_000, 30_000] {
            let (open, close) = ("{\"a\":[".repeat(depth), "]}".repeat(depth));
            let body = format!(r#"{{"card":{open}"]\"}}"{close},"text":"help"}}"#);
            assert_eq!(read(body.as_bytes()).unwrap()["text"], "help", "{depth}");
        }
    }

    #[test]
    fn what_has_no_end_or_no_value_is_not_read() {
        for body in [
            "",
            " ",
            "{",
            "{\"x\"",
            "{\"x\":",
            "[1",
            "\"abc",
            "nonsense",
            "{x:1}",
            "{} {}",
            "{\"x\":7.5e}",
            "\u{feff}",
        ] {
            assert!(read(body.as_bytes()).is_err(), "{body}");
        }
        assert!(read("[".repeat(100_000).as_bytes()).is_err());
    }

    proptest! {
        #[test]
        fn no_body_breaks_the_reading(body in proptest::collection::vec(any::<u8>(), 0..300), near in "[\\[\\]{}\",:'\\\\ud83e0-9 a-c/*]{0,200}") {
            drop(read(&body));
            drop(read(near.as_bytes()));
        }

        #[test]
        fn what_is_json_is_read_as_the_strict_reader_reads_it(text in ".{0,40}", number in any::<i64>()) {
            let value = json!({ "a": text, "b": [number, { "c": null }], "d": true });
            let mut nearly = value.to_string();
            nearly.insert(nearly.len() - 1, ',');
            prop_assert_eq!(&read(nearly.as_bytes()).unwrap(), &value);
            prop_assert_eq!(read(value.to_string().as_bytes()).unwrap(), value);
        }
    }
}
