//! Cards about a subject: each kind draws its own middle; the line above, where the buttons stand, the line below them
//! and the way to fewer of them are the same for all.

use events::organization::{CardOrigin, SubjectKind};
use events::user::Command;
use serde_json::Value;

use super::buttons::{command, row, secondary};
use super::elements::{Drawing, close, is_quiet};
use super::header::header;
use super::names::{kind_name, why};
use super::scene::{Scene, footer, is_standing, label_line, standing};
use super::{
    announcement, connection, erg_event, figures, meeting, mentoring, message, plain, recommended, survey,
    task,
};

/// Most buttons that Teams shows in one row, those under "more" included; what comes after them is lost.
const MOST_BUTTONS: usize = 6;

/// Draws the card.
pub(super) fn draw(scene: &Scene<'_>) -> Drawing {
    let text = scene.text();
    let kind = scene.card.kind;
    let middle = match kind.origin() {
        CardOrigin::Chronus(kind) => drawn(kind, scene),
        CardOrigin::Chat(_) => plain::draw(scene),
    };
    let program = scene.content.program();
    let mut card = Drawing::new(middle.toast);
    let label = label_line(text, &kind_name(text, kind), program.as_deref());
    let (head, below) = parted(middle.body);
    let head: Vec<Value> = [label].into_iter().chain(head).collect();
    card.show(header(scene, &head));
    if scene.card.newer {
        // Nothing is to be done here any more: what can be is on the newer card.
        card.show_all(below);
        card.show(standing(&text.newer_below(), None));
        return card;
    }
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

fn drawn(kind: SubjectKind, scene: &Scene<'_>) -> Drawing {
    match kind {
        SubjectKind::MentoringRequest => mentoring::request(scene),
        SubjectKind::RequestReminder => mentoring::reminder(scene),
        SubjectKind::RequestOutcome => mentoring::outcome(scene),
        SubjectKind::Connection => connection::draw(scene),
        SubjectKind::ConnectionNotice => connection::notice(scene),
        SubjectKind::RecommendedMatch => recommended::draw(scene),
        SubjectKind::Meeting => meeting::living(scene),
        SubjectKind::MeetingReminder => meeting::reminder(scene),
        SubjectKind::MeetingNotice => meeting::notice(scene),
        SubjectKind::MeetingFollowUp => meeting::follow_up(scene),
        SubjectKind::ErgEvent => erg_event::living(scene),
        SubjectKind::ErgEventReminder => erg_event::reminder(scene),
        SubjectKind::ErgEventNotice => erg_event::notice(scene),
        SubjectKind::ErgEventFigures => figures::draw(scene),
        SubjectKind::Announcement => announcement::draw(scene),
        SubjectKind::Survey | SubjectKind::SurveyReminder => survey::draw(scene),
        SubjectKind::Message => message::draw(scene),
        SubjectKind::MessageNotice => message::not_delivered(scene),
        SubjectKind::Task | SubjectKind::TaskReminder => task::draw(scene),
        SubjectKind::Plain => plain::draw(scene),
    }
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
