//! How each command is typed: its words in each language and what may stand beside it. English ones work in every language. Words stand
//! here as [`fold`] leaves them: lower case, without accents.

use events::user::Command;
use icu_normalizer::DecomposingNormalizerBorrowed;

/// What may stand beside a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beside {
    /// Nothing.
    Nothing,
    /// A name, and perhaps what to say.
    Name,
    /// A line's number in a list.
    Number,
    /// Until when.
    PauseTime,
    /// From when to when, and on which days.
    QuietHours,
}

/// The languages, each by its primary BCP 47 subtag, in the order of [`CommandWords::words`].
const LANGUAGES: [&str; 6] = ["en", "es", "fr", "de", "ar", "pt"];

/// How a command is typed.
pub(super) struct CommandWords {
    /// What may stand beside it.
    pub(super) beside: Beside,
    /// Its words in each of the languages, the first of each being the one that help shows.
    words: [&'static [&'static str]; LANGUAGES.len()],
}

/// How this command is typed.
#[expect(clippy::too_many_lines, reason = "a table: a row for each command")]
pub(super) fn of(command: Command) -> CommandWords {
    match command {
        Command::Help => CommandWords {
            beside: Beside::Nothing,
            words: [
                &["help", "hi", "hello", "hey", "start", "commands", "menu"],
                &["ayuda", "hola"],
                &["aide", "bonjour", "salut"],
                &["hilfe", "hallo"],
                &["مساعدة", "مرحبا"],
                &["ajuda", "ola"],
            ],
        },
        Command::Status => CommandWords {
            beside: Beside::Nothing,
            words: [
                &["status", "state"],
                &["estado"],
                &["statut", "etat"],
                &["stand"],
                &["الحالة", "حالة"],
                &["situacao"],
            ],
        },
        Command::Connect => CommandWords {
            beside: Beside::Nothing,
            words: [
                &["connect", "reconnect", "subscribe"],
                &["conectar"],
                &["connecter"],
                &["verbinden"],
                &["اتصال"],
                &["conectar"],
            ],
        },
        Command::Disconnect => CommandWords {
            beside: Beside::Nothing,
            words: [
                &["disconnect", "stop", "unsubscribe"],
                &["desconectar"],
                &["deconnecter"],
                &["trennen"],
                &["فصل"],
                &["desconectar"],
            ],
        },
        Command::Pending => CommandWords {
            beside: Beside::Nothing,
            words: [
                &["pending", "todo", "open", "waiting", "inbox"],
                &["pendientes", "pendiente"],
                &["attente"],
                &["offen", "ausstehend"],
                &["معلق", "المعلقة"],
                &["pendentes", "pendente"],
            ],
        },
        Command::Meetings => CommandWords {
            beside: Beside::Nothing,
            words: [
                &["meetings", "meeting", "calendar"],
                &["reuniones", "reunion"],
                &["reunions"],
                &["treffen", "termine"],
                &["الاجتماعات", "اجتماعات"],
                &["reunioes", "reuniao"],
            ],
        },
        Command::Events => CommandWords {
            beside: Beside::Nothing,
            words: [
                &["events", "event"],
                &["eventos", "evento"],
                &["evenements", "evenement"],
                &["veranstaltungen", "veranstaltung"],
                &["الفعاليات", "فعاليات"],
                &["eventos", "evento"],
            ],
        },
        Command::Connections => CommandWords {
            beside: Beside::Nothing,
            words: [
                &["connections", "connection", "mentors", "mentees", "partners"],
                &["conexiones", "conexion"],
                &["connexions", "connexion"],
                &["verbindungen", "verbindung"],
                &["العلاقات", "علاقات"],
                &["conexoes", "conexao"],
            ],
        },
        Command::Message => CommandWords {
            beside: Beside::Name,
            words: [
                &["message", "write", "msg", "tell"],
                &["mensaje", "escribir"],
                &["ecrire"],
                &["nachricht", "schreiben"],
                &["رسالة"],
                &["mensagem", "escrever"],
            ],
        },
        Command::Pause => CommandWords {
            beside: Beside::PauseTime,
            words: [
                &["pause", "snooze"],
                &["pausa", "pausar"],
                &["suspendre"],
                &["pausieren"],
                &["توقف", "ايقاف"],
                &["pausar", "pausa"],
            ],
        },
        Command::Resume => CommandWords {
            beside: Beside::Nothing,
            words: [
                &["resume", "unpause", "continue"],
                &["reanudar"],
                &["reprendre"],
                &["fortsetzen", "weiter"],
                &["استئناف"],
                &["retomar"],
            ],
        },
        Command::Notifications => CommandWords {
            beside: Beside::Nothing,
            words: [
                &["notifications", "notification", "settings", "preferences"],
                &["notificaciones", "ajustes"],
                &["parametres", "reglages"],
                &["benachrichtigungen", "einstellungen"],
                &["الاشعارات", "اشعارات"],
                &["notificacoes", "ajustes"],
            ],
        },
        Command::Privacy => CommandWords {
            beside: Beside::Nothing,
            words: [
                &["privacy", "data"],
                &["privacidad"],
                &["confidentialite"],
                &["datenschutz"],
                &["الخصوصية", "خصوصية"],
                &["privacidade"],
            ],
        },
        Command::Quiet => CommandWords {
            beside: Beside::QuietHours,
            words: [
                &["quiet", "silence"],
                &["silencio"],
                &["calme", "silence"],
                &["ruhe", "ruhezeit"],
                &["هدوء"],
                &["silencio"],
            ],
        },
        Command::Accept => CommandWords {
            beside: Beside::Number,
            words: [
                &["accept", "yes"],
                &["aceptar"],
                &["accepter"],
                &["annehmen"],
                &["قبول"],
                &["aceitar"],
            ],
        },
        Command::Decline => CommandWords {
            beside: Beside::Number,
            words: [
                &["decline", "reject"],
                &["rechazar"],
                &["refuser"],
                &["ablehnen"],
                &["رفض"],
                &["recusar"],
            ],
        },
        Command::More => CommandWords {
            beside: Beside::Nothing,
            words: [&["more"], &["mas"], &["suite"], &["mehr"], &["المزيد"], &["mais"]],
        },
        Command::Unknown => CommandWords {
            beside: Beside::Nothing,
            words: [&[]; LANGUAGES.len()],
        },
    }
}

