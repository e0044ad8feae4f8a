//! Reading what a person typed. Case, spaces, punctuation, mentions, HTML and a leading slash do not matter, and a
//! command may be given in any of the languages of [`super::words`]. Text that is no command is not kept: all that
//! comes of it are the commands nearest to it.

use chrono::{NaiveDate, TimeDelta, Weekday};
use events::shown::shows_nothing;
use events::user::{Command, QuietDays, TimeOfDay};

use super::words::{self, Beside, fold};
use super::{Meant, PauseTime, QuietChange, Typed};

/// Longest text looked at, in characters; a command is far shorter.
const MAX_TEXT_CHARS: usize = 300;
/// Longest text with its mark-up that is looked at, in characters. It is cut before anything is done with it.
const MAX_RAW_CHARS: usize = 4_000;
/// Words around a command that say nothing.
const FILLERS: &[&str] = &[
    "please", "show", "me", "my", "the", "por", "favor", "mis", "mi", "s", "il", "vous", "plait", "mes",
    "bitte", "meine", "zeige", "to", "for", "a", "an", "all", "list",
];
/// How alike a word must be to a command's to be offered, from 0 to 1.
const ALIKE: f64 = 0.6;
/// Commands offered at most.
const NEAREST: usize = 3;
/// Longest name, in words.
const NAME_WORDS: usize = 6;
/// Longest text, in words, that may be a mistyped command.
const MISTYPED_WORDS: usize = 3;

/// Reads typed text.
pub fn parse_command(text: &str) -> Typed<String> {
    let cut = text
        .char_indices()
        .nth(MAX_RAW_CHARS)
        .map_or(text, |(end, _)| &text[..end]);
    let text: String = strip(cut).chars().take(MAX_TEXT_CHARS).collect();
    let folded = fold(&text);
    let words: Vec<&str> = folded
        .split(|c: char| !is_of_word(c))
        .filter(|word| !word.is_empty())
        .collect();
    let mut rest = words
        .iter()
        .copied()
        .skip_while(|word| FILLERS.contains(word) && words::command(word).is_none());
    let command = rest.next().and_then(words::command);
    let rest: Vec<&str> = rest.filter(|word| !FILLERS.contains(word)).collect();
    command
        .and_then(|command| with_rest(command, &rest, &text, &folded))
        .unwrap_or_else(|| Typed {
            near: nearest(&words),
            meant: if is_mistyped(&words) {
                Meant::Mistyped
            } else {
                Meant::Words
            },
            ..Typed::plain(Command::Unknown)
        })
}

/// Most words beside a command that say nothing to it.
const IDLE_WORDS: usize = 4;

/// The command with what stands beside it; `None` where that makes it something else than a command.
fn with_rest(command: Command, rest: &[&str], text: &str, folded: &str) -> Option<Typed<String>> {
    let mut typed = Typed::plain(command);
    let beside = words::of(command).beside;
    if !takes(beside, rest) {
        typed.meant = Meant::Words;
    }
    let makes_sense = match beside {
        Beside::Nothing => rest.is_empty(),
        Beside::Name => {
            typed.argument = argument(text);
            true
        }
        Beside::Number => {
            typed.number = rest.iter().find_map(|word| word.parse().ok());
            rest.is_empty() || typed.number.is_some()
        }
        Beside::PauseTime => {
            typed.pause = pause_time(&rest.join(" ")).or_else(|| pause_time(folded));
            rest.len() <= IDLE_WORDS || typed.pause.is_some()
        }
        Beside::QuietHours => {
            typed.quiet = quiet(rest, folded);
            rest.len() <= IDLE_WORDS || typed.quiet.is_some()
        }
    };
    makes_sense.then_some(typed)
}

/// Whether just these words may stand there, and each of them.
fn takes(beside: Beside, rest: &[&str]) -> bool {
    match beside {
        Beside::Nothing => rest.is_empty(),
        Beside::Name => true,
        Beside::Number => match rest {
            [] => true,
            [number] => number.parse::<u32>().is_ok(),
            _ => false,
        },
        Beside::PauseTime => rest.iter().all(|word| is_of_pause(word)),
        Beside::QuietHours => rest.iter().all(|word| is_of_quiet(word)),
    }
}

