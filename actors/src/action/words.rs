//! The words that a person can type for a command, per language. English ones work in every language. Words stand
//! here as [`fold`] leaves them: lower case, without accents.

use events::user::Command;

/// A language with its words for commands, the first of each being the one that help shows.
#[derive(Debug, Clone, Copy)]
pub struct Words {
    /// The language's primary BCP 47 subtag.
    pub language: &'static str,
    /// Words by command.
    pub commands: &'static [(Command, &'static [&'static str])],
}

const ENGLISH: &[(Command, &[&str])] = &[
    (
        Command::Help,
        &["help", "hi", "hello", "hey", "start", "commands", "menu"],
    ),
    (Command::Status, &["status", "state"]),
    (Command::Connect, &["connect", "reconnect", "subscribe"]),
    (Command::Disconnect, &["disconnect", "stop", "unsubscribe"]),
    (Command::Pending, &["pending", "todo", "open", "waiting", "inbox"]),
    (Command::Meetings, &["meetings", "meeting", "calendar"]),
    (Command::Events, &["events", "event"]),
    (
        Command::Connections,
        &["connections", "connection", "mentors", "mentees", "partners"],
    ),
    (Command::Message, &["message", "write", "msg", "tell"]),
    (Command::Pause, &["pause", "snooze"]),
    (Command::Resume, &["resume", "unpause", "continue"]),
    (
        Command::Notifications,
        &["notifications", "notification", "settings", "preferences"],
    ),
    (Command::Privacy, &["privacy", "data"]),
    (Command::Quiet, &["quiet", "silence"]),
    (Command::Accept, &["accept", "yes"]),
    (Command::Decline, &["decline", "reject"]),
];

const SPANISH: &[(Command, &[&str])] = &[
    (Command::Help, &["ayuda", "hola"]),
    (Command::Status, &["estado"]),
    (Command::Connect, &["conectar"]),
    (Command::Disconnect, &["desconectar"]),
    (Command::Pending, &["pendientes", "pendiente"]),
    (Command::Meetings, &["reuniones", "reunion"]),
    (Command::Events, &["eventos", "evento"]),
    (Command::Connections, &["conexiones", "conexion"]),
    (Command::Message, &["mensaje", "escribir"]),
    (Command::Pause, &["pausa", "pausar"]),
    (Command::Resume, &["reanudar"]),
    (Command::Notifications, &["notificaciones", "ajustes"]),
    (Command::Privacy, &["privacidad"]),
    (Command::Quiet, &["silencio"]),
    (Command::Accept, &["aceptar"]),
    (Command::Decline, &["rechazar"]),
];

const FRENCH: &[(Command, &[&str])] = &[
    (Command::Help, &["aide", "bonjour", "salut"]),
    (Command::Status, &["statut", "etat"]),
    (Command::Connect, &["connecter"]),
    (Command::Disconnect, &["deconnecter"]),
    (Command::Pending, &["attente"]),
    (Command::Meetings, &["reunions"]),
    (Command::Events, &["evenements", "evenement"]),
    (Command::Connections, &["connexions", "connexion"]),
    (Command::Message, &["ecrire"]),
    (Command::Pause, &["suspendre"]),
    (Command::Resume, &["reprendre"]),
    (Command::Notifications, &["parametres", "reglages"]),
    (Command::Privacy, &["confidentialite"]),
    (Command::Quiet, &["calme", "silence"]),
    (Command::Accept, &["accepter"]),
    (Command::Decline, &["refuser"]),
];

const GERMAN: &[(Command, &[&str])] = &[
    (Command::Help, &["hilfe", "hallo"]),
    (Command::Status, &["stand"]),
    (Command::Connect, &["verbinden"]),
    (Command::Disconnect, &["trennen"]),
    (Command::Pending, &["offen", "ausstehend"]),
    (Command::Meetings, &["treffen", "termine"]),
    (Command::Events, &["veranstaltungen", "veranstaltung"]),
    (Command::Connections, &["verbindungen", "verbindung"]),
    (Command::Message, &["nachricht", "schreiben"]),
    (Command::Pause, &["pausieren"]),
    (Command::Resume, &["fortsetzen", "weiter"]),
    (Command::Notifications, &["benachrichtigungen", "einstellungen"]),
    (Command::Privacy, &["datenschutz"]),
    (Command::Quiet, &["ruhe", "ruhezeit"]),
    (Command::Accept, &["annehmen"]),
    (Command::Decline, &["ablehnen"]),
];

const PORTUGUESE: &[(Command, &[&str])] = &[
    (Command::Help, &["ajuda", "ola"]),
    (Command::Status, &["situacao"]),
    (Command::Connect, &["conectar"]),
    (Command::Disconnect, &["desconectar"]),
    (Command::Pending, &["pendentes", "pendente"]),
    (Command::Meetings, &["reunioes", "reuniao"]),
    (Command::Events, &["eventos", "evento"]),
    (Command::Connections, &["conexoes", "conexao"]),
    (Command::Message, &["mensagem", "escrever"]),
    (Command::Pause, &["pausar", "pausa"]),
    (Command::Resume, &["retomar"]),
    (Command::Notifications, &["notificacoes", "ajustes"]),
    (Command::Privacy, &["privacidade"]),
    (Command::Quiet, &["silencio"]),
    (Command::Accept, &["aceitar"]),
    (Command::Decline, &["recusar"]),
];

const ARABIC: &[(Command, &[&str])] = &[
    (Command::Help, &["مساعدة", "مرحبا"]),
    (Command::Status, &["الحالة", "حالة"]),
    (Command::Connect, &["اتصال"]),
    (Command::Disconnect, &["فصل"]),
    (Command::Pending, &["معلق", "المعلقة"]),
    (Command::Meetings, &["الاجتماعات", "اجتماعات"]),
    (Command::Events, &["الفعاليات", "فعاليات"]),
    (Command::Connections, &["العلاقات", "علاقات"]),
    (Command::Message, &["رسالة"]),
    (Command::Pause, &["توقف", "ايقاف"]),
    (Command::Resume, &["استئناف"]),
    (Command::Notifications, &["الاشعارات", "اشعارات"]),
    (Command::Privacy, &["الخصوصية", "خصوصية"]),
    (Command::Quiet, &["هدوء"]),
    (Command::Accept, &["قبول"]),
    (Command::Decline, &["رفض"]),
];

/// Every language, English first.
pub const LANGUAGES: &[Words] = &[
    Words {
        language: "en",
        commands: ENGLISH,
    },
    Words {
        language: "es",
        commands: SPANISH,
    },
    Words {
        language: "fr",
        commands: FRENCH,
    },
    Words {
        language: "de",
        commands: GERMAN,
    },
    Words {
        language: "ar",
        commands: ARABIC,
    },
    Words {
        language: "pt",
        commands: PORTUGUESE,
    },
];

/// The command that a folded word stands for, in any language.
pub fn command(word: &str) -> Option<Command> {
    let commands = LANGUAGES.iter().flat_map(|language| language.commands);
    commands
        .clone()
        .find(|(_, words)| words.contains(&word))
        .map(|(command, _)| *command)
}

/// The word to show for a command in a language, given as a BCP 47 tag; English where the language is unknown.
pub fn shown(command: Command, locale: Option<&str>) -> &'static str {
    let primary = locale
        .and_then(|tag| tag.split(['-', '_']).next())
        .unwrap_or("en");
    let language = LANGUAGES
        .iter()
        .find(|words| words.language.eq_ignore_ascii_case(primary));
    let words = language.and_then(|words| words.commands.iter().find(|(known, _)| *known == command));
    words
        .and_then(|(_, words)| words.first().copied())
        .unwrap_or_else(|| command.as_str())
}

