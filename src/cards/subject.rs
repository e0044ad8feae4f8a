//! Cards about a subject: each kind draws its own middle; the line above, where the buttons stand, the line below them
//! and the way to fewer of them are the same for all.

use events::organization::CardKind;
use events::user::Command;
use serde_json::Value;

use super::buttons::{command, row, secondary};
use super::elements::{Drawing, close, is_quiet};
use super::header::header;
use super::names::{kind_name, why};
use super::scene::{Scene, footer, is_standing, label_line};
use super::{
    announcement, connection, erg_event, meeting, mentoring, message, plain, recommended, survey, task,
};

/// Most buttons that Teams shows in one row, those under "more" included; what comes after them is lost.
const MOST_BUTTONS: usize = 6;

/// Draws the card.
pub(super) fn draw(scene: &Scene<'_>) -> Drawing {
    let text = scene.text();
    let kind = scene.card.kind;
    let middle = match kind {
        CardKind::MentoringRequest => mentoring::request(scene),
        CardKind::RequestReminder => mentoring::reminder(scene),
        CardKind::RequestOutcome => mentoring::outcome(scene),
        CardKind::Connection => connection::draw(scene),
        CardKind::ConnectionNotice => connection::notice(scene),
        CardKind::RecommendedMatch => recommended::draw(scene),
        CardKind::Meeting => meeting::living(scene),
        CardKind::MeetingReminder => meeting::reminder(scene),
        CardKind::MeetingNotice => meeting::notice(scene),
        CardKind::MeetingFollowUp => meeting::follow_up(scene),
        CardKind::ErgEvent => erg_event::living(scene),
        CardKind::ErgEventReminder => erg_event::reminder(scene),
        CardKind::ErgEventNotice => erg_event::notice(scene),
        CardKind::Announcement => announcement::draw(scene),
        CardKind::Survey | CardKind::SurveyReminder => survey::draw(scene),
        CardKind::Message => message::draw(scene),
        CardKind::MessageNotice => message::not_delivered(scene),
        CardKind::Task | CardKind::TaskReminder => task::draw(scene),
        _ => plain::draw(scene),
    };
    let program = scene.content.program();
    let mut card = Drawing::new(middle.toast);
    let label = label_line(text, &kind_name(text, kind), program.as_deref());
    let (head, below) = parted(middle.body);
    let head: Vec<Value> = [label].into_iter().chain(head).collect();
    card.show(header(scene, &head));
    card.show_all(below);
    let mut buttons = middle.actions;
    let line = if (1..MOST_BUTTONS).contains(&buttons.len()) {
        buttons.push(secondary(command(&text.press_fewer(), Command::Notifications)));
        why(text, kind)
    } else {
        text.fewer()
    };
    card.show_all((!buttons.is_empty()).then(|| row(&buttons)));
    if !scene.is_over() {
        card.show(footer(&line));
    }
    card
}

/// What stands beside the sign (the headline and who the person is), and what stands below: first how it stands.
fn parted(body: Vec<Value>) -> (Vec<Value>, Vec<Value>) {
    let (strips, mut rest): (Vec<Value>, Vec<Value>) = body.into_iter().partition(is_standing);
    let Some(at) = rest.iter().position(|element| element["style"] == "heading") else {
        return (Vec::new(), strips.into_iter().chain(rest).collect());
    };
    let about = rest.get(at + 1).is_some_and(is_quiet);
    let head = rest.drain(at..=at + usize::from(about)).map(close).collect();
    (head, strips.into_iter().chain(rest).collect())
}
