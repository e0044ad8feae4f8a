//! Answers questions from the committed rows.
//!
//! Each question runs on a thread for blocking work with a connection of its own from a small pool, in one read
//! transaction, so that an answer made of several statements is true of one position. Answers may lag behind the
//! log by what is not folded yet; [`ReadModels::caught_up_to`] waits.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use events::lineage::{Gone, Mark};
use events::organization::OrderKey;
use events::outbound::UnroutableReason;
use events::work::{Invitation, InvitationFigures, Unreached, Unroutable};
use events::{
    ConversationId, EventId, Lookup, MemberId, NotificationId, OrganizationId, Position, TenantId, UserKey,
};
use rusqlite::Connection;
use tokio::sync::watch;
use uuid::Uuid;

use crate::accepted::{self, Accepted};
use crate::aside::{self, Aside, Errand, Threads};
use crate::audience;
use crate::backlog::{self, Backlog, Times};
use crate::beyond;
use crate::conflicts::{self, Conflict, MemberStanding};
use crate::database::{self, Sql};
use crate::dead_letters::{self, DeadLetterFilter};
use crate::delivery_report::{self, DeliveryReport, ReportFilter};
use crate::email_mapping::{self, Mapping};
use crate::erasure::{self, Traces};
use crate::following::{Health, Options};
use crate::healing::{Healing, Rebuilding};
use crate::invitations;
use crate::members::{self, Member};
use crate::notifications::{self, CardFilter, CardPage, HistoryEntry, Notification};
use crate::outbox::Outbox;
use crate::people::{self, Person};
use crate::reachability::{self, Addressee, LedgerEntry, Preflight, Reach, Reached};
use crate::responses::{self, Response, ResponseFilter};
use crate::subject_changes;
use crate::tenants::{self, Tenant};
use crate::webhooks::{self, Webhook};
use crate::work::Shared;

mod announcing;
mod parts;

/// Members with one address who are told.
const MOST_SHARING: i64 = 100;
/// Idle connections kept; more are opened when more questions are asked at once, and closed after.
const POOLED: usize = 8;

/// Why a question was not answered.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The file could not be read.
    #[error("the read models cannot be read now")]
    Database(#[from] rusqlite::Error),
    /// The file was damaged and is made again from the log.
    #[error(transparent)]
    Rebuilding(#[from] Rebuilding),
    /// The thread that read ended by a panic, or the runtime is shutting down.
    #[error("reading the read models broke off")]
    Broken,
}

/// The read models. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ReadModels(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    /// Each with the file that it is of.
    idle: Mutex<Vec<(u64, Connection)>>,
    healing: Arc<Healing>,
    folded: watch::Receiver<Position>,
    /// How far it is known what is to be done, which the rows follow.
    known: watch::Receiver<Position>,
    health: watch::Receiver<Health>,
    /// What is to be done, as of whoever folds in this process; `None` for the rows of another one.
    work: Option<Arc<Shared>>,
    aside: Arc<dyn Aside>,
}

impl ReadModels {
    pub(crate) fn new(
        path: PathBuf,
        folded: watch::Receiver<Position>,
        known: watch::Receiver<Position>,
        health: watch::Receiver<Health>,
        healing: Arc<Healing>,
        work: impl Into<Option<Arc<Shared>>>,
        aside: Arc<dyn Aside>,
    ) -> Self {
        Self(Arc::new(Inner {
            path,
            idle: Mutex::default(),
            healing,
            folded,
            known,
            health,
            work: work.into(),
            aside,
        }))
    }

    /// The rows that another process keeps, for reading beside it: `None` where the file is missing, damaged, of
    /// another release, or made under other options. The position of [`Self::folded`] then stands still; an answer
    /// that matters tells its own. Blocks on the disk.
    pub fn open_read_only(path: impl Into<PathBuf>, options: &Options) -> Option<Self> {
        let path = path.into();
        let connection = database::open_for_reading(&path).ok()?;
        let ttl = options.default_ttl.num_milliseconds();
        let current = database::is_current(&connection, ttl, &options.skip).ok()?;
        let (at, _) = database::checkpoint(&connection).ok()?;
        let (_, folded) = watch::channel(at);
        let (_, health) = watch::channel(Health::Following);
        current.then(|| {
            Self::new(
                path,
                folded.clone(),
                folded,
                health,
                Arc::default(),
                None,
                Arc::new(Threads),
            )
        })
    }

