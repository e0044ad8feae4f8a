//! The card for any domain event without a card of its own: headline, text, one link.

use super::content::plain::Plain;
use super::elements::Drawing;
use super::mentoring::how_it_ended;
use super::scene::{Scene, standing, title};
use super::text::Texts;

/// Draws it.
pub(super) fn draw(scene: &Scene<'_>) -> Drawing {
    let text = scene.text();
    let said = Plain::read(&scene.content);
    let mut card = Drawing::new(toast(text, &scene.content.event_type));
    card.show(title(&scene.content.headline(text)));
    if let Some(body) = &said.body {
        card.show_all(scene.prose(body));
    }
    if scene.card.state.is_final() {
        card.show(standing(&how_it_ended(scene, scene.card.state), None));
    }
    if let Some(link) = &said.link {
        let label = said.label.unwrap_or_else(|| text.press_open());
        card.link(text, &label, link);
        if !scene.is_over() {
            card.mark_last();
        }
    }
    card
}

/// What a toast says of a plain card: the kind of thing, never its title, which may name people.
fn toast(text: Texts, event_type: &str) -> String {
    let subject = event_type
        .strip_prefix("com.chronus.")
        .and_then(|rest| rest.split('.').next());
    match subject.unwrap_or_default() {
        "announcement" => text.toast_announcement(),
        "connection" => text.toast_connection(),
        "erg_event" => text.toast_news_event(),
        "meeting" => text.toast_news_meeting(),
        "mentoring_request" => text.toast_news_request(),
        "message" => text.toast_message(),
        "recommended_match" => text.toast_match(),
        "survey" => text.toast_survey(),
        "task" => text.toast_news_task(),
        _ => text.toast_news(),
    }
}
