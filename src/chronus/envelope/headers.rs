//! The attributes of an event in binary mode, as the CloudEvents HTTP binding (1.0.2, section 3.1.3) writes them into
//! headers: quotes around a value are taken off, percent-encoding is undone once, and what is raw UTF-8 stays.

use percent_encoding::percent_decode;
use serde_json::{Map, Value};

use crate::chronus::json_text::step;
use crate::chronus::schema::Fault;

/// The attributes as far as they can be read, and the first fault. A header that cannot be read, or comes twice, is
/// never left out in silence: it might be what tells two events apart.
pub(super) fn attributes(headers: &[(String, Vec<u8>)]) -> (Map<String, Value>, Option<Fault>) {
    let (mut read, mut fault) = (Map::new(), None);
    for (name, value) in headers {
        let detail = match text(value) {
            Some(text) => {
                if read.insert(name.clone(), text.into()).is_none() {
                    continue;
                }
                read.remove(name);
                format!("is given twice; send the header ce-{name} once")
            }
            None => format!("is not UTF-8; send the header ce-{name} as percent-encoded UTF-8"),
        };
        let pointer = step(name);
        fault.get_or_insert(Fault { pointer, detail });
    }
    (read, fault)
}

fn text(value: &[u8]) -> Option<String> {
    let value = unquoted(value.trim_ascii());
    String::from_utf8(percent_decode(&value).collect()).ok()
}

/// A quoted string (RFC 9110, section 5.6.4) without its quotes.
fn unquoted(value: &[u8]) -> Vec<u8> {
    let inner = value
        .strip_prefix(b"\"")
        .and_then(|rest| rest.strip_suffix(b"\""));
    let Some(inner) = inner else {
        return value.to_vec();
    };
    let (mut text, mut escaped) = (Vec::with_capacity(inner.len()), false);
    for byte in inner {
        if *byte == b'\\' && !escaped {
            escaped = true;
        } else {
            text.push(*byte);
            escaped = false;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(headers: &[(&str, &[u8])]) -> (Map<String, Value>, Option<String>) {
        let headers: Vec<_> = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.to_vec()))
            .collect();
        let (read, fault) = attributes(&headers);
        (read, fault.map(|fault| fault.pointer))
    }

    #[test]
    fn a_value_is_the_same_raw_encoded_and_quoted() {
        for value in [
            "Übung 100%".as_bytes(),
            b"%C3%9cbung 100%",
            b"%C3%9Cbung%20100%25",
            "\"Übung 100%\"".as_bytes(),
            b"\"%C3%9C\\bung 100%\"",
        ] {
            let (read, fault) = read(&[("subject", value)]);
            assert_eq!(fault, None);
            assert_eq!(
                read["subject"],
                "Übung 100%",
                "{}",
                String::from_utf8_lossy(value)
            );
        }
        // Decoded once, not twice.
        assert_eq!(read(&[("id", b"%2541")]).0["id"], "%41");
    }

    #[test]
    fn what_cannot_be_told_apart_is_a_fault() {
        assert_eq!(read(&[("id", b"order%FF")]).1.as_deref(), Some("/id"));
        assert_eq!(read(&[("id", b"order\xff")]).1.as_deref(), Some("/id"));
        let (read, fault) = read(&[("source", b"/x"), ("id", b"A"), ("id", b"A")]);
        assert_eq!(fault.as_deref(), Some("/id"));
        assert_eq!((read.get("id"), read["source"].as_str()), (None, Some("/x")));
    }
}
