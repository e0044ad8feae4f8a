//! A mentoring request: open, with what is needed to decide and the ways to answer; afterwards the same card with how
//! it ended in their place; its reminder; and what became of it, for the person who asked.

use actors::action::{DECLINE_REASONS, MAX_NOTE_CHARS, input, verb};
use actors::card::AnswerView;
use events::organization::SubjectState;
use serde_json::Value;

use super::buttons::{destructive, execute, primary, unfold, write_to};
use super::content::request::{Outcome, Request, reason};
use super::elements::{Drawing, Tone, close, fixed, heading, panel, said, words};
use super::inputs::{free_text, radio};
use super::scene::{self, Scene, details, standing};
use super::text::Texts;

/// The event that asks.
const ASKED: &str = "mentoring_request.sent";

/// The request to the person who is asked. Its content is that of the request itself, as it was sent last; later events about
/// it tell how it ended, and name as their actor who ended it.
pub(super) fn request(scene: &Scene<'_>) -> Drawing {
    let request = Request::read(&scene.asked_by(ASKED), scene.told_by(ASKED));
    match ending(scene) {
        None => open(scene, &request),
        Some(state) => ended(scene, &request, state),
    }
}

/// The nudge, which is complete: it may also be the first that the person hears of the request.
pub(super) fn reminder(scene: &Scene<'_>) -> Drawing {
    let request = Request::read(&scene.content, scene.told_by(ASKED));
    if let Some(state) = ending(scene) {
        return ended(scene, &request, state);
    }
    let text = scene.text();
    let mut card = Drawing::new(text.toast_request_reminder());
    card.show(close(heading(
        scene.markdown().request_reminder(&name(text, &request)),
    )));
    card.show_all(about(&request));
    card.show(fixed(text.request_reminder_what(), Tone::Normal));
    offer(scene, &request, &mut card);
    card
}

/// How it ended; `None` while an answer is possible.
fn ending(scene: &Scene<'_>) -> Option<SubjectState> {
    let answered = match scene.card.answer {
        Some(AnswerView::Accepted) => Some(SubjectState::Accepted),
        Some(AnswerView::Declined) => Some(SubjectState::Declined),
        _ => None,
    };
    scene.card.ended().or(answered)
}

fn open(scene: &Scene<'_>, request: &Request) -> Drawing {
    let text = scene.text();
    let mut card = Drawing::new(text.toast_request());
    let role = role(text, request.role.as_deref());
    card.show(close(heading(
        scene.markdown().request_asks(&name(text, request), &role),
    )));
    card.show_all(about(request));
    offer(scene, request, &mut card);
    card
}

/// What is needed to decide, and the ways to answer.
fn offer(scene: &Scene<'_>, request: &Request, card: &mut Drawing) {
    let text = scene.text();
    card.show_all(scene.waits(request.respond_by));
    if let Some(message) = &request.message {
        card.show(panel(&scene.folded(message)));
    }
    let joined = |lines: &[String]| Some(lines.join(" · ")).filter(|joined| !joined.is_empty());
    card.show_all(details([
        (text.label_goals(), joined(&request.goals)),
        (text.label_why_matched(), joined(&request.why_matched)),
        (text.label_time(), request.time_commitment.clone()),
        (
            text.label_places(),
            request.capacity.map(|(used, total)| text.used_of(used, total)),
        ),
    ]));
    if scene.card.open {
        card.press(primary(execute(
            &text.press_accept(),
            verb::ACCEPT_REQUEST,
            scene.place,
        )));
        card.press(decline(scene));
    }
    let web = scene.asked_by(ASKED).web();
    let profile = request
        .profile
        .as_ref()
        .map(|link| (text.press_view_profile(), link));
    let web = web.as_ref().map(|link| (text.press_open_in_chronus(), link));
    if let Some((title, link)) = profile.or(web) {
        card.link(text, &title, link);
    }
}

