//! The parsers behind the calls to Microsoft, as functions of bytes alone: what they keep of a token, of published
//! keys, of the login's answer and of the Bot Connector's. `fuzz/` and `tests/outside` try them with anything.

use events::user::MemberRole;

use super::auth::jwt::{self, Jwt};
use super::auth::{RejectReason, TokenFacts};
use super::connector::answer;
use super::keys;
use super::token::{self, TokenError};

/// What the token in an `Authorization` header says of itself; nothing of it is believed yet.
///
/// # Errors
///
/// Why it is no token that could be looked at.
pub fn claimed(authorization: &str) -> Result<TokenFacts, RejectReason> {
    let read = Jwt::read(jwt::bearer(Some(authorization))?)?;
    read.lifetime().map(|_| read.facts())
}

/// The names of the keys in a published document that could be used; `None` for anything that is no such document.
pub fn key_ids(document: &[u8]) -> Option<Vec<String>> {
    keys::read(document)
        .ok()
        .map(|keys| keys.into_iter().map(|(id, _)| id).collect())
}

/// How long the login's answer lets its token be used, in seconds.
///
/// # Errors
///
/// What the answer says instead, as it is told to operators.
pub fn granted_seconds(status: u16, body: &[u8]) -> Result<i64, TokenError> {
    token::granted_for(status, body).map(|lifetime| lifetime.num_seconds())
}

/// What is kept of an answer of the Bot Connector.
#[derive(Debug, PartialEq, Eq)]
pub struct Kept {
    /// The code of an error.
    pub code: Option<String>,
    /// The id of an activity or of a chat.
    pub ids: Vec<String>,
    /// The role of a member, where it is one.
    pub role: Option<MemberRole>,
}

/// Reads an answer in every way in which answers are read.
pub fn kept(status: u16, body: &[u8]) -> Kept {
    let activity = answer::activity_id(body).map(|id| id.to_string());
    let chat = answer::conversation_id(body).map(|id| id.to_string());
    Kept {
        code: answer::error_code(status, body),
        ids: activity.into_iter().chain(chat).collect(),
        role: answer::member(body).map(|member| member.role()),
    }
}
