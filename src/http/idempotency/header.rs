//! The `Idempotency-Key` header: a string of structured fields (RFC 9651), in quotes. Many clients leave the quotes out, so they
//! may be missing.

use actix_web::http::header::{HeaderMap, HeaderName};

use crate::http::problem::Problem;

/// The header.
pub(super) const NAME: HeaderName = HeaderName::from_static("idempotency-key");
/// Longest key, in characters.
const LONGEST: usize = 255;

/// The key of a request, where it has one.
pub(super) fn key_of(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut given = headers.get_all(NAME);
    let Some(first) = given.next() else {
        return Ok(None);
    };
    let text = first.to_str().ok().filter(|_| given.next().is_none());
    let key = text.and_then(|text| parse(text.trim())).ok_or_else(|| {
        Problem::malformed(format!(
            "Idempotency-Key is sent once, with 1 to {LONGEST} visible ASCII characters in quotes, such as a UUID"
        ))
    })?;
    Ok(Some(key))
}

fn parse(text: &str) -> Option<String> {
    let key = match text.strip_prefix('"') {
        Some(quoted) => unquoted(quoted)?,
        None => text.to_owned(),
    };
    let plain = |c: char| c.is_ascii_graphic() && (text.starts_with('"') || !matches!(c, '"' | ',' | ';'));
    ((1..=LONGEST).contains(&key.len()) && key.chars().all(plain)).then_some(key)
}

/// What stands before the closing quote; parameters may follow it, and mean nothing.
fn unquoted(text: &str) -> Option<String> {
    let mut key = String::new();
    let mut rest = text.chars();
    loop {
        match rest.next()? {
            '"' => break,
            '\\' => key.push(rest.next().filter(|c| matches!(c, '"' | '\\'))?),
            c => key.push(c),
        }
    }
    let rest = rest.as_str().trim_start();
    (rest.is_empty() || rest.starts_with(';')).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_the_same_with_quotes_and_without_and_nothing_else_is_one() {
        for (sent, key) in [
            ("\"8e03978e\"", Some("8e03978e")),
            ("8e03978e", Some("8e03978e")),
            ("\"a\\\"b\\\\c;d\" ; v=1", Some("a\"b\\c;d")),
            ("", None),
            ("\"\"", None),
            ("\"a", None),
            ("\"a\" b", None),
            ("\"a\\b\"", None),
            ("a b", None),
            ("a,b", None),
            ("\"a\", \"b\"", None),
            ("ä", None),
        ] {
            assert_eq!(parse(sent).as_deref(), key, "{sent}");
        }
        assert!(parse(&"k".repeat(LONGEST)).is_some());
        assert!(parse(&"k".repeat(LONGEST + 1)).is_none());
    }
}