fn decline(scene: &Scene<'_>) -> Value {
    let text = scene.text();
    let reasons = DECLINE_REASONS.map(|(reason, _)| (reason, reason_name(text, reason)));
    let reasons = reasons.iter().map(|(value, title)| (*value, title.as_str()));
    let body = [
        radio(input::REASON, &text.decline_reason(), reasons, None),
        free_text(input::NOTE, &text.note_optional(), MAX_NOTE_CHARS),
        fixed(text.decline_hint(), Tone::Small),
    ];
    let now = execute(&text.press_decline_now(), verb::DECLINE_REQUEST, scene.place);
    destructive(unfold(&text.press_decline(), &body, &destructive(now)))
}

fn reason_name(text: Texts, reason: &str) -> String {
    match reason {
        "no_capacity" => text.decline_no_capacity(),
        "not_a_fit" => text.decline_not_a_fit(),
        "timing" => text.decline_timing(),
        _ => text.decline_other(),
    }
}

/// The card once it ended: how, when, by whom and what next. Nothing to answer; after an acceptance the way on.
fn ended(scene: &Scene<'_>, request: &Request, state: SubjectState) -> Drawing {
    let text = scene.text();
    let mut card = Drawing::new(ended_toast(text, state));
    // Grey, for it asks for nothing any more; the words beneath say so too.
    let mut title = heading(scene.markdown().request_from(&name(text, request)));
    title["isSubtle"] = (state != SubjectState::Accepted).into();
    card.show(close(title));
    card.show_all(about(request));
    let accepted_here = matches!(scene.card.answer, Some(AnswerView::Accepted));
    let whom = request.person.name.clone().unwrap_or_else(|| text.the_asker());
    let hello = scene.card.writes_to.as_ref();
    let next = match state {
        SubjectState::Accepted if hello.is_some() => text.request_next_accepted(),
        SubjectState::Accepted => text.request_next_accepted_wait(&whom),
        SubjectState::Declined => text.request_next_declined(),
        SubjectState::Withdrawn if accepted_here => text.request_next_withdrawn_late(),
        SubjectState::Withdrawn => text.request_next_withdrawn(),
        SubjectState::Expired
        | SubjectState::Open
        | SubjectState::Scheduled
        | SubjectState::Moved
        | SubjectState::Cancelled
        | SubjectState::Updated
        | SubjectState::Closed
        | SubjectState::Completed
        | SubjectState::Ending
        | SubjectState::Ended
        | SubjectState::Edited
        | SubjectState::Deleted
        | SubjectState::Failed => text.request_next_expired(),
    };
    card.show(standing(&how_it_ended(scene, state), Some(&next)));
    card.show_all(why(scene, state));
    if state == SubjectState::Accepted {
        card.actions
            .extend(hello.map(|to| primary(write_to(&text.press_say_hello(), to))));
        let web = scene.content.web();
        if let Some(link) = web.as_ref().or(request.profile.as_ref()) {
            card.link(text, &text.press_open_in_chronus(), link);
        }
    }
    card
}

/// Why it ended, where Chronus tells; what the person chose themselves they know.
fn why(scene: &Scene<'_>, state: SubjectState) -> Vec<Value> {
    let by_person = scene.card.here && state == SubjectState::Declined;
    let told = reason(&scene.opened.newest).filter(|_| !by_person);
    why_told(scene.text(), told)
}

/// The reason with its label. Where it is one of those that the card itself offers, it is put in the reader's language.
fn why_told(text: Texts, told: Option<String>) -> Vec<Value> {
    let named = |told: String| {
        let offered = DECLINE_REASONS.iter().any(|(name, _)| *name == told);
        if offered { reason_name(text, &told) } else { told }
    };
    details([(text.label_reason(), told.map(named))])
}

/// How a subject ended, with a sign that needs no colour.
pub(super) fn how_it_ended(scene: &Scene<'_>, state: SubjectState) -> String {
    let (text, at) = (scene.text(), scene.at());
    let here = scene.card.here;
    match state {
        SubjectState::Accepted if here => text.accepted_here(&at),
        SubjectState::Accepted => text.accepted_elsewhere(&at),
        SubjectState::Declined if here => text.declined_here(&at),
        SubjectState::Declined => text.declined_elsewhere(&at),
        SubjectState::Withdrawn => text.withdrawn(&at),
        SubjectState::Expired => text.expired(&at),
        SubjectState::Open
        | SubjectState::Scheduled
        | SubjectState::Moved
        | SubjectState::Cancelled
        | SubjectState::Updated
        | SubjectState::Closed
        | SubjectState::Completed
        | SubjectState::Ending
        | SubjectState::Ended
        | SubjectState::Edited
        | SubjectState::Deleted
        | SubjectState::Failed => text.ended(&at),
    }
}

