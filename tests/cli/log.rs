//! The sample log: one request delivered, seen and accepted, one person who never installed, one refusal.

use chrono::Duration;
use events::organization::{CardKind, Class, DomainEventAccepted, Recipient, Recipients};
use events::tenant::OrganizationLinked;
use events::user::{
    AppInstalled, ConversationRef, DeliveryAttempted, InstallEvidence, MatchedBy, MemberLinked, MemberRole,
    NotificationDelivered, NotificationQueued, NotificationRefused, NotificationSeen, ProfileResolved,
    RefusalClass, RequestAccepted, SeenEvidence, Source, UnknownPolicy,
};
use events::{
    ActivityId, ConversationId, EventId, NotificationId, OrganizationId, PersonId, Position, StreamId,
    SubjectRef, TenantEvent, TenantId, UserEvent, UserKey,
};

use crate::world::{World, start};

pub(crate) const EMAIL: &str = "ada@acme.example";
pub(crate) const BODY: &str = "Would you be my mentor?";
/// Events in the log.
pub(crate) const LENGTH: u64 = 14;

pub(crate) fn organization() -> OrganizationId {
    OrganizationId::parse("acme").unwrap()
}

pub(crate) fn ada() -> UserKey {
    UserKey::parse("t-1/ada").unwrap()
}

fn subject() -> SubjectRef {
    SubjectRef::parse("mentoring_request/1").unwrap()
}

pub(crate) async fn sample() -> World {
    let mut world = World::new();
    let linked = OrganizationLinked {
        organization_id: organization(),
    };
    world
        .append(
            StreamId::tenant(&TenantId::parse("t-1").unwrap()),
            TenantEvent::from(linked),
        )
        .await;
    install(&mut world).await;
    let (first, first_position) = request(&mut world, "e-1", &[EMAIL, "nobody@acme.example"]).await;
    deliver(&mut world, "e-1", first, first_position).await;
    let (second, second_position) = request(&mut world, "e-2", &[EMAIL]).await;
    refuse(&mut world, "e-2", second, second_position).await;
    world
}

async fn user(world: &mut World, event: impl Into<UserEvent>) {
    world.append(StreamId::user(&ada()), event.into()).await;
}

async fn install(world: &mut World) {
    let conversation = ConversationRef {
        conversation_id: ConversationId::parse("a:1").unwrap(),
        service_url: "https://smba.example/".into(),
        teams_user_id: "29:1".into(),
        bot_id: "28:1".into(),
    };
    let installed = AppInstalled {
        conversation,
        evidence: InstallEvidence::InstallationUpdate,
        app_version: None,
    };
    user(world, installed).await;
    let person = PersonId::user(&ada());
    let profile = ProfileResolved {
        name: Some(world.seal(&person, "Ada Lovelace").await),
        email: Some(world.seal(&person, EMAIL).await),
        email_lookup: Some(world.vault.lookup(EMAIL)),
        upn: None,
        upn_lookup: None,
        email_former_lookup: None,
        upn_former_lookup: None,
        role: MemberRole::User,
    };
    user(world, profile).await;
    let linked = MemberLinked {
        organization_id: organization(),
        member_id: None,
        matched_by: MatchedBy::Email,
    };
    user(world, linked).await;
}

/// A mentoring request; answers the card of its first recipient and its place in the log.
async fn request(world: &mut World, id: &str, addresses: &[&str]) -> (NotificationId, Position) {
    let event_id = DomainEventAccepted::event_id(&organization(), "/test", id);
    let mut recipients = Vec::new();
    for address in addresses {
        let lookup = world.vault.lookup(address);
        let person = PersonId::address(&organization(), &lookup);
        recipients.push(Recipient {
            notification_id: Recipient::notification_id(event_id, None, Some(&lookup)),
            member_id: None,
            email: Some(world.seal(&person, address).await),
            lookup: Some(lookup),
            former_lookup: None,
            aad_object_id: None,
            object_id_withdrawn: false,
            timezone: None,
            locale: None,
        });
    }
    let first = recipients[0].notification_id;
    let content = world.seal(&PersonId::organization(&organization()), BODY).await;
    let event = DomainEventAccepted {
        source: "/test".into(),
        id: id.into(),
        event_type: "com.chronus.mentoring_request.sent".into(),
        subject: Some(subject()),
        time: None,
        recipients: Recipients::Listed(recipients),
        actor: None,
        program: None,
        class: None,
        expires_at: None,
        facts: None,
        organizers: Vec::new(),
        send_at: None,
        erg: None,
        superseded: false,
        trace: None,
        content,
    };
    world
        .append(
            StreamId::organization(&organization()),
            events::OrganizationEvent::from(event),
        )
        .await;
    let head = *events::EventStore::head(world.store()).borrow();
    (first, head)
}

async fn queue(world: &mut World, id: &str, card: NotificationId, position: Position) -> EventId {
    let event_id = DomainEventAccepted::event_id(&organization(), "/test", id);
    let queued = NotificationQueued {
        notification_id: card,
        source: Source::DomainEvent {
            organization_id: organization(),
            event_id,
            position,
        },
        card: CardKind::MentoringRequest,
        subject: Some(subject()),
        class: Class::Direct,
        expires_at: start() + Duration::days(14),
        unknown_policy: UnknownPolicy::Retry,
        state: None,
        facts: None,
        prompt: None,
        awaited: false,
        happened_at: None,
        most_a_day: None,
        member_id: None,
    };
    user(world, queued).await;
    user(
        world,
        DeliveryAttempted {
            notification_id: card,
            attempt: 1,
        },
    )
    .await;
    event_id
}

async fn deliver(world: &mut World, id: &str, card: NotificationId, position: Position) {
    let domain_event = queue(world, id, card, position).await;
    let delivered = NotificationDelivered {
        notification_id: card,
        attempt: 1,
        activity_id: Some(ActivityId::parse("1").unwrap()),
        conversation_id: ConversationId::parse("a:1").unwrap(),
        revision: 1,
    };
    user(world, delivered).await;
    let seen = NotificationSeen {
        notification_id: card,
        evidence: SeenEvidence::Pressed,
        activity_id: None,
    };
    user(world, seen).await;
    let accepted = RequestAccepted {
        organization_id: organization(),
        notification_id: card,
        subject: subject(),
        domain_event,
        member_id: None,
        platform: None,
    };
    user(world, accepted).await;
}

async fn refuse(world: &mut World, id: &str, card: NotificationId, position: Position) {
    queue(world, id, card, position).await;
    let refused = NotificationRefused {
        shows: None,
        notification_id: card,
        attempt: 1,
        class: RefusalClass::Permanent,
        status: Some(413),
        code: "MessageSizeTooBig".into(),
    };
    user(world, refused).await;
}
