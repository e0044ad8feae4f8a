//! Reads our own messages from their source: prost's attributes say number and type, the next line the Rust type.

use std::collections::BTreeMap;

use super::{Field, Kind, Messages};

const SOURCES: &[&str] = &[
    include_str!("../../../src/store/kurrent/wire.rs"),
    include_str!("../../../src/store/kurrent/wire/append.rs"),
    include_str!("../../../src/store/kurrent/wire/read.rs"),
    include_str!("../../../../tests/standin/src/wire_more.rs"),
];

/// Every message; the variants of a `oneof` are fields of the message that holds it.
pub(super) fn read() -> Messages {
    let mut messages = Messages::new();
    // The variants by the `oneof`'s path, and which message holds them.
    let mut variants: BTreeMap<String, BTreeMap<u32, Field>> = BTreeMap::new();
    let mut holders: Vec<(String, String)> = Vec::new();
    for source in SOURCES {
        let (mut module, mut holder, mut attribute) = ("", String::new(), None);
        for line in source.lines().map(str::trim) {
            if let Some(rest) = line.strip_prefix("pub(crate) mod ") {
                module = rest.trim_end_matches(" {");
            } else if let Some(rest) = line.strip_prefix("pub(crate) struct ") {
                rest.split(' ').next().unwrap_or_default().clone_into(&mut holder);
                messages.entry(holder.clone()).or_default();
            } else if let Some(rest) = line.strip_prefix("pub(crate) enum ") {
                holder = format!("{module}::{}", rest.trim_end_matches(" {"));
            } else if let Some(rest) = line.strip_prefix("#[prost(") {
                attribute = Some(rest.trim_end_matches(")]"));
            } else if let Some(said) = attribute.take() {
                let quoted = |key: &str| {
                    let after = said.split_once(&format!("{key} = \""))?.1;
                    after.split('"').next()
                };
                if let Some(oneof) = quoted("oneof") {
                    holders.push((holder.clone(), oneof.to_owned()));
                    continue;
                }
                let number: u32 = quoted("tag").unwrap().parse().unwrap();
                let field = field(said, line, quoted("map"));
                let fields = if holder.contains("::") {
                    variants.entry(holder.clone()).or_default()
                } else {
                    messages.get_mut(&holder).unwrap()
                };
                assert!(
                    fields.insert(number, field).is_none(),
                    "{holder} has {number} twice"
                );
            }
        }
    }
    for (holder, oneof) in holders {
        let held = variants
            .remove(&oneof)
            .unwrap_or_else(|| panic!("{oneof} is not declared"));
        messages.get_mut(&holder).unwrap().extend(held);
    }
    assert!(variants.is_empty(), "{variants:?} belong to no message");
    messages
}

fn field(said: &str, line: &str, map: Option<&str>) -> Field {
    let kind = said.split([',', ' ']).next().unwrap_or_default();
    let kind = match (kind, map) {
        ("message", _) => Kind::Message(type_name(line).to_owned()),
        (_, Some(map)) => Kind::Plain(format!("map<{}>", map.replace(", ", ","))),
        (plain, None) => Kind::Plain(plain.to_owned()),
    };
    Field {
        repeated: said.contains(", repeated"),
        kind,
    }
}

/// The message within what stands around it: `Option<Box<super::X>>`, `Variant(X)`.
fn type_name(line: &str) -> &str {
    let name = line.trim_end_matches([',', '>', ')']);
    let name = name.rsplit(['<', '(', ' ']).next().unwrap_or_default();
    name.rsplit("::").next().unwrap_or_default()
}
