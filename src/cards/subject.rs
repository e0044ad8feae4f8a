//! Cards about a subject: each kind draws its own middle; the line above, where the buttons stand, the line below them
//! and the way to fewer of them are the same for all.

use events::organization::CardKind;
use events::user::Command;

use super::buttons::{command, row, secondary};
use super::elements::Drawing;
use super::names::{kind_name, why};
use super::scene::{Scene, footer, label_line};
use super::{
    announcement, connection, erg_event, meeting, mentoring, message, plain, recommended, survey, task,
};

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
    card.show(label_line(text, &kind_name(text, kind), program.as_deref()));
    card.show_all(middle.body);
    let mut buttons = middle.actions;
    let line = if buttons.is_empty() {
        text.fewer()
    } else {
        buttons.push(secondary(command(&text.press_fewer(), Command::Notifications)));
        card.show(row(&buttons));
        why(text, kind)
    };
    if !scene.is_over() {
        card.show(footer(&line));
    }
    card
}
