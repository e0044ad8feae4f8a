//! A mentoring request: open, with what is needed to decide and the ways to answer; afterwards the same card with how
//! it ended in their place.

use actors::action::{ACCEPT_REQUEST, DECLINE_REASONS, DECLINE_REQUEST, MAX_NOTE_CHARS};
use actors::card::CardSpec;
use chrono_tz::Tz;
use events::organization::SubjectState;
use serde_json::Value;

use super::buttons::{choice, execute, expandable, note, open, unfold};
use super::content::Content;
use super::elements::{Drawing, Tone, after_line, close, fixed, heading, labelled, panel, paragraphs, words};
use super::escape::{self, shorten};
use super::link::HttpsLink;
use super::{Resolution, text, time};

/// How much of the asker's message shows at once, in characters.
const PREVIEW_CHARS: usize = 300;

/// The card while an answer is possible. At most `max` characters of the message are shown.
pub(super) fn open_request(spec: &CardSpec, content: &Content, zone: Tz, max: usize) -> Drawing {
    let role = content.role.as_deref().unwrap_or(text::DEFAULT_ROLE);
    let mut body = vec![label_line(content)];
    body.push(close(heading(escape::heading(&text::asks(name(content), role)))));
    body.extend(about(content).map(|about| close(words(&about, Tone::Quiet))));
    body.extend(message(content, max));
    body.extend(details(content, zone));
    body.push(after_line(fixed(text::REQUEST_WHY, Tone::Small)));
    let profile = content.profile.as_ref().map(|link| (text::VIEW_PROFILE, link));
    let web = content.web.as_ref().map(|link| (text::OPEN_IN_CHRONUS, link));
    let mut actions = vec![execute(text::ACCEPT, ACCEPT_REQUEST, spec), decline(spec)];
    add_link(profile.or(web), &mut body, &mut actions);
    Drawing {
        toast: text::REQUEST_TOAST.to_owned(),
        body,
        actions,
    }
}

/// The card once it ended: how, when, by whom and what next. Nothing to answer; after an acceptance the way on.
pub(super) fn ended_request(content: &Content, resolution: &Resolution, zone: Tz) -> Drawing {
    let mut body = vec![label_line(content)];
    // Grey, for it asks for nothing any more; the words beneath say so too.
    let mut title = heading(escape::heading(&text::request_ended(name(content))));
    title["isSubtle"] = (resolution.state != SubjectState::Accepted).into();
    body.push(close(title));
    body.extend(about(content).map(|about| close(words(&about, Tone::Quiet))));
    let at = time::moment(resolution.at, zone);
    body.push(panel(&[
        fixed(text::ended(resolution.state, resolution.here, &at), Tone::Strong),
        close(words(
            &text::next_step(resolution.state, content.person.name.as_deref()),
            Tone::Normal,
        )),
    ]));
    let way_on = content.web.as_ref().or(content.profile.as_ref());
    let way_on = way_on.filter(|_| resolution.state == SubjectState::Accepted);
    let mut actions = Vec::new();
    add_link(
        way_on.map(|link| (text::OPEN_IN_CHRONUS, link)),
        &mut body,
        &mut actions,
    );
    Drawing {
        toast: text::ended_toast(resolution.state).to_owned(),
        body,
        actions,
    }
}

/// A button that leaves Teams, and beneath the text where it leads.
fn add_link(link: Option<(&str, &HttpsLink)>, body: &mut Vec<Value>, actions: &mut Vec<Value>) {
    if let Some((title, link)) = link {
        body.push(close(words(&text::leads_to(title, link.host()), Tone::Small)));
        actions.push(open(title, link));
    }
}

fn name(content: &Content) -> &str {
    content.person.name.as_deref().unwrap_or(text::SOMEBODY)
}

/// What the card is, and of which programme.
fn label_line(content: &Content) -> Value {
    let label = content.program.as_ref().map_or_else(
        || text::REQUEST.to_owned(),
        |program| format!("{} · {program}", text::REQUEST),
    );
    words(&label, Tone::Small)
}

/// Job title and place.
fn about(content: &Content) -> Option<String> {
    let parts = [&content.person.title, &content.person.location];
    let about: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
    (!about.is_empty()).then(|| about.join(" · "))
}

/// The asker's own words; a long text folds.
fn message(content: &Content, max: usize) -> Option<Value> {
    let message = content.message.as_deref()?;
    let whole = shorten(message, max);
    let mut full = paragraphs(&whole);
    if whole.len() < message.len() {
        full.push(close(fixed(text::SHORTENED, Tone::Small)));
    }
    let preview = shorten(message, PREVIEW_CHARS);
    let folds = preview.len() < message.len();
    Some(panel(&if folds {
        expandable(&paragraphs(&preview), &full, text::SHOW_MORE, text::SHOW_LESS)
    } else {
        full
    }))
}

fn details(content: &Content, zone: Tz) -> Vec<Value> {
    let goals = Some(content.goals.join(" · ")).filter(|goals| !goals.is_empty());
    [
        (text::LABEL_GOALS, goals),
        (text::LABEL_TIME, content.time_commitment.clone()),
        (text::LABEL_ANSWER_BY, content.respond_by.map(|at| at.show(zone))),
    ]
    .into_iter()
    .filter_map(|(label, value)| value.map(|value| close(labelled(label, &value))))
    .collect()
}

fn decline(spec: &CardSpec) -> Value {
    let body = [
        choice(text::DECLINE_REASON, DECLINE_REASONS),
        note(text::DECLINE_NOTE, MAX_NOTE_CHARS),
        fixed(text::DECLINE_HINT, Tone::Small),
    ];
    unfold(
        text::DECLINE,
        &body,
        &execute(text::DECLINE_NOW, DECLINE_REQUEST, spec),
    )
}
