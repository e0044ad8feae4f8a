//! A plain page that shows everybody's chat, for looking at with a browser: what changed last comes first. It asks for
//! itself again every ten seconds; whose chat is open stands in its address, so it stays open.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::fmt::Write as _;
use std::sync::Arc;

use actix_web::http::header::{ContentType, LOCATION};
use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use url::form_urlencoded;

use super::activity::escape_html;
use super::chat::Message;
use super::people::Person;
use super::world::World;

/// How many people and how many of their newest messages are shown.
const PEOPLE: usize = 200;
const MESSAGES: usize = 20;
/// People who are named as worth a look: those with most messages.
const NAMED: usize = 2;

const HEAD: &str = "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><meta http-equiv=\"refresh\" content=\"10\">\
<title>Everybody's chats: sandbox</title><style>\
:root{color-scheme:light dark;--back:#fff;--text:#222;--line:#ddd;--dim:#595959;--bot:#f0f0f6;--own:#e3ecff;--link:#3a4fb0}\
@media(prefers-color-scheme:dark){:root{--back:#16161a;--text:#eee;--line:#3a3a42;--dim:#a5a5ad;--bot:#26262e;--own:#22304d;--link:#a9b8ff}}\
body{font:16px/1.45 system-ui,sans-serif;max-width:52rem;margin:0 auto;padding:1rem;color:var(--text);background:var(--back)}\
h1{font-size:1.3rem;margin:.2rem 0}a{color:var(--link)}p{margin:.3rem 0 1rem}\
details{border-bottom:1px solid var(--line);padding:.6rem 0}summary{cursor:pointer;overflow-wrap:anywhere}\
.m{margin:.6rem 0;padding:.5rem .75rem;border-radius:.5rem;background:var(--bot);white-space:pre-wrap;overflow-wrap:anywhere}\
.own{background:var(--own);margin-left:15%}.s{color:var(--dim);font-size:.85em}</style></head><body>\
<h1>Everybody's chats</h1>";

/// Whose chat is open.
#[derive(Debug, Default, Deserialize)]
pub struct Open {
    /// `tenant/person`; whose chat changed last where nobody is named.
    person: Option<String>,
}

/// `GET /`.
pub async fn to_page() -> HttpResponse {
    HttpResponse::Found()
        .insert_header((LOCATION, "/sandbox"))
        .finish()
}

/// The page.
pub async fn show(world: web::Data<World>, open: web::Query<Open>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(ContentType::html())
        .insert_header((
            "Content-Security-Policy",
            "default-src 'none'; style-src 'unsafe-inline'",
        ))
        .body(page(world.people.all(), open.person.as_deref()))
}

fn page(mut people: Vec<Arc<Person>>, open: Option<&str>) -> String {
    people.sort_by_cached_key(|person| Reverse(changed_at(person)));
    let mut page = HEAD.to_owned();
    page.push_str(&introduction(&people));
    for (place, person) in people.iter().take(PEOPLE).enumerate() {
        let is_open = open.map_or(place == 0, |open| open == person.key.to_string());
        page.push_str(&chat(person, is_open));
    }
    if people.len() > PEOPLE {
        page.push_str("<p class=\"s\">More people: see /sandbox/people.</p>");
    }
    page.push_str("</body></html>");
    page
}

/// When anything was last said in the chat.
fn changed_at(person: &Person) -> Option<DateTime<Utc>> {
    person.chat().messages.iter().map(|message| message.at).max()
}

