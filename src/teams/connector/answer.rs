//! What the Bot Connector's answers say. Bodies come in several shapes, with codes in several spellings; anything
//! unreadable counts as "said nothing", and then the HTTP status alone speaks.

use events::user::MemberRole;
use events::{AadObjectId, ActivityId, ConversationId, TenantId, UserKey};
use serde_json::Value;

/// Longest code kept, in bytes; a longer one is no code but prose.
const MAX_CODE_BYTES: usize = 64;

/// Codes that decide what is done, in the spelling that is kept. The connector writes them in several ways
/// (`Bad Argument`, `badargument`). Source: the table of status codes in the Teams documentation.
const KNOWN_CODES: [&str; 18] = [
    "BadArgument",
    "BadSyntax",
    "BotNotRegistered",
    "BotDisabledByAdmin",
    "BotNotInConversationRoster",
    "ConversationBlockedByUser",
    "MessageWritesBlocked",
    "ForbiddenOperationException",
    "InvalidBotApiHost",
    "NotEnoughPermissions",
    "AclCheckFailed",
    "ConversationNotFound",
    "ActivityNotFoundInConversation",
    "MemberNotFoundInConversation",
    "PreconditionFailed",
    "MessageSizeTooBig",
    "Throttled",
    "ServiceError",
];

/// Where a code may stand, the most specific first.
const CODE_FIELDS: [&str; 4] = ["subCode", "errorSubCode", "code", "errorCode"];

/// The number beside `MessageWritesBlocked`; it stands alone where the message is prose.
const MESSAGE_WRITES_BLOCKED: &str = "209";

/// The id in the answer to a POST or PUT.
pub(in crate::teams) fn activity_id(body: &[u8]) -> Option<ActivityId> {
    ActivityId::parse(text(body, "id")?).ok()
}

/// The id in the answer to a request for a chat.
pub(in crate::teams) fn conversation_id(body: &[u8]) -> Option<ConversationId> {
    ConversationId::parse(text(body, "id")?).ok()
}

/// A text of the answer's object.
pub(super) fn text(body: &[u8], name: &str) -> Option<String> {
    string(&serde_json::from_slice(body).ok()?, name)
}