/// Words between a command and its times.
const LINKS: &[&str] = &[
    "until", "till", "from", "and", "on", "at", "next", "hasta", "desde", "y", "durante", "el", "la", "las",
    "los", "jusqu", "jusque", "de", "du", "et", "pendant", "pour", "le", "les", "bis", "von", "vom", "und",
    "fur", "zum", "um", "am", "pm", "uhr", "حتى", "لمدة", "من", "الى",
];

fn is_of_pause(word: &str) -> bool {
    pause_time(word).is_some() || unit_of_time(word).is_some() || is_link_or_number(word)
}

fn is_of_quiet(word: &str) -> bool {
    quiet(&[word], "").is_some() || time_of_day(word).is_some() || is_link_or_number(word)
}

/// A word between a command and its times, or the digits of one: `18:00-08:00`.
fn is_link_or_number(word: &str) -> bool {
    let is_number = word.chars().all(|c| c.is_ascii_digit() || matches!(c, ':' | '-'));
    is_number || LINKS.contains(&word)
}

/// Shortest word of a command that a mistyped word is taken for; shorter ones are a letter away from too many words.
const MISTYPED_CHARS: usize = 6;

/// Whether the text is one word and one slip away from a command.
fn is_mistyped(words: &[&str]) -> bool {
    let [word] = words else { return false };
    words::all().any(|(_, known)| {
        known.chars().count() >= MISTYPED_CHARS && strsim::damerau_levenshtein(word, known) == 1
    })
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == ':' || c == '-'
}

/// Takes out tags with what they say of mentions, and writes entities as characters.
fn strip(text: &str) -> String {
    // The same places as in `text`, since only ASCII letters change.
    let lower = text.to_ascii_lowercase();
    let mut plain = String::with_capacity(text.len());
    let mut at = 0;
    // Where no mention ends any more, that is not looked for again.
    let mut mentions = true;
    while let Some(open) = text[at..].find('<').map(|open| at + open) {
        plain.push_str(&text[at..open]);
        let is_mention = mentions && lower[open..].starts_with("<at>");
        let mention_end = is_mention
            .then(|| lower[open..].find("</at>").map(|end| open + end + "</at>".len()))
            .flatten();
        mentions &= !is_mention || mention_end.is_some();
        let end = mention_end.or_else(|| text[open..].find('>').map(|end| open + end + 1));
        plain.push(' ');
        at = end.unwrap_or(text.len());
    }
    plain.push_str(&text[at..]);
    plain
        .replace("&nbsp;", " ")
        .replace("&amp;", "&")
        .replace('\u{a0}', " ")
}

/// What stands beside the command `message`, as the person wrote it: a name, and perhaps what to say. `None` where the
/// text is another command or nothing stands there.
pub fn beside_message(text: &str) -> Option<String> {
    let text = strip(text);
    let is_command = |word: &str| {
        let folded = fold(word);
        let mut parts = folded.split(|c: char| !is_of_word(c));
        parts.any(|part| words::command(part) == Some(Command::Message))
    };
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (word, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        rest = after.trim_start();
        if is_command(word) {
            break;
        }
    }
    let mut rest = rest.trim_start_matches(is_around).trim();
    for filler in ["to ", "a ", "à ", "an "] {
        rest = rest
            .get(..filler.len())
            .filter(|start| start.eq_ignore_ascii_case(filler))
            .map_or(rest, |_| {
                rest[filler.len()..].trim_start_matches(is_around).trim()
            });
    }
    Some(rest.to_owned()).filter(|rest| !shows_nothing(rest))
}

/// What people put around a name.
fn is_around(c: char) -> bool {
    matches!(c, '@' | '"' | '\'' | '<' | '>' | ',' | '.' | '!')
}

