//! Values that plainly are none of Microsoft's: a placeholder that was left in place, or one id where another belongs.
//! Shapes are asked for only where the login is Microsoft's; a stand-in on this machine takes any.

use uuid::Uuid;

/// Fewest characters of a client secret; those that Entra makes have 40.
const FEWEST_SECRET_CHARACTERS: usize = 16;

/// The organization's tenant in `chronus-teams.example.toml`.
const EXAMPLE_TENANT: Uuid = Uuid::from_u128(0x1111_1111_1111_1111_1111_1111_1111_1111);

/// Whether the login that the service speaks to is Microsoft's or stands in for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Login {
    Microsoft,
    StandIn,
}

/// Why `text` cannot be the bot's application id.
pub(super) fn fault_of_app_id(text: &str, login: Login) -> Option<&'static str> {
    if is_template(text) {
        return Some("this is a placeholder; write the 36 characters of Microsoft App ID");
    }
    match guid(text) {
        Some(id) if id.is_nil() => {
            Some("this is the example's placeholder; write the 36 characters of Microsoft App ID")
        }
        None if login == Login::Microsoft => {
            Some("this is no application id; write the 36 characters of Microsoft App ID")
        }
        Some(_) | None => None,
    }
}

/// Why `text` cannot be the id of an organization's tenant.
pub(super) fn fault_of_tenant_id(text: &str, login: Login) -> Option<&'static str> {
    if login == Login::StandIn {
        return None;
    }
    match guid(text) {
        Some(id) if id.is_nil() || id == EXAMPLE_TENANT => {
            Some("this is the example's placeholder; write the tenant's id, 36 characters")
        }
        Some(_) => None,
        None if text.contains('.') => Some("write the tenant's id, not its domain"),
        None => Some("this is no tenant id; write its 36 characters, as Entra shows them under Overview"),
    }
}

/// Why `text` cannot name the tenant at which a single-tenant app gets its tokens; a domain names it too.
pub(super) fn fault_of_home_tenant(text: &str, login: Login) -> Option<&'static str> {
    if is_template(text) {
        return Some("this is a placeholder; write the id of the tenant that registered the app");
    }
    match guid(text) {
        Some(id) if id.is_nil() => {
            Some("this is the example's placeholder; write the id of the tenant that registered the app")
        }
        None if login == Login::Microsoft && !text.contains('.') => {
            Some("this is no tenant id; write its 36 characters, as Entra shows them under Overview")
        }
        Some(_) | None => None,
    }
}

/// Why `text` cannot be the app's client secret. What is said never holds any of it.
pub(super) fn fault_of_client_secret(text: &str, login: Login) -> Option<&'static str> {
    let text = text.trim();
    if is_template(text) {
        return Some("this is a placeholder; write the client secret's Value");
    }
    if login == Login::StandIn {
        return None;
    }
    if guid(text).is_some() {
        return Some("this looks like the secret's id; write its Value");
    }
    (text.chars().count() < FEWEST_SECRET_CHARACTERS || text.contains(char::is_whitespace)).then_some(
        "this is no client secret, of which Entra makes 40 characters; write its Value, or make a new one in Entra",
    )
}

/// An id as Microsoft writes it: with dashes, and nothing around it.
fn guid(text: &str) -> Option<Uuid> {
    (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten()
}

/// Whether this is what documentation writes in place of a value: `<…>`, or an ellipsis.
fn is_template(text: &str) -> bool {
    let text = text.trim();
    text.contains('…') || text == "..." || (text.starts_with('<') && text.ends_with('>'))
}
