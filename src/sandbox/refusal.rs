//! The Bot Connector's error answers, in the three shapes that Teams uses (teams-protocol, section 3.5).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde_json::{Value, json};

/// An error answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    status: u16,
    body: Value,
    retry_after: Option<u64>,
}

impl Refusal {
    /// The usual shape: a code and a sentence.
    fn coded(status: u16, code: &str, message: &str) -> Self {
        Self {
            status,
            body: json!({ "error": { "code": code, "message": message } }),
            retry_after: None,
        }
    }

    /// No token, a foreign one or one that ran out.
    pub fn unauthorized() -> Self {
        Self {
            status: 401,
            body: json!({ "message": "Authorization has been denied for this request." }),
            retry_after: None,
        }
    }

    /// The payload is not what Teams takes.
    pub fn bad_argument(message: &str) -> Self {
        Self::coded(400, "BadArgument", message)
    }

    /// The conversation asked for cannot be created.
    pub fn bad_syntax() -> Self {
        Self::coded(400, "BadSyntax", "Incorrect conversation creation parameters")
    }

    /// More than 100 KB of UTF-16.
    pub fn too_big() -> Self {
        Self::coded(413, "MessageSizeTooBig", "Message size too large.")
    }

    /// No such chat here.
    pub fn conversation_not_found() -> Self {
        Self::coded(404, "ConversationNotFound", "Conversation not found.")
    }

    /// No such message in the chat.
    pub fn activity_not_found() -> Self {
        Self::coded(404, "ActivityNotFoundInConversation", "The activity was not found in the conversation.")
    }

    /// No such person in the chat.
    pub fn member_not_found() -> Self {
        Self::coded(404, "MemberNotFoundInConversation", "Member not found in conversation.")
    }

    /// A conversation was asked for with a person who has not the app.
    pub fn not_installed() -> Self {
        Self::coded(403, "ForbiddenOperationException", "The bot is not installed in the user's personal scope.")
    }

    /// The bot is not in the chat.
    pub fn not_in_roster() -> Self {
        Self::coded(403, "BotNotInConversationRoster", "The bot is not part of the conversation roster.")
    }

    /// An administrator switched the app off.
    pub fn disabled_by_admin() -> Self {
        Self::coded(403, "BotDisabledByAdmin", "The tenant admin disabled this bot.")
    }

    /// The person blocked the bot; the shape that carries JSON inside a string.
    pub fn writes_blocked() -> Self {
        let inner = "{\r\n  \"subCode\": \"MessageWritesBlocked\",\r\n  \"details\": \"Thread is blocked from message \
                     writes.\",\r\n  \"errorCode\": null,\r\n  \"errorSubCode\": null\r\n}";
        Self {
            status: 403,
            body: json!({ "errorCode": 209, "message": inner }),
            retry_after: None,
        }
    }

    /// Another operation on the chat is in flight.
    pub fn collision() -> Self {
        Self::coded(412, "PreconditionFailed", "Precondition failed, please try again.")
    }

    /// Too many calls.
    pub fn throttled(retry_after: Option<u64>) -> Self {
        Self {
            retry_after,
            ..Self::coded(429, "Throttled", "Too many requests.")
        }
    }

    /// The sandbox's own journal failed: Teams would be out of order.
    pub fn out_of_order() -> Self {
        Self::coded(503, "ServiceError", "The service is temporarily unavailable.")
    }

    /// A refusal asked for by a fault.
    pub fn ordered(status: u16, code: &str) -> Self {
        if code.eq_ignore_ascii_case("MessageWritesBlocked") {
            return Self::writes_blocked();
        }
        Self::coded(status, code, "Refused on order.")
    }

    /// The answer.
    pub fn answer(&self) -> HttpResponse {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut answer = HttpResponse::build(status);
        if let Some(seconds) = self.retry_after {
            answer.insert_header(("Retry-After", seconds.to_string()));
        }
        answer.json(&self.body)
    }
}