fn introduction(people: &[Arc<Person>]) -> String {
    let mut talkative: Vec<(usize, &Arc<Person>)> = people
        .iter()
        .map(|person| (person.chat().messages.len(), person))
        .filter(|(messages, _)| *messages > 0)
        .collect();
    talkative.sort_by_key(|(messages, _)| Reverse(*messages));
    let named: Vec<String> = talkative
        .iter()
        .take(NAMED)
        .map(|(messages, person)| format!("{} ({})", link(person), counted(*messages, "message", "messages")))
        .collect();
    let open = match named.as_slice() {
        [] => "Nobody has a message yet.".to_owned(),
        named => format!("Open {}.", named.join(" or ")),
    };
    format!(
        "<p>{} of a sample organization, whose chat changed last first. {open} Cards are shown as text; real ones: \
         docs/pictures.</p>",
        counted(people.len(), "person", "people"),
    )
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// The name, leading to the page with this chat open.
fn link(person: &Person) -> String {
    let spec = person.spec();
    let name = spec.name.as_deref().unwrap_or(person.key.aad_object_id.as_str());
    let query: String = form_urlencoded::Serializer::new(String::new())
        .append_pair("person", &person.key.to_string())
        .finish();
    format!(
        "<a href=\"/sandbox?{}\">{}</a>",
        escape_html(&query),
        escape_html(name)
    )
}

fn chat(person: &Person, is_open: bool) -> String {
    let (chat, spec) = (person.chat(), person.spec());
    let standing = match (chat.installed, chat.blocked, chat.disabled) {
        (_, _, true) => "switched off by the administrator",
        (_, true, _) => "blocked",
        (true, ..) => "installed",
        (false, ..) => "not installed",
    };
    let mut part = format!(
        "<details{}><summary>{} <span class=\"s\">{standing}, {}; {}, {}, {}</span></summary>",
        if is_open { " open" } else { "" },
        link(person),
        counted(chat.messages.len(), "message", "messages"),
        escape_html(chat.client.locale.as_deref().unwrap_or(&spec.locale)),
        escape_html(chat.client.timezone.as_deref().unwrap_or(&spec.timezone)),
        escape_html(chat.client.platform.as_deref().unwrap_or(&spec.platform)),
    );
    for message in chat.messages.iter().rev().take(MESSAGES) {
        part.push_str(&shown(message));
    }
    part.push_str("</details>");
    part
}

/// What is to be read in a message: each line once, without the marks of bold text.
fn lines(message: &Message) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut lines: Vec<String> = message
        .shown()
        .iter()
        .map(|line| line.replace("**", ""))
        .collect();
    lines.retain(|line| !line.trim().is_empty() && seen.insert(line.trim().to_owned()));
    if message.deleted {
        lines.push("(removed)".to_owned());
    }
    lines
}

fn shown(message: &Message) -> String {
    let mut part = String::new();
    let class = if message.from_bot { "m" } else { "m own" };
    let edits = match message.edits {
        0 => String::new(),
        edits => format!(
            " · {}",
            counted(usize::try_from(edits).unwrap_or(usize::MAX), "edit", "edits")
        ),
    };
    // Writing into a String cannot fail.
    write!(
        part,
        "<div class=\"{class}\" dir=\"auto\">{}<div class=\"s\">{}{edits}</div></div>",
        escape_html(&lines(message).join("\n")),
        message.at.format("%Y-%m-%d %H:%M:%S"),
    )
    .ok();
    part
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn message() -> Message {
        Message {
            id: "1".to_owned(),
            from_bot: true,
            at: DateTime::UNIX_EPOCH,
            text: None,
            card: Some(json!({ "type": "AdaptiveCard", "body": [
                { "type": "TextBlock", "text": "A new task" },
                { "type": "TextBlock", "text": "A new task" },
                { "type": "TextBlock", "text": "**Read** <this>" },
            ] })),
            summary: None,
            notification: None,
            edits: 1,
            deleted: false,
            own_view: false,
            note: None,
        }
    }

    #[test]
    fn a_message_says_everything_once_and_in_plain_words() {
        let html = shown(&message());
        assert_eq!(html.matches("A new task").count(), 1, "{html}");
        assert!(
            html.contains("Read &lt;this&gt;") && html.contains("· 1 edit<"),
            "{html}"
        );
        let unchanged = Message {
            edits: 0,
            ..message()
        };
        assert!(!shown(&unchanged).contains("edit"));
    }

    #[test]
    fn one_is_not_many() {
        assert_eq!(counted(1, "message", "messages"), "1 message");
        assert_eq!(counted(0, "person", "people"), "0 people");
    }
}
