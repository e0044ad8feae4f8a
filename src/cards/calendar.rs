//! Calendar entries of meetings and events, behind links that end: whoever has the link gets the entry, nobody can make
//! one up, and it ends a day after what it is about. The link names places in the log and holds no word of the content.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use events::{EventId, Position};
use standardwebhooks::Webhook;
use subtle::ConstantTimeEq as _;
use url::Url;

use super::content::Content;
use super::content::event::Event;
use super::content::meeting::Meeting;
use super::link::HttpsLink;

/// How long after its end an entry can still be fetched.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// How long what names no end is taken to last.
const LASTS: Duration = Duration::from_secs(60 * 60);
/// Longest line of an iCalendar file, in bytes (RFC 5545, 3.1).
const LINE_BYTES: usize = 75;
/// What signatures of these links are about, so that none is good for anything else.
const PURPOSE: &str = "calendar";

/// A domain event by its place in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Where it is.
    pub position: Position,
    /// What must be there.
    pub event_id: EventId,
}

/// What a link leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// What the subject began with.
    pub original: Place,
    /// Its newest content as of the link.
    pub newest: Place,
    /// When the link ends, in seconds of Unix time.
    pub ends: i64,
}

impl Entry {
    /// Until when an entry of what takes place then can be fetched.
    pub fn ends_after(starts_at: DateTime<Utc>, ends_at: Option<DateTime<Utc>>) -> i64 {
        let kept = TimeDelta::from_std(KEPT).unwrap_or_default();
        (ends_at.unwrap_or(starts_at) + kept).timestamp()
    }

    fn to_bytes(self) -> [u8; 56] {
        let mut bytes = [0; 56];
        let places = [self.original, self.newest];
        for (place, at) in places.iter().zip([0, 24]) {
            bytes[at..at + 8].copy_from_slice(&place.position.0.to_be_bytes());
            bytes[at + 8..at + 24].copy_from_slice(place.event_id.0.as_bytes());
        }
        bytes[48..].copy_from_slice(&self.ends.to_be_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (places, ends) = bytes.split_at_checked(48)?;
        let place = |bytes: &[u8]| {
            let (position, id) = bytes.split_at_checked(8)?;
            Some(Place {
                position: Position(u64::from_be_bytes(position.try_into().ok()?)),
                event_id: EventId(uuid::Uuid::from_slice(id).ok()?),
            })
        };
        let (original, newest) = places.split_at(24);
        Some(Self {
            original: place(original)?,
            newest: place(newest)?,
            ends: i64::from_be_bytes(ends.try_into().ok()?),
        })
    }
}

/// Makes such links, and reads them.
pub struct CalendarLinks {
    base: Url,
    signer: Webhook,
}

impl std::fmt::Debug for CalendarLinks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CalendarLinks")
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

impl CalendarLinks {
    /// Links below `base`, the address by which people's browsers reach this service, signed with a key made of
    /// `secret`. `None` where no key can be made of it.
    pub fn new(base: Url, secret: &[u8]) -> Option<Self> {
        let key = [PURPOSE.as_bytes(), b"\0", secret].concat();
        let signer = Webhook::from_bytes(key).ok()?;
        Some(Self { base, signer })
    }

    /// The link to an entry.
    pub fn link(&self, entry: Entry) -> Option<HttpsLink> {
        let payload = URL_SAFE_NO_PAD.encode(entry.to_bytes());
        let signature = self.signature(entry.ends, &payload)?;
        let token = format!("{payload}.{}", URL_SAFE_NO_PAD.encode(signature));
        HttpsLink::parse(self.base.join(&format!("/calendar/{token}.ics")).ok()?.as_str())
    }

