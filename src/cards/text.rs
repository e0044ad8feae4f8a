//! Every sentence that a card shows, in the reader's language. The sentences stand in `src/cards/locales`; here is one
//! method for each, so that a wrong name or argument does not compile. Tests compare these lists with the files.

use super::language::Language;

/// The texts of one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Texts {
    language: Language,
    markdown: bool,
}

impl Texts {
    /// Texts for places that show them as they are: text runs, buttons, labels, toasts.
    pub(super) fn of(language: Language) -> Self {
        Self {
            language,
            markdown: false,
        }
    }

    /// The same texts for places that read Markdown: what is inserted into them is escaped.
    pub(super) fn markdown(self) -> Self {
        Self {
            markdown: true,
            ..self
        }
    }

    /// Which language it is.
    pub(super) fn language(self) -> Language {
        self.language
    }
}

macro_rules! kind_of {
    (words) => {
        &str
    };
    (ours) => {
        &str
    };
    (count) => {
        u32
    };
}

macro_rules! given {
    (words, $value:expr) => {
        Arg::Words($value)
    };
    (ours, $value:expr) => {
        Arg::Ours($value)
    };
    (count, $value:expr) => {
        Arg::Count($value)
    };
}

/// One method for each message: its name is the key, its parameters are the message's variables. `words` come from
/// outside, `ours` are texts of these lists or of [`super::time`], `count` is a number that may choose a plural form.
macro_rules! messages {
    ($($key:ident $(( $($variable:ident : $kind:ident),+ ))? ;)+) => {
        impl Texts {
            $(
                pub(in crate::cards) fn $key(self $($(, $variable: kind_of!($kind))+)?) -> String {
                    let args: &[(&'static str, Arg<'_>)] = &[$($((stringify!($variable), given!($kind, $variable))),+)?];
                    catalogue::format(self.language, self.markdown, stringify!($key), args)
                }
            )+
        }

        /// Each of them: its key and its variables.
        #[cfg(test)]
        pub(super) const MESSAGES: &[(&str, &[(&str, Arg<'static>)])] = &[
            $((stringify!($key), &[$($((stringify!($variable), sample!($kind))),+)?])),+
        ];
    };
}

#[cfg(test)]
macro_rules! sample {
    (words) => {
        Arg::Words("Priya")
    };
    (ours) => {
        Arg::Ours("Fri 4 Dec")
    };
    (count) => {
        Arg::Count(3)
    };
}

// They use the macros above.
mod catalogue;
mod chat;
mod subjects;
mod words;

#[cfg(test)]
mod tests;
