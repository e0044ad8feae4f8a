//! What people of a tenant do that no organization has: it is counted, an install is remembered for the day the tenant is linked,
//! and whoever types a code that an organization asked for links it. Nothing else is read or kept.

use std::sync::LazyLock;

use actix_web::HttpResponse;
use actors::onboarding::Redeemed;
use actors::user::command::What;
use events::outbound::ActRecorded;
use events::user::InstallEvidence;
use events::{OrganizationId, TenantId, UserKey};
use metrics::counter;

use super::super::problem::Problem;
use super::{ActivityChat, BotSurface, chat_of, invoke_message, said};
use crate::audit::{self, Deed, acts};
use crate::cards::notes::Note;
use crate::metrics::UNLINKED;
use crate::onboarding::OnboardingError;
use crate::onboarding::code::LinkCode;
use crate::onboarding::strangers::Room;
use crate::teams::activity::{Activity, Inbound};
use crate::telemetry::sampled::Sampled;

impl BotSurface {
    /// An activity of a tenant that is not served, as far as this node knew a moment ago.
    pub(super) async fn process_unlinked(&self, activity: &Activity) -> Result<HttpResponse, Problem> {
        static TOLD: LazyLock<Sampled> = LazyLock::new(Sampled::default);
        let Ok(tenant) = activity.tenant() else {
            return Ok(HttpResponse::Ok().finish());
        };
        let served = self.onboarding.is_served_after_all(&tenant).await;
        if served.map_err(|error| not_known(&error))? {
            return self.process(activity).await;
        }
        self.onboarding.strangers.count(&tenant, self.clock.now());
        TOLD.tell(|more| {
            tracing::info!(
                %tenant, more,
                "somebody of a tenant that is not linked shows up, and {more} more before"
            );
        });
        let inbound = activity.classify(self.access.chat_rules());
        let kind = match inbound {
            Inbound::Installed { .. } | Inbound::ConversationStarted => "installed",
            Inbound::Uninstalled { .. } => "uninstalled",
            Inbound::Message { .. } => "message",
            Inbound::Submit { .. }
            | Inbound::CardAction { .. }
            | Inbound::Seen { .. }
            | Inbound::OtherInvoke { .. }
            | Inbound::NotPersonal(_)
            | Inbound::Other => "other",
        };
        counter!(UNLINKED, "kind" => kind).increment(1);
        let what = match inbound {
            Inbound::Message { text } => return self.typed_unlinked(activity, &text).await,
            Inbound::CardAction { .. } => return Ok(invoke_message(&said(activity, Note::NotLinked))),
            Inbound::Installed { upgrade: false } => What::Installed(InstallEvidence::InstallationUpdate),
            Inbound::ConversationStarted => What::Installed(InstallEvidence::ConversationUpdate),
            Inbound::Uninstalled { evidence } => What::Uninstalled(evidence),
            Inbound::Installed { upgrade: true }
            | Inbound::Submit { .. }
            | Inbound::Seen { .. }
            | Inbound::OtherInvoke { .. }
            | Inbound::NotPersonal(_)
            | Inbound::Other => return Ok(HttpResponse::Ok().finish()),
        };
        self.remember(activity, &tenant, what).await
    }

    /// Keeps that somebody has the app, or has it no longer, until the tenant is linked.
    async fn remember(
        &self,
        activity: &Activity,
        tenant: &TenantId,
        what: What,
    ) -> Result<HttpResponse, Problem> {
        let is_own = !matches!(chat_of(activity, self.access.chat_rules()), ActivityChat::Another);
        let (Ok(user), true) = (activity.user(), is_own) else {
            return Ok(HttpResponse::Ok().finish());
        };
        let mut room = self.onboarding.strangers.room(tenant);
        if room == Room::Ask {
            // Before the first of its people is kept, so that nothing is sent to them whatever comes.
            let awaited = self.onboarding.await_link(tenant).await;
            awaited.map_err(|error| not_known(&error))?;
            let people = self.models.people_of(tenant.clone()).await;
            let people = people.map_err(|error| super::super::queries::unreadable(&error))?;
            self.onboarding.strangers.learn(tenant, people);
            room = self.onboarding.strangers.room(tenant);
        }
        if room == Room::Yes {
            self.tell_person(activity, &user, what, true).await?;
        }
        Ok(HttpResponse::Ok().finish())
    }

