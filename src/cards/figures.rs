//! How an invitation fares, for whoever organizes the event: counts of people, never who they are.

use super::content::figures::Figures;
use super::elements::{Drawing, Tone, close, heading, words};
use super::scene::{Scene, details, standing};

/// The card. It changes in place as the figures do.
pub(super) fn draw(scene: &Scene<'_>) -> Drawing {
    let text = scene.text();
    let read = Figures::read(&scene.content);
    let counted = read.counted;
    let mut card = Drawing::new(text.toast_event_figures());
    let title = scene.markdown().event_figures_title(&name_of(scene, &read));
    card.show(close(heading(title)));
    card.show(if counted.unreachable > 0 {
        standing(
            &text.event_figures_unreachable(),
            Some(&text.event_figures_unreachable_next()),
        )
    } else if counted.waiting > 0 {
        standing(&text.event_figures_waiting(), None)
    } else {
        standing(&text.event_figures_told(), None)
    });
    // A line without anybody is left out, but for those that were asked for.
    let some = |count: u64| (count > 0).then(|| count.to_string());
    card.show_all(details([
        (text.label_group(), read.group.clone()),
        (text.label_invited(), Some(counted.invited.to_string())),
        (text.label_told(), Some(counted.told.to_string())),
        (text.label_seen(), Some(counted.seen.to_string())),
        (text.label_answered(), some(counted.answered)),
        (text.label_on_its_way(), some(counted.waiting)),
        (text.label_not_reached(), Some(counted.unreachable.to_string())),
    ]));
    card.show(words(&text.event_figures_seen(), Tone::Quiet));
    card.show_all(read.counted_at.map(|at| {
        close(words(
            &text.event_figures_counted(&scene.reader.moment(at)),
            Tone::Quiet,
        ))
    }));
    if let Some(link) = scene.content.web() {
        card.link(text, &text.press_open_in_chronus(), &link);
    }
    card
}

/// What the event is called.
pub(super) fn name_of(scene: &Scene<'_>, read: &Figures) -> String {
    read.title.clone().unwrap_or_else(|| scene.text().kind_event())
}
