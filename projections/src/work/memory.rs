//! All that is to be done, as of one place in the log.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock, RwLockWriteGuard};

use events::work::{LinkRoute, LookUpRoute, LostMessage, SubjectRoute};
use events::{EventId, Position, TenantId};
use rusqlite::Connection;

use super::answers::Answers;
use super::news::{News, OfLink};
use super::ordered::Ordered;
use super::routes::Routes;
use crate::database::Sql;
use crate::listed::Listed;
use crate::outbox::{Change, Outbox};

/// Whom of a tenant's people are still to be told: oldest first.
type ToTell = Ordered<(EventId, String), (i64, Option<i64>), SubjectRoute>;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// What the lanes have to do.
    pub(crate) outbox: Outbox,
    pub(super) routes: Routes,
    pub(super) changes: BTreeMap<TenantId, ToTell>,
    pub(super) links: Ordered<OfLink, i64, LinkRoute>,
    pub(super) look_ups: Ordered<String, i64, LookUpRoute>,
    pub(super) lost: Ordered<i64, (), LostMessage>,
    pub(super) answers: Answers,
    /// Since when somebody waits of whom the rows are to be asked.
    pub(super) listed: Listed,
}

impl Memory {
    /// Reads it from the rows; the things that the lanes do are to be added by the loader.
    pub(crate) fn begin(db: &Connection) -> Sql<Self> {
        let mut memory = Self {
            outbox: Outbox::begin(db)?,
            ..Self::default()
        };
        memory.learn(News::all(db)?);
        Ok(memory)
    }

    /// Reads it from the rows, whole.
    pub(crate) fn load(db: &Connection) -> Sql<Self> {
        Ok(Self {
            outbox: Outbox::load(db)?,
            ..Self::begin(db)?
        })
    }

    fn learn(&mut self, news: News) {
        for (event, origin) in news.origins {
            self.routes.set_origin(event, origin);
        }
        for (row, resolved) in news.routes {
            self.routes.set(row, resolved);
        }
        self.routes.tidy();
        for (tenant, since_ms) in news.on_since {
            self.routes.set_on_since(tenant, since_ms);
        }
        for (key, change) in news.changes {
            let Some((tenant, _)) = key.1.split_once('/') else {
                continue;
            };
            let Ok(tenant) = TenantId::parse(tenant) else {
                continue;
            };
            let told = self.changes.entry(tenant.clone()).or_default();
            told.set(key, change);
            if told.is_empty() {
                self.changes.remove(&tenant);
            }
        }
        for (key, link) in news.links {
            self.links.set(key, link);
        }
        for (user, look_up) in news.look_ups {
            self.look_ups.set(user, look_up);
        }
        for (position, answer) in news.answers {
            self.answers.set(&answer.organization, position, answer.owed);
            self.lost.set(position, answer.lost.map(|lost| ((), lost)));
        }
        for (organization, receiver) in news.receivers {
            self.answers.set_receiver(organization, receiver);
        }
        self.listed = news.listed;
    }
}

/// What is to be done, between the one who folds and those who ask.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    memory: RwLock<Memory>,
    /// Grows whenever the rows are others.
    rows: AtomicU64,
}

impl Shared {
    pub(crate) fn read<T>(&self, question: impl FnOnce(&Memory) -> T) -> T {
        question(&self.memory.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What a batch changed that was folded and whose rows `db` sees; to be learnt by [`Self::learn`].
    pub(crate) fn news(&self, db: &Connection) -> Sql<News> {
        // Only the one who folds changes what is read here.
        self.read(|memory| News::read(db, &memory.routes))
    }

    /// A batch was folded that reached to `to`.
    pub(crate) fn learn(&self, changes: Vec<Change>, news: News, to: Position) {
        let mut memory = self.write();
        memory.outbox.apply(changes, to);
        memory.learn(news);
    }

    /// The rows are others.
    pub(crate) fn replace(&self, memory: Memory) {
        let mut known = self.write();
        self.rows.fetch_add(1, Ordering::AcqRel);
        *known = memory;
    }

    /// Which rows it is about.
    pub(super) fn rows(&self) -> u64 {
        self.rows.load(Ordering::Acquire)
    }

    /// Changes what the lanes have to do, unless it is about other rows by now. Answers whether it is not.
    pub(super) fn load(&self, rows: u64, change: impl FnOnce(&mut Outbox)) -> bool {
        let mut memory = self.write();
        let same = self.rows() == rows;
        if same {
            change(&mut memory.outbox);
        }
        same
    }

    fn write(&self) -> RwLockWriteGuard<'_, Memory> {
        self.memory.write().unwrap_or_else(PoisonError::into_inner)
    }
}
