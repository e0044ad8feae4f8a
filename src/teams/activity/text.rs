//! The words of a message. Teams sends typed text as plain text, Markdown or light HTML, with mentions and quotes
//! inside; a command is recognised only after all that is gone.
//!
//! Quotes come in two shapes: a `blockquote` of the type `http://schema.skype.com/Reply`, which some clients flatten
//! into the plain text so that only the HTML beside it tells quote and words apart, and a `<quoted messageId="…"/>`
//! that stands for the message (Teams SDK, quoted replies).

use events::shown::{is_ignorable, is_unfit};
use serde_json::Value;

use super::{Activity, Mention};

/// Longest text looked at, in characters. Commands are short, and free text is not kept.
const MAX_CHARS: usize = 4_000;

/// The person's own words: without the mention of the bot, quotes, mark-up, characters that nobody sees and doubled
/// white space. A mention of somebody else is that person's name.
pub(super) fn clean(activity: &Activity) -> String {
    let told = activity.text.as_deref().unwrap_or_default();
    let source = match activity.html.as_deref() {
        Some(html) if holds_quote(html) && !holds_quote(told) => html,
        _ => told,
    };
    let text: String = source.chars().take(MAX_CHARS).collect();
    let mut text = without_quotes(&text);
    for mention in &activity.mentions {
        if mention.text.trim().is_empty() {
            continue;
        }
        let replacement = if is_bot(activity, mention) {
            " "
        } else {
            mention.words()
        };
        text = text.replace(&mention.text, replacement);
    }
    let plain = decode_entities(&without_tags(&text, activity.recipient_name.as_deref()));
    let visible: String = plain.chars().filter_map(narrow).collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What was given on a card, without the characters that nobody can mean: a receiver's database may refuse them, and
/// one of them turns the direction of all that follows.
pub(super) fn fit(given: Value) -> Value {
    match given {
        Value::String(mut text) => {
            text.retain(|c| !is_unfit(c));
            Value::String(text)
        }
        Value::Array(items) => items.into_iter().map(fit).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, given)| (name, fit(given)))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => given,
    }
}

fn is_bot(activity: &Activity, mention: &Mention) -> bool {
    Some(&mention.mentioned_id) == activity.recipient.id.as_ref()
}

impl Mention {
    /// The name without its tag.
    fn words(&self) -> &str {
        let inner = self
            .text
            .split_once('>')
            .map_or(self.text.as_str(), |(_, rest)| rest);
        self.name
            .as_deref()
            .unwrap_or_else(|| inner.split('<').next().unwrap_or_default())
    }
}

/// A character as commands are written, or none where nobody sees it: full-width forms, which East Asian keyboards
/// write, are made narrow.
fn narrow(c: char) -> Option<char> {
    match c {
        // White space of whatever kind becomes one space.
        _ if c.is_whitespace() => Some(' '),
        _ if is_ignorable(c) || is_unfit(c) => None,
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0),
        _ => Some(c),
    }
}

fn holds_quote(html: &str) -> bool {
    find_tag(html, "blockquote").is_some()
}

/// Where a tag with this name opens.
fn find_tag(text: &str, name: &str) -> Option<usize> {
    let lower = text.to_ascii_lowercase();
    let opening = format!("<{name}");
    let mut from = 0;
    while let Some(found) = lower.get(from..).and_then(|rest| rest.find(&opening)) {
        let at = from + found;
        let after = lower.as_bytes().get(at + opening.len());
        if after.is_none_or(|byte| !byte.is_ascii_alphanumeric()) {
            return Some(at);
        }
        from = at + opening.len();
    }
    None
}

/// Takes out quotes with what they say. A quote that is never closed goes on to the end.
fn without_quotes(text: &str) -> String {
    const END: &str = "</blockquote>";
    let mut own = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = find_tag(rest, "blockquote") {
        let (before, quote) = rest.split_at(start);
        own.push_str(before);
        own.push(' ');
        let end = quote.to_ascii_lowercase().find(END);
        rest = end.map_or("", |end| quote.split_at(end + END.len()).1);
    }
    own.push_str(rest);
    own
}

