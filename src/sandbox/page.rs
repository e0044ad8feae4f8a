//! A plain page that shows everybody's chat, for looking at with a browser.

use std::fmt::Write as _;

use actix_web::http::header::ContentType;
use actix_web::{HttpResponse, web};

use super::activity::escape_html;
use super::chat::Message;
use super::people::Person;
use super::world::World;

/// How many people and how many of their newest messages are shown.
const PEOPLE: usize = 200;
const MESSAGES: usize = 20;

const HEAD: &str = "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Sandbox</title><style>\
body{font:15px/1.45 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;color:#222}\
details{border-bottom:1px solid #ddd;padding:.5rem 0}summary{cursor:pointer}\
.m{margin:.5rem 0 .5rem 1rem;padding:.5rem .75rem;border-radius:.5rem;background:#f0f0f6;white-space:pre-wrap}\
.own{background:#e3ecff;margin-left:6rem}.s{color:#666;font-size:.85em}</style></head><body><h1>Sandbox</h1>";

/// The page.
pub async fn show(world: web::Data<World>) -> HttpResponse {
    let people = world.people.all();
    let mut page = HEAD.to_owned();
    for person in people.iter().take(PEOPLE) {
        page.push_str(&chat(person));
    }
    if people.len() > PEOPLE {
        page.push_str("<p class=\"s\">More people: see /sandbox/people.</p>");
    }
    page.push_str("</body></html>");
    HttpResponse::Ok()
        .content_type(ContentType::html())
        .insert_header((
            "Content-Security-Policy",
            "default-src 'none'; style-src 'unsafe-inline'",
        ))
        .body(page)
}

fn chat(person: &Person) -> String {
    let (chat, spec) = (person.chat(), person.spec());
    let name = spec.name.as_deref().unwrap_or(person.key.aad_object_id.as_str());
    let standing = match (chat.installed, chat.blocked, chat.disabled) {
        (_, _, true) => "switched off by the administrator",
        (_, true, _) => "blocked",
        (true, ..) => "installed",
        (false, ..) => "not installed",
    };
    let mut part = format!(
        "<details><summary>{} <span class=\"s\">{standing}, {} messages; {}, {}, {}</span></summary>",
        escape_html(name),
        chat.messages.len(),
        escape_html(chat.client.locale.as_deref().unwrap_or(&spec.locale)),
        escape_html(chat.client.timezone.as_deref().unwrap_or(&spec.timezone)),
        escape_html(chat.client.platform.as_deref().unwrap_or(&spec.platform)),
    );
    let hidden = chat.messages.len().saturating_sub(MESSAGES);
    for message in chat.messages.iter().skip(hidden) {
        part.push_str(&shown(message));
    }
    part.push_str("</details>");
    part
}

fn shown(message: &Message) -> String {
    let mut lines = message.shown();
    if message.deleted {
        lines.push("(removed)".to_owned());
    }
    let mut part = String::new();
    let class = if message.from_bot { "m" } else { "m own" };
    // Writing into a String cannot fail.
    write!(
        part,
        "<div class=\"{class}\" dir=\"auto\">{}<div class=\"s\">{} · {} edits</div></div>",
        escape_html(&lines.join("\n")),
        message.at.format("%Y-%m-%d %H:%M:%S"),
        message.edits
    )
    .ok();
    part
}
