//! A log in memory, read models in a temporary folder, and short words for the events that tests append.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Duration, TimeZone, Utc};
use events::organization::{Class, DomainEventAccepted, Recipient, Recipients};
use events::store::memory::MemoryStore;
use events::tenant::OrganizationLinked;
use events::user::{
    AppInstalled, ConversationRef, DeliveryAttempted, Identity, InstallEvidence, MemberRole,
    NotificationDelivered, NotificationQueued, ProfileCause, ProfileResolved, Source, UnknownPolicy,
};
use events::work::Route;
use events::{
    ActivityId, ConversationId, EventId, EventStore, Expected, Lookup, MemberId, Metadata, NewEvent,
    NotificationId, OrganizationId, OutboundEvent, PersonId, Position, Recorded, Sealed, StoredEvent,
    StreamId, StreamWrite, SubjectRef, TenantEvent, TenantId, UserEvent, UserKey,
};
use projections::notifications::{Notification, NotificationState};
use projections::{Options, Projector, ReadModels, WorkList};
use rusqlite::types::Value;

pub(crate) const ORGANIZATION: &str = "acme";
pub(crate) const TENANT: &str = "t-1";
pub(crate) const REQUEST: &str = "com.chronus.mentoring_request.sent";
pub(crate) const WITHDRAWN: &str = "com.chronus.mentoring_request.withdrawn";
pub(crate) const ACCEPTED: &str = "com.chronus.mentoring_request.accepted";
pub(crate) const UPSERTED: &str = "com.chronus.member.upserted";
pub(crate) const REMOVED: &str = "com.chronus.member.removed";
pub(crate) const SUBJECT: &str = "mentoring_request/1";

pub(crate) struct World {
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) folder: tempfile::TempDir,
    projector: Projector,
    pub(crate) now: DateTime<Utc>,
    appended: u64,
    /// What the directory tells of each person.
    pub(crate) directory: HashMap<String, ProfileResolved>,
}

pub(crate) fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, 0).unwrap()
}

pub(crate) fn organization() -> OrganizationId {
    OrganizationId::parse(ORGANIZATION).unwrap()
}

pub(crate) fn tenant() -> TenantId {
    TenantId::parse(TENANT).unwrap()
}

pub(crate) fn user(name: &str) -> UserKey {
    UserKey::parse(format!("{TENANT}/{name}")).unwrap()
}

pub(crate) fn sealed(text: &str) -> Sealed {
    Sealed {
        person: PersonId::from_stored("user/x"),
        generation: 1,
        ciphertext: text.into(),
    }
}

pub(crate) fn lookup(text: &str) -> Lookup {
    Lookup::from_stored(text)
}

pub(crate) fn subject(text: &str) -> SubjectRef {
    SubjectRef::parse(text).unwrap()
}

pub(crate) fn event_id(id: &str) -> EventId {
    DomainEventAccepted::event_id(&organization(), "/test", id)
}

/// The card's id for a listed recipient: `member`, `address` or both, as in `m7 ada@x`.
pub(crate) fn card(event: &str, recipient: &str) -> NotificationId {
    let (member, lookup) = parts(recipient);
    Recipient::notification_id(event_id(event), member.as_ref(), lookup.as_ref())
}

fn parts(recipient: &str) -> (Option<MemberId>, Option<Lookup>) {
    let member = recipient.split(' ').find(|part| !part.contains('@'));
    let address = recipient.split(' ').find(|part| part.contains('@'));
    (member.map(|m| MemberId::parse(m).unwrap()), address.map(lookup))
}

pub(crate) fn domain_event(event_type: &str, id: &str, recipients: &[&str]) -> DomainEventAccepted {
    let recipient = |text: &&str| {
        let (member_id, lookup) = parts(text);
        let email = lookup.as_ref().map(|lookup| sealed(lookup.as_str()));
        Recipient {
            notification_id: card(id, text),
            member_id,
            email,
            lookup,
            former_lookup: None,
            aad_object_id: None,
            object_id_withdrawn: false,
            timezone: None,
            locale: None,
        }
    };
    DomainEventAccepted {
        source: "/test".into(),
        id: id.into(),
        event_type: event_type.into(),
        subject: Some(subject(SUBJECT)),
        time: None,
        recipients: Recipients::Listed(recipients.iter().map(recipient).collect()),
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
        content: sealed("content"),
    }
}

