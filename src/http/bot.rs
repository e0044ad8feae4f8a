//! `POST /api/messages`: activities from Teams. The token is checked before the body is read as anything; the
//! answer goes out after the append and never waits for another service.

use std::net::IpAddr;
use std::sync::{Arc, LazyLock};

use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpRequest, HttpResponse, web};
use actors::action::{Action, Meant};
use actors::card::{CardContent, CardSpec};
use actors::directory::Directory;
use actors::ports::{CardRenderer, RenderError, TenantSwitches};
use actors::user::AskError;
use actors::user::asking::Receive;
use actors::user::command::{ActivityChat, Inbound as Received, Press, What};
use events::sealing::WORDS;
use events::shown::shows_nothing;
use events::store::Outage;
use events::user::{Command, InstallEvidence, SeenEvidence};
use events::{ActivityId, Clock, EventStore, NotificationId, PersonId, Sealed, UserKey, Vault, VaultError};
use projections::ReadModels;
use serde_json::{Value, json};
use tracing::Instrument as _;
use uuid::Uuid;

use super::body::BodyLimits;
use super::in_time::{self, in_time};
use super::problem::{Problem, json as json_answer};
use crate::cards::{self, drafts::Drafts, notes::Note};
use crate::metrics::{UNCHECKED_TOKENS, UNREADABLE, WRONG_KEYS};
use crate::onboarding::Onboarding;
use crate::onboarding::code::LinkCode;
use crate::onboarding::tries::Tries;
use crate::teams::access::BotAccess;
use crate::teams::activity::{Activity, AttributionError, ChatRules, Elsewhere, Inbound, Scope, Trigger};
use crate::teams::auth::{AuthError, RejectReason, VerifiedToken};
use crate::teams::elsewhere::Decliner;
use crate::telemetry::sampled::Sampled;

mod unlinked;

/// What the bot endpoint works with.
#[derive(Debug)]
pub struct BotSurface {
    /// Who may speak.
    pub access: BotAccess,
    /// Links tenants at run time.
    pub onboarding: Arc<Onboarding>,
    /// How often codes were typed.
    pub tries: Tries,
    /// Whose a tenant is, and how many people it has.
    pub models: ReadModels,
    /// The log.
    pub store: Arc<dyn EventStore>,
    /// The user actors.
    pub directory: Directory,
    /// Which tenants are switched off.
    pub switches: Arc<dyn TenantSwitches>,
    /// Seals what people write.
    pub vault: Vault,
    /// Draws the answer to a press.
    pub renderer: Arc<dyn CardRenderer>,
    /// Where text that is no command waits for the card that asks where it belongs.
    pub drafts: Arc<Drafts>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Answers politely outside personal chats.
    pub decliner: Decliner,
    /// What a body may be.
    pub limits: BodyLimits,
}

/// Whose an activity is.
enum Whose {
    /// A tenant's that is served.
    Served,
    /// A tenant's that no organization has.
    Unlinked,
    /// The token does not speak for it.
    Nobodys,
}

/// The handler.
pub async fn receive(
    request: HttpRequest,
    payload: web::Payload,
    surface: web::Data<BotSurface>,
) -> Result<HttpResponse, Problem> {
    let header = request
        .headers()
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let peer = request.peer_addr().map(|address| address.ip());
    let token = match surface.admit(header, peer).await {
        Ok(token) => token,
        Err(refusal) => return Ok(refusal),
    };
    let body = surface.limits.read_any(&request, payload).await?;
    let activity = match Activity::parse(&body) {
        Ok(activity) => activity,
        Err(error) => {
            static TOLD: LazyLock<Sampled> = LazyLock::new(Sampled::default);
            // Sent again it would be no better, and a channel that is refused backs off from everybody.
            metrics::counter!(UNREADABLE, "reason" => error.as_str()).increment(1);
            TOLD.tell(|more| {
                tracing::warn!(
                    %error, bytes = body.len(), more,
                    "an activity cannot be read, and {more} more before it"
                );
            });
            return Ok(HttpResponse::Ok().finish());
        }
    };
    // Teams hangs up on slow answers, and the effect must not be cut off half-way.
    match surface.authorizes(token.as_ref(), &activity) {
        Whose::Served => in_time(in_time::TEAMS, async move { surface.process(&activity).await }).await,
        Whose::Unlinked => {
            let unlinked = async move { surface.process_unlinked(&activity).await };
            in_time(in_time::TEAMS, unlinked).await
        }
        Whose::Nobodys => Ok(unauthorized()),
    }
}

/// `HEAD /api/messages`: the local Teams client asks so whether anybody is there.
pub async fn probe() -> HttpResponse {
    HttpResponse::Ok().finish()
}

