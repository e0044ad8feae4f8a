//! Text from others: made harmless before it is shown.
//!
//! Most of it is shown by text runs, which no client reads as Markdown. Where that is impossible (a heading must be a
//! `TextBlock`), [`markdown`] escapes what Markdown would read. It escapes no more than that, because the phone
//! clients' own Markdown reader shows the backslash before any other character (read from `MarkDownBlockParser.cpp`
//! of microsoft/AdaptiveCards). Mentions need an entity list beside the text; no card has one, so a typed
//! `<at>` stays text.

use events::shown::{is_invisible, shows_nothing};

use super::mark::ZONE;

/// Shown where a text was cut.
pub const ELLIPSIS: char = '…';

/// Removes what could break or disguise a text: control characters, direction overrides, more than one empty line.
/// Line ends become `\n`.
pub fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    let (mut line_ends, mut marks) = (0, 0);
    for c in text.replace("\r\n", "\n").chars() {
        match c {
            '\n' | '\r' | '\u{2028}' | '\u{2029}' | '\u{85}' => line_ends += 1,
            '\t' => cleaned.push(' '),
            _ if c.is_control() || is_invisible(c) || c == ZONE => {}
            _ if is_stacking(c) && marks == MOST_MARKS => {}
            _ => {
                marks = if is_stacking(c) { marks + 1 } else { 0 };
                if line_ends > 0 && !cleaned.is_empty() {
                    cleaned.push_str(if line_ends > 1 { "\n\n" } else { "\n" });
                }
                line_ends = 0;
                cleaned.push(c);
            }
        }
    }
    if shows_nothing(&cleaned) {
        return String::new();
    }
    cleaned.trim().to_owned()
}

