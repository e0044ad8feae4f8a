//! A page that shows everybody's chat with its cards drawn, for looking, pressing and typing with a browser: what changed
//! last comes first. It asks for itself again every ten seconds, but not where somebody's chat was opened: what is being
//! typed there stays.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::sync::Arc;

use actix_web::http::header::{ContentType, LOCATION};
use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use events::UserKey;
use serde::Deserialize;
use serde_json::{Value, json};
use url::form_urlencoded;

use super::activity::escape_html;
use super::chat::Message;
use super::client::{Action, Client, Press};
use super::people::Person;
use super::world::World;
use crate::cards::html::{self, Hands};

/// How many people and how many of their newest messages are shown.
const PEOPLE: usize = 200;
const MESSAGES: usize = 20;
/// People who are named as worth a look: those with most messages.
const NAMED: usize = 2;

const HEAD: &str = "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>Everybody's chats: sandbox</title>";
/// Asks for the page again.
const AGAIN: &str = "<meta http-equiv=\"refresh\" content=\"10\">";
/// How cards look, as in the console.
const CARDS: &str = include_str!("../console/console.css");
const STYLE: &str = "\
:root{color-scheme:light dark;--back:#fff;--text:#222;--line:#ddd;--dim:#595959;--bot:#f0f0f6;--own:#e3ecff;--link:#3a4fb0}\
@media(prefers-color-scheme:dark){:root{--back:#16161a;--text:#eee;--line:#3a3a42;--dim:#a5a5ad;--bot:#26262e;--own:#22304d;--link:#a9b8ff}}\
body{font:16px/1.45 system-ui,sans-serif;max-width:52rem;margin:0 auto;padding:1rem;color:var(--text);background:var(--back)}\
h1{font-size:1.3rem;margin:.2rem 0}a{color:var(--link)}p{margin:.3rem 0 1rem}\
details{border-bottom:1px solid var(--line);padding:.6rem 0}summary{cursor:pointer;overflow-wrap:anywhere}\
.m{margin:.6rem 0;padding:.5rem .75rem;border-radius:.5rem;background:var(--bot);white-space:pre-wrap;overflow-wrap:anywhere}\
.own{background:var(--own);margin-inline-start:15%}.s{color:var(--dim);font-size:.85em}\
.c{max-width:32rem;margin:.6rem 0}.say{display:flex;gap:.5rem;margin:.8rem 0}.say input{flex:1}";

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
            "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'",
        ))
        .body(page(world.people.all(), open.person.as_deref()))
}

fn page(mut people: Vec<Arc<Person>>, open: Option<&str>) -> String {
    people.sort_by_cached_key(|person| Reverse(changed_at(person)));
    let again = if open.is_some() { "" } else { AGAIN };
    let mut page =
        format!("{HEAD}{again}<style>{CARDS}{STYLE}</style></head><body><h1>Everybody's chats</h1>");
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
        "<p>{} of a sample organization, whose chat changed last first. {open} \
         Press a button or type, as the person would.</p>",
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
    format!(
        "<a href=\"/sandbox?{}\">{}</a>",
        escape_html(&query(person)),
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
    let action = format!("/sandbox/page/{}", person.key);
    if chat.installed && !chat.blocked && !chat.disabled {
        push(
            &mut part,
            format_args!(
                "<form class=\"say\" method=\"post\" action=\"{}/say\"><input name=\"text\" required dir=\"auto\" \
                 aria-label=\"Message\" placeholder=\"help, pending, disconnect, …\"><button>Send</button></form>",
                escape_html(&action)
            ),
        );
    }
    for message in chat.messages.iter().rev().take(MESSAGES) {
        part.push_str(&shown(message, &action));
    }
    part.push_str("</details>");
    part
}

/// Writing into a string does not fail.
fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).unwrap_or_default();
}

/// Buttons that send what the card's form holds, and say which they are.
struct Pressing;

impl Hands for Pressing {
    fn button(&self, action: &Value, title: &str, class: &str) -> String {
        let data = action["data"].as_object().into_iter().flatten();
        let data: BTreeMap<&String, String> = data
            .map(|(name, value)| {
                (
                    name,
                    value.as_str().map_or_else(|| value.to_string(), str::to_owned),
                )
            })
            .collect();
        let which = json!({ "button": action["title"], "data": data }).to_string();
        format!(
            "<button class=\"{class}\" name=\"press\" value=\"{}\">{title}</button>",
            html::escaped(&which)
        )
    }

