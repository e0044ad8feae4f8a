//! A suggested mentor: who and why, and a request in the person's own words.

use actors::action::{MAX_MESSAGE_CHARS, input, verb};
use actors::card::AnswerView;

use super::buttons::{destructive, execute, primary, unfold, without_inputs};
use super::content::recommended::Recommended;
use super::elements::{Drawing, Tone, close, fixed, heading, said};
use super::inputs::{free_text, required};
use super::mentoring::role;
use super::scene::{Scene, bullets, details, standing};

/// Draws it.
pub(super) fn draw(scene: &Scene<'_>) -> Drawing {
    let text = scene.text();
    let shown = Recommended::read(&scene.content);
    let name = shown.mentor.name.clone().unwrap_or_else(|| text.somebody());
    let mut card = Drawing::new(text.toast_match());
    card.show(close(heading(scene.markdown().match_title(&name))));
    card.show_all(shown.mentor.about().map(|about| close(said(&about, Tone::Quiet))));
    card.show_all(bullets(&text.match_reasons(&name), &shown.reasons));
    card.show_all(details([
        (
            text.label_goals(),
            Some(shown.goals.join(" · ")).filter(|goals| !goals.is_empty()),
        ),
        (
            text.label_their_role(),
            shown.role.as_deref().map(|known| role(text, Some(known))),
        ),
    ]));
    let at = scene.answered_at();
    let standing = match scene.card.answer {
        Some(AnswerView::MatchRequested) => Some(standing(
            &text.match_requested(&at),
            Some(&text.match_requested_next()),
        )),
        Some(AnswerView::MatchDismissed) => Some(standing(
            &text.match_dismissed(&at),
            Some(&text.match_dismissed_next()),
        )),
        _ if scene.card.state.is_final() => Some(standing(
            &text.match_withdrawn(&scene.at()),
            Some(&text.match_withdrawn_next()),
        )),
        _ => None,
    };
    if let Some(standing) = standing {
        card.toast = text.toast_ended();
        card.show(standing);
        return card;
    }
    let web = scene.content.web();
    let profile = shown.profile.as_ref().or(web.as_ref());
    if !scene.card.open {
        if let Some(link) = profile {
            card.link(text, &text.press_view_profile(), link);
        }
        return card;
    }
    let body = [
        required(
            text,
            free_text(input::MESSAGE, &text.match_message(&name), MAX_MESSAGE_CHARS),
        ),
        fixed(text.match_message_hint(), Tone::Small),
    ];
    let send = execute(&text.press_match_send(), verb::MATCH_REQUEST, scene.place);
    card.press(primary(unfold(
        &text.press_match_request(),
        &body,
        &primary(send),
    )));
    if let Some(link) = profile {
        card.link(text, &text.press_view_profile(), link);
    }
    let dismiss = execute(&text.press_match_dismiss(), verb::MATCH_DISMISS, scene.place);
    let ask_back = [fixed(text.match_dismiss_ask(), Tone::Normal)];
    card.press(destructive(unfold(
        &text.press_match_aside(),
        &ask_back,
        &destructive(without_inputs(dismiss)),
    )));
    card
}
