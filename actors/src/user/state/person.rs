//! How the fold follows whether the person is there, who they are, and what they want.

use chrono::{DateTime, Utc};
use events::Metadata;
use events::user::{
    ClientDefaultsChanged, ClientObserved, Identity, PreferencesChanged, Presence, Reachability,
    ReferenceRefreshed, ResumedBy, Settings, UninstallEvidence, UnlinkReason,
};

use super::{Former, Link, Profile, UserState};

impl UserState {
    pub(super) fn apply_presence(&mut self, event: &Presence, meta: &Metadata) {
        match event {
            Presence::AppInstalled(e) => {
                self.handled.insert(meta.causation_id);
                if self.erased {
                    *self = self.as_somebody_new();
                }
                self.installed = true;
                self.installed_at = Some(meta.time);
                self.conversation = Some(e.conversation.clone());
                self.chat_as_of = Some(meta.time);
            }
            Presence::AppUninstalled(e) => {
                self.handled.insert(meta.causation_id);
                self.installed = false;
                // A refusal is no activity: whatever the person does afterwards is newer.
                if e.evidence != UninstallEvidence::Refusal {
                    self.chat_as_of = Some(meta.time);
                }
            }
            Presence::ActivityObserved(e) => {
                self.handled.insert(meta.causation_id);
                self.chat_as_of = Some(e.at);
            }
            Presence::ReferenceRefreshed(e) => self.refresh(e, meta),
            Presence::ClientObserved(e) => self.client = e.clone(),
            Presence::ClientDefaultsChanged(e) => self.client_defaults = e.clone(),
            Presence::ReachabilityChanged(e) => {
                // The only trace of an activity that brings somebody back in the moment in which the last one was noted.
                self.handled.insert(meta.causation_id);
                self.reachability = e.state;
                self.disabled_at = (e.state == Reachability::DisabledByAdmin).then_some(meta.time);
            }
            Presence::ErasureRequested(_) => {
                self.handled.insert(meta.causation_id);
                self.erasing = true;
            }
            Presence::Erased(_) => self.erase(),
        }
    }

    fn refresh(&mut self, event: &ReferenceRefreshed, meta: &Metadata) {
        self.conversation = Some(event.conversation.clone());
        if let Some(id) = event.recovered_for {
            self.reopened_at = Some(meta.time);
            self.change(id, |n| {
                n.recovery = None;
                n.recovered = true;
                n.update_recovery = None;
            });
        }
    }

    /// The state of whoever was erased and adds the app again: nothing from before the erasure is listed, shown, held back by a
    /// wish or answered any more. What was done already stays done when it is told of again.
    pub(in crate::user) fn as_somebody_new(&self) -> Self {
        Self {
            handled: self.handled.clone(),
            told: self.told.clone(),
            changed_by: self.changed_by.clone(),
            reachability: self.reachability,
            disabled_at: self.disabled_at,
            throttled_until: self.throttled_until,
            ..Self::default()
        }
    }

    fn erase(&mut self) {
        self.erased = true;
        self.installed = false;
        self.connected = false;
        self.former = None;
        self.client = ClientObserved::default();
        self.client_defaults = ClientDefaultsChanged::default();
        self.profile = Profile::default();
        self.link = None;
    }

    pub(super) fn apply_identity(&mut self, event: &Identity, meta: &Metadata) {
        match event {
            Identity::ProfileRequested(e) => self.profile.request(e.because),
            Identity::ProfileResolved(e) => self.profile.resolve(e, meta.time),
            Identity::ProfileConfirmed(_) => self.profile.confirm(meta.time),
            Identity::ProfileUnavailable(e) => self.profile.fail(e, meta.time),
            Identity::MemberLinked(e) => {
                let (organization_id, member_id) = (e.organization_id.clone(), e.member_id.clone());
                // Whoever is again who they were may have what was meant for them.
                self.former = self.former.take().filter(|former| former.member_id != member_id);
                self.link = Some(Link {
                    organization_id,
                    member_id,
                    matched_by: e.matched_by,
                    since: meta.time,
                });
            }
            Identity::MemberUnlinked(e) => {
                let was_linked = self.link.take().is_some();
                let before = self.former.take();
                let before = before.filter(|former| !was_linked && former.member_id == e.member_id);
                self.former = Some(Former {
                    member_id: e.member_id.clone(),
                    since: meta.time,
                    in_doubt: e.reason == Some(UnlinkReason::Conflict),
                    last_known: before.map(|former| former.last_known.unwrap_or(former.since)),
                });
            }
        }
    }

    /// Each is the person's own doing, or told of by it.
    pub(super) fn apply_settings(&mut self, event: &Settings, meta: &Metadata) {
        self.handled.insert(meta.causation_id);
        match event {
            Settings::Connected(e) => self.connect(true, e.at, meta),
            Settings::Disconnected(e) => self.connect(false, e.at, meta),
            Settings::Paused(e) => {
                self.paused_until = Some(e.until);
                self.wished_at.pause(e.at.unwrap_or(meta.time));
            }
            Settings::Resumed(e) => {
                self.paused_until = None;
                if e.by == ResumedBy::Command {
                    self.wished_at.pause(e.at.unwrap_or(meta.time));
                }
            }
            Settings::PreferencesChanged(e) => {
                self.wished_at.settings(&self.preferences, e, meta.time);
                self.preferences = PreferencesChanged {
                    chosen: None,
                    ..e.clone()
                };
            }
        }
    }

    fn connect(&mut self, connected: bool, at: Option<DateTime<Utc>>, meta: &Metadata) {
        self.connected = connected;
        self.connected_since = Some(meta.time);
        self.wished_at.connection(at.unwrap_or(meta.time));
    }
}