/// Takes out tags. A mention of the bot goes with its name; a `<` that opens no tag stays.
fn without_tags(text: &str, bot: Option<&str>) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let (before, from_tag) = rest.split_at(start);
        plain.push_str(before);
        rest = if let Some(length) = tag_length(from_tag) {
            plain.push(' ');
            let (tag, after) = from_tag.split_at(length);
            match is_mention(tag).then(|| mentioned(after)).flatten() {
                Some((name, after)) => {
                    if bot.is_some_and(|bot| !name.trim().eq_ignore_ascii_case(bot.trim())) {
                        plain.push_str(name);
                        plain.push(' ');
                    }
                    after
                }
                None => after,
            }
        } else {
            plain.push('<');
            from_tag.split_at(1).1
        };
    }
    plain.push_str(rest);
    plain
}

fn tag_length(from_tag: &str) -> Option<usize> {
    let name = from_tag
        .strip_prefix("</")
        .or_else(|| from_tag.strip_prefix('<'))?;
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        .then_some(())?;
    from_tag.find('>').map(|end| end + 1)
}

/// `<at>` in the text, or the editor's `span` of the type `http://schema.skype.com/Mention`.
fn is_mention(tag: &str) -> bool {
    let name: String = tag
        .trim_start_matches('<')
        .chars()
        .take_while(char::is_ascii_alphabetic)
        .collect();
    let opens = !tag.ends_with("/>") && !tag.starts_with("</");
    opens
        && (name.eq_ignore_ascii_case("at")
            || (name.eq_ignore_ascii_case("span")
                && tag.to_ascii_lowercase().contains("schema.skype.com/mention")))
}

/// The name that a mention's tag encloses, and what stands after its end.
fn mentioned(after: &str) -> Option<(&str, &str)> {
    let lower = after.to_ascii_lowercase();
    let (at, length) = ["</at>", "</span>"]
        .iter()
        .filter_map(|end| Some((lower.find(end)?, end.len())))
        .min()?;
    let (name, rest) = after.split_at(at);
    Some((name, rest.split_at(length).1))
}

/// Decodes the character references that Teams' editor writes; others stay as they are.
fn decode_entities(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        let (before, from_mark) = rest.split_at(start);
        decoded.push_str(before);
        let known = from_mark
            .find(';')
            .and_then(|end| Some((decode_entity(from_mark.get(1..end)?)?, end + 1)));
        let (character, length) = known.unwrap_or(('&', 1));
        decoded.push(character);
        rest = from_mark.split_at(length).1;
    }
    decoded.push_str(rest);
    decoded
}

