//! Where bytes from outside come in. Each door takes any bytes, reads them as the product does, and demands what must hold of
//! whatever comes out: no panic, everything within its bounds, and what is read twice is the same.
//!
//! The fuzz targets beside this file knock at them with the help of coverage, `tests/outside` without.

#![allow(dead_code, reason = "each fuzz target knocks at one door")]

use chronus_teams::cards::content::Content;
use chronus_teams::cards::link::{HttpsLink, LinkHost};
use chronus_teams::chronus::domain_event;
use chronus_teams::chronus::envelope::{self, Limits};
use chronus_teams::chronus::json_text::once;
use chronus_teams::config::Config;
use chronus_teams::periods::{self, Bound};
use chronus_teams::teams::activity::{Activity, ChatRules};
use chronus_teams::teams::doors;
use chronus_teams::teams::hosts::AllowedHosts;
use events::codec::StoredEvent;
use events::lease::LeaseEvent;
use events::lineage::LogEvent;
use events::organization::OrganizationEvent;
use events::outbound::OutboundEvent;
use events::store::kurrent::Address;
use events::stream::StreamId;
use events::tenant::TenantEvent;
use events::user::UserEvent;
use events::{OrganizationId, UserKey, address};
use serde_json::Value;

/// A place where bytes come in.
pub(crate) type Door = fn(&[u8]);

/// Every door, by the name of its fuzz target.
pub(crate) const DOORS: [(&str, Door); 15] = [
    ("activity", activity),
    ("addresses", addresses),
    ("card_action", card_action),
    ("command", command),
    ("configuration", configuration),
    ("connection", connection),
    ("connector_answer", connector_answer),
    ("content", content),
    ("intake", intake),
    ("login_answer", login_answer),
    ("moment", moment),
    ("signing_keys", signing_keys),
    ("stored", stored),
    ("token", token),
    ("urls", urls),
];

/// Longest id that enters anything, in bytes.
const LONGEST_ID: usize = 512;
/// Stands in seeds where a secret stands; no error may tell it.
const SECRET: &str = "zyxsecret";

/// An activity from Teams, whatever is signed.
pub(crate) fn activity(bytes: &[u8]) {
    let Ok(activity) = Activity::parse(bytes) else {
        return;
    };
    for local_client in [false, true] {
        let rules = ChatRules {
            app_id: "6f1d2c3b-4a5e-4f60-8b71-92a3b4c5d6e7",
            local_client,
        };
        drop(activity.classify(rules));
        let _scope = activity.scope(rules);
    }
    if let Ok(user) = activity.user() {
        let text = user.to_string();
        assert!(text.len() <= 2 * LONGEST_ID, "{text}");
        assert_eq!(UserKey::parse(&text).ok(), Some(user));
    }
    if let Ok(chat) = activity.conversation_ref() {
        let stored = serde_json::to_string(&chat).unwrap_or_default();
        assert!(
            stored.len() <= 8 * LONGEST_ID + 8_192,
            "{} bytes of an address",
            stored.len()
        );
    }
    assert_eq!(activity.activity_key(), activity.activity_key());
    let (_, _) = (activity.happened_at(), activity.client());
    assert!(
        activity
            .app_version()
            .is_none_or(|version| version.len() <= LONGEST_ID)
    );
}

/// Addresses of mail, as directories and Chronus write them.
pub(crate) fn addresses(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let normal = address::normal_form(&text);
    assert_eq!(address::normal_form(&normal), normal, "{text:?}");
    if let Ok(clean) = address::check(&text) {
        assert_eq!(address::normal_form(&clean), normal, "{text:?}");
        assert_eq!(address::check(&clean).as_ref(), Ok(&clean));
    }
    if let Some(former) = address::former_form(&text) {
        assert_eq!(address::normal_form(&former), normal, "{text:?}");
    }
}

/// The data of a button, as any client may send it.
pub(crate) fn card_action(bytes: &[u8]) {
    let Ok(data) = serde_json::from_slice::<Value>(bytes) else {
        return;
    };
    let verb = data.get("verb").and_then(Value::as_str);
    for verb in [None, verb] {
        let action = actors::action::Action::parse(verb, &data);
        let again = actors::action::Action::parse(verb, &data);
        assert_eq!(format!("{action:?}"), format!("{again:?}"));
    }
}

/// What a person types.
pub(crate) fn command(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let typed = actors::action::parse_command(&text);
    if let Some(argument) = &typed.argument {
        assert!(!argument.trim().is_empty(), "{text:?}");
        assert!(argument.chars().count() <= 4_000, "{text:?}");
    }
}

/// The configuration file.
pub(crate) fn configuration(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Err(error) = Config::from_text(&text, "a file", []) {
        let told = format!("{error} {error:?}");
        assert!(!told.contains(SECRET), "{told}");
    }
}

/// The connection string of a cluster.
pub(crate) fn connection(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match Address::parse(&text) {
        Ok(address) => {
            let shown = format!("{address} {address:?}");
            assert!(!shown.contains(SECRET), "{shown}");
        }
        Err(error) => {
            let told = format!("{error} {error:?}");
            assert!(!told.contains(SECRET), "{told}");
        }
    }
}

/// The data of a domain event, opened to be drawn.
pub(crate) fn content(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let newer = Content::read("com.chronus.meeting.moved", &text);
    let older = Content::read("com.chronus.meeting.scheduled", r#"{"title":"T","reason":"R"}"#);
    let merged = newer.over(&older);
    assert!(merged.over(&older) == merged, "{text}");
}

/// What the Bot Connector answers: a status, then the body.
pub(crate) fn connector_answer(bytes: &[u8]) {
    let (status, body) = numbered(bytes);
    let kept = doors::kept(status, body);
    assert!(
        kept.code
            .as_ref()
            .is_none_or(|code| { code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_graphic()) })
    );
    assert!(kept.ids.iter().all(|id| id.len() <= LONGEST_ID), "{:?}", kept.ids);
    assert_eq!(kept, doors::kept(status, body));
}

