//! An announcement: who says what to whom, one picture, one link, and a confirmation where one is wanted.

use actors::action::verb;
use actors::card::AnswerView;
use events::organization::SubjectState;

use super::buttons::{execute, primary};
use super::content::announcement::Announcement;
use super::elements::{Drawing, Tone, close, image, words};
use super::scene::{Scene, details, standing, title};

/// Draws it.
pub(super) fn draw(scene: &Scene<'_>) -> Drawing {
    let text = scene.text();
    let said = Announcement::read(&scene.content, scene.told_by("announcement.published"));
    if scene.is(SubjectState::Withdrawn) && scene.opened.newest.takes_back_a_mistake() {
        let mut card = Drawing::new(text.toast_ended());
        card.show(close(title(&text.kind_announcement())));
        card.show(standing(&text.announcement_withdrawn(&scene.at()), None));
        return card;
    }
    let headline = scene.content.headline(text);
    let mut card = Drawing::new(text.toast_announcement());
    card.show(close(title(&headline)));
    let author: Vec<&str> = [&said.author.name, &said.author.title]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    card.show_all((!author.is_empty()).then(|| close(words(&author.join(" · "), Tone::Quiet))));
    card.show_all(details([(text.label_for(), said.audience.clone())]));
    if scene.is(SubjectState::Withdrawn) {
        card.toast = text.toast_ended();
        card.show(standing(&text.announcement_withdrawn(&scene.at()), None));
        return card;
    }
    if let Some((link, alt)) = &said.image {
        let described = alt.clone().unwrap_or_else(|| text.image_of(&headline));
        card.show(image(link, &described));
    }
    if let Some(body) = &said.body {
        card.show_all(scene.prose(body));
    }
    if matches!(scene.card.answer, Some(AnswerView::Acknowledged)) {
        card.show(standing(
            &text.announcement_acknowledged(&scene.answered_at()),
            None,
        ));
    } else if scene.card.open && (scene.card.facts.acknowledge || said.acknowledge) {
        card.show(standing(&text.announcement_confirm(), None));
        card.press(primary(execute(
            &text.press_acknowledge(),
            verb::ACKNOWLEDGE,
            scene.place,
        )));
    }
    if let Some(link) = scene.content.web() {
        card.link(text, &said.label.unwrap_or_else(|| text.press_open()), &link);
        if card.actions.len() == 1 && scene.card.answer.is_none() {
            card.mark_last();
        }
    }
    card
}
