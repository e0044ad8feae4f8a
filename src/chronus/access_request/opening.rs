//! What is opened for whoever asks about themselves.

use events::Vault;
use events::sealing::{VaultError, found};
use serde_json::{Value, json};

use super::Whose;

/// Puts the plain text in the place of what is sealed for the person or was written by their organization;
/// `{"erased": true}` where the key is destroyed, `{"of_somebody_else": true}` for the rest.
pub(super) async fn open(data: &mut Value, whose: &Whose, vault: &Vault) -> Result<(), VaultError> {
    for (place, sealed) in found::in_value(&*data) {
        let is_theirs = whose.persons.contains(&sealed.person) || sealed.person == whose.organization_itself;
        let shown = if is_theirs {
            match vault.open(&sealed).await? {
                Some(text) if place.ends_with("/content") => content(text),
                Some(text) => Value::String(text),
                None => json!({ "erased": true }),
            }
        } else {
            json!({ "of_somebody_else": true })
        };
        if let Some(value) = data.pointer_mut(&place) {
            *value = shown;
        }
    }
    Ok(())
}

/// The content of an event is sealed as JSON. Of others who stand in it no address is shown; no card shows one.
fn content(text: String) -> Value {
    let Ok(mut value @ Value::Object(_)) = serde_json::from_str(&text) else {
        return Value::String(text);
    };
    if let Some(fields) = value.as_object_mut() {
        fields.remove("organizers");
    }
    without_addresses(&mut value);
    value
}

fn without_addresses(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.remove("email");
            fields.values_mut().for_each(without_addresses);
        }
        Value::Array(list) => list.iter_mut().for_each(without_addresses),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
