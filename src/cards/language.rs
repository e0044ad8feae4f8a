//! The languages of the cards, and which of them a person reads.

/// A language that the cards speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// The one that every other falls back to.
    #[default]
    English,
    /// Spanish.
    Spanish,
    /// French.
    French,
    /// German.
    German,
    /// Arabic, written from right to left.
    Arabic,
    /// Portuguese.
    Portuguese,
    /// German to people who call each other *du*; an organization chooses it, no language tag names it.
    GermanFamiliar,
}

impl Language {
    /// All that a language tag can name.
    pub const ALL: [Self; 6] = [
        Self::English,
        Self::Spanish,
        Self::French,
        Self::German,
        Self::Arabic,
        Self::Portuguese,
    ];

    /// The same among people who call each other *du*, where the language has such a form.
    #[must_use]
    pub fn familiar(self) -> Self {
        match self {
            Self::German => Self::GermanFamiliar,
            Self::English
            | Self::Spanish
            | Self::French
            | Self::Arabic
            | Self::Portuguese
            | Self::GermanFamiliar => self,
        }
    }

    /// The language of a BCP 47 tag as Teams sends it (`es-MX`): the one that is spoken where the cards have it, else
    /// English. A region changes nothing: there is one form of each language.
    pub fn of(locale: Option<&str>) -> Self {
        let tag = locale.unwrap_or_default().trim();
        let language = tag.split(['-', '_']).next().unwrap_or_default();
        let spoken = |known: &Self| known.code().eq_ignore_ascii_case(language);
        Self::ALL.into_iter().find(spoken).unwrap_or_default()
    }

    /// Its ISO 639 code, for a card's `lang`.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Spanish => "es",
            Self::French => "fr",
            Self::German | Self::GermanFamiliar => "de",
            Self::Arabic => "ar",
            Self::Portuguese => "pt",
        }
    }

    /// Which way it is written.
    pub fn direction(self) -> Direction {
        match self {
            Self::Arabic => Direction::RightToLeft,
            Self::English
            | Self::Spanish
            | Self::French
            | Self::German
            | Self::GermanFamiliar
            | Self::Portuguese => Direction::LeftToRight,
        }
    }
}

/// Which way a text runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// As in English.
    LeftToRight,
    /// As in Arabic.
    RightToLeft,
}

/// First strong isolate: what follows finds its own direction and moves nothing around it.
pub(super) const ISOLATE: char = '\u{2068}';
/// Ends what [`ISOLATE`] began.
const END_ISOLATE: char = '\u{2069}';

impl Direction {
    /// `text` as it may stand inside a text of this direction: isolated where it runs the other way, so that it cannot
    /// turn the words, dots and brackets around it.
    pub fn embed(self, text: &str) -> String {
        if text.chars().any(|c| strong(c).is_some_and(|other| other != self)) {
            format!("{ISOLATE}{text}{END_ISOLATE}")
        } else {
            text.to_owned()
        }
    }
}

/// `text`, in which an isolated part may have lost its end where it was cut, with its end.
pub fn close_isolates(text: &str) -> String {
    let count = |mark| text.chars().filter(|c| *c == mark).count();
    let open = count(ISOLATE).saturating_sub(count(END_ISOLATE));
    format!("{text}{}", END_ISOLATE.to_string().repeat(open))
}

/// The direction of a letter; `None` for digits, punctuation and what else follows its neighbours.
fn strong(c: char) -> Option<Direction> {
    match c {
        '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}' => {
            c.is_alphabetic().then_some(Direction::RightToLeft)
        }
        '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}' => Some(Direction::RightToLeft),
        _ => c.is_alphabetic().then_some(Direction::LeftToRight),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_taken_from_the_tag_and_english_is_the_last_resort() {
        for (tag, language) in [
            (Some("es"), Language::Spanish),
            (Some("es-MX"), Language::Spanish),
            (Some("fr_CA"), Language::French),
            (Some("DE-at"), Language::German),
            (Some("ar-EG"), Language::Arabic),
            (Some("en-GB"), Language::English),
            (Some("pt-BR"), Language::Portuguese),
            (Some("ja-JP"), Language::English),
            (Some("est"), Language::English),
            (Some(""), Language::English),
            (None, Language::English),
        ] {
            assert_eq!(Language::of(tag), language, "{tag:?}");
        }
    }

    #[test]
    fn only_what_runs_the_other_way_is_isolated() {
        assert_eq!(Direction::LeftToRight.embed("Priya (3)"), "Priya (3)");
        assert_eq!(Direction::LeftToRight.embed("ليلى!"), "\u{2068}ليلى!\u{2069}");
        assert_eq!(Direction::RightToLeft.embed("ليلى 17:00"), "ليلى 17:00");
        assert_eq!(Direction::RightToLeft.embed("Sam"), "\u{2068}Sam\u{2069}");
        assert_eq!(Direction::RightToLeft.embed("17:00"), "17:00");
    }
}
