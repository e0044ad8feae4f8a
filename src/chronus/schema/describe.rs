//! Finds what a schema says of a place in an event.

use serde_json::Value;

use super::COMMON_SCHEMA;

/// The description of the place that `pointer` names, where the schema has one.
pub(super) fn place<'s>(schema: &'s Value, pointer: &str) -> Option<&'s str> {
    let steps: Vec<&str> = pointer.split('/').skip(1).collect();
    steps_into(schema, &steps)
}

/// Looks beside a reference first, and then behind it: the same place may be described in both.
fn steps_into<'s>(schema: &'s Value, steps: &[&str]) -> Option<&'s str> {
    let here = match steps {
        [] => schema["description"].as_str(),
        [step, rest @ ..] => {
            let inner = if step.bytes().all(|byte| byte.is_ascii_digit()) {
                schema.get("items")
            } else {
                schema.get("properties").and_then(|all| all.get(*step))
            };
            inner.and_then(|inner| steps_into(inner, rest))
        }
    };
    here.or_else(|| {
        let name = schema["$ref"].as_str()?.strip_prefix("common.json#/$defs/")?;
        steps_into(COMMON_SCHEMA["$defs"].get(name)?, steps)
    })
}
