//! What callers do is recorded before it is done, with who they are and from where; what could not be done a second time.

use std::net::IpAddr;

use actix_web::{HttpMessage as _, HttpRequest};
use chrono::TimeDelta;
use events::outbound::PersonalValuesOpened;
use events::{EventId, OrganizationId, StreamId};
use uuid::Uuid;

use super::problem::Problem;
use super::state::ApiState;
use crate::audit::{self, AuditError, Deed};
use crate::config::Principal;
use crate::repeats::Once;

/// For how long one opening of a value by a key stands for others: whoever asks for the same every second is in the audit once.
pub(crate) const STANDS_FOR: TimeDelta = TimeDelta::minutes(10);

/// The address that asks, as the middleware of limits found it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CallerAddress(pub(crate) IpAddr);

/// From which address a request comes.
pub(crate) fn from(request: &HttpRequest) -> Option<String> {
    let known = request.extensions().get::<CallerAddress>().copied();
    let peer = || request.peer_addr().map(|peer| peer.ip());
    known
        .map(|known| known.0)
        .or_else(peer)
        .map(|address| address.to_string())
}

/// Somebody who does something that is answered for.
#[derive(Debug, Clone)]
pub(crate) struct Doer {
    /// For which organization.
    pub(crate) organization: OrganizationId,
    /// Who: the way and the key's name.
    pub(crate) by: String,
    /// From where.
    pub(crate) from: Option<String>,
    /// What is done once however often it is asked for, where it was asked for with an idempotency key.
    pub(crate) once: Option<Once>,
}

impl Doer {
    /// A caller of the API.
    pub(crate) fn api(request: &HttpRequest, principal: Principal) -> Self {
        Self {
            by: principal.by(),
            organization: principal.organization,
            from: from(request),
            once: request.extensions().get::<Once>().copied(),
        }
    }
}

/// What is done.
#[derive(Debug, Clone, Default)]
pub(crate) struct What<'w> {
    /// One of [`audit::acts`].
    pub(crate) act: &'static str,
    /// To whom or what.
    pub(crate) about: Option<String>,
    /// Why.
    pub(crate) reason: Option<&'w str>,
}

impl What<'_> {
    /// A replay, by the id that its caller chose.
    pub(crate) fn of_replay(act: &'static str, id: Uuid) -> Self {
        Self {
            about: Some(format!("replay/{id}")),
            ..Self::plain(act)
        }
    }

    /// An act that is about the organization as a whole and needs no reason.
    pub(crate) fn plain(act: &'static str) -> Self {
        Self {
            act,
            ..Self::default()
        }
    }
}

impl ApiState {
    /// Records that it is about to be done, does it, and records where it could not be done.
    pub(crate) async fn audited<T>(
        &self,
        doer: &Doer,
        what: What<'_>,
        doing: impl Future<Output = Result<T, Problem>>,
    ) -> Result<T, Problem> {
        let deed = Deed {
            act: what.act,
            about: what.about,
            by: doer.by.clone(),
            reason: what.reason.map(|reason| reason.trim().to_owned()),
            from: doer.from.clone(),
        };
        let (store, clock) = (&*self.store, &*self.clock);
        let organization = Some(&doer.organization);
        let begun = audit::about_to(store, clock, organization, deed, doer.once).await;
        let act = begun.map_err(|error| unrecorded(&error))?;
        let done = doing.await;
        if let Err(problem) = &done {
            audit::failed(store, clock, organization, act, problem.status()).await;
        }
        done
    }

    /// Whether an event of a change that is made once was recorded by an earlier try of the same request.
    pub(super) async fn stands(
        &self,
        doer: &Doer,
        stream: &StreamId,
        id: Option<EventId>,
    ) -> Result<bool, Problem> {
        let (Some(once), Some(id)) = (doer.once, id) else {
            return Ok(false);
        };
        let stands = once.stands(&*self.store, stream, id).await;
        stands.map_err(|error| unrecorded(&error.into()))
    }

    /// Records that personal values are opened; whoever asked sees nothing before it stands.
    pub(crate) async fn opened(&self, doer: &Doer, opening: PersonalValuesOpened) -> Result<(), Problem> {
        let opening = PersonalValuesOpened {
            from: doer.from.clone(),
            reason: opening.reason.trim().to_owned(),
            ..opening
        };
        let recorded = audit::record(&*self.store, &*self.clock, Some(&doer.organization), opening).await;
        recorded.map(drop).map_err(|error| unrecorded(&error))
    }

    /// The same of a question that opens a value by itself: recorded where this key did not ask for the same a moment ago.
    pub(crate) async fn opened_by_asking(
        &self,
        doer: &Doer,
        about: String,
        asked: &str,
    ) -> Result<(), Problem> {
        let now = self.clock.now();
        let key = (doer.organization.clone(), doer.by.clone(), about.clone());
        if self.openings.is_known(&key, now) {
            return Ok(());
        }
        let opening = PersonalValuesOpened {
            about,
            by: doer.by.clone(),
            reason: asked.to_owned(),
            until: now + STANDS_FOR,
            from: None,
            chain: None,
        };
        self.opened(doer, opening).await?;
        self.openings.note(key, now + STANDS_FOR);
        Ok(())
    }

    /// Records an act that is done over and over, such as reading the audit, once in a while for each key.
    pub(super) async fn once_in_a_while(&self, doer: &Doer, act: &'static str) -> Result<(), Problem> {
        let now = self.clock.now();
        let key = (doer.organization.clone(), doer.by.clone(), act.to_owned());
        if self.openings.is_known(&key, now) {
            return Ok(());
        }
        self.audited(doer, What::plain(act), std::future::ready(Ok(())))
            .await?;
        self.openings.note(key, now + STANDS_FOR);
        Ok(())
    }
}

fn unrecorded(error: &AuditError) -> Problem {
    tracing::error!(
        error = error as &dyn std::error::Error,
        "what was asked for could not be recorded, so it is not done"
    );
    Problem::storage()
}