    /// How far the rows at `path` saw the log, whatever release made them; `None` where there are no rows that can be
    /// read. Blocks on the disk.
    pub fn seen(path: &Path) -> Option<Mark> {
        let connection = path.exists().then(|| database::open_for_reading(path).ok())??;
        database::mark(&connection).ok()
    }

    /// What the rows at `path` tell of the log beyond `position`, whatever release made them: how often something became
    /// of a card, and which cards arrived. `None` where there are no rows that can be read. Blocks on the disk.
    pub fn beyond(path: &Path, position: Position) -> Option<(Vec<Gone>, Vec<NotificationId>)> {
        let connection = path.exists().then(|| database::open_for_reading(path).ok())??;
        beyond::find(&connection, position).ok()
    }

    /// The position folded so far, kept current. Goes back to the start when the file is built again.
    pub fn folded(&self) -> watch::Receiver<Position> {
        self.0.folded.clone()
    }

    /// The person of any tenant, other than `but`, whose current chat this is.
    pub async fn owner_of_chat(
        &self,
        but: UserKey,
        conversation: ConversationId,
    ) -> Result<Option<UserKey>, QueryError> {
        self.ask_as_committed(move |db| people::of_chat(db, &but, conversation.as_str()))
            .await
    }

    /// How following the log goes.
    pub fn health(&self) -> watch::Receiver<Health> {
        self.0.health.clone()
    }

    /// Waits until the rows of everything up to `position` are there, and has them committed as soon as they are folded;
    /// `false` when following ended before.
    pub async fn caught_up_to(&self, position: Position) -> bool {
        let mut folded = self.folded();
        if *folded.borrow() < position {
            self.0.healing.want_rows();
        }
        folded.wait_for(|folded| *folded >= position).await.is_ok()
    }

    /// Waits until the rows tell of everything that is known from memory, unless they cannot be committed. Questions do so by
    /// themselves, but for [`Self::preflight_here`].
    pub async fn current(&self) {
        let (mut folded, mut known) = (self.0.folded.clone(), self.0.known.clone());
        let at = *known.borrow_and_update();
        while *folded.borrow_and_update() < at.min(*known.borrow_and_update()) {
            self.0.healing.want_rows();
            let changed = tokio::select! {
                changed = folded.changed() => changed,
                changed = known.changed() => changed,
            };
            if changed.is_err() {
                return;
            }
        }
    }

    /// Those of `events` that were accepted.
    pub async fn accepted(&self, events: Vec<EventId>) -> Result<HashMap<EventId, Accepted>, QueryError> {
        self.ask_as_committed(move |db| accepted::find(db, &events)).await
    }

    /// When the newest domain event of an organization with each of `keys` happened.
    pub async fn newest_times(
        &self,
        organization: OrganizationId,
        keys: Vec<OrderKey>,
    ) -> Result<HashMap<OrderKey, DateTime<Utc>>, QueryError> {
        self.ask_as_committed(move |db| accepted::newest(db, &organization, keys))
            .await
    }

    /// One tenant.
    pub async fn tenant(&self, tenant: TenantId) -> Result<Option<Tenant>, QueryError> {
        self.ask(move |db| tenants::find(db, &tenant)).await
    }

    /// How many people of a tenant are known.
    pub async fn people_of(&self, tenant: TenantId) -> Result<u64, QueryError> {
        self.ask(move |db| tenants::people_of(db, &tenant)).await
    }

