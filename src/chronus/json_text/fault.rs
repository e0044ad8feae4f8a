//! Finds the place in a JSON text for which it cannot be read, and says what to send instead. Nothing of what the text
//! says gets into those words but the names of fields.

use serde_json::Value;

use super::cut::{self, Member};
use super::step;
use crate::chronus::schema::Fault;

/// Steps after which the place of something too deep is named.
const ENOUGH_STEPS: usize = 4;

/// The first place below `pointer` for which `json` cannot be read; `json` is known to be unreadable.
pub fn first(json: &[u8], pointer: &str) -> Fault {
    let (mut pointer, mut json) = (pointer.to_owned(), json.trim_ascii());
    loop {
        let found = match json.first() {
            Some(b'{') => bad_member(json),
            Some(b'[') => bad_item(json),
            _ => Found::Here(leaf(json)),
        };
        match found {
            Found::Here(detail) => {
                return Fault {
                    pointer,
                    detail: detail.to_owned(),
                };
            }
            Found::Below(step, inner) => {
                pointer.push_str(&step);
                json = inner;
            }
        }
    }
}

/// Where below `pointer` something lies too deep.
pub fn too_deep(json: &[u8], pointer: &str, depth: usize) -> String {
    let (mut pointer, mut json) = (pointer.to_owned(), json.trim_ascii());
    for step in 1..=ENOUGH_STEPS {
        let is_deep = |inner: &[u8]| super::shape::Shape::of(inner).depth + step > depth;
        let Some((name, inner)) = children(json).into_iter().find(|(_, inner)| is_deep(inner)) else {
            break;
        };
        pointer.push_str(&name);
        json = inner;
    }
    pointer
}

enum Found<'t> {
    Here(&'static str),
    Below(String, &'t [u8]),
}

fn is_readable(json: &[u8]) -> bool {
    serde_json::from_slice::<Value>(json).is_ok()
}

fn children(json: &[u8]) -> Vec<(String, &[u8])> {
    let named = |member: Member<'_>| -> String {
        step(&serde_json::from_slice::<String>(member.name).unwrap_or_default())
    };
    match json.first() {
        Some(b'{') => {
            let members = cut::members(json).unwrap_or_default();
            members
                .into_iter()
                .map(|member| (named(member), member.value))
                .collect()
        }
        Some(b'[') => {
            let items = cut::items(json, usize::MAX)
                .map(|items| items.first)
                .unwrap_or_default();
            items
                .into_iter()
                .enumerate()
                .map(|(index, item)| (format!("/{index}"), item))
                .collect()
        }
        _ => Vec::new(),
    }
}

fn bad_member(json: &[u8]) -> Found<'_> {
    let Ok(members) = cut::members(json) else {
        return Found::Here("is an object whose quotes, brackets or colons are not JSON");
    };
    for member in members {
        let Ok(name) = serde_json::from_slice::<String>(member.name) else {
            return Found::Here(name_fault(member.name));
        };
        if !is_readable(member.value) {
            return Found::Below(step(&name), member.value);
        }
    }
    // Each part can be read by itself, so it is the whole that cannot.
    Found::Here("is an object that JSON readers do not take; nest less")
}

fn bad_item(json: &[u8]) -> Found<'_> {
    let Ok(items) = cut::items(json, usize::MAX) else {
        return Found::Here("is a list whose quotes or brackets are not JSON");
    };
    let bad = items
        .first
        .into_iter()
        .enumerate()
        .find(|(_, item)| !is_readable(item));
    match bad {
        Some((index, item)) => Found::Below(format!("/{index}"), item),
        None => Found::Here("is a list that JSON readers do not take; nest less"),
    }
}

fn name_fault(name: &[u8]) -> &'static str {
    match std::str::from_utf8(name) {
        Err(_) => "has a field whose name is not UTF-8; send the whole body in UTF-8",
        Ok(_) => "has a field whose name is not JSON; write it as JSON writes text",
    }
}

fn leaf(json: &[u8]) -> &'static str {
    match json.first() {
        None => "is empty; send a JSON value, or null",
        Some(b'"') => text_fault(json),
        Some(b'-' | b'0'..=b'9') if serde_json::from_slice::<serde::de::IgnoredAny>(json).is_ok() => {
            "is a number that no JSON reader holds; send one within ±1.7e308, or text"
        }
        Some(_) => "is not JSON; send text in quotes, a number, true, false or null",
    }
}

fn text_fault(json: &[u8]) -> &'static str {
    let Ok(text) = std::str::from_utf8(json) else {
        return "holds bytes that are not UTF-8; send the whole body in UTF-8";
    };
    if text.bytes().any(|byte| byte < 0x20) {
        return "holds a control character; write it as an escape such as \\n or \\u0009";
    }
    // The syntax alone takes half a pair for whole.
    if serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() {
        return "holds half of a surrogate pair, such as half an emoji; cut texts between characters, not within one";
    }
    "is not JSON text; write quotes and backslashes in it as \\\" and \\\\"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_and_the_kind_of_a_fault_are_told() {
        for (json, pointer, told) in [
            (
                r#"{"data":{"title":"Well \ud83d"}}"#.as_bytes(),
                "/data/title",
                "surrogate",
            ),
            (br#"{"data":{"list":[1,-1e400]}}"#, "/data/list/1", "number"),
            (b"{\"data\":{\"a/b\":\"\xff\"}}", "/data/a~1b", "UTF-8"),
            (b"{\"data\":{\"\xff\":1}}", "/data", "name"),
            (b"{\"a\":\"tab\there\"}", "/a", "control"),
            (br#"{"a":"C:\path"}"#, "/a", "backslashes"),
            (br#"{"a":NaN}"#, "/a", "not JSON"),
            (br#"{"a":01}"#, "/a", "not JSON"),
            (br#"{"a":}"#, "/a", "empty"),
            (br#"{"a":1,}"#, "", "colons"),
            (b"{a:1}", "", "colons"),
            (b"nonsense", "", "not JSON"),
        ] {
            let fault = first(json, "");
            assert_eq!(fault.pointer, pointer, "{}", String::from_utf8_lossy(json));
            assert!(fault.detail.contains(told), "{}", fault.detail);
        }
    }

    #[test]
    fn what_lies_too_deep_is_named() {
        let deep = format!(
            r#"{{"id":"1","data":{{"a":[1],"b":{}1{}}}}}"#,
            "[".repeat(40),
            "]".repeat(40)
        );
        assert_eq!(too_deep(deep.as_bytes(), "", 32), "/data/b/0/0");
    }
}