    /// What the last part of such a link's path leads to. `None` where it was not made here, was changed, or has ended.
    pub fn read(&self, file: &str, now: DateTime<Utc>) -> Option<Entry> {
        let (payload, signature) = file.strip_suffix(".ics")?.split_once('.')?;
        let bytes = URL_SAFE_NO_PAD.decode(payload).ok()?;
        let entry = Entry::from_bytes(&bytes)?;
        let expected = self.signature(entry.ends, payload)?;
        let given = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let genuine: bool = expected.as_bytes().ct_eq(&given).into();
        (genuine && now.timestamp() < entry.ends).then_some(entry)
    }

    fn signature(&self, ends: i64, payload: &str) -> Option<String> {
        self.signer.sign(PURPOSE, ends, payload.as_bytes()).ok()
    }
}

/// What an entry says.
struct Said {
    title: Option<String>,
    starts_at: Option<DateTime<Utc>>,
    ends_at: Option<DateTime<Utc>>,
    location: Option<String>,
    join: Option<HttpsLink>,
}

impl Said {
    fn read(content: &Content) -> Self {
        if content.event_type.starts_with("com.chronus.erg_event.") {
            let event = Event::read(content);
            return Self {
                title: event.title,
                starts_at: event.starts_at,
                ends_at: event.ends_at,
                location: event.location,
                join: event.online,
            };
        }
        let meeting = Meeting::read(content);
        Self {
            title: meeting.title,
            starts_at: meeting.starts_at,
            ends_at: meeting.ends_at,
            location: meeting.location,
            join: meeting.join,
        }
    }
}

/// The iCalendar file of an entry with this content; `None` where it names no time. The same subject keeps its `UID`
/// and grows in `SEQUENCE`, so that a calendar moves what it has and does not add a second one.
pub(super) fn file(entry: Entry, content: &Content, now: DateTime<Utc>) -> Option<String> {
    let said = Said::read(content);
    let starts_at = said.starts_at?;
    let ends_at = said.ends_at.filter(|ends_at| *ends_at > starts_at);
    let lasts = TimeDelta::from_std(LASTS).unwrap_or_default();
    let stamp = |at: DateTime<Utc>| at.format("%Y%m%dT%H%M%SZ").to_string();
    let title = said.title.unwrap_or_else(|| "Chronus".to_owned());
    let sequence = i32::try_from(entry.newest.position.0).unwrap_or(i32::MAX);
    let mut lines = vec![
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".to_owned(),
        "PRODID:-//Chronus//chronus-teams//EN".to_owned(),
        "METHOD:PUBLISH".to_owned(),
        "BEGIN:VEVENT".to_owned(),
        format!("UID:{}@chronus-teams", entry.original.event_id),
        format!("SEQUENCE:{sequence}"),
        format!("DTSTAMP:{}", stamp(now)),
        format!("DTSTART:{}", stamp(starts_at)),
        format!("DTEND:{}", stamp(ends_at.unwrap_or(starts_at + lasts))),
        format!("SUMMARY:{}", escaped(&title)),
    ];
    lines.extend(said.location.map(|place| format!("LOCATION:{}", escaped(&place))));
    lines.extend(said.join.map(|join| format!("URL:{}", join.as_str())));
    lines.extend(["END:VEVENT".to_owned(), "END:VCALENDAR".to_owned()]);
    let mut file = String::new();
    for line in &lines {
        file.push_str(&folded(line));
        file.push_str("\r\n");
    }
    Some(file)
}

/// A text as a value: nothing in it begins another line or field.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace(';', "\\;")
        .replace(',', "\\,")
        .replace('\n', "\\n")
        .replace('\r', "")
}

