//! What somebody must see after a step.

use anyhow::{Context as _, ensure};

use super::played::Played;
use super::scenario::{Scenario, Sight};
use super::stage::Stage;

/// Looks over a person's shoulder.
pub(super) fn check(
    stage: &Stage,
    scenario: &Scenario,
    played: &Played,
    sight: &Sight,
) -> anyhow::Result<()> {
    let who = &sight.who;
    let player = scenario
        .player(who)
        .with_context(|| format!("nobody is called {who}"))?;
    let client = stage.sandbox.client(&scenario.user(player));
    let chat = client
        .with_context(|| format!("{who} does not live in the sandbox"))?
        .chat();
    let message = match (&sight.event, &sight.on) {
        (Some(event), _) => chat.card_of(&played.card_of(event, player)?),
        (None, Some(text)) => chat.showing(text),
        (None, None) => chat.last_from_bot(),
    };
    let name = &player.name;
    if sight.nothing {
        ensure!(
            message.is_none(),
            "{name} sees a card that should not be there: {:#?}",
            message.map(super::super::sandbox::chat::Message::shown)
        );
        return Ok(());
    }
    let message = message.with_context(|| format!("{name} does not see the card ({:?})", sight.event))?;
    for text in &sight.shows {
        ensure!(
            message.shows(text),
            "{name} does not see {text:?} in {:#?}",
            message.shown()
        );
    }
    for text in &sight.lacks {
        ensure!(
            !message.shows(text),
            "{name} sees {text:?} in {:#?}",
            message.shown()
        );
    }
    Ok(())
}