/// Every word of every command, in any language.
pub(super) fn all() -> impl Iterator<Item = (Command, &'static str)> {
    let commands = Command::ALL.into_iter();
    commands.flat_map(|command| {
        let words = of(command).words.into_iter().flatten();
        words.map(move |word| (command, *word))
    })
}

/// The command that a folded word stands for, in any language.
pub fn command(word: &str) -> Option<Command> {
    all()
        .find(|(_, known)| *known == word)
        .map(|(command, _)| command)
}

/// Lower case without accents, of whatever letter, with Western digits: what somebody types who has no such key.
pub fn fold(text: &str) -> String {
    let normalizer = DecomposingNormalizerBorrowed::new_nfd();
    let mut folded = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_lowercase) {
        match letter {
            // Letters that are no letter with an accent and are typed as these.
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'đ' | 'ð' => folded.push('d'),
            'ı' => folded.push('i'),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'ß' => folded.push_str("ss"),
            'þ' => folded.push_str("th"),
            'أ' | 'إ' | 'آ' => folded.push('ا'),
            '٠'..='٩' => folded.push(digit(letter, '٠')),
            '۰'..='۹' => folded.push(digit(letter, '۰')),
            // Arabic vowel signs and the stretching sign.
            '\u{64b}'..='\u{652}' | '\u{640}' => {}
            // The other letters of Arabic are letters of their own.
            '\u{600}'..='\u{6ff}' => folded.push(letter),
            other => {
                let apart = normalizer.normalize(other.encode_utf8(&mut [0; 4])).into_owned();
                folded.extend(apart.chars().filter(|c| !is_accent(*c)));
            }
        }
    }
    folded
}

fn is_accent(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}')
}

/// The Western digit for one of another script, whose zero is `zero`.
fn digit(letter: char, zero: char) -> char {
    let value = u32::from(letter) - u32::from(zero);
    char::from_digit(value, 10).unwrap_or(letter)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn letters_are_the_same_with_and_without_accents() {
        for (written, typed) in [
            ("José Ångström", "jose angstrom"),
            ("Łukasz Sørensen", "lukasz sorensen"),
            ("Straße Cœur Ægir", "strasse coeur aegir"),
            ("Đặng Thị Hồng", "dang thi hong"),
            ("Jose\u{301}", "jose"),
            ("٣ أسابيع", "3 اسابيع"),
        ] {
            assert_eq!(fold(written), typed);
            assert_eq!(fold(typed), typed, "once is enough");
        }
    }

    #[test]
    fn every_language_has_every_command_and_no_word_means_two_things() {
        let mut meanings: HashMap<&str, Command> = HashMap::new();
        for command in Command::ALL {
            for (words, language) in of(command).words.into_iter().zip(LANGUAGES) {
                assert!(!words.is_empty(), "{language} {command:?}");
                for word in words {
                    assert_eq!(fold(word), **word, "words stand folded");
                    assert_eq!(*meanings.entry(word).or_insert(command), command, "{word}");
                }
            }
        }
    }
}
