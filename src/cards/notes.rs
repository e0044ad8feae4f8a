//! Short texts that Teams shows beside a card or in a chat without one, in the language of the client that asked.

use super::language::Language;
use super::text::Texts;

/// What is said without a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// The act counted, and nothing else is to be shown.
    Done,
    /// What the card showed was erased.
    Erased,
    /// The card cannot be drawn now.
    NotDrawn,
    /// The bot works in personal chats only.
    PersonalChatOnly,
    /// The activity names nobody.
    Unnamed,
    /// No organization has the person's tenant.
    NotLinked,
    /// The code that was typed linked it.
    Linked,
    /// It is not a code that holds.
    LinkWrong,
    /// The tenant is another organization's.
    LinkOthers,
    /// Too many codes were typed.
    LinkTooOften,
}

impl Note {
    /// The text for a client with this locale (a BCP 47 tag; English where the cards do not have its language).
    pub fn text(self, locale: Option<&str>) -> String {
        let text = Texts::of(Language::of(locale));
        match self {
            Self::Done => text.note_done(),
            Self::Erased => text.note_erased(),
            Self::NotDrawn => text.note_not_drawn(),
            Self::PersonalChatOnly => text.note_personal_chat_only(&text.word_help()),
            Self::Unnamed => text.note_unnamed(),
            Self::NotLinked => text.note_not_linked(),
            Self::Linked => text.note_linked(),
            Self::LinkWrong => text.note_link_wrong(),
            Self::LinkOthers => text.note_link_others(),
            Self::LinkTooOften => text.note_link_too_often(),
        }
    }
}
