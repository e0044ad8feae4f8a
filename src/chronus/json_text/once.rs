//! Reads JSON whose objects say every name once. JSON readers take one of two equal names, each its own one, so what such
//! a text says depends on who reads it.

use std::cell::RefCell;
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::step;

/// Why a text was not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unread {
    /// It is not JSON, or not what a reader holds.
    Unreadable,
    /// An object says a name twice; the pointer is that of the name.
    Twice(String),
}

/// Reads a text. What stands deeper than the JSON reader goes is not read.
pub fn read(json: &[u8]) -> Result<Value, Unread> {
    let twice = RefCell::new(None);
    let mut reader = serde_json::Deserializer::from_slice(json);
    let read = Once(&twice)
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value));
    read.map_err(|_| twice.take().map_or(Unread::Unreadable, Unread::Twice))
}

/// A value; where a name comes twice, its pointer is made up on the way out, step by step.
#[derive(Clone, Copy)]
struct Once<'p>(&'p RefCell<Option<String>>);

impl Once<'_> {
    fn on_the_way_out(self, step: impl FnOnce() -> String) {
        if let Some(pointer) = self.0.borrow_mut().as_mut() {
            pointer.insert_str(0, &step());
        }
    }
}

impl<'de> DeserializeSeed<'de> for Once<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Once<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        loop {
            match items.next_element_seed(self) {
                Ok(Some(item)) => list.push(item),
                Ok(None) => return Ok(Value::Array(list)),
                Err(error) => {
                    self.on_the_way_out(|| format!("/{}", list.len()));
                    return Err(error);
                }
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if object.contains_key(&name) {
                *self.0.borrow_mut() = Some(step(&name));
                return Err(A::Error::custom("a name comes twice"));
            }
            match members.next_value_seed(self) {
                Ok(value) => drop(object.insert(name, value)),
                Err(error) => {
                    self.on_the_way_out(|| step(&name));
                    return Err(error);
                }
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_name_that_comes_twice_is_told_with_its_place() {
        for (text, pointer) in [
            (r#"{"id":1,"id":1}"#, "/id"),
            (
                r#"{"data":{"a":[{"x":1},{"x":1,"y":2,"x":null}]}}"#,
                "/data/a/1/x",
            ),
            (r#"{"a/b":{"~":1,"\u007e":2}}"#, "/a~1b/~0"),
            (r#"[[],[{"":0,"":0}]]"#, "/1/0/"),
        ] {
            assert_eq!(
                read(text.as_bytes()),
                Err(Unread::Twice(pointer.to_owned())),
                "{text}"
            );
        }
        // The same name in another object is another one.
        assert!(read(br#"{"a":{"a":1},"b":[{"a":1},{"a":2}]}"#).is_ok());
    }

    #[test]
    fn what_is_no_json_is_unreadable() {
        for text in [
            "",
            "{",
            "{}{}",
            r#"{"a":"\ud83d"}"#,
            "1e400",
            "[1,]",
            r#"{"a":1,"b":}"#,
        ] {
            assert_eq!(read(text.as_bytes()), Err(Unread::Unreadable), "{text}");
        }
        assert_eq!(read("[".repeat(200).as_bytes()), Err(Unread::Unreadable));
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            (-1e300..1e300_f64).prop_map(Value::from),
            ".{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::hash_map(".{0,4}", inner, 0..4).prop_map(|fields| json!(fields)),
            ]
        })
    }

    proptest! {
        #[test]
        fn whatever_says_each_name_once_is_read_as_by_everybody(value in values()) {
            let text = value.to_string();
            let usual: Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(read(text.as_bytes()), Ok(usual));
        }
    }
}
