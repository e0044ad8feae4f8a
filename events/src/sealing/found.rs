//! Finds sealed values in stored JSON, wherever they stand and whatever they are called.

use serde_json::Value;

use super::Sealed;

/// The sealed values of a payload with their JSON pointers; none where the text is no JSON.
pub fn in_payload(payload: &str) -> Vec<(String, Sealed)> {
    // Most payloads hold none, and looking for the word costs a fraction of parsing.
    if !payload.contains("\"sealed_for\"") {
        return Vec::new();
    }
    serde_json::from_str(payload).map_or_else(|_| Vec::new(), |value| in_value(&value))
}

/// The sealed values of a value with their JSON pointers.
pub fn in_value(value: &Value) -> Vec<(String, Sealed)> {
    let mut found = Vec::new();
    collect(value, &mut String::new(), &mut found);
    found
}

fn collect(value: &Value, at: &mut String, found: &mut Vec<(String, Sealed)>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(fields) => {
            if fields.contains_key("sealed_for")
                && let Ok(sealed) = serde_json::from_value(value.clone())
            {
                found.push((at.clone(), sealed));
                return;
            }
            let escaped = |name: &String| name.replace('~', "~0").replace('/', "~1");
            fields
                .iter()
                .map(|(name, child)| (escaped(name), child))
                .collect()
        }
        Value::Array(list) => list
            .iter()
            .enumerate()
            .map(|(n, child)| (n.to_string(), child))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return,
    };
    for (name, child) in children {
        let length = at.len();
        at.push('/');
        at.push_str(&name);
        collect(child, at, found);
        at.truncate(length);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn sealed_values_are_found_at_any_depth_and_under_any_name() {
        let sealed = json!({ "sealed_for": "user/t/a", "generation": 1, "box": "AAAA" });
        let data =
            json!({ "a/b": [{ "x": sealed }], "c~d": sealed, "e": "sealed_for", "f": { "sealed_for": 1 } });
        for found in [in_value(&data), in_payload(&data.to_string())] {
            let places: Vec<&str> = found.iter().map(|(place, _)| place.as_str()).collect();
            assert_eq!(places, ["/a~1b/0/x", "/c~0d"]);
            assert!(places.iter().all(|place| data.pointer(place) == Some(&sealed)));
        }
    }
}