fn ended_toast(text: Texts, state: SubjectState) -> String {
    match state {
        SubjectState::Accepted => text.toast_request_accepted(),
        SubjectState::Declined => text.toast_request_declined(),
        SubjectState::Withdrawn => text.toast_request_withdrawn(),
        SubjectState::Expired
        | SubjectState::Open
        | SubjectState::Scheduled
        | SubjectState::Moved
        | SubjectState::Cancelled
        | SubjectState::Updated
        | SubjectState::Closed
        | SubjectState::Completed
        | SubjectState::Ending
        | SubjectState::Ended
        | SubjectState::Edited
        | SubjectState::Deleted
        | SubjectState::Failed => text.toast_request_expired(),
    }
}

/// What became of a request, for the person who sent it.
pub(super) fn outcome(scene: &Scene<'_>) -> Drawing {
    let text = scene.text();
    let outcome = Outcome::read(&scene.content, &scene.opened.newest);
    let state = scene.card.state;
    let name = outcome.person.name.clone().unwrap_or_else(|| text.somebody());
    let markdown = scene.markdown();
    let hello = scene.card.writes_to.as_ref();
    let (title, next) = match state {
        SubjectState::Accepted if hello.is_some() => {
            (markdown.outcome_accepted(&name), text.outcome_accepted_next())
        }
        SubjectState::Accepted => (markdown.outcome_accepted(&name), text.outcome_accepted_wait()),
        SubjectState::Declined => (markdown.outcome_declined(&name), text.outcome_declined_next()),
        SubjectState::Withdrawn => (markdown.outcome_withdrawn(&name), text.outcome_withdrawn_next()),
        SubjectState::Expired
        | SubjectState::Open
        | SubjectState::Scheduled
        | SubjectState::Moved
        | SubjectState::Cancelled
        | SubjectState::Updated
        | SubjectState::Closed
        | SubjectState::Completed
        | SubjectState::Ending
        | SubjectState::Ended
        | SubjectState::Edited
        | SubjectState::Deleted
        | SubjectState::Failed => (markdown.outcome_expired(&name), text.outcome_expired_next()),
    };
    // Chronus' own words, where it does not name the person.
    let told = outcome.title.as_deref().filter(|_| outcome.person.name.is_none());
    let mut card = Drawing::new(ended_toast(text, state));
    card.show(close(told.map_or_else(|| heading(title), scene::title)));
    card.show_all(
        outcome
            .person
            .about()
            .map(|about| close(said(&about, Tone::Quiet))),
    );
    if let Some(note) = &outcome.note {
        card.show(words(&text.their_words(), Tone::Strong));
        card.show(close(panel(&scene.folded(note))));
    }
    card.show_all(why_told(text, outcome.reason.clone()));
    match &outcome.body {
        Some(body) => card.show_all(scene.prose(body)),
        None => card.show(fixed(next, Tone::Normal)),
    }
    if let (SubjectState::Accepted, Some(to)) = (state, hello) {
        card.press(primary(write_to(&text.press_say_hello(), to)));
    }
    if let Some(link) = scene.content.web() {
        card.link(text, &text.press_open_in_chronus(), &link);
    }
    card
}

fn name(text: Texts, request: &Request) -> String {
    request.person.name.clone().unwrap_or_else(|| text.somebody())
}

/// A role in the reader's language, where it is one that the cards know.
pub(super) fn role(text: Texts, role: Option<&str>) -> String {
    match role {
        None => text.role_mentor(),
        Some(role) if role.eq_ignore_ascii_case("mentor") => text.role_mentor(),
        Some(role) if role.eq_ignore_ascii_case("mentee") => text.role_mentee(),
        Some(role) => role.to_owned(),
    }
}

fn about(request: &Request) -> Option<Value> {
    request
        .person
        .about()
        .map(|about| close(said(&about, Tone::Quiet)))
}