/// The first words beside `message`, in which the name is looked for.
fn argument(text: &str) -> Option<String> {
    let beside = beside_message(text)?;
    let first: Vec<&str> = beside.split_whitespace().take(NAME_WORDS).collect();
    let name = first.join(" ").trim_end_matches(is_around).trim().to_owned();
    Some(name).filter(|name| !shows_nothing(name))
}

/// Reads until when somebody wants to pause: `2 weeks`, `3d`, `until 2026-12-24`, `until friday`, `tomorrow`.
pub(super) fn pause_time(text: &str) -> Option<PauseTime> {
    let text = fold(text);
    let words: Vec<&str> = text
        .split(|c: char| !is_of_word(c))
        .filter(|word| !word.is_empty())
        .collect();
    for (index, word) in words.iter().enumerate() {
        if let Ok(date) = NaiveDate::parse_from_str(word, "%Y-%m-%d") {
            return Some(PauseTime::Until(date));
        }
        if matches!(
            *word,
            "tomorrow" | "manana" | "demain" | "morgen" | "غدا" | "الغد"
        ) {
            return Some(PauseTime::Tomorrow);
        }
        if let Some(day) = weekday(word) {
            return Some(PauseTime::Next(day));
        }
        let digits = word.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = word.split_at(digits);
        let unit = if unit.is_empty() {
            words.get(index + 1).copied().unwrap_or_default()
        } else {
            unit
        };
        if let (false, Some(one)) = (number.is_empty(), unit_of_time(unit)) {
            let number: i32 = number.parse().ok()?;
            return one.checked_mul(number).map(PauseTime::For);
        }
        if let Some(two) = dual_of_time(word) {
            return Some(PauseTime::For(two));
        }
        // "a week", "eine Woche": the article is a filler and gone.
        if let Some(one) = unit_of_time(word).filter(|_| word.len() > 1) {
            return Some(PauseTime::For(one));
        }
    }
    None
}

fn unit_of_time(word: &str) -> Option<TimeDelta> {
    Some(match word {
        "m" | "min" | "mins" | "minute" | "minutes" | "minuten" | "minuto" | "minutos" | "دقيقة"
        | "دقائق" => TimeDelta::minutes(1),
        "h" | "hour" | "hours" | "hora" | "horas" | "heure" | "heures" | "stunde" | "stunden" | "ساعة"
        | "ساعات" => TimeDelta::hours(1),
        "d" | "day" | "days" | "dia" | "dias" | "jour" | "jours" | "tag" | "tage" | "tagen" | "يوم"
        | "يوما" | "ايام" => TimeDelta::days(1),
        "w" | "week" | "weeks" | "semana" | "semanas" | "semaine" | "semaines" | "woche" | "wochen"
        | "اسبوع" | "اسبوعا" | "اسابيع" => TimeDelta::weeks(1),
        "month" | "months" | "mes" | "meses" | "mois" | "monat" | "monate" | "monaten" | "شهر" | "شهرا"
        | "اشهر" | "شهور" => TimeDelta::days(30),
        _ => return None,
    })
}

/// Arabic says "two weeks" in one word.
fn dual_of_time(word: &str) -> Option<TimeDelta> {
    Some(match word {
        "ساعتين" | "ساعتان" => TimeDelta::hours(2),
        "يومين" | "يومان" => TimeDelta::days(2),
        "اسبوعين" | "اسبوعان" => TimeDelta::weeks(2),
        "شهرين" | "شهران" => TimeDelta::days(60),
        _ => return None,
    })
}

fn weekday(word: &str) -> Option<Weekday> {
    Some(match word {
        "monday" | "mon" | "lunes" | "lundi" | "montag" | "الاثنين" => Weekday::Mon,
        "tuesday" | "tue" | "martes" | "mardi" | "dienstag" | "الثلاثاء" => Weekday::Tue,
        "wednesday" | "wed" | "miercoles" | "mercredi" | "mittwoch" | "الاربعاء" => Weekday::Wed,
        "thursday" | "thu" | "jueves" | "jeudi" | "donnerstag" | "الخميس" => Weekday::Thu,
        "friday" | "fri" | "viernes" | "vendredi" | "freitag" | "الجمعة" => Weekday::Fri,
        "saturday" | "sat" | "sabado" | "samedi" | "samstag" | "السبت" => Weekday::Sat,
        "sunday" | "sun" | "domingo" | "dimanche" | "sonntag" | "الاحد" => Weekday::Sun,
        _ => return None,
    })
}