pub(crate) fn to_all(event_type: &str, id: &str) -> DomainEventAccepted {
    DomainEventAccepted {
        recipients: Recipients::All,
        subject: None,
        ..domain_event(event_type, id, &[])
    }
}

pub(crate) fn profile(email: Option<&str>, upn: Option<&str>, role: MemberRole) -> ProfileResolved {
    ProfileResolved {
        name: Some(sealed("name")),
        email: email.map(sealed),
        email_lookup: email.map(lookup),
        upn: upn.map(sealed),
        upn_lookup: upn.map(lookup),
        email_former_lookup: None,
        upn_former_lookup: None,
        role,
    }
}

pub(crate) fn installed() -> AppInstalled {
    AppInstalled {
        conversation: ConversationRef {
            conversation_id: ConversationId::parse("19:1_bot@unq.gbl.spaces").unwrap(),
            service_url: "https://smba.example/".into(),
            teams_user_id: "29:1".into(),
            bot_id: "28:1".into(),
        },
        evidence: InstallEvidence::InstallationUpdate,
        app_version: None,
    }
}

pub(crate) fn attempted(notification_id: NotificationId, attempt: u32) -> DeliveryAttempted {
    DeliveryAttempted {
        notification_id,
        attempt,
    }
}

pub(crate) fn delivered(notification_id: NotificationId) -> NotificationDelivered {
    NotificationDelivered {
        notification_id,
        attempt: 1,
        activity_id: Some(ActivityId::parse("1700").unwrap()),
        conversation_id: ConversationId::parse("19:1_bot@unq.gbl.spaces").unwrap(),
        revision: 1,
    }
}

/// A card of the chat itself.
pub(crate) fn chat_card(name: &str, class: Class, now: DateTime<Utc>) -> NotificationQueued {
    NotificationQueued {
        notification_id: NotificationId::derive(["chat", name]),
        source: Source::Chat,
        card: events::organization::CardKind::Help,
        subject: None,
        class,
        expires_at: now + Duration::days(1),
        unknown_policy: UnknownPolicy::Retry,
        state: None,
        facts: None,
        prompt: None,
        awaited: false,
        happened_at: None,
        most_a_day: None,
        member_id: None,
    }
}

/// What the router queues for a route.
pub(crate) fn queued(route: &Route) -> NotificationQueued {
    NotificationQueued {
        notification_id: route.notification_id,
        source: route.source.clone(),
        card: route.card,
        subject: route.subject.clone(),
        class: route.class,
        expires_at: route.expires_at.unwrap_or(route.accepted_at + Duration::days(14)),
        unknown_policy: UnknownPolicy::Retry,
        state: route.state,
        facts: route.facts.clone(),
        prompt: None,
        awaited: false,
        happened_at: None,
        most_a_day: None,
        member_id: None,
    }
}

impl World {
    pub(crate) fn empty() -> Self {
        Self::with(Options::default())
    }

    pub(crate) fn with(options: Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let projector = Projector::open(folder.path().join("projections.db"), options).unwrap();
        Self {
            store: Arc::new(MemoryStore::new()),
            folder,
            projector,
            now: start(),
            appended: 0,
            directory: HashMap::new(),
        }
    }

    /// A world whose tenant is linked to its organization.
    pub(crate) async fn linked() -> Self {
        let mut world = Self::empty();
        world.link().await;
        world
    }

    pub(crate) async fn link(&mut self) -> Position {
        let event = OrganizationLinked {
            organization_id: organization(),
        };
        self.tenant_says(TenantEvent::from(event)).await
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("projections.db")
    }

    pub(crate) fn work(&self) -> WorkList {
        self.projector.work_list()
    }

    pub(crate) fn projector(&self) -> &Projector {
        &self.projector
    }

    pub(crate) fn models(&self) -> ReadModels {
        self.projector.read_models()
    }

    pub(crate) async fn user_does(&mut self, name: &str, event: impl Into<UserEvent>) -> Position {
        let event = event.into();
        if let UserEvent::Identity(Identity::ProfileResolved(profile)) = &event {
            self.directory.insert(user(name).to_string(), profile.clone());
        }
        self.append(StreamId::user(&user(name)), &event, None).await
    }

