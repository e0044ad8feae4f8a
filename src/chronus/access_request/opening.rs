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
                Some(text) => readable(text),
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

/// Content is sealed as JSON.
fn readable(text: String) -> Value {
    match serde_json::from_str(&text) {
        Ok(value @ (Value::Object(_) | Value::Array(_))) => value,
        Ok(_) | Err(_) => Value::String(text),
    }
}
