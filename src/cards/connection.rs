//! A connection that started, ends soon or has ended.

use events::organization::SubjectState;

use super::buttons::{primary, write_to};
use super::content::connection::Connection;
use super::elements::{Drawing, Tone, close, fixed, heading, said};
use super::mentoring::role;
use super::scene::{Scene, details};

/// Draws it.
pub(super) fn draw(scene: &Scene<'_>) -> Drawing {
    let text = scene.text();
    let connection = Connection::read(&scene.content);
    let name = connection
        .partner
        .name
        .clone()
        .unwrap_or_else(|| text.your_partner());
    let markdown = scene.markdown();
    let (title, next) = if scene.is(SubjectState::Ending) {
        (markdown.connection_ending(&name), text.connection_ending_next())
    } else if scene.card.state.is_final() {
        (markdown.connection_ended(&name), text.connection_ended_next())
    } else {
        (markdown.connection_started(&name), text.connection_started_next())
    };
    let mut card = Drawing::new(text.toast_connection());
    card.show(close(heading(title)));
    card.show_all(
        connection
            .partner
            .about()
            .map(|about| close(said(&about, Tone::Quiet))),
    );
    card.show(fixed(next, Tone::Normal));
    let over = scene.card.state.is_final();
    card.show_all(details([
        (
            text.label_role(),
            connection.role.as_deref().map(|known| role(text, Some(known))),
        ),
        (
            text.label_from(),
            connection.starts_at.map(|at| scene.reader.deadline(at)),
        ),
        (
            text.label_until(),
            connection.ends_at.map(|at| scene.reader.deadline(at)),
        ),
        (
            text.label_next_step(),
            connection.next_step.clone().filter(|_| !over),
        ),
    ]));
    if let Some(to) = scene.card.writes_to.as_ref().filter(|_| !over) {
        let title = if scene.is(SubjectState::Open) {
            text.press_say_hello()
        } else {
            text.press_list_message()
        };
        card.press(primary(write_to(&title, to)));
    }
    if let (false, Some(link)) = (scene.is(SubjectState::Open), &connection.feedback) {
        card.link(text, &text.press_feedback(), link);
    }
    if let Some(link) = scene.content.web() {
        card.link(text, &text.press_open_in_chronus(), &link);
    }
    card
}

/// A short word beside the card that changed: it ends soon, or it ended.
pub(super) fn notice(scene: &Scene<'_>) -> Drawing {
    let text = scene.text();
    let connection = Connection::read(&scene.content);
    let name = connection
        .partner
        .name
        .clone()
        .unwrap_or_else(|| text.your_partner());
    let over = scene.card.state.is_final();
    let title = if over {
        scene.markdown().connection_ended(&name)
    } else {
        scene.markdown().connection_ending(&name)
    };
    let mut card = Drawing::new(text.toast_connection());
    card.show(close(heading(title)));
    card.show_all(details([(
        text.label_until(),
        connection.ends_at.map(|at| scene.reader.deadline(at)),
    )]));
    if let Some(to) = scene.card.writes_to.as_ref().filter(|_| !over) {
        card.press(primary(write_to(&text.press_list_message(), to)));
    }
    if let Some(link) = &connection.feedback {
        card.link(text, &text.press_feedback(), link);
    }
    card
}
