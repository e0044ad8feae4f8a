//! A person's own settings: how each kind of card comes, quiet hours, the summary, a pause.

use actors::action::{input, verb};
use actors::card::{CardSpec, SettingsView};
use events::organization::Topic;
use events::user::{DigestEvery, QuietDays, TopicWay};
use serde_json::{Value, json};

use super::buttons::{Place, destructive, execute, primary, unfold, without_inputs};
use super::chat::pause_choice;
use super::elements::{Drawing, Tone, after_line, close, fixed, heading, words};
use super::inputs::{filled, menu, time};
use super::mark::ZONE;
use super::names::{delivery_name, topic_name};
use super::scene::standing;
use super::text::Texts;
use super::time::Reader;

/// Draws them.
pub(super) fn draw(reader: &Reader, spec: &CardSpec, view: &SettingsView) -> Drawing {
    let text = reader.text;
    let place = Place::card(spec);
    let mut card = Drawing::new(text.settings());
    card.show(heading(text.settings()));
    card.show_all(view.saved.then(|| standing(&text.settings_saved(), None)));
    let paused = view
        .paused_until
        // The quiet hours beneath name the zone.
        .map(|until| text.settings_paused(&reader.moment(until).replace(ZONE, "")));
    card.show_all(paused.map(|paused| words(&paused, Tone::Strong)));
    card.show(fixed(text.settings_intro(), Tone::Normal));
    let fields: Vec<Value> = Topic::SWITCHED
        .into_iter()
        .filter_map(|topic| {
            let delivery = view.topics.get(&topic).copied().unwrap_or_default();
            topic_field(text, topic, delivery)
        })
        .collect();
    card.show_all(fields.chunks(2).map(|pair| close(beside(pair))));
    quiet(reader, view, &mut card);
    card.show(after_line(words(&text.settings_digest(), Tone::Strong)));
    let every = [
        (DigestEvery::Daily.as_str(), text.digest_daily()),
        (DigestEvery::Weekly.as_str(), text.digest_weekly()),
    ];
    card.show(field_menu(
        input::DIGEST_EVERY,
        &text.digest_every(),
        &every,
        view.digest.every.as_str(),
    ));
    card.press(primary(execute(&text.press_save(), verb::SAVE_SETTINGS, place)));
    card.press(all_off(text, place));
    card.press(if view.paused_until.is_some() {
        without_inputs(execute(&text.press_resume(), verb::END_PAUSE, place))
    } else {
        pause_choice(text, &text.press_pause(), place)
    });
    card
}

/// One or two fields in a row: a phone then shows all of them at once.
fn beside(fields: &[Value]) -> Value {
    let column = |items: &[Value]| json!({ "type": "Column", "width": "stretch", "items": items });
    let mut columns: Vec<Value> = fields
        .iter()
        .map(|field| column(std::slice::from_ref(field)))
        .collect();
    columns.resize_with(2, || column(&[]));
    json!({ "type": "ColumnSet", "columns": columns })
}

/// A button that turns every topic off, once it was asked back.
fn all_off(text: Texts, place: Place<'_>) -> Value {
    let off = Topic::SWITCHED.map(|topic| format!("{}{}", input::TOPIC_PREFIX, topic.as_str()));
    let mut now = execute(&text.press_all_off_now(), verb::SAVE_SETTINGS, place);
    for topic in off {
        now["data"][topic.as_str()] = TopicWay::Off.as_str().into();
        now["fallback"]["data"][topic.as_str()] = TopicWay::Off.as_str().into();
    }
    let ask_back = [fixed(text.settings_all_off_ask(), Tone::Normal)];
    destructive(unfold(
        &text.press_all_off(),
        &ask_back,
        &destructive(without_inputs(now)),
    ))
}

fn topic_field(text: Texts, topic: Topic, delivery: TopicWay) -> Option<Value> {
    let ways =
        [TopicWay::On, TopicWay::Digest, TopicWay::Off].map(|way| (way.as_str(), delivery_name(text, way)));
    let id = format!("{}{}", input::TOPIC_PREFIX, topic.as_str());
    Some(field_menu(
        &id,
        &topic_name(text, topic)?,
        &ways,
        delivery.as_str(),
    ))
}

fn quiet(reader: &Reader, view: &SettingsView, card: &mut Drawing) {
    let text = reader.text;
    let hours = view.quiet_hours.filter(|hours| !hours.off);
    card.show(after_line(words(&text.settings_quiet(), Tone::Strong)));
    card.show(close(words(
        &text.settings_quiet_what(&reader.zone_phrase()),
        Tone::Quiet,
    )));
    let days = [
        (QuietDays::All.as_str(), text.quiet_all()),
        (QuietDays::Weekdays.as_str(), text.quiet_weekdays()),
        (QuietDays::Weekends.as_str(), text.quiet_weekends()),
        ("off", text.quiet_off()),
    ];
    let chosen = hours.map_or("off", |hours| hours.days.as_str());
    card.show(field_menu(input::QUIET_DAYS, &text.quiet_days(), &days, chosen));
    let from = time(input::QUIET_FROM, &text.quiet_from());
    let to = time(input::QUIET_TO, &text.quiet_to());
    let (from, to) = hours.map_or((from.clone(), to.clone()), |hours| {
        let (begin, end) = (hours.from.to_string(), hours.to.to_string());
        (filled(from, &begin), filled(to, &end))
    });
    card.show(close(beside(&[from, to])));
}

fn field_menu(id: &str, label: &str, options: &[(&str, String)], chosen: &str) -> Value {
    menu(
        id,
        label,
        options.iter().map(|(value, title)| (*value, title.as_str())),
        Some(chosen),
    )
}