    /// Tenants that no organization has and of which people are known, with how many; the largest first.
    pub async fn unlinked_tenants(&self, limit: usize) -> Result<Vec<(TenantId, u64)>, QueryError> {
        self.ask(move |db| tenants::unlinked(db, limit)).await
    }

    /// Every tenant.
    pub async fn tenants(&self) -> Result<Vec<Tenant>, QueryError> {
        self.ask(tenants::list).await
    }

    /// Every row of an address in a tenant, also closed ones, oldest first.
    pub async fn mappings(&self, tenant: TenantId, lookup: Lookup) -> Result<Vec<Mapping>, QueryError> {
        self.ask(move |db| email_mapping::of_lookup(db, &tenant, &lookup))
            .await
    }

    /// Every address of a user, also closed ones, oldest first.
    pub async fn addresses(&self, user: UserKey) -> Result<Vec<Mapping>, QueryError> {
        self.ask(move |db| email_mapping::of_user(db, &user)).await
    }

    /// What is known of a member.
    pub async fn member(
        &self,
        organization: OrganizationId,
        id: MemberId,
    ) -> Result<Option<Member>, QueryError> {
        self.ask(move |db| members::member(db, &organization, &id)).await
    }

    /// What is known of several members; those of whom nothing is known are left out.
    pub async fn members(
        &self,
        organization: OrganizationId,
        ids: Vec<MemberId>,
    ) -> Result<Vec<Member>, QueryError> {
        self.ask(move |db| members::several(db, &organization, &ids))
            .await
    }

    /// Members who are there and whom Chronus told with this address, in the order of their ids, a hundred at most.
    pub async fn members_with(
        &self,
        organization: OrganizationId,
        lookup: Lookup,
    ) -> Result<Vec<Member>, QueryError> {
        self.ask(move |db| members::of_lookup(db, organization.as_str(), lookup.as_str(), MOST_SHARING))
            .await
    }

    /// One person.
    pub async fn person(&self, user: UserKey) -> Result<Option<Person>, QueryError> {
        self.ask(move |db| people::find(db, &user)).await
    }

    /// People of a tenant in the order of their keys, at most `limit` after `after`.
    pub async fn people(
        &self,
        tenant: TenantId,
        after: Option<UserKey>,
        limit: usize,
    ) -> Result<Vec<Person>, QueryError> {
        self.ask(move |db| people::of_tenant(db, &tenant, after.as_ref(), limit))
            .await
    }

    /// One notification.
    pub async fn notification(&self, id: NotificationId) -> Result<Option<Notification>, QueryError> {
        self.ask(move |db| notifications::find(db, id)).await
    }

    /// Whether a domain event asks for answers that nobody may lead back to who gave them.
    pub async fn asks_anonymously(&self, event: EventId) -> Result<bool, QueryError> {
        self.ask(move |db| subject_changes::asks_anonymously(db, event))
            .await
    }

    /// Everything that touched a notification, oldest first.
    pub async fn history(&self, id: NotificationId) -> Result<Vec<HistoryEntry>, QueryError> {
        self.ask(move |db| notifications::history(db, id)).await
    }

    /// The notifications of a domain event, in the order of its recipients.
    pub async fn notifications_of_event(&self, event: EventId) -> Result<Vec<Notification>, QueryError> {
        self.ask(move |db| notifications::of_domain_event(db, event))
            .await
    }

    /// Notifications of an organization that fit, newest first, from where the page before ended.
    pub async fn card_page(
        &self,
        organization: OrganizationId,
        filter: CardFilter,
        before: Option<u64>,
        limit: usize,
    ) -> Result<CardPage, QueryError> {
        self.ask(move |db| notifications::pages::page(db, &organization, &filter, before, limit))
            .await
    }