/// A line in pieces of the length allowed, cut between characters.
fn folded(line: &str) -> String {
    let (mut folded, mut length) = (String::with_capacity(line.len() + 8), 0);
    for c in line.chars() {
        if length + c.len_utf8() > LINE_BYTES {
            folded.push_str("\r\n ");
            length = 1;
        }
        folded.push(c);
        length += c.len_utf8();
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn links(secret: &str) -> CalendarLinks {
        CalendarLinks::new("https://teams.acme.example/".parse().unwrap(), secret.as_bytes()).unwrap()
    }

    fn entry() -> Entry {
        let place = |position, name: &str| Place {
            position: Position(position),
            event_id: EventId::derive([name]),
        };
        Entry {
            original: place(7, "asked"),
            newest: place(9, "moved"),
            ends: Entry::ends_after(at("2026-12-02T15:30:00Z"), Some(at("2026-12-02T16:15:00Z"))),
        }
    }

    fn file_of(link: &HttpsLink) -> String {
        link.as_str().rsplit('/').next().unwrap().to_owned()
    }

    #[test]
    fn a_link_leads_to_its_entry_until_a_day_after_it_and_cannot_be_made_up() {
        let (links, others) = (links("one"), links("another"));
        let link = links.link(entry()).unwrap();
        assert!(link.as_str().starts_with("https://teams.acme.example/calendar/"));
        let file = file_of(&link);
        let during = at("2026-12-02T15:45:00Z");
        assert_eq!(links.read(&file, during), Some(entry()));
        assert_eq!(links.read(&file, at("2026-12-03T16:14:59Z")), Some(entry()));
        assert_eq!(links.read(&file, at("2026-12-03T16:15:00Z")), None);
        assert_eq!(others.read(&file, during), None);
        // Whatever is changed in it, it leads nowhere.
        for (place, c) in file.char_indices().filter(|(place, _)| place % 3 == 0) {
            let other = if c == 'A' { 'B' } else { 'A' };
            let changed: String = file
                .char_indices()
                .map(|(at, c)| if at == place { other } else { c })
                .collect();
            assert_eq!(links.read(&changed, during), None, "{changed}");
        }
        for odd in ["", ".ics", "x.y.ics", "..ics", &file.replace(".ics", "")] {
            assert_eq!(links.read(odd, during), None, "{odd}");
        }
    }

    #[test]
    fn an_entry_says_what_the_card_says_and_no_text_breaks_out_of_its_line() {
        let data = serde_json::json!({
            "title": "First; meeting, with\\nBEGIN:VEVENT 🙂 and a title that is much longer than one line of a calendar may be",
            "location": "Room 4\\12", "join_url": "https://teams.microsoft.com/l/meetup-join/1",
            "starts_at": "2026-12-02T15:30:00Z", "ends_at": "2026-12-02T16:15:00Z",
        });
        let content = Content::read(
            "com.chronus.meeting.scheduled",
            &data.to_string().replace("\\\\n", "\\n"),
        );
        let file = file(entry(), &content, at("2026-11-23T14:05:00Z")).unwrap();
        let unfolded = file.replace("\r\n ", "");
        for line in [
            "DTSTART:20261202T153000Z",
            "DTEND:20261202T161500Z",
            "SEQUENCE:9",
            "LOCATION:Room 4\\\\12",
            "URL:https://teams.microsoft.com/l/meetup-join/1",
        ] {
            assert!(unfolded.lines().any(|shown| shown == line), "{line}: {unfolded}");
        }
        assert!(
            unfolded.contains("SUMMARY:First\\; meeting\\, with"),
            "{unfolded}"
        );
        assert_eq!(unfolded.matches("\r\nBEGIN:VEVENT").count(), 1, "{unfolded}");
        assert!(file.lines().all(|line| line.len() <= LINE_BYTES), "{file}");
        // Without an end an hour is taken; without a beginning there is no entry.
        let bare = Content::read(
            "com.chronus.erg_event.invited",
            r#"{"starts_at":"2026-12-10T17:00:00Z"}"#,
        );
        let said = super::file(entry(), &bare, at("2026-11-23T14:05:00Z")).unwrap();
        assert!(
            said.contains("DTEND:20261210T180000Z") && said.contains("SUMMARY:Chronus"),
            "{said}"
        );
        assert!(super::file(entry(), &Content::default(), at("2026-11-23T14:05:00Z")).is_none());
    }
}