    pub(crate) async fn chronus_says(&mut self, event: DomainEventAccepted) -> Position {
        let id = event_id(&event.id);
        let event = events::OrganizationEvent::from(event);
        self.append(StreamId::organization(&organization()), &event, Some(id))
            .await
    }

    pub(crate) async fn tenant_says(&mut self, event: impl Into<TenantEvent>) -> Position {
        self.append(StreamId::tenant(&tenant()), &event.into(), None)
            .await
    }

    pub(crate) async fn service_says(&mut self, event: impl Into<OutboundEvent>) -> Position {
        self.append(StreamId::routing(&organization()), &event.into(), None)
            .await
    }

    pub(crate) async fn append(
        &mut self,
        stream: StreamId,
        event: &impl StoredEvent,
        id: Option<EventId>,
    ) -> Position {
        self.appended += 1;
        self.now += Duration::seconds(1);
        let id = id.unwrap_or_else(|| EventId::derive([self.appended.to_string().as_str()]));
        let metadata = Metadata {
            time: self.now,
            correlation_id: id.0,
            causation_id: id.0,
        };
        let new = NewEvent::encode(id, event, metadata);
        self.append_raw(stream, new).await
    }

    pub(crate) async fn append_raw(&mut self, stream: StreamId, event: NewEvent) -> Position {
        let write = StreamWrite {
            stream,
            expected: Expected::Any,
            events: vec![event],
        };
        self.store.append(vec![write]).await.unwrap()[0].position
    }

    /// Appends an event as it stands.
    pub(crate) async fn append_recorded(&mut self, recorded: &Recorded) {
        let event = NewEvent {
            id: recorded.id,
            event_type: Box::leak(recorded.event_type.clone()),
            schema_version: recorded.schema_version,
            payload: recorded.payload.to_string(),
            metadata: recorded.metadata,
        };
        let position = self.append_raw(recorded.stream.clone(), event).await;
        assert_eq!(position, recorded.position);
    }

    /// Installs the app for a person with this mail address.
    pub(crate) async fn joins(&mut self, name: &str, email: &str) {
        self.user_does(name, installed()).await;
        self.user_does(name, profile(Some(email), None, MemberRole::User))
            .await;
    }

    /// Does what the router does until nothing is left to queue.
    pub(crate) async fn queue_all(&mut self) {
        self.fold().await;
        for route in self.work().resolved(1_000, |_| true).unwrap() {
            let stream = StreamId::user(&route.user);
            self.append(stream, &UserEvent::from(queued(&route)), None).await;
        }
    }

    /// Folds; the directory answers at once what it is asked before a first link.
    pub(crate) async fn fold(&mut self) {
        loop {
            self.fold_without_directory().await;
            let mut asked = self.work().look_ups(1_000, |_| true).unwrap();
            asked.retain(|asked| asked.because == ProfileCause::Linked);
            if asked.is_empty() {
                return;
            }
            for asked in asked {
                let profile = self.directory[&asked.user.to_string()].clone();
                self.append(StreamId::user(&asked.user), &UserEvent::from(profile), None)
                    .await;
            }
        }
    }

    pub(crate) async fn fold_without_directory(&mut self) {
        self.projector.catch_up(self.store.as_ref()).await.unwrap();
    }

    pub(crate) async fn notification(&mut self, id: NotificationId) -> Notification {
        self.fold().await;
        self.models()
            .notification(id)
            .await
            .unwrap()
            .expect("the notification has a row")
    }

    /// State and reason of a notification.
    pub(crate) async fn state(&mut self, id: NotificationId) -> (NotificationState, Option<String>) {
        let found = self.notification(id).await;
        (found.state, found.reason)
    }
}

/// Every row of every table, in the order of its key.
pub(crate) fn dump(path: &Path) -> String {
    let db = rusqlite::Connection::open(path).unwrap();
    let mut tables = db
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
        .unwrap();
    let tables: Vec<String> = tables
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let mut text = String::new();
    for table in tables {
        let mut rows = db.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns = rows.column_count();
        let mut lines: Vec<String> = rows
            .query_map([], |row| {
                let values: Vec<Value> = (0..columns).map(|i| row.get(i).unwrap()).collect();
                Ok(format!("{table} {values:?}\n"))
            })
            .unwrap()
            .map(Result::unwrap)
            .collect();
        lines.sort();
        text.extend(lines);
    }
    text
}