    /// Recipients never found, whose notification ran out by `now`; those of some organizations left out.
    pub async fn unroutable(
        &self,
        but: Vec<OrganizationId>,
        now: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<Unroutable>, QueryError> {
        let but = listed(&but);
        self.ask(move |db| notifications::unroutable(db, &but, now, limit))
            .await
    }

    /// Recipients for whom nobody is found since `since` or longer, for a reason that Chronus was not told; those of some
    /// organizations left out.
    pub async fn unreached(
        &self,
        but: Vec<OrganizationId>,
        since: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<Unreached>, QueryError> {
        let but = listed(&but);
        self.ask(move |db| notifications::unreached::unreached(db, &but, since, limit))
            .await
    }

    /// Conflicts of an organization, and where to go on after this page.
    pub async fn conflicts(
        &self,
        organization: OrganizationId,
        after: String,
        limit: usize,
    ) -> Result<(Vec<Conflict>, Option<String>), QueryError> {
        self.ask(move |db| conflicts::list(db, &organization, &after, limit))
            .await
    }

    /// Everything that is known of one member.
    pub async fn member_standing(
        &self,
        organization: OrganizationId,
        id: MemberId,
    ) -> Result<Option<MemberStanding>, QueryError> {
        self.ask(move |db| conflicts::standing(db, &organization, &id))
            .await
    }

    /// Under which names personal values of a member lie; `None` where the organization never had it.
    pub async fn traces(
        &self,
        organization: OrganizationId,
        id: MemberId,
    ) -> Result<Option<Traces>, QueryError> {
        self.ask(move |db| erasure::traces(db, &organization, &id)).await
    }

    /// The oldest erasures that were asked for and are not done, at most so many of each organization and in all.
    pub async fn erasures(&self, of_each: u32, most: u32) -> Result<Vec<erasure::Asked>, QueryError> {
        self.ask(move |db| erasure::asked(db, of_each, most)).await
    }

    /// Erasures that a restore lost, in the order of their ids, after one of them.
    pub async fn lost_erasures(&self, after: Uuid, most: u32) -> Result<Vec<erasure::Asked>, QueryError> {
        self.ask(move |db| erasure::lost(db, after, most)).await
    }

    /// Members whom Chronus removed before a moment and who are not forgotten.
    pub async fn removed_before(
        &self,
        before: DateTime<Utc>,
        most: u32,
    ) -> Result<Vec<erasure::Asked>, QueryError> {
        self.ask(move |db| erasure::removed_before(db, before, most))
            .await
    }

    /// The member that a person is, and the addresses that are theirs alone.
    pub async fn traces_of_person(
        &self,
        organization: OrganizationId,
        user: UserKey,
    ) -> Result<(Option<MemberId>, Vec<Lookup>), QueryError> {
        self.ask(move |db| erasure::traces_of_person(db, &organization, &user))
            .await
    }

    /// How many members an event for all did not reach, by reason.
    pub async fn left_out(&self, event: EventId) -> Result<BTreeMap<UnroutableReason, u64>, QueryError> {
        self.ask(move |db| audience::count_left_out(db, event)).await
    }

    /// Invitations that were handed over since `since` and name organizers, to events that did not end.
    pub async fn invitations(&self, since: DateTime<Utc>) -> Result<Vec<Invitation>, QueryError> {
        self.ask_as_committed(move |db| invitations::open(db, since))
            .await
    }

    /// How many people the invitation to an event reached.
    pub async fn invitation_figures(
        &self,
        organization: OrganizationId,
        event: events::SubjectRef,
    ) -> Result<InvitationFigures, QueryError> {
        self.ask(move |db| invitations::figures(db, &organization, &event))
            .await
    }

    /// People of a tenant of whom the directory told nothing since `since`, the longest first, people in `busy` left
    /// out.
    pub async fn aged_profiles(
        &self,
        tenant: TenantId,
        since: DateTime<Utc>,
        busy: HashSet<UserKey>,
        limit: usize,
    ) -> Result<Vec<UserKey>, QueryError> {
        self.ask(move |db| {
            if !tenants::is_enabled(db, tenant.as_str())? {
                return Ok(Vec::new());
            }
            people::profile::aged(db, &tenant, since, &busy, limit)
        })
        .await
    }

    /// For each tenant when the directory last told of the person of whom it told nothing for longest.
    pub async fn oldest_profiles(&self) -> Result<Vec<(TenantId, DateTime<Utc>)>, QueryError> {
        self.ask(people::profile::oldest).await
    }

    /// The answer at a position of the log.
    pub async fn response(&self, position: Position) -> Result<Option<Response>, QueryError> {
        self.ask(move |db| responses::at(db, position)).await
    }

    /// Answers of an organization that stand after `after`, oldest first.
    pub async fn responses_after(
        &self,
        organization: OrganizationId,
        after: Position,
        limit: usize,
    ) -> Result<Vec<Response>, QueryError> {
        self.ask(move |db| responses::after(db, &organization, after, limit))
            .await
    }

    /// Settled answers of an organization that fit, after a position of the feed.
    pub async fn responses_settled(
        &self,
        organization: OrganizationId,
        filter: ResponseFilter,
        after: Position,
        limit: usize,
    ) -> Result<Vec<Response>, QueryError> {
        self.ask(move |db| responses::settled(db, &organization, &filter, after, limit))
            .await
    }

    /// Those of `ids` that are answers of an organization.
    pub async fn responses_of_organization(
        &self,
        organization: OrganizationId,
        ids: Vec<EventId>,
    ) -> Result<Vec<Response>, QueryError> {
        self.ask(move |db| responses::of_organization(db, &organization, &ids))
            .await
    }

    /// How an organization's receiver of answers stands; `None` where it was always well, or never asked.
    pub async fn webhook(&self, organization: OrganizationId) -> Result<Option<Webhook>, QueryError> {
        self.ask(move |db| webhooks::find(db, &organization)).await
    }

    /// How much waits, and since when. Costs the same however much that is.
    pub async fn backlog(&self) -> Result<Backlog, QueryError> {
        let work = self.0.work.clone();
        self.ask(move |db| {
            let groups = match work {
                Some(work) => work.read(|memory| memory.outbox.groups()),
                None => Outbox::load(db)?.groups(),
            };
            backlog::read(db, groups)
        })
        .await
    }

    /// When notifications came to be; those that are not known are left out.
    pub async fn times(
        &self,
        ids: Vec<NotificationId>,
    ) -> Result<HashMap<NotificationId, Times>, QueryError> {
        self.ask(move |db| backlog::times(db, &ids)).await
    }

    /// When answers were given, by their positions.
    pub async fn answered(
        &self,
        positions: Vec<Position>,
    ) -> Result<HashMap<Position, DateTime<Utc>>, QueryError> {
        self.ask(move |db| backlog::answered(db, &positions)).await
    }

    /// Dead letters after the position of the last one's end, in the order of their end.
    pub async fn dead_letters(
        &self,
        organization: OrganizationId,
        filter: DeadLetterFilter,
        after: Position,
        limit: usize,
    ) -> Result<Vec<Notification>, QueryError> {
        self.ask(move |db| dead_letters::list(db, &organization, &filter, after, limit))
            .await
    }

    /// Those of `ids` that are an organization's notifications.
    pub async fn notifications_of_organization(
        &self,
        organization: OrganizationId,
        ids: Vec<NotificationId>,
    ) -> Result<Vec<Notification>, QueryError> {
        self.ask(move |db| dead_letters::of_organization(db, &organization, &ids))
            .await
    }

    /// How the thing that a domain event tells of ended since, where it did.
    pub async fn ended_since(
        &self,
        event: EventId,
    ) -> Result<Option<events::organization::SubjectState>, QueryError> {
        self.ask(move |db| subject_changes::ended_since(db, event)).await
    }

    /// The people of an organization's tenant with whether they can be reached at `now`, in the order of their keys.
    pub async fn reached(
        &self,
        organization: OrganizationId,
        state: Option<Reach>,
        after: Option<UserKey>,
        now: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<Reached>, QueryError> {
        self.ask(move |db| reachability::list(db, &organization, state, after.as_ref(), now, limit))
            .await
    }

    /// What was so of reaching a person, oldest first.
    pub async fn ledger(&self, user: UserKey) -> Result<Vec<LedgerEntry>, QueryError> {
        self.ask(move |db| reachability::ledger(db, &user)).await
    }

    /// Counts an audience as of `now`: named recipients, or everybody of the organization.
    pub async fn preflight(
        &self,
        organization: OrganizationId,
        whom: Option<Vec<Addressee>>,
        now: DateTime<Utc>,
    ) -> Result<Preflight, QueryError> {
        self.ask(move |db| match whom {
            Some(whom) => reachability::preflight(db, &organization, &whom, now, || {}),
            None => reachability::preflight_all(db, &organization, now, || {}),
        })
        .await
    }

    /// The same on the calling thread, which it blocks for as long as many people take; `between` is called after each.
    pub fn preflight_here(
        &self,
        organization: &OrganizationId,
        whom: Option<&[Addressee]>,
        now: DateTime<Utc>,
        between: impl Fn(),
    ) -> Result<Preflight, QueryError> {
        let file = self.file()?;
        let answered = self.0.answer(|db| match whom {
            Some(whom) => reachability::preflight(db, organization, whom, now, between),
            None => reachability::preflight_all(db, organization, now, between),
        });
        self.of_file(file, answered)
    }

    /// The tenant that an organization is linked to.
    pub async fn tenant_of(&self, organization: OrganizationId) -> Result<Option<TenantId>, QueryError> {
        let id = self
            .ask(move |db| tenants::of_organization(db, organization.as_str()))
            .await?;
        Ok(id.and_then(|id| TenantId::parse(id).ok()))
    }

    /// Counts notifications.
    pub async fn delivery_report(&self, filter: ReportFilter) -> Result<DeliveryReport, QueryError> {
        self.ask(move |db| delivery_report::delivery(db, &filter)).await
    }

    /// Whoever saw an effect of what is in the log finds its cause in the rows: they are committed first.
    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Connection) -> Sql<T> + Send + 'static,
    ) -> Result<T, QueryError> {
        self.current().await;
        self.ask_as_committed(question).await
    }

    async fn ask_as_committed<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Connection) -> Sql<T> + Send + 'static,
    ) -> Result<T, QueryError> {
        let file = self.file()?;
        let inner = Arc::clone(&self.0);
        let aside = Arc::clone(&self.0.aside);
        let answered = aside::done(&*aside, Errand::Question, move || inner.answer(question))
            .await
            .ok_or(QueryError::Broken)?;
        self.of_file(file, answered)
    }

    /// The number of the file that a question is put to. Looked at before anything else: a file that is made again while the
    /// question is answered, be it whole by then, has another number afterwards.
    fn file(&self) -> Result<u64, QueryError> {
        let file = self.0.healing.file();
        self.0.healing.check(file)?;
        Ok(file)
    }

    /// What was answered, if it is of this file still.
    fn of_file<T>(&self, file: u64, answered: Sql<T>) -> Result<T, QueryError> {
        self.0.healing.check(file)?;
        answered
            .inspect_err(|error| self.0.healing.report(error))
            .map_err(QueryError::from)
    }
}

impl Inner {
    fn answer<T>(&self, question: impl FnOnce(&Connection) -> Sql<T>) -> Sql<T> {
        let file = self.healing.file();
        let pooled = {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            idle.retain(|(of, _)| *of == file);
            idle.pop()
        };
        let mut connection = match pooled {
            Some((_, connection)) => connection,
            None => database::open_for_reading(&self.path)?,
        };
        let transaction = connection.transaction()?;
        let answer = question(&transaction)?;
        transaction.finish()?;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < POOLED {
            idle.push((file, connection));
        }
        Ok(answer)
    }
}

/// Ids as a JSON array, which SQL reads with `json_each`.
fn listed<T: std::fmt::Display>(ids: &[T]) -> String {
    ids.iter()
        .map(ToString::to_string)
        .collect::<serde_json::Value>()
        .to_string()
}