/// [`clean`], on one line.
pub fn clean_line(text: &str) -> String {
    clean(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Most marks on one letter: Vietnamese, Hebrew and Arabic need three.
const MOST_MARKS: usize = 4;

/// Marks that stand above or below the letter before them and take no room of their own, so that a stack of them
/// covers the lines around. Scripts whose marks are vowels beside a letter need no limit.
fn is_stacking(c: char) -> bool {
    matches!(
        c,
        '\u{300}'..='\u{36f}'
            | '\u{483}'..='\u{489}'
            | '\u{591}'..='\u{5bd}'
            | '\u{610}'..='\u{61a}'
            | '\u{64b}'..='\u{65f}'
            | '\u{6d6}'..='\u{6dc}'
            | '\u{6df}'..='\u{6e4}'
            | '\u{e34}'..='\u{e3a}'
            | '\u{e47}'..='\u{e4e}'
            | '\u{f71}'..='\u{f84}'
            | '\u{1ab0}'..='\u{1aff}'
            | '\u{1dc0}'..='\u{1dff}'
            | '\u{20d0}'..='\u{20ff}'
            | '\u{fe0e}'..='\u{fe0f}'
            | '\u{fe20}'..='\u{fe2f}'
            | '\u{200c}'..='\u{200d}'
    )
}

/// A text as a client shows it: where Adaptive Cards would compute something (`{{DATE(…)}}`) or a template would be filled
/// in (`${…}`), an invisible joiner parts the marks, so that what was written is what is read.
pub fn uncomputed(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut before = ' ';
    for c in text.chars() {
        if c == '{' && matches!(before, '{' | '$') {
            shown.push(JOINER);
        }
        shown.push(c);
        before = c;
    }
    shown
}

/// Word joiner: takes no room and parts no line.
const JOINER: char = '\u{2060}';

/// At most `max` characters of `text`; where it was longer, the last of them is `…`. Cuts between words where
/// one ends near.
pub fn shorten(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let cut: String = text.chars().take(max.saturating_sub(1)).collect();
    // A word longer than this is cut inside.
    let near = cut.char_indices().rev().take(24).find(|(_, c)| c.is_whitespace());
    let kept = near.map_or(cut.as_str(), |(at, _)| &cut[..at]);
    format!("{}{ELLIPSIS}", kept.trim_end())
}

/// One line of text for a Markdown place: it shows exactly as given, as nothing but text.
pub fn markdown(text: &str) -> String {
    let line = clean_line(text);
    let mut escaped = String::with_capacity(line.len() + 8);
    let list_mark = list_mark(&line);
    for (at, c) in line.char_indices() {
        let always = matches!(
            c,
            '\\' | '*' | '_' | '[' | ']' | '`' | '~' | '<' | '>' | '|' | '&' | '#'
        );
        if always || list_mark == Some(at) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// Where a line would begin a list, a rule or an underline: the character that makes it one.
fn list_mark(line: &str) -> Option<usize> {
    if line.starts_with(['-', '+', '=']) {
        return Some(0);
    }
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let next = line.as_bytes().get(digits)?;
    (digits > 0 && matches!(next, b'.' | b')')).then_some(digits)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser, Tag};

    use super::*;

    /// What a Markdown reader shows, and whether it saw anything but text.
    fn shown(markdown: &str) -> (String, bool) {
        let mut text = String::new();
        let mut only_text = true;
        let read = Options::ENABLE_TABLES
            | Options::ENABLE_STRIKETHROUGH
            | Options::ENABLE_TASKLISTS
            | Options::ENABLE_FOOTNOTES;
        for event in Parser::new_ext(markdown, read) {
            match event {
                Event::Text(t) => text.push_str(&t),
                Event::Start(Tag::Paragraph) | Event::End(_) => {}
                _ => only_text = false,
            }
        }
        (text, only_text)
    }

    #[test]
    fn marks_of_every_kind_show_as_they_were_typed() {
        for text in [
            "*bold* _it_ **b** ~~no~~ `code`",
            "[click](https://evil.example) ![i](x) <https://evil.example>",
            "<at>Ada Lovelace</at>",
            "# not a heading",
            "1. first",
            "12) twelfth",
            "- item",
            "+ item",
            "> quote",
            "--- rule",
            "=== rule",
            "a | b | c",
            "&lt;script&gt; &amp; &#42;",
            "C:\\temp\\*",
            "Priya Nair (she/her) - R&D!",
        ] {
            assert_eq!(shown(&markdown(text)), (text.to_owned(), true), "{text:?}");
        }
    }

    #[test]
    fn ordinary_names_stay_as_they_are() {
        for name in [
            "Priya Nair",
            "Jean-Luc O'Neil (he/him)",
            "Zoë Ångström, PhD.",
            "李小龍",
        ] {
            assert_eq!(markdown(name), name);
        }
    }

    #[test]
    fn what_disguises_a_text_is_removed() {
        assert_eq!(clean("a\u{202e}b\u{200b}c\u{7}d\r\n\r\n\r\n\re"), "abcd\n\ne");
    }

    #[test]
    fn what_nobody_sees_is_removed() {
        for (text, shown) in [
            ("pass\u{ad}word", "password"),
            ("\u{3164}\u{ffa0}\u{115f}\u{2800}", ""),
            ("Ada\u{e0041}\u{e0042}\u{e007f}", "Ada"),
            ("\u{200d}\u{fe0f} \u{200c}", ""),
            ("a\u{34f}b\u{61c}c\u{180e}d\u{206a}e\u{fffa}f", "abcdef"),
        ] {
            assert_eq!(clean(text), shown, "{text:?}");
        }
        // Scripts and emoji stay whole.
        for text in [
            "می\u{200c}خواهم",
            "👩\u{200d}🔬 ❤\u{fe0f}",
            "Việt Nam",
            "שָׁלוֹם",
            "مُحَمَّدٌ",
            "ที่นี่",
        ] {
            assert_eq!(clean(text), text);
        }
    }

    #[test]
    fn a_stack_of_marks_does_not_cover_the_lines_around() {
        let stacked = format!("Z{}algo", "\u{30d}".repeat(60));
        assert_eq!(clean(&stacked), format!("Z{}algo", "\u{30d}".repeat(4)));
    }

    #[test]
    fn what_a_client_would_compute_is_parted_and_nothing_else() {
        for text in ["{{DATE(2026-12-01T10:00:00Z, SHORT)}}", "${name}", "{{{x}}}"] {
            let shown = uncomputed(text);
            assert!(!shown.contains("{{") && !shown.contains("${"), "{shown}");
            assert_eq!(shown.replace(JOINER, ""), text);
        }
        assert_eq!(uncomputed("{a} $5 }}"), "{a} $5 }}");
    }

    #[test]
    fn a_long_text_is_cut_between_words() {
        assert_eq!(shorten("one two three", 9), "one two…");
        assert_eq!(shorten("one two", 7), "one two");
    }

    proptest! {
        #[test]
        fn no_special_survives_and_the_original_is_shown(
            text in r"[ -~éß漢🙂\n]{0,60}|[*_\[\]()~`\\<>#!|&;:/.+=1-9 at-]{0,40}",
        ) {
            let line = clean_line(&text);
            let (read, only_text) = shown(&markdown(&text));
            prop_assert!(only_text, "{:?} became more than text", markdown(&text));
            prop_assert_eq!(read, line);
        }

        #[test]
        fn no_text_grows_past_its_limit(text in any::<String>(), max in 1usize..50) {
            prop_assert!(shorten(&text, max).chars().count() <= max);
        }

        #[test]
        fn cleaning_twice_changes_nothing(text in any::<String>()) {
            let once = clean(&text);
            prop_assert_eq!(clean(&once), once);
        }
    }
}
