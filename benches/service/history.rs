//! People with a past, written straight into a log: what a person's stream holds after an install and some cards.

use chrono::{DateTime, TimeDelta, Utc};
use events::organization::{CardKind, Class};
use events::user::{
    AppInstalled, ClientObserved, ConversationRef, Delivery, DeliveryAttempted, Identity, InstallEvidence,
    MemberRole, NotificationDelivered, NotificationQueued, Presence, ProfileResolved, Queue, Source,
    UnknownPolicy,
};
use events::{
    ActivityId, ConversationId, EventId, EventStore, Expected, Lookup, Metadata, NewEvent, NotificationId,
    PersonId, Sealed, StreamId, StreamWrite, UserEvent, UserKey, Version,
};
use uuid::Uuid;

use crate::{Outcome, stage};

/// Events of a person who installed the app and got the welcome.
pub(crate) const KNOWN: u64 = 6;
/// Events of a person who got five further cards and asked for help twice less: the 20-event stream.
pub(crate) const LONG: u64 = 20;
/// Streams written by one append.
const AT_ONCE: u64 = 256;
/// Events of one delivered card.
const CARD: u64 = 3;

/// Writes the streams of the users `from..to`; every `long_every`th has [`LONG`] events, the others [`KNOWN`].
/// Answers how many events that were.
pub(crate) async fn write(
    store: &dyn EventStore,
    from: u64,
    to: u64,
    long_every: Option<u64>,
) -> Outcome<u64> {
    let mut written = 0;
    let mut next = from;
    while next < to {
        let end = to.min(next + AT_ONCE);
        let mut writes = Vec::new();
        for number in next..end {
            let is_long = long_every.is_some_and(|every| number.is_multiple_of(every));
            let events = stream(number, if is_long { LONG } else { KNOWN })?;
            written += events.len() as u64;
            writes.push(StreamWrite {
                stream: StreamId::user(&stage::user(number)?),
                expected: Expected::Exactly(Version::NONE),
                events,
            });
        }
        store.append(writes).await?;
        next = end;
    }
    Ok(written)
}

fn stream(number: u64, length: u64) -> Outcome<Vec<NewEvent>> {
    let user = stage::user(number)?;
    let mut facts = person(number, &user)?;
    let mut card = 0;
    while facts.len() as u64 + CARD <= length {
        facts.extend(delivered_card(&user, card)?);
        card += 1;
    }
    while (facts.len() as u64) < length {
        facts.push(UserEvent::Presence(Presence::ClientObserved(
            ClientObserved::default(),
        )));
    }
    let events = facts.iter().zip(0_u32..);
    Ok(events.map(|(fact, index)| encoded(&user, index, fact)).collect())
}

fn encoded(user: &UserKey, index: u32, fact: &UserEvent) -> NewEvent {
    let id = EventId::derive([user.to_string().as_str(), index.to_string().as_str()]);
    let metadata = Metadata {
        time: begin() + TimeDelta::seconds(i64::from(index)),
        correlation_id: id.0,
        causation_id: id.0,
    };
    NewEvent::encode(id, fact, metadata)
}

/// The app, the client and who the person is.
fn person(number: u64, user: &UserKey) -> Outcome<Vec<UserEvent>> {
    let sealed = |length: usize| Sealed {
        person: PersonId::user(user),
        generation: 1,
        // Nonce, text and tag in base64: as long as a sealed text of that many bytes.
        ciphertext: "A".repeat((length + 40).div_ceil(3) * 4).into(),
    };
    let lookup = |what: &str| {
        let (high, low) = (
            EventId::derive([what, &number.to_string()]),
            EventId::derive([what]),
        );
        Lookup::from_stored(&format!("{}{}", high.0.simple(), low.0.simple()))
    };
    Ok(vec![
        UserEvent::Presence(Presence::AppInstalled(AppInstalled {
            conversation: conversation(number)?,
            evidence: InstallEvidence::InstallationUpdate,
            app_version: Some("1.0.0".to_owned()),
        })),
        UserEvent::Presence(Presence::ClientObserved(ClientObserved {
            locale: Some("en-US".to_owned()),
            timezone: Some("Europe/Lisbon".to_owned()),
            unknown_timezone: None,
            platform: Some("Web".to_owned()),
        })),
        UserEvent::Identity(Identity::ProfileResolved(ProfileResolved {
            name: Some(sealed(14)),
            email: Some(sealed(26)),
            email_lookup: Some(lookup("email")),
            upn: Some(sealed(26)),
            upn_lookup: Some(lookup("upn")),
            email_former_lookup: None,
            upn_former_lookup: None,
            role: MemberRole::User,
        })),
    ])
}

/// Where a person's chat is, with ids as long as Teams'.
fn conversation(number: u64) -> Outcome<ConversationRef> {
    Ok(ConversationRef {
        conversation_id: ConversationId::parse(format!("a:{number:0>86}"))?,
        service_url: format!("https://smba.trafficmanager.net/amer/{}", stage::TENANT),
        teams_user_id: format!("29:{number:0>86}"),
        bot_id: format!("28:{}", stage::APP_ID),
    })
}

fn delivered_card(user: &UserKey, card: u32) -> Outcome<[UserEvent; 3]> {
    let notification_id = NotificationId::derive([user.to_string().as_str(), card.to_string().as_str()]);
    let queued = NotificationQueued {
        notification_id,
        source: Source::Chat,
        card: if card == 0 {
            CardKind::Welcome
        } else {
            CardKind::Help
        },
        subject: None,
        class: Class::Reply,
        expires_at: begin() + TimeDelta::days(14),
        unknown_policy: UnknownPolicy::Retry,
        state: None,
        facts: None,
        prompt: None,
        awaited: false,
        happened_at: None,
        most_a_day: None,
        member_id: None,
    };
    let attempted = DeliveryAttempted {
        notification_id,
        attempt: 1,
    };
    let delivered = NotificationDelivered {
        notification_id,
        attempt: 1,
        activity_id: Some(ActivityId::parse(format!("17{card:0>11}"))?),
        conversation_id: ConversationId::parse(format!("a:{:0>86}", Uuid::nil().simple()))?,
        revision: 1,
    };
    Ok([
        UserEvent::Queue(Queue::Queued(queued)),
        UserEvent::Delivery(Delivery::Attempted(attempted)),
        UserEvent::Delivery(Delivery::Delivered(delivered)),
    ])
}

/// When the past began.
fn begin() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000)
}