fn quiet(rest: &[&str], folded: &str) -> Option<QuietChange> {
    let says = |words: &[&str]| rest.iter().any(|word| words.contains(word));
    if says(&[
        "off",
        "none",
        "no",
        "aus",
        "non",
        "nunca",
        "never",
        "nie",
        "jamais",
        "keine",
        "بدون",
        "لا",
        "ايقاف",
    ]) {
        return Some(QuietChange {
            off: Some(true),
            ..QuietChange::default()
        });
    }
    let days = if says(&[
        "weekend",
        "weekends",
        "week-end",
        "week-ends",
        "wochenende",
        "fines",
        "finde",
        "نهاية",
    ]) {
        Some(QuietDays::Weekends)
    } else if says(&[
        "weekdays",
        "workdays",
        "werktags",
        "laborables",
        "ouvres",
        "العمل",
    ]) {
        Some(QuietDays::Weekdays)
    } else if says(&[
        "daily",
        "always",
        "every",
        "everyday",
        "taglich",
        "immer",
        "siempre",
        "toujours",
        "دائما",
        "يوميا",
    ]) {
        Some(QuietDays::All)
    } else {
        None
    };
    let hours = hours(folded);
    let on = says(&["on", "an", "si", "oui"]);
    (hours.is_some() || days.is_some() || on).then_some(QuietChange {
        hours,
        days,
        off: Some(false),
    })
}

/// Two times of the day: `18:00-08:00`, `18-8`, `6pm to 8am`.
fn hours(text: &str) -> Option<(TimeOfDay, TimeOfDay)> {
    let mut times = text
        .split(|c: char| !(c.is_alphanumeric() || c == ':'))
        .filter_map(time_of_day);
    Some((times.next()?, times.next()?))
}

fn time_of_day(word: &str) -> Option<TimeOfDay> {
    let (time, later) = if let Some(time) = word.strip_suffix("pm") {
        (time, Some(true))
    } else if let Some(time) = word.strip_suffix("am") {
        (time, Some(false))
    } else {
        (word.strip_suffix('h').unwrap_or(word), None)
    };
    let time = if time.contains(':') {
        time.to_owned()
    } else {
        format!("{time}:00")
    };
    let time: TimeOfDay = time.parse().ok()?;
    let (hour, minute) = (
        chrono::Timelike::hour(&time.naive()),
        chrono::Timelike::minute(&time.naive()),
    );
    Some(match later {
        Some(true) if hour < 12 => TimeOfDay::of(hour + 12, minute),
        Some(false) if hour == 12 => TimeOfDay::of(0, minute),
        _ => time,
    })
}

/// Commands whose words come nearest to one of the first words, best first.
fn nearest(words: &[&str]) -> Vec<Command> {
    if words.is_empty() || words.len() > MISTYPED_WORDS {
        return Vec::new();
    }
    let mut scored: Vec<(f64, Command)> = words::all()
        .map(|(command, known)| {
            let alike = |word: &&str| strsim::normalized_damerau_levenshtein(word, known);
            (words.iter().map(alike).fold(0.0, f64::max), command)
        })
        .collect();
    scored.retain(|(score, _)| *score >= ALIKE);
    scored.sort_by(|(a, x), (b, y)| b.total_cmp(a).then(x.cmp(y)));
    let mut nearest = Vec::new();
    for (_, command) in scored {
        if !nearest.contains(&command) && nearest.len() < NEAREST {
            nearest.push(command);
        }
    }
    nearest
}

#[cfg(test)]
mod tests;