/// What the login answers: a status, then the body.
pub(crate) fn login_answer(bytes: &[u8]) {
    let (status, body) = numbered(bytes);
    match doors::granted_seconds(status, body) {
        Ok(seconds) => assert!((1..=86_400).contains(&seconds), "{seconds}"),
        Err(error) => {
            let told = format!("{error} {error:?}");
            // The code of a refusal is told, and no login writes a secret there; of anything else nothing is.
            let is_grant = (200..300).contains(&status);
            assert!(
                told.len() <= 2_000 && !(is_grant && told.contains(SECRET)),
                "{told}"
            );
        }
    }
}

/// A status of three digits where there is one, and what follows.
fn numbered(bytes: &[u8]) -> (u16, &[u8]) {
    let digits = bytes.get(..3).and_then(|digits| std::str::from_utf8(digits).ok());
    match digits.and_then(|digits| digits.parse().ok()) {
        Some(status) => (status, &bytes[3..]),
        None => (200, bytes),
    }
}

/// A moment, as commands and the API name it.
pub(crate) fn moment(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    drop(periods::moment(&text));
    if let Ok(bound) = text.parse::<Bound>() {
        for zone in [
            chrono_tz::UTC,
            chrono_tz::Pacific::Apia,
            chrono_tz::Asia::Kathmandu,
        ] {
            let at = bound.resolve(zone);
            let again = at.to_rfc3339().parse::<Bound>();
            assert_eq!(again.map(|again| again.resolve(zone)), Ok(at), "{text:?}");
        }
    }
}

/// The public keys that an issuer publishes.
pub(crate) fn signing_keys(bytes: &[u8]) {
    let ids = doors::key_ids(bytes).unwrap_or_default();
    assert!(ids.iter().all(|id| id.len() <= LONGEST_ID), "{ids:?}");
}

/// What stands in an `Authorization` header.
pub(crate) fn token(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(facts) = doors::claimed(&text) {
        let told = [facts.issuer, facts.audience, facts.key_id, facts.service_url];
        let told = told.into_iter().flatten();
        assert!(told.into_iter().all(|fact| fact.len() <= LONGEST_ID), "{text:?}");
    }
}

/// A request that hands events over.
pub(crate) fn intake(bytes: &[u8]) {
    const MEDIA: [&str; 4] = [
        "application/cloudevents+json",
        "application/cloudevents-batch+json",
        "application/json",
        "text/plain; charset=\"utf-8\"",
    ];
    let Ok(organization) = OrganizationId::parse("acme") else {
        return;
    };
    let limits = Limits::default();
    let headers = [
        ("specversion", "1.0"),
        ("id", "1"),
        ("source", "/s"),
        ("type", "com.chronus.news.told"),
    ]
    .map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()));
    for media in MEDIA {
        for headers in [&[][..], &headers[..]] {
            let Ok(parts) = envelope::cut(media, headers, bytes, limits) else {
                continue;
            };
            assert!(parts.len() <= limits.batch);
            for part in parts {
                let received = part.read(limits);
                if let Ok((event, _)) = received.event {
                    drop(domain_event::check(&organization, event));
                }
            }
        }
    }
    if let Ok(value) = once::read(bytes) {
        assert_eq!(serde_json::from_slice::<Value>(bytes).ok(), Some(value));
    }
}

/// An event as the log holds it: a line with its name and version, then the payload.
pub(crate) fn stored(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (head, payload) = text.split_once('\n').unwrap_or((&text, "{}"));
    let (name, version) = head.trim().split_once(' ').unwrap_or((head, "1"));
    let version = version.trim().parse().unwrap_or(1);
    again::<UserEvent>(name, version, payload);
    again::<OrganizationEvent>(name, version, payload);
    again::<TenantEvent>(name, version, payload);
    again::<OutboundEvent>(name, version, payload);
    again::<LeaseEvent>(name, version, payload);
    again::<LogEvent>(name, version, payload);
    if let Ok(stream) = StreamId::parse(head) {
        assert_eq!(StreamId::parse(&stream.to_string()).as_ref(), Ok(&stream));
    }
}

/// What was read is read again as the same from what is written of it.
fn again<E: StoredEvent + PartialEq + std::fmt::Debug>(name: &str, version: u16, payload: &str) {
    let Some(Ok(event)) = E::decode_known(name, version, payload) else {
        return;
    };
    let written = event.to_json();
    let read = E::decode(event.type_name(), event.schema_version(), &written);
    assert_eq!(read.ok().as_ref(), Some(&event), "{name} {version} {payload}");
}

/// Where calls may go and what cards may lead to.
pub(crate) fn urls(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if AllowedHosts::public_cloud().check(&text).is_ok() {
        let host = url::Url::parse(text.trim())
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned));
        let host = host.unwrap_or_default();
        let known = [
            "smba.trafficmanager.net",
            ".botframework.com",
            ".teams.microsoft.com",
            ".teams.microsoft.us",
        ];
        assert!(
            known.iter().any(|domain| host.ends_with(domain)),
            "{text:?} leads to {host}"
        );
    }
    if let Some(link) = HttpsLink::parse(&text) {
        assert_eq!(HttpsLink::parse(link.as_str()).as_ref(), Some(&link));
    }
    drop(LinkHost::parse(&text));
    drop(AllowedHosts::parse([&*text]));
}