fn decode_entity(name: &str) -> Option<char> {
    match name {
        "nbsp" => Some(' '),
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cleaned(text: &str) -> String {
        let body = serde_json::json!({
            "type": "message", "text": text, "recipient": { "id": "28:bot" },
            "entities": [{ "type": "mention", "mentioned": { "id": "28:bot" }, "text": "@Chronus Bot" }],
        });
        clean(&Activity::parse(body.to_string().as_bytes()).unwrap())
    }

    #[test]
    fn a_command_is_found_under_its_mark_up() {
        for text in [
            "help",
            " help\n",
            "<at>Chronus</at> help",
            "<AT id=\"0\">Chronus</AT>&nbsp;help",
            "<p>help</p>",
            "<div><b>help</b><br/></div>",
            "@Chronus Bot help",
            "\u{a0}help\u{a0}&nbsp;",
            "help <at>Chronus</at>",
        ] {
            assert_eq!(cleaned(text), "help", "{text:?}");
        }
    }

    #[test]
    fn text_that_only_looks_like_mark_up_stays() {
        for (text, expected) in [
            ("1 < 2 & 3 > 2", "1 < 2 & 3 > 2"),
            ("a <- b", "a <- b"),
            ("&lt;b&gt; &#39;x&#x27; &amp;amp;", "<b> 'x' &amp;"),
            ("&unknown; & ;", "&unknown; & ;"),
            ("open <at>never closed", "open never closed"),
            ("open <blockquote>never closed", "open"),
            ("a <blockquotes>b", "a b"),
            ("<", "<"),
        ] {
            assert_eq!(cleaned(text), expected, "{text:?}");
        }
    }

    /// The same in a chat whose bot has a name.
    fn said(text: &str, html: Option<&str>, mentions: &[(&str, &str)]) -> String {
        let entities: Vec<_> = mentions
            .iter()
            .map(|(id, name)| {
                serde_json::json!({
                    "type": "mention", "mentioned": { "id": id, "name": name }, "text": format!("<at>{name}</at>"),
                })
            })
            .collect();
        let attachments: Vec<_> = html
            .iter()
            .map(|html| serde_json::json!({ "contentType": "text/html", "content": html }))
            .collect();
        let body = serde_json::json!({
            "type": "message", "text": text, "recipient": { "id": "28:bot", "name": "Chronus" }, "entities": entities,
            "attachments": attachments,
        });
        clean(&Activity::parse(body.to_string().as_bytes()).unwrap())
    }

    #[test]
    fn a_mention_of_somebody_else_is_their_name() {
        let ben = [("29:ben", "Ben Okafor")];
        assert_eq!(
            said("message <at>Ben Okafor</at>", None, &ben),
            "message Ben Okafor"
        );
        assert_eq!(
            said("message <at>Ben Okafor</at>", None, &[]),
            "message Ben Okafor"
        );
        let both = [("28:bot", "Chronus"), ("29:ben", "Ben Okafor")];
        assert_eq!(
            said("<at>Chronus</at> message <at>Ben Okafor</at>", None, &both),
            "message Ben Okafor"
        );
        assert_eq!(said("<at>Chronus</at> message Ben", None, &[]), "message Ben");
        let span =
            "<p>message <span itemtype=\"http://schema.skype.com/Mention\" itemid=\"0\">Ben</span></p>";
        assert_eq!(said(span, None, &[]), "message Ben");
    }

    #[test]
    fn what_is_quoted_is_not_what_the_person_says() {
        let quote = "<blockquote itemscope=\"\" itemtype=\"http://schema.skype.com/Reply\" itemid=\"1795000000001\">\
                     <strong itemprop=\"mri\" itemid=\"28:bot\">Chronus</strong><p itemprop=\"preview\">Welcome</p>\
                     </blockquote>";
        let html = format!("{quote}<p>help</p>");
        assert_eq!(said("ChronusWelcomehelp", Some(&html), &[]), "help");
        assert_eq!(said(&html, None, &[]), "help");
        assert_eq!(said(&html, Some(&html), &[]), "help");
        assert_eq!(
            said("<quoted messageId=\"1795000000001\"/> help", None, &[]),
            "help"
        );
        assert_eq!(said("help", Some("<p>help</p>"), &[]), "help");
        assert_eq!(said(&format!("{quote}{quote}help"), None, &[]), "help");
    }

    #[test]
    fn characters_that_nobody_sees_and_wide_ones_do_not_matter() {
        for text in [
            "\u{200b}help",
            "he\u{200d}lp\u{feff}",
            "\u{2067}help\u{2069}",
            "h\u{ad}elp",
            "ｈｅｌｐ",
            "　ｈｅｌｐ　",
            "ＨＥＬＰ",
        ] {
            assert_eq!(said(text, None, &[]).to_ascii_lowercase(), "help", "{text:?}");
        }
    }

    #[test]
    fn control_characters_are_taken_out_of_typed_text_and_of_mentions() {
        assert_eq!(said("he\0lp\u{7}\u{85}me\u{202e}", None, &[]), "help me");
        let ben = [("29:ben", "Be\0n\u{202e} Okafor\u{ffff}")];
        assert_eq!(
            said("message <at>Be\0n\u{202e} Okafor\u{ffff}</at>", None, &ben),
            "message Ben Okafor"
        );
        assert_eq!(said("he&#0;l&#x202E;p", None, &[]), "help");
    }

    #[test]
    fn what_is_given_on_a_card_keeps_its_line_ends_and_loses_what_nobody_can_mean() {
        let given = serde_json::json!({
            "text": "a\0b\u{202e}c\r\n\td\u{200e} é", "list": ["\u{7}x"], "deep": { "note": "\u{2066}y\u{2069}" }, "n": 4,
        });
        let expected = serde_json::json!({
            "text": "abc\r\n\td\u{200e} é", "list": ["x"], "deep": { "note": "y" }, "n": 4,
        });
        assert_eq!(fit(given), expected);
    }

    proptest! {
        #[test]
        fn nothing_unfit_is_left(text in "(?s).{0,200}", html in "(?s).{0,200}") {
            let is_fit = |text: &str| !text.contains(is_unfit);
            prop_assert!(is_fit(&cleaned(&text)));
            prop_assert!(is_fit(&said(&text, Some(&html), &[("29:x", &html)])));
            prop_assert!(fit(Value::from(text)).as_str().is_some_and(is_fit));
        }

        #[test]
        fn no_text_breaks_the_cleaning(text in ".{0,200}", mark_up in "[<>&;/a-t#x0-9é ]{0,200}") {
            let _ = cleaned(&text);
            let _ = cleaned(&mark_up);
            let _ = said(&text, Some(&mark_up), &[("29:x", &text)]);
        }
    }
}