/// 401 without a body: whoever speaks here is not told why.
fn unauthorized() -> HttpResponse {
    HttpResponse::Unauthorized()
        .insert_header((WWW_AUTHENTICATE, "Bearer"))
        .finish()
}

impl BotSurface {
    /// The caller's token, checked; `None` where none is asked for. Refusals have no body.
    async fn admit(
        &self,
        header: Option<&str>,
        peer: Option<IpAddr>,
    ) -> Result<Option<VerifiedToken>, HttpResponse> {
        match &self.access {
            BotAccess::Loopback(_) if peer.is_some_and(|peer| peer.is_loopback()) => Ok(None),
            BotAccess::Loopback(_) => Err(unauthorized()),
            BotAccess::Token(authenticator) => match authenticator.authenticate(header).await {
                Ok(token) => Ok(Some(token)),
                Err(AuthError::Rejected(rejected)) => {
                    static TOLD: LazyLock<Sampled> = LazyLock::new(Sampled::default);
                    metrics::counter!(WRONG_KEYS, "surface" => "bot").increment(1);
                    TOLD.tell(|more| {
                        tracing::warn!(
                            reason = %rejected.reason, token = ?rejected.token, more,
                            "a token was refused, and {more} more before it"
                        );
                    });
                    Err(unauthorized())
                }
                Err(error @ AuthError::Unavailable { retry_after }) => {
                    static TOLD: LazyLock<Sampled> = LazyLock::new(Sampled::default);
                    metrics::counter!(UNCHECKED_TOKENS, "surface" => "bot").increment(1);
                    TOLD.tell(|more| {
                        tracing::error!(
                            error = &error as &dyn std::error::Error,
                            more,
                            "a token cannot be checked, and {more} more before it"
                        );
                    });
                    let seconds = retry_after.as_secs().max(1).to_string();
                    Err(HttpResponse::ServiceUnavailable()
                        .insert_header((RETRY_AFTER, seconds))
                        .finish())
                }
            },
        }
    }

    /// Whose activity it is, where the token speaks for it.
    fn authorizes(&self, token: Option<&VerifiedToken>, activity: &Activity) -> Whose {
        static REFUSED: LazyLock<Sampled> = LazyLock::new(Sampled::default);
        let (reason, token) = match (&self.access, token) {
            (BotAccess::Token(authenticator), Some(token)) => {
                match authenticator.authorize(token, activity) {
                    Ok(_) => return Whose::Served,
                    Err(rejected) => (rejected.reason, Some(rejected.token)),
                }
            }
            (BotAccess::Loopback(settings), None) => match settings.check_activity(activity) {
                Ok(_) => return Whose::Served,
                Err(reason) => (reason, None),
            },
            (BotAccess::Token(_), None) | (BotAccess::Loopback(_), Some(_)) => return Whose::Nobodys,
        };
        if reason == RejectReason::ForeignTenant {
            return Whose::Unlinked;
        }
        REFUSED.tell(|more| {
            tracing::warn!(
                %reason, ?token, more,
                "an activity was refused, and {more} more before it"
            );
        });
        Whose::Nobodys
    }

    async fn process(&self, activity: &Activity) -> Result<HttpResponse, Problem> {
        let rules = self.access.chat_rules();
        let inbound = activity.classify(rules);
        let expects_answer = matches!(inbound, Inbound::CardAction { .. });
        let what = match inbound {
            Inbound::NotPersonal(elsewhere) => return Ok(self.decline(activity, elsewhere)),
            Inbound::OtherInvoke { name } => {
                tracing::debug!(?name, "an invoke that this bot does not offer");
                return Ok(HttpResponse::Ok().finish());
            }
            Inbound::Other => None,
            other @ (Inbound::Installed { .. }
            | Inbound::Uninstalled { .. }
            | Inbound::ConversationStarted
            | Inbound::Message { .. }
            | Inbound::Submit { .. }
            | Inbound::CardAction { .. }
            | Inbound::Seen { .. }) => Some(other),
        };
        let user = match activity.user() {
            Ok(user) => user,
            Err(error) => return Ok(unattributed(activity, &error, expects_answer)),
        };
        let text = match &what {
            Some(Inbound::Message { text }) => Some(text.clone()),
            _ => None,
        };
        if let Some(code) = text.as_deref().and_then(|text| LinkCode::typed(text, true)) {
            return self.redeem(activity, &user, &code).await;
        }
        let what = match what {
            Some(inbound) => self.meaning(&user, inbound).await?,
            None => What::Contact,
        };
        let chat = chat_of(activity, rules);
        if what == What::Contact && chat == ActivityChat::Another {
            return Ok(HttpResponse::Ok().finish());
        }
        let off = self.switches.is_off(&user.tenant_id);
        let received = self.received(activity, &user, what, off);
        self.keep_draft(&user, &received, text.as_ref()).await?;
        let written_on = self.keep_written(&received.what);
        // The thread is that of the card pressed on; the person's actor tells it.
        let span = tracing::info_span!(
            target: "thread", "activity", activity.key = %received.activity_key, correlation.id = tracing::field::Empty
        );
        let asked = self
            .directory
            .ask(&user, Receive(Box::new(received)))
            .instrument(span)
            .await;
        let answer = asked.map_err(|error| failed(&user, &error))?;
        if let Some(card) = written_on
            && !answer.reply.as_deref().is_some_and(was_not_taken)
        {
            self.drafts.forget(card);
        }
        if expects_answer {
            self.invoke_answer(activity, answer.reply).await
        } else {
            Ok(HttpResponse::Ok().finish())
        }
    }