    async fn typed_unlinked(&self, activity: &Activity, text: &str) -> Result<HttpResponse, Problem> {
        if let Some(code) = LinkCode::typed(text, false)
            && let Ok(user) = activity.user()
        {
            return self.redeem(activity, &user, &code).await;
        }
        self.decliner.decline(activity, said(activity, Note::NotLinked));
        Ok(HttpResponse::Ok().finish())
    }

    /// Somebody typed a code: it links the tenant, or the person is told why not.
    pub(super) async fn redeem(
        &self,
        activity: &Activity,
        user: &UserKey,
        code: &LinkCode,
    ) -> Result<HttpResponse, Problem> {
        let tenant = &user.tenant_id;
        let note = if self.tries.take(tenant, self.clock.now()) {
            self.redeemed(activity, user, code).await?
        } else {
            Note::LinkTooOften
        };
        self.decliner.say(activity, said(activity, note));
        if note == Note::Linked {
            // Whoever typed it has the app, whether or not that was told before.
            let what = What::Installed(InstallEvidence::Activity);
            self.tell_person(activity, user, what, false).await?;
        }
        Ok(HttpResponse::Ok().finish())
    }

    async fn redeemed(&self, activity: &Activity, user: &UserKey, code: &LinkCode) -> Result<Note, Problem> {
        let tenant = &user.tenant_id;
        let known = self.models.tenant(tenant.clone()).await;
        let known = known.map_err(|error| super::super::queries::unreadable(&error))?;
        let owner = known.and_then(|known| known.organization_id);
        let refreshed = self.onboarding.refresh().await;
        refreshed.map_err(|error| not_known(&error))?;
        let by = format!("teams:{}", user.aad_object_id);
        let whose = self
            .onboarding
            .would_link((code, &self.vault), tenant, owner.as_ref());
        let act = match &whose {
            Some(organization) => Some(self.audit_link(organization, tenant, &by).await?),
            None => None,
        };
        let try_id = activity.activity_key();
        let redeemed = self
            .onboarding
            .redeem((code, &self.vault), (tenant, owner), try_id, &by)
            .await;
        let is_linked = matches!(redeemed, Ok(Redeemed::Linked(_) | Redeemed::Before(_)));
        if let Some(act) = act.filter(|_| !is_linked) {
            let status = if redeemed.is_ok() { 409 } else { 503 };
            audit::failed(&*self.store, &*self.clock, whose.as_ref(), act, status).await;
        }
        Ok(match redeemed.map_err(|error| not_known(&error))? {
            Redeemed::Linked(link) => {
                tracing::info!(
                    %tenant, organization = %link.organization_id,
                    "a tenant was linked by its organization's code"
                );
                Note::Linked
            }
            Redeemed::Before(_) => Note::Linked,
            Redeemed::OthersTenant => Note::LinkOthers,
            Redeemed::Wrong(_) => Note::LinkWrong,
        })
    }

    /// Records that the tenant is about to be linked.
    async fn audit_link(
        &self,
        organization: &OrganizationId,
        tenant: &TenantId,
        by: &str,
    ) -> Result<ActRecorded, Problem> {
        let deed = Deed {
            act: acts::TENANT_LINK,
            about: Some(format!("tenant/{tenant}")),
            by: by.to_owned(),
            reason: None,
            from: None,
        };
        let recorded = audit::about_to(&*self.store, &*self.clock, Some(organization), deed, None).await;
        recorded.map_err(|error| {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, "a link could not be recorded, so it is not made");
            Problem::storage()
        })
    }
}

fn not_known(error: &OnboardingError) -> Problem {
    let error = error as &dyn std::error::Error;
    tracing::error!(error, "whether a tenant is linked is not known");
    Problem::unavailable("nothing was stored; send the same activity again", 1)
}
