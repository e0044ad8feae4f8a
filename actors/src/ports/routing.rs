//! What the router has to do.

use std::fmt::Debug;

use chrono::{DateTime, Utc};
pub use events::work::{
    HeldCard, LinkRoute, LookUpRoute, LostMessage, Route, RouteLink, StoppedCard, SubjectRoute, Unreached,
    Unroutable,
};
use futures_util::future::BoxFuture;

use super::PortError;

/// What the router has to do, as of the log. Everything listed stays listed until its event is folded.
pub trait Routing: Debug + Send + Sync + 'static {
    /// Recipients resolved and not queued: of each tenant its share, by class and within a class the oldest first. Where
    /// many tenants have some, that can be a few more than `limit`.
    fn resolved(&self, limit: usize) -> BoxFuture<'_, Result<Vec<Route>, PortError>>;
    /// The same of those that were meant for a time which has come by `now`.
    fn timed(&self, now: DateTime<Utc>, limit: usize) -> BoxFuture<'_, Result<Vec<Route>, PortError>>;
    /// People whose link does not follow the evidence, oldest first.
    fn links(&self, limit: usize) -> BoxFuture<'_, Result<Vec<LinkRoute>, PortError>>;
    /// People of whom the directory is to be asked, see [`LookUpRoute`], oldest first.
    fn look_ups(&self, limit: usize) -> BoxFuture<'_, Result<Vec<LookUpRoute>, PortError>>;
    /// Subjects that changed and whose card holders were not told, oldest first.
    fn subject_changes(&self, limit: usize) -> BoxFuture<'_, Result<Vec<SubjectRoute>, PortError>>;
    /// What people wrote and Chronus never took, whose writers were not told, oldest first.
    fn lost_messages(&self, limit: usize) -> BoxFuture<'_, Result<Vec<LostMessage>, PortError>>;
    /// Cards of Chronus' that wait in tenants that are switched off.
    fn held(&self, limit: usize) -> BoxFuture<'_, Result<Vec<HeldCard>, PortError>>;
    /// Cards of parts that are switched off, which wait or are to be listed.
    fn stopped(&self, limit: usize) -> BoxFuture<'_, Result<Vec<StoppedCard>, PortError>>;
    /// Recipients never found, or of parts that are switched off; of the former those whose notification ran out by `now`.
    fn unroutable(
        &self,
        now: DateTime<Utc>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Unroutable>, PortError>>;
    /// Recipients for whom nobody is found since `since` or longer, for a reason that Chronus was not told; longest
    /// waiting first.
    fn unreached(
        &self,
        since: DateTime<Utc>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Unreached>, PortError>>;
}