    /// Has the person's actor know of what somebody did who gets no answer to it.
    async fn tell_person(
        &self,
        activity: &Activity,
        user: &UserKey,
        what: What,
        tenant_off: bool,
    ) -> Result<(), Problem> {
        let received = self.received(activity, user, what, tenant_off);
        let asked = self.directory.ask(user, Receive(Box::new(received))).await;
        asked.map(drop).map_err(|error| failed(user, &error))
    }

    fn received(&self, activity: &Activity, user: &UserKey, what: What, tenant_off: bool) -> Received {
        let defaults = self.onboarding.client_defaults.of_tenant(&user.tenant_id);
        Received {
            activity_key: activity.activity_key().0,
            at: activity.happened_at(),
            chat: chat_of(activity, self.access.chat_rules()),
            client: activity.client(),
            app_version: activity.app_version().map(str::to_owned),
            client_defaults: defaults.unwrap_or_default(),
            tenant_off,
            what,
        }
    }

    /// Reads an activity as a rule's input; what the person wrote is sealed here or dropped.
    async fn meaning(&self, user: &UserKey, inbound: Inbound) -> Result<What, Problem> {
        Ok(match inbound {
            Inbound::Installed { upgrade: true } => What::Upgraded,
            Inbound::Installed { upgrade: false } => What::Installed(InstallEvidence::InstallationUpdate),
            Inbound::ConversationStarted => What::Installed(InstallEvidence::ConversationUpdate),
            Inbound::Uninstalled { evidence } => What::Uninstalled(evidence),
            Inbound::Message { text } => {
                let typed = actors::action::parse_command(&text);
                let argument = self.seal(user, typed.argument.as_ref()).await?;
                What::Typed(typed.with_argument(argument))
            }
            Inbound::Submit { data, reply_to } => {
                self.press(user, Action::parse(None, &data), reply_to).await?
            }
            Inbound::CardAction {
                trigger: Trigger::Manual,
                verb,
                data,
                reply_to,
            } => {
                self.press(user, Action::parse(verb.as_deref(), &data), reply_to)
                    .await?
            }
            Inbound::CardAction {
                trigger: Trigger::Automatic,
                data,
                reply_to,
                ..
            } => {
                // The client refreshes what it shows: a read, whatever the verb says.
                self.press(
                    user,
                    Action::parse(Some(actors::action::REFRESH), &data),
                    reply_to,
                )
                .await?
            }
            Inbound::Seen {
                evidence: SeenEvidence::ReadReceipt,
                message_id,
            } => What::ReadUpTo(message_id),
            Inbound::Seen { message_id, .. } => What::Reacted(message_id),
            Inbound::OtherInvoke { .. } | Inbound::NotPersonal(_) | Inbound::Other => What::Contact,
        })
    }

    async fn press(&self, user: &UserKey, action: Action, on: Option<ActivityId>) -> Result<What, Problem> {
        // What is refused for its length is not kept in any form.
        let text = action.act.text().filter(|_| !action.too_long);
        let text = self.seal(user, text).await?;
        let fingerprint = self.fingerprint(user, action.act.given()).await?;
        let press = Press::sealed(action, text, fingerprint);
        Ok(What::Pressed { press, on })
    }

    /// Keeps typed text that may be words to somebody at hand for the card that may ask where it belongs.
    async fn keep_draft(
        &self,
        user: &UserKey,
        received: &Received,
        text: Option<&String>,
    ) -> Result<(), Problem> {
        let What::Typed(typed) = &received.what else {
            return Ok(());
        };
        let addressed = typed.command == Command::Message && typed.argument.is_some();
        if addressed || typed.meant == Meant::Words {
            let text = text.filter(|text| !shows_nothing(text));
            if let Some(sealed) = self.seal(user, text).await? {
                self.drafts.keep(received.reply_id(), sealed, self.clock.now());
            }
        }
        Ok(())
    }

    /// Keeps what a person wrote on a card at hand until it counts, so that it can be given back where it does not. Answers the
    /// card.
    fn keep_written(&self, what: &What) -> Option<NotificationId> {
        let What::Pressed { press, .. } = what else {
            return None;
        };
        let (card, words) = press.on.zip(press.act.words())?;
        self.drafts.keep(card, words.clone(), self.clock.now());
        Some(card)
    }