    fn fills(&self) -> bool {
        true
    }
}

/// `POST /sandbox/page/{tenant}/{person}/{deed}`: what somebody did on the page, as the person.
pub async fn act(
    world: web::Data<World>,
    path: web::Path<(String, String, String)>,
    form: web::Form<Vec<(String, String)>>,
) -> HttpResponse {
    let (tenant, person, deed) = path.into_inner();
    let key = UserKey::parse(format!("{tenant}/{person}")).ok();
    let Some(person) = key.and_then(|key| world.people.get(&key)) else {
        return HttpResponse::NotFound().finish();
    };
    let field = |wanted: &str| {
        let found = form.iter().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let action = if deed == "say" {
        Some(Action::Say { text: field("text") })
    } else {
        serde_json::from_str(&field("press")).ok().map(|press: Press| {
            let inputs = form
                .iter()
                .filter_map(|(name, value)| Some((name.strip_prefix("input:")?.to_owned(), value.clone())));
            Action::Press(Press {
                message: Some(field("message")),
                inputs: inputs.filter(|(_, value)| !value.is_empty()).collect(),
                ..press
            })
        })
    };
    let Some(action) = action else {
        return HttpResponse::BadRequest().finish();
    };
    let to = format!("/sandbox?{}", query(&person));
    match Client::new(world.into_inner(), person).act(action, None).await {
        Ok(_) => HttpResponse::SeeOther().insert_header((LOCATION, to)).finish(),
        Err(error) => HttpResponse::BadRequest()
            .content_type("text/plain; charset=utf-8")
            .body(format!("{error}\n")),
    }
}

/// The part of the page's address that opens somebody's chat.
fn query(person: &Person) -> String {
    form_urlencoded::Serializer::new(String::new())
        .append_pair("person", &person.key.to_string())
        .finish()
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

/// The message as its reader sees it: its card drawn, with what stands beside it.
fn shown(message: &Message, action: &str) -> String {
    let Some(card) = message.card.as_ref().filter(|_| !message.deleted) else {
        return plain(message);
    };
    let note = message
        .note
        .as_ref()
        .map(|note| escape_html(&note.text))
        .unwrap_or_default();
    format!(
        "<form class=\"c\" method=\"post\" action=\"{}/press\"><input type=\"hidden\" name=\"message\" value=\"{}\">\
         {}<div class=\"s\">{} {note}</div></form>",
        escape_html(action),
        escape_html(&message.id),
        html::draw(card, &Pressing),
        message.at.format("%Y-%m-%d %H:%M:%S"),
    )
}

fn plain(message: &Message) -> String {
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
        let html = plain(&message());
        assert_eq!(html.matches("A new task").count(), 1, "{html}");
        assert!(
            html.contains("Read &lt;this&gt;") && html.contains("· 1 edit<"),
            "{html}"
        );
        let unchanged = Message {
            edits: 0,
            ..message()
        };
        assert!(!plain(&unchanged).contains("edit"));
    }

    #[test]
    fn a_card_is_drawn_with_buttons_that_say_which_they_are() {
        let mut message = message();
        message.card = Some(
            json!({ "type": "AdaptiveCard", "body": [{ "type": "TextBlock", "text": "<b>Hi</b>" }],
            "actions": [{ "type": "Action.Execute", "title": "Accept", "data": { "on": "n-1", "step": 2 } }] }),
        );
        let html = shown(&message, "/sandbox/page/t/p");
        assert!(
            html.contains("&lt;b&gt;Hi") && html.contains("name=\"press\""),
            "{html}"
        );
        let value = html.split("value=\"").nth(2).unwrap().split('"').next().unwrap();
        let press: Press = serde_json::from_str(&value.replace("&quot;", "\"")).unwrap();
        assert_eq!(
            (press.button.as_str(), press.data["step"].as_str()),
            ("Accept", "2")
        );
    }

    #[test]
    fn one_is_not_many() {
        assert_eq!(counted(1, "message", "messages"), "1 message");
        assert_eq!(counted(0, "person", "people"), "0 people");
    }
}
