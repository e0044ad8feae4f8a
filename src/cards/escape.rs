//! Text from others: made harmless before it is shown.
//!
//! Most of it is shown by text runs, which no client reads as Markdown. Where that is impossible (a heading must be a
//! `TextBlock`), [`markdown`] escapes what Markdown would read. It escapes no more than that, because the phone
//! clients' own Markdown reader shows the backslash before any other character (read from `MarkDownBlockParser.cpp`
//! of microsoft/AdaptiveCards). Mentions need an entity list beside the text; no card has one, so a typed
//! `<at>` stays text.

/// Shown where a text was cut.
pub const ELLIPSIS: char = '…';

/// Removes what could break or disguise a text: control characters, direction overrides, more than one empty line.
/// Line ends become `\n`.
pub fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    let mut line_ends = 0;
    for c in text.replace("\r\n", "\n").chars() {
        match c {
            '\n' | '\r' | '\u{2028}' | '\u{2029}' | '\u{85}' => line_ends += 1,
            '\t' => cleaned.push(' '),
            _ if c.is_control() || is_invisible(c) => {}
            _ => {
                if line_ends > 0 && !cleaned.is_empty() {
                    cleaned.push_str(if line_ends > 1 { "\n\n" } else { "\n" });
                }
                line_ends = 0;
                cleaned.push(c);
            }
        }
    }
    cleaned.trim().to_owned()
}

/// [`clean`], on one line.
pub fn clean_line(text: &str) -> String {
    clean(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Characters that change the direction or the identity of what follows without being seen.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

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
