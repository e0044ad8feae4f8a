//! The languages say the same: given the list of messages and the files, no key is missing, unused or given other
//! variables, and forms that a language needs are there.

use std::collections::{BTreeMap, BTreeSet};

use super::catalogue::{Arg, errors, faults, source};
use super::{Texts, chat, subjects, words};
use crate::cards::language::Language;

/// Every message: its key and its variables.
fn expected() -> impl Iterator<Item = (&'static str, &'static [(&'static str, Arg<'static>)])> {
    let lists = [words::MESSAGES, subjects::MESSAGES, chat::MESSAGES];
    lists.into_iter().flatten().copied()
}

/// The messages of a file: key to the variables that its text names.
fn messages(source: &str) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut messages: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut key = "";
    for line in source.lines().filter(|line| !line.starts_with('#')) {
        if let Some((name, _)) = line
            .split_once(" = ")
            .filter(|_| line.starts_with(|c: char| c.is_ascii_alphabetic()))
        {
            key = name;
            assert!(
                messages.insert(key, BTreeSet::new()).is_none(),
                "{key} stands there twice"
            );
        }
        for variable in line.split('$').skip(1) {
            let name = variable
                .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
                .next();
            messages.entry(key).or_default().extend(name);
        }
    }
    messages
}

#[test]
fn every_language_has_every_message_with_its_variables_and_no_other() {
    let expected: BTreeMap<&str, BTreeSet<&str>> = expected()
        .map(|(key, args)| (key, args.iter().map(|(name, _)| *name).collect()))
        .collect();
    for language in Language::ALL {
        let found = messages(source(language));
        let missing: Vec<_> = expected.keys().filter(|key| !found.contains_key(*key)).collect();
        let unused: Vec<_> = found.keys().filter(|key| !expected.contains_key(*key)).collect();
        assert!(
            missing.is_empty() && unused.is_empty(),
            "{language:?}: missing {missing:?}, unused {unused:?}"
        );
        for (key, variables) in found {
            assert_eq!(variables, expected[key], "{language:?}: {key}");
        }
    }
}

#[test]
fn every_message_can_be_written_in_every_language() {
    for language in Language::ALL {
        assert_eq!(faults(language), Vec::<String>::new(), "{language:?}");
        for (key, args) in expected() {
            for count in [0, 1, 2, 3, 11, 100] {
                let args: Vec<_> = args
                    .iter()
                    .map(|(name, arg)| {
                        (
                            *name,
                            if matches!(arg, Arg::Count(_)) {
                                Arg::Count(count)
                            } else {
                                *arg
                            },
                        )
                    })
                    .collect();
                assert_eq!(
                    errors(language, key, &args),
                    Vec::<String>::new(),
                    "{language:?}: {key}"
                );
            }
        }
    }
}

/// The plural categories that each language has for whole numbers, by CLDR; `other` is always there.
fn categories(language: Language) -> &'static [&'static str] {
    match language {
        // Spanish, French and Portuguese also know "many", for millions.
        Language::English
        | Language::Spanish
        | Language::French
        | Language::German
        | Language::GermanFamiliar
        | Language::Portuguese => &["one"],
        Language::Arabic => &["zero", "one", "two", "few", "many"],
    }
}

#[test]
fn every_plural_has_all_forms_of_its_language() {
    for language in Language::ALL {
        let source = source(language);
        let plurals = source.split("$count ->").skip(1);
        let mut seen = 0;
        for plural in plurals {
            let forms = plural.split("*[other]").next().unwrap();
            for category in categories(language) {
                // A form for the exact number zero is as good as the category.
                let there = forms.contains(&format!("[{category}]"))
                    || (*category == "zero" && forms.contains("[0]"));
                assert!(there, "{language:?} lacks {category}: {forms}");
            }
            seen += 1;
        }
        assert!(seen > 5, "{language:?}");
    }
}

#[test]
fn plurals_follow_the_number() {
    let days = |language, count| Texts::of(language).age_days(count);
    assert_eq!(days(Language::English, 1), "1 day");
    assert_eq!(days(Language::English, 2), "2 days");
    assert_eq!(days(Language::French, 0), "0 jour");
    assert_eq!(days(Language::German, 3), "3 Tage");
    let arabic: BTreeSet<String> = [1, 2, 3, 11, 100]
        .map(|count| days(Language::Arabic, count).replace(|c: char| c.is_ascii_digit(), ""))
        .into();
    assert_eq!(arabic.len(), 5, "{arabic:?}");
}

#[test]
fn inserted_words_are_escaped_only_for_markdown_and_isolated_where_they_run_the_other_way() {
    let english = Texts::of(Language::English);
    assert_eq!(english.hello("*Sam*"), "Hello *Sam*.");
    assert_eq!(english.markdown().hello("*Sam*"), "Hello \\*Sam\\*.");
    assert_eq!(english.hello("ليلى"), "Hello \u{2068}ليلى\u{2069}.");
    assert!(
        Texts::of(Language::Arabic)
            .hello("Sam (she)")
            .contains("\u{2068}Sam (she)\u{2069}")
    );
}

#[test]
fn the_command_words_of_each_language_are_understood() {
    use actors::action::parse_command;
    use events::user::Command;

    use crate::cards::names::typed;

    for language in Language::ALL {
        let text = Texts::of(language);
        for command in Command::ALL {
            assert_eq!(
                parse_command(&typed(text, command)).command,
                command,
                "{language:?}"
            );
        }
        assert!(
            parse_command(&text.help_pause_example()).pause.is_some(),
            "{language:?}"
        );
        assert!(
            parse_command(&text.help_quiet_example()).quiet.is_some(),
            "{language:?}"
        );
        assert_eq!(
            parse_command(&format!("{} priya", text.help_message_example()))
                .argument
                .as_deref(),
            Some("priya"),
            "{language:?}"
        );
        let accept = text.help_accept_example();
        assert_eq!(
            parse_command(accept.split('·').next().unwrap()).number,
            Some(2),
            "{language:?}"
        );
    }
}

/// Words by which German addresses somebody formally. A sentence may begin with "Sie" and mean the app or a message.
const FORMAL: [&str; 6] = [" Sie", "Ihnen", "Ihr ", "Ihre", "Ihrem", "Ihren"];

#[test]
fn familiar_german_says_again_what_addresses_somebody_and_nothing_else() {
    let (formal, familiar) = (
        messages(source(Language::German)),
        messages(source(Language::GermanFamiliar)),
    );
    for (key, variables) in &familiar {
        assert_eq!(Some(variables), formal.get(key), "{key}");
    }
    assert_eq!(faults(Language::GermanFamiliar), Vec::<String>::new());
    for (key, args) in expected() {
        let write = |language| super::catalogue::format(language, false, key, args);
        assert!(errors(Language::GermanFamiliar, key, args).is_empty(), "{key}");
        let said = write(Language::GermanFamiliar);
        assert!(!FORMAL.iter().any(|word| said.contains(word)), "{key}: {said}");
        assert_eq!(
            said == write(Language::German),
            !familiar.contains_key(key),
            "{key}: {said}"
        );
    }
    assert_eq!(Language::German.familiar(), Language::GermanFamiliar);
    assert_eq!(Language::Spanish.familiar(), Language::Spanish);
}
