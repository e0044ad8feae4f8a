//! The words of a message. Teams sends typed text as plain text, Markdown or light HTML, with the mention of the bot
//! inside; a command is recognised only after all that is gone.

use super::Activity;

/// Longest text looked at, in characters. Commands are short, and free text is not kept.
const MAX_CHARS: usize = 4_000;

/// The text without the mention of the bot, mentions of others, mark-up and doubled white space.
pub(super) fn clean(activity: &Activity) -> String {
    let mut text: String = activity
        .text
        .as_deref()
        .unwrap_or_default()
        .chars()
        .take(MAX_CHARS)
        .collect();
    for mention in &activity.mentions {
        if Some(&mention.mentioned_id) == activity.recipient.id.as_ref() {
            text = text.replace(&mention.text, " ");
        }
    }
    let plain = decode_entities(&without_tags(&text));
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Removes `<at>…</at>` with its content and every other tag without it. A `<` that opens no tag stays.
fn without_tags(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let (before, from_tag) = rest.split_at(start);
        plain.push_str(before);
        rest = if let Some(length) = tag_length(from_tag) {
            plain.push(' ');
            let (tag, after) = from_tag.split_at(length);
            if is_mention(tag) {
                after_mention(after)
            } else {
                after
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

fn is_mention(tag: &str) -> bool {
    let name: String = tag
        .trim_start_matches('<')
        .chars()
        .take_while(char::is_ascii_alphabetic)
        .collect();
    name.eq_ignore_ascii_case("at") && !tag.ends_with("/>")
}

fn after_mention(after: &str) -> &str {
    let end = after.to_ascii_lowercase().find("</at>");
    end.map_or(after, |end| after.split_at(end + "</at>".len()).1)
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
            ("<", "<"),
        ] {
            assert_eq!(cleaned(text), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_cleaning(text in ".{0,200}", mark_up in "[<>&;/a-t#x0-9é ]{0,200}") {
            let _ = cleaned(&text);
            let _ = cleaned(&mark_up);
        }
    }
}