fn string(value: &Value, name: &str) -> Option<String> {
    match value.get(name)? {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The code of an error answer, from whichever of its shapes; a known one in its usual spelling.
pub(in crate::teams) fn error_code(status: u16, body: &[u8]) -> Option<String> {
    if (300..400).contains(&status) {
        return Some("RedirectRefused".to_owned());
    }
    let body: Value = serde_json::from_slice(body).ok()?;
    [body.get("error"), Some(&body)]
        .into_iter()
        .flatten()
        .find_map(code_of)
}

/// Most specific first: what stands in a message that is JSON itself, then sub-codes, then codes.
fn code_of(error: &Value) -> Option<String> {
    let message = string(error, "message").and_then(|text| serde_json::from_str::<Value>(&text).ok());
    let inner = error.pointer("/innerHttpError/body/error");
    [message.as_ref(), Some(error), inner]
        .into_iter()
        .flatten()
        .find_map(|place| {
            CODE_FIELDS
                .iter()
                .find_map(|field| normal(&string(place, field)?))
        })
}

fn normal(code: &str) -> Option<String> {
    if code == MESSAGE_WRITES_BLOCKED {
        return Some("MessageWritesBlocked".to_owned());
    }
    let squeezed: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let sane = !squeezed.is_empty()
        && squeezed.len() <= MAX_CODE_BYTES
        && squeezed
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
    let known = KNOWN_CODES
        .iter()
        .find(|known| known.eq_ignore_ascii_case(&squeezed));
    sane.then(|| known.map_or(squeezed, |known| (*known).to_owned()))
}

/// A chat's member as the connector describes it.
pub(in crate::teams) struct Member {
    object_id: Option<String>,
    tenant_id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
    pub(super) upn: Option<String>,
    user_role: Option<String>,
}

/// Reads a member; `None` for anything that is no object.
pub(in crate::teams) fn member(body: &[u8]) -> Option<Member> {
    let body: Value = serde_json::from_slice(body).ok().filter(Value::is_object)?;
    Some(Member {
        object_id: string(&body, "aadObjectId").or_else(|| string(&body, "objectId")),
        tenant_id: string(&body, "tenantId"),
        name: string(&body, "name"),
        email: string(&body, "email"),
        upn: string(&body, "userPrincipalName"),
        user_role: string(&body, "userRole"),
    })
}

impl Member {
    /// Whether it certainly is somebody other than `person`: another object id, or the same one in another tenant.
    pub(super) fn is_not(&self, person: &UserKey) -> bool {
        let object_id = self.object_id.as_deref().map(AadObjectId::parse);
        let tenant_id = self.tenant_id.as_deref().map(TenantId::parse);
        object_id.is_some_and(|id| id.as_ref() != Ok(&person.aad_object_id))
            || tenant_id.is_some_and(|id| id.as_ref() != Ok(&person.tenant_id))
    }

    /// Guests carry `#EXT#` in their user principal name; anonymous people have a role of their own.
    pub(in crate::teams) fn role(&self) -> MemberRole {
        let foreign = self
            .upn
            .as_deref()
            .is_some_and(|upn| upn.to_ascii_lowercase().contains("#ext#"));
        let anonymous = self
            .user_role
            .as_deref()
            .is_some_and(|role| role.eq_ignore_ascii_case("anonymous") || role.eq_ignore_ascii_case("guest"));
        if foreign || anonymous {
            MemberRole::Guest
        } else {
            MemberRole::User
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_code_is_found_in_every_shape_of_error() {
        for (body, expected) in [
            (
                r#"{"error":{"code":"BotNotInConversationRoster","message":"x"}}"#,
                Some("BotNotInConversationRoster"),
            ),
            (
                r#"{"errorCode":209,"message":"{\r\n  \"subCode\": \"MessageWritesBlocked\",\r\n  \"details\": \"Thread is blocked from message writes.\",\r\n  \"errorCode\": null,\r\n  \"errorSubCode\": null\r\n}"}"#,
                Some("MessageWritesBlocked"),
            ),
            (
                r#"{"message":"Authorization has been denied for this request."}"#,
                None,
            ),
            (r#"{"error":{"code":"Bad Argument"}}"#, Some("BadArgument")),
            (
                r#"{"error":{"code":"botDISABLEDbyAdmin"}}"#,
                Some("BotDisabledByAdmin"),
            ),
            (r#"{"error":{"code":"SomethingNew"}}"#, Some("SomethingNew")),
            (
                r#"{"errorCode":209,"message":"plain"}"#,
                Some("MessageWritesBlocked"),
            ),
            (r#"{"errorCode":7,"message":"plain"}"#, Some("7")),
            (
                r#"{"error":{"code":"ServiceError","message":"{\"subCode\":\"BotDisabledByAdmin\"}"}}"#,
                Some("BotDisabledByAdmin"),
            ),
            (
                r#"{"error":{"code":"ServiceError","errorSubCode":"Throttled"}}"#,
                Some("Throttled"),
            ),
            (r#"{"code":"throttled"}"#, Some("Throttled")),
            (
                r#"{"error":{"innerHttpError":{"statusCode":403,"body":{"error":{"code":"BotDisabledByAdmin"}}}}}"#,
                Some("BotDisabledByAdmin"),
            ),
            (
                r#"{"error":"Invalid token from application response, please make sure"}"#,
                None,
            ),
            (r#"{"error":{"code":"<script>"}}"#, None),
            (r#"{"error":{"code":""}}"#, None),
            ("<!DOCTYPE html>", None),
            ("", None),
            ("[]", None),
        ] {
            assert_eq!(error_code(403, body.as_bytes()).as_deref(), expected, "{body}");
        }
        assert_eq!(error_code(302, b"").as_deref(), Some("RedirectRefused"));
    }

    #[test]
    fn somebody_with_another_object_id_or_of_another_tenant_is_not_the_person() {
        let ada = UserKey::parse("0f1e2d3c-4b5a-4697-8877-665544332211/5b1c9a52-7c0e-4f0f-9d3c-2a7d0b6f8e11")
            .unwrap();
        let is_not = |body: &str| member(body.as_bytes()).unwrap().is_not(&ada);
        for theirs in [
            "{}",
            r#"{"tenantId":"0F1E2D3C-4B5A-4697-8877-665544332211","aadObjectId":"5B1C9A52-7C0E-4F0F-9D3C-2A7D0B6F8E11"}"#,
            r#"{"tenantId":null,"objectId":"5b1c9a52-7c0e-4f0f-9d3c-2a7d0b6f8e11"}"#,
        ] {
            assert!(!is_not(theirs), "{theirs}");
        }
        for other in [
            r#"{"tenantId":"99999999-4b5a-4697-8877-665544332211","aadObjectId":"5b1c9a52-7c0e-4f0f-9d3c-2a7d0b6f8e11"}"#,
            r#"{"tenantId":"99999999-4b5a-4697-8877-665544332211"}"#,
            r#"{"aadObjectId":"00000000-7c0e-4f0f-9d3c-2a7d0b6f8e11"}"#,
        ] {
            assert!(is_not(other), "{other}");
        }
    }

    #[test]
    fn a_guest_is_recognised() {
        let role = |body: &str| member(body.as_bytes()).unwrap().role();
        for guest in [
            r#"{"userPrincipalName":"priya_contoso.com#EXT#@fabrikam.onmicrosoft.com"}"#,
            r#"{"userPrincipalName":"priya_contoso.com#ext#@fabrikam.onmicrosoft.com","userRole":"user"}"#,
            r#"{"userRole":"Anonymous"}"#,
        ] {
            assert_eq!(role(guest), MemberRole::Guest, "{guest}");
        }
        for user in [
            "{}",
            r#"{"userRole":"user","userPrincipalName":"ext@fabrikam.com"}"#,
        ] {
            assert_eq!(role(user), MemberRole::User, "{user}");
        }
    }

    proptest! {
        #[test]
        fn no_body_breaks_the_reading(body in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = error_code(400, &body);
            let _ = activity_id(&body);
            let _ = member(&body);
        }
    }
}