/// Lower case without the accents of the languages above, with Western digits.
pub fn fold(text: &str) -> String {
    text.chars()
        .flat_map(char::to_lowercase)
        .filter_map(plain_letter)
        .collect()
}

fn plain_letter(letter: char) -> Option<char> {
    Some(match letter {
        'á' | 'à' | 'â' | 'ä' | 'ã' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'í' | 'ì' | 'î' | 'ï' => 'i',
        'ó' | 'ò' | 'ô' | 'ö' | 'õ' => 'o',
        'ú' | 'ù' | 'û' | 'ü' => 'u',
        'ç' => 'c',
        'ñ' => 'n',
        'أ' | 'إ' | 'آ' => 'ا',
        '٠'..='٩' => digit(letter, '٠'),
        '۰'..='۹' => digit(letter, '۰'),
        // Combining accents, Arabic vowel signs and the stretching sign.
        '\u{300}'..='\u{36f}' | '\u{64b}'..='\u{652}' | '\u{640}' => return None,
        other => other,
    })
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
    fn every_language_has_every_command_and_no_word_means_two_things() {
        let mut meanings: HashMap<&str, Command> = HashMap::new();
        for language in LANGUAGES {
            for command in Command::ALL {
                assert!(
                    language.commands.iter().any(|(known, _)| *known == command),
                    "{} {command:?}",
                    language.language
                );
            }
            for (command, words) in language.commands {
                for word in *words {
                    assert_eq!(fold(word), **word, "words stand folded");
                    assert_eq!(*meanings.entry(word).or_insert(*command), *command, "{word}");
                }
            }
        }
    }
}
