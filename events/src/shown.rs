//! Whether a text shows anything to whoever reads it. What people type and what others send is asked so before it counts
//! as words, and the same characters are taken out of what cards show.

use icu_properties::props::{BinaryProperty as _, DefaultIgnorableCodePoint};

/// Characters that nobody sees, or that change the direction or the identity of what follows: soft hyphens, fillers that
/// look like nothing, marks of direction, tags that hide a text in a text. The joiners that scripts and emoji are written
/// with (U+200C, U+200D), and what chooses the form of an emoji (U+FE0E, U+FE0F), stay.
pub fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0d}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Whether a character by itself shows nothing and takes no room: those of [`is_invisible`], and Unicode's default
/// ignorable ones, among them joiners and what chooses the form of an emoji.
pub fn is_ignorable(c: char) -> bool {
    is_invisible(c) || DefaultIgnorableCodePoint::for_char(c)
}

/// Whether a character is taken out of what people write before it goes anywhere: control characters but for line ends and
/// tabs (many databases refuse NUL), what turns the direction of reading of all that follows, and code points that are no
/// characters. All that scripts and emoji are written with stays, marks of direction (U+200E, U+200F) among it.
pub fn is_unfit(c: char) -> bool {
    let control = c.is_control() && !matches!(c, '\t' | '\n' | '\r');
    let turns = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let none = matches!(c, '\u{fdd0}'..='\u{fdef}') || matches!(u32::from(c) & 0xffff, 0xfffe | 0xffff);
    control || turns || none
}

/// Whether a text is empty to whoever reads it: it has only white space, control characters and characters that show
/// nothing by themselves.
pub fn shows_nothing(text: &str) -> bool {
    text.chars()
        .all(|c| c.is_whitespace() || c.is_control() || is_ignorable(c))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_text_without_a_character_that_shows_is_empty() {
        for text in [
            "",
            " \t\r\n\u{a0}\u{3000}\u{2028}",
            "\u{200b}",
            "\u{2060}\u{feff}",
            "\u{ad}",
            "\u{3164}",
            "\u{ffa0}\u{115f}\u{2800}",
            "\u{200c}\u{200d}\u{fe0f}",
            "\u{202e}\u{2066}\u{2069}",
            "\u{e0041}\u{e007f}",
            "\0\u{7}",
        ] {
            assert!(shows_nothing(text), "{text:?}");
        }
    }

    #[test]
    fn a_text_with_one_character_that_shows_is_not_empty() {
        for text in [
            ".",
            "\u{200b}a\u{200b}",
            "👩\u{200d}🔬",
            "❤\u{fe0f}",
            "می\u{200c}خواهم",
            "漢",
            "\u{301}",
        ] {
            assert!(!shows_nothing(text), "{text:?}");
        }
    }

    #[test]
    fn what_scripts_and_emoji_are_written_with_is_fit_and_what_harms_is_not() {
        for c in
            "a\u{e9}\u{301}\u{200c}\u{200d}\u{200e}\u{200f}\u{fe0f}漢👩\n\r\t \u{a0}\u{2028}\u{fffd}".chars()
        {
            assert!(!is_unfit(c), "{c:?}");
        }
        for c in
            "\0\u{7}\u{1b}\u{7f}\u{85}\u{9f}\u{202a}\u{202e}\u{2066}\u{2069}\u{fdd0}\u{fffe}\u{ffff}\u{1ffff}"
                .chars()
        {
            assert!(is_unfit(c), "{c:?}");
        }
    }

    proptest! {
        #[test]
        fn what_shows_nothing_is_told_apart_wherever_it_stands(
            around in "[ \u{200b}\u{2060}\u{feff}\u{ad}\u{3164}\u{200d}]{0,20}", word in "[a-zé漢]{1,5}",
        ) {
            prop_assert!(shows_nothing(&around));
            let text = format!("{around}{word}{around}");
            prop_assert!(!shows_nothing(&text));
        }
    }
}