    /// Marks what a person gave in text, so that a double click can be told from another answer.
    async fn fingerprint(&self, user: &UserKey, text: Option<&String>) -> Result<Option<Uuid>, Problem> {
        let Some(text) = text else { return Ok(None) };
        let fingerprint = self.vault.fingerprint(&PersonId::user(user), text).await;
        fingerprint.map(Some).map_err(|error| not_sealed(&error))
    }

    /// Seals what a person wrote.
    async fn seal(&self, user: &UserKey, text: Option<&String>) -> Result<Option<Sealed>, Problem> {
        let Some(text) = text else { return Ok(None) };
        let sealed = self.vault.seal_at(&PersonId::user(user), WORDS, text).await;
        sealed.map(Some).map_err(|error| not_sealed(&error))
    }

    async fn invoke_answer(
        &self,
        activity: &Activity,
        card: Option<Box<CardSpec>>,
    ) -> Result<HttpResponse, Problem> {
        let say = |note| said(activity, note);
        let Some(card) = card else {
            return Ok(invoke_message(&say(Note::Done)));
        };
        match self.renderer.render(&card).await {
            Ok(message) => Ok(json_answer(StatusCode::OK, &cards::invoke_response(&message))),
            Err(RenderError::ContentErased) => Ok(invoke_message(&say(Note::Erased))),
            Err(RenderError::Port(error) | RenderError::Unreadable(error)) => {
                // What was recorded is recorded; only the picture of it is missing, and the card is updated in place.
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "an answer's card could not be drawn"
                );
                Ok(invoke_message(&say(Note::NotDrawn)))
            }
        }
    }

    fn decline(&self, activity: &Activity, elsewhere: Elsewhere) -> HttpResponse {
        match elsewhere {
            Elsewhere::Invoke => invoke_message(&said(activity, Note::PersonalChatOnly)),
            Elsewhere::Added | Elsewhere::Message => {
                if activity
                    .tenant()
                    .is_ok_and(|tenant| !self.switches.is_off(&tenant))
                {
                    self.decliner
                        .decline(activity, said(activity, Note::PersonalChatOnly));
                }
                HttpResponse::Ok().finish()
            }
            Elsewhere::Other => HttpResponse::Ok().finish(),
        }
    }
}

/// Whether the card that answers a press says that what was given on it did not count.
fn was_not_taken(card: &CardSpec) -> bool {
    card.fault.is_some() || matches!(card.content, CardContent::InDoubt | CardContent::NotTheirs)
}

fn not_sealed(error: &VaultError) -> Problem {
    tracing::error!(
        error = error as &dyn std::error::Error,
        "what a person wrote could not be sealed"
    );
    Problem::storage()
}

/// The chat that an activity gives, as far as it proves that it is the person's own. One without an address is as good
/// as one in another place.
fn chat_of(activity: &Activity, rules: ChatRules<'_>) -> ActivityChat {
    let scope = activity.scope(rules);
    match (scope, activity.conversation_ref()) {
        (Scope::OwnChat, Ok(chat)) => ActivityChat::Own(chat),
        (Scope::Unproven, Ok(chat)) => ActivityChat::Unproven(chat),
        (_, address) => {
            tracing::debug!(kind = %activity.kind, ?scope, error = ?address.err(), "an activity outside the person's chat");
            ActivityChat::Another
        }
    }
}

/// A note in the language of the client that the activity came from.
fn said(activity: &Activity, note: Note) -> String {
    note.text(activity.client().locale.as_deref())
}

/// A short text under the card, as an invoke's answer.
fn invoke_message(text: &str) -> HttpResponse {
    let body: Value = json!({
        "statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": text,
    });
    json_answer(StatusCode::OK, &body)
}

fn unattributed(activity: &Activity, error: &AttributionError, expects_answer: bool) -> HttpResponse {
    tracing::debug!(%error, "an activity of nobody we could name");
    if expects_answer {
        invoke_message(&said(activity, Note::Unnamed))
    } else {
        HttpResponse::Ok().finish()
    }
}

fn failed(user: &UserKey, error: &AskError) -> Problem {
    if !matches!(error, AskError::Busy) && !Outage::caused(error) {
        tracing::error!(%user, error = error as &dyn std::error::Error, "an activity was not stored");
    }
    match error {
        AskError::Append(error) if error.maybe_written() => Problem::storage(),
        // What is read may be what another node stored of the same activity.
        AskError::Crashed | AskError::Read(_) => Problem::storage(),
        AskError::Append(_) | AskError::Busy | AskError::Decode(_) => {
            Problem::unavailable("nothing was stored; send the same activity again", 1)
        }
    }
}
