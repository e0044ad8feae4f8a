//! The texts of every language, from the Fluent files in `src/cards/locales`, which are compiled in.

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

use super::super::escape;
use super::super::language::Language;

/// What a message is given.
#[derive(Debug, Clone, Copy)]
pub(super) enum Arg<'a> {
    /// Words from outside: names, titles.
    Words(&'a str),
    /// Words of our own, already in the reader's language: dates, other messages.
    Ours(&'a str),
    /// A number, which chooses among plural forms.
    Count(u32),
}

/// One for each language, in the order of their numbers.
static CATALOGUES: LazyLock<[FluentBundle<FluentResource>; 7]> = LazyLock::new(|| {
    let [english, spanish, french, german, arabic, portuguese] = Language::ALL.map(load);
    [
        english,
        spanish,
        french,
        german,
        arabic,
        portuguese,
        load(Language::GermanFamiliar),
    ]
});

/// The Fluent file of a language.
pub(super) fn source(language: Language) -> &'static str {
    match language {
        Language::English => include_str!("../locales/en.ftl"),
        Language::Spanish => include_str!("../locales/es.ftl"),
        Language::French => include_str!("../locales/fr.ftl"),
        Language::German => include_str!("../locales/de.ftl"),
        Language::Arabic => include_str!("../locales/ar.ftl"),
        Language::Portuguese => include_str!("../locales/pt.ftl"),
        Language::GermanFamiliar => include_str!("../locales/de-du.ftl"),
    }
}

/// Reads one language. What Fluent cannot read is left out, so that its messages fall back to English; a test sees to
/// it that nothing is.
fn load(language: Language) -> FluentBundle<FluentResource> {
    let mut bundle = FluentBundle::new_concurrent(vec![language.code().parse().unwrap_or_default()]);
    // Isolation is ours, see `format`: Fluent would isolate numbers and our own dates as well.
    bundle.set_use_isolating(false);
    if language == Language::GermanFamiliar {
        // Its file has only the sentences that address somebody.
        let formal = FluentResource::try_new(source(Language::German).to_owned());
        bundle.add_resource_overriding(formal.unwrap_or_else(|(read, _)| read));
    }
    let resource = FluentResource::try_new(source(language).to_owned()).unwrap_or_else(|(read, _)| read);
    bundle.add_resource_overriding(resource);
    bundle
}

fn catalogue(language: Language) -> &'static FluentBundle<FluentResource> {
    &CATALOGUES[language as usize]
}

/// The message `key` in `language`, where that language lacks it in English. Words from outside are isolated where
/// they run against the language's direction, and escaped where `markdown` says that a Markdown reader will see them.
pub(super) fn format(
    language: Language,
    markdown: bool,
    key: &str,
    args: &[(&'static str, Arg<'_>)],
) -> String {
    let known = |language: &Language| catalogue(*language).has_message(key);
    let language = Some(language).filter(known).unwrap_or_default();
    let mut given = FluentArgs::with_capacity(args.len());
    for (name, arg) in args {
        let value = match arg {
            Arg::Words(words) if markdown => {
                FluentValue::from(language.direction().embed(&escape::markdown(words)))
            }
            Arg::Words(words) => FluentValue::from(language.direction().embed(words)),
            Arg::Ours(words) => FluentValue::from(*words),
            Arg::Count(count) => FluentValue::from(*count),
        };
        given.set(*name, value);
    }
    let bundle = catalogue(language);
    let pattern = bundle.get_message(key).and_then(|message| message.value());
    pattern.map_or_else(
        || key.to_owned(),
        // Errors leave a visible mark in the text and are found by the tests.
        |pattern| {
            bundle
                .format_pattern(pattern, Some(&given), &mut Vec::new())
                .into_owned()
        },
    )
}

/// Everything that Fluent does not like about a language, for the tests.
#[cfg(test)]
pub(super) fn faults(language: Language) -> Vec<String> {
    let read = FluentResource::try_new(source(language).to_owned());
    let unread = read.err().map_or_else(Vec::new, |(_, errors)| errors);
    let mut faults: Vec<String> = unread.iter().map(ToString::to_string).collect();
    let resource = FluentResource::try_new(source(language).to_owned()).unwrap_or_else(|(read, _)| read);
    let mut bundle = FluentBundle::new_concurrent(vec![language.code().parse().unwrap_or_default()]);
    faults.extend(
        bundle
            .add_resource(resource)
            .err()
            .into_iter()
            .flatten()
            .map(|error| error.to_string()),
    );
    faults
}

/// As [`format`], with what went wrong.
#[cfg(test)]
pub(super) fn errors(language: Language, key: &str, args: &[(&'static str, Arg<'_>)]) -> Vec<String> {
    let given: FluentArgs<'_> = args
        .iter()
        .map(|(name, arg)| match arg {
            Arg::Words(words) | Arg::Ours(words) => (*name, FluentValue::from(*words)),
            Arg::Count(count) => (*name, FluentValue::from(*count)),
        })
        .collect();
    let mut errors = Vec::new();
    let bundle = catalogue(language);
    match bundle.get_message(key).and_then(|message| message.value()) {
        Some(pattern) => drop(bundle.format_pattern(pattern, Some(&given), &mut errors)),
        None => return vec!["missing".to_owned()],
    }
    errors.iter().map(ToString::to_string).collect()
}
