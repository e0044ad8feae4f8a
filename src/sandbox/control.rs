//! The sandbox's own API, for scripts and other processes: people act, faults are ordered, counts are read. It answers
//! loopback callers only, and no page of another origin.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::guard::{self, GuardContext};
use actix_web::http::header::{HOST, ORIGIN};
use actix_web::{HttpResponse, ResponseError as _, web};
use events::UserKey;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use super::bot::TokenKind;
use super::chat::{AppChange, Chat, ClientChange};
use super::chronus::Failing;
use super::chronus_routes;
use super::client::{ActError, Action, Client};
use super::faults::Fault;
use super::page;
use super::people::{DirectoryChange, Person, PersonSpec};
use super::world::{Counts, World};
use crate::http::problem::Problem;

/// Adds the routes.
pub fn routes(config: &mut web::ServiceConfig) {
    // Chronus' side is open like the real one: a signature protects it.
    let webhook = web::resource("/sandbox/chronus/{organization}").guard(guard::Post());
    config.service(webhook.route(web::post().to(chronus_routes::receive)));
    config.route("/", web::get().to(page::to_page));
    let scope = web::scope("/sandbox")
        .guard(guard::fn_guard(local))
        .route("", web::get().to(page::show))
        .route("/page/{tenant}/{person}/{deed}", web::post().to(page::act))
        .route("/people", web::get().to(people))
        .route("/people", web::post().to(add_person))
        .route(
            "/people/{tenant}/{person}/directory",
            web::post().to(change_directory),
        )
        .route("/people/{tenant}/{person}/chat", web::get().to(chat))
        .route("/people/{tenant}/{person}/{deed}", web::post().to(deed))
        .route("/faults", web::get().to(faults))
        .route("/faults", web::post().to(order_faults))
        .route("/faults", web::delete().to(clear_faults))
        .route("/keys/rotate", web::post().to(rotate))
        .route("/stats", web::get().to(stats))
        .route("/bot", web::put().to(set_bot))
        .route("/activities", web::post().to(post_activity))
        .route("/chronus/{organization}", web::get().to(inbox))
        .route("/chronus/{organization}/fail", web::post().to(fail_webhook));
    config.service(scope);
}

/// Whether a call comes from this machine and from no foreign page.
fn local(context: &GuardContext<'_>) -> bool {
    let head = context.head();
    let text = |name| head.headers().get(name).and_then(|value| value.to_str().ok());
    let loopback = |authority: &str| {
        Url::parse(&format!("http://{authority}")).is_ok_and(|url| match url.host() {
            Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
            Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
            Some(url::Host::Domain(name)) => name == "localhost",
            None => false,
        })
    };
    let own_page = text(ORIGIN).is_none_or(|origin| origin.strip_prefix("http://").is_some_and(loopback));
    head.peer_addr.is_some_and(|peer| peer.ip().is_loopback()) && text(HOST).is_some_and(loopback) && own_page
}

/// A person's chat with who the person is.
#[derive(Debug, Serialize)]
pub struct ChatView {
    /// The tenant.
    pub tenant_id: String,
    /// The person.
    pub aad_object_id: String,
    /// The name, where known.
    pub name: Option<String>,
    /// The `29:` id.
    pub user_id: String,
    /// The `a:` id.
    pub conversation_id: String,
    /// Cards that came more than once.
    pub duplicates: u32,
    /// What the person sees.
    #[serde(flatten)]
    pub chat: Chat,
}

impl ChatView {
    /// The view of a person's chat.
    pub fn of(person: &Person) -> Self {
        let (chat, spec) = (person.chat().clone(), person.spec());
        Self {
            tenant_id: spec.tenant_id,
            aad_object_id: spec.aad_object_id,
            name: spec.name,
            user_id: person.user_id.clone(),
            conversation_id: person.conversation_id.clone(),
            duplicates: chat.duplicates(),
            chat,
        }
    }
}

/// All counts of the sandbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Counts since the start.
    #[serde(flatten)]
    pub counts: Counts,
    /// People.
    pub people: usize,
    /// People with the app.
    pub installed: usize,
    /// Messages of the bot in all chats.
    pub messages: usize,
    /// Cards that came more than once, by person; people without are left out.
    pub duplicates: BTreeMap<String, u32>,
}

impl Summary {
    /// Counts everything.
    pub fn of(world: &World) -> Self {
        let people = world.people.all();
        let mut summary = Self {
            counts: world.stats.read(),
            people: people.len(),
            installed: 0,
            messages: 0,
            duplicates: BTreeMap::new(),
        };
        for person in people {
            let chat = person.chat();
            summary.installed += usize::from(chat.installed);
            summary.messages += chat.messages.iter().filter(|message| message.from_bot).count();
            let duplicates = chat.duplicates();
            if duplicates > 0 {
                summary.duplicates.insert(person.key.to_string(), duplicates);
            }
        }
        summary
    }
}

async fn people(world: web::Data<World>) -> HttpResponse {
    let all: Vec<Value> = world
        .people
        .all()
        .iter()
        .map(|person| {
            let chat = person.chat();
            json!({
                "person": person.spec(), "deleted": person.is_deleted(), "user_id": person.user_id, "conversation_id": person.conversation_id,
                "installed": chat.installed, "blocked": chat.blocked, "disabled": chat.disabled,
                "messages": chat.messages.len(),
            })
        })
        .collect();
    HttpResponse::Ok().json(all)
}

async fn add_person(world: web::Data<World>, spec: web::Json<PersonSpec>) -> HttpResponse {
    match world.add_person(spec.into_inner()).await {
        Ok(person) => HttpResponse::Created().json(ChatView::of(&person)),
        Err(problem) => Problem::malformed(problem.to_string()).error_response(),
    }
}

async fn change_directory(
    world: web::Data<World>,
    path: web::Path<(String, String)>,
    change: web::Json<DirectoryChange>,
) -> HttpResponse {
    let (tenant, person) = path.into_inner();
    let Some(person) = find(&world, &tenant, &person) else {
        return Problem::not_found("person").error_response();
    };
    match world.change_directory(&person, change.into_inner()).await {
        Ok(()) => HttpResponse::Ok().json(ChatView::of(&person)),
        Err(problem) => Problem::malformed(problem.to_string()).error_response(),
    }
}

async fn chat(world: web::Data<World>, path: web::Path<(String, String)>) -> HttpResponse {
    let (tenant, person) = path.into_inner();
    match find(&world, &tenant, &person) {
        Some(person) => HttpResponse::Ok().json(ChatView::of(&person)),
        None => Problem::not_found("person").error_response(),
    }
}

/// A deed's body: the deed's own fields, and optionally a name under which it can be repeated exactly.
#[derive(Deserialize)]
struct Deed {
    #[serde(default)]
    step: Option<String>,
    #[serde(flatten)]
    fields: serde_json::Map<String, Value>,
}

async fn deed(
    world: web::Data<World>,
    path: web::Path<(String, String, String)>,
    body: web::Bytes,
) -> HttpResponse {
    let (tenant, person, verb) = path.into_inner();
    let Some(person) = find(&world, &tenant, &person) else {
        return Problem::not_found("person").error_response();
    };
    let client = Client::new(world.into_inner(), person);
    let change = match verb.as_str() {
        "block" => Some(AppChange::Blocked),
        "unblock" => Some(AppChange::Unblocked),
        "disable" => Some(AppChange::Disabled),
        "enable" => Some(AppChange::Enabled),
        _ => None,
    };
    if let Some(change) = change {
        return match client.change(change).await {
            Ok(()) => HttpResponse::NoContent().finish(),
            Err(_) => Problem::storage().error_response(),
        };
    }
    let body = if body.is_empty() { b"{}".as_slice() } else { &body };
    if verb == "client" {
        return use_client(&client, body).await;
    }
    let mut deed: Deed = match serde_json::from_slice(body) {
        Ok(deed) => deed,
        Err(error) => return Problem::malformed(format!("the body is no deed: {error}")).error_response(),
    };
    if verb == "repeat" {
        return repeat(&client, deed.step.as_deref().unwrap_or_default()).await;
    }
    deed.fields.insert("do".to_owned(), Value::String(verb));
    match serde_json::from_value(Value::Object(deed.fields)) {
        Ok(action) => act(&client, action, deed.step).await,
        Err(error) => Problem::malformed(format!("the deed cannot be read: {error}")).error_response(),
    }
}

async fn use_client(client: &Client, body: &[u8]) -> HttpResponse {
    match serde_json::from_slice::<ClientChange>(body) {
        Ok(change) => match client.use_client(change).await {
            Ok(()) => HttpResponse::NoContent().finish(),
            Err(_) => Problem::storage().error_response(),
        },
        Err(error) => Problem::malformed(format!("the change cannot be read: {error}")).error_response(),
    }
}

async fn act(client: &Client, action: Action, step: Option<String>) -> HttpResponse {
    match client.act(action, step).await {
        Ok(outcome) => HttpResponse::Ok().json(outcome),
        Err(ActError::Journal(_) | ActError::Stopping) => {
            Problem::unavailable("the sandbox is stopping or its journal is full", 1).error_response()
        }
        Err(error) => Problem::malformed(error.to_string()).error_response(),
    }
}

async fn repeat(client: &Client, step: &str) -> HttpResponse {
    match client.repeat(step).await {
        None => Problem::not_found("step").error_response(),
        Some(Ok(answer)) => {
            HttpResponse::Ok().json(json!({ "status": answer.status, "answer": answer.body }))
        }
        Some(Err(error)) => Problem::unavailable(error.to_string(), 1).error_response(),
    }
}

async fn faults(world: web::Data<World>) -> HttpResponse {
    HttpResponse::Ok().json(world.faults.waiting())
}

/// One fault or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Ordered {
    One(Fault),
    Several(Vec<Fault>),
}

async fn order_faults(world: web::Data<World>, ordered: web::Json<Ordered>) -> HttpResponse {
    match ordered.into_inner() {
        Ordered::One(fault) => world.faults.push(fault),
        Ordered::Several(faults) => faults.into_iter().for_each(|fault| world.faults.push(fault)),
    }
    HttpResponse::Ok().json(world.faults.waiting())
}

async fn clear_faults(world: web::Data<World>) -> HttpResponse {
    world.faults.clear();
    HttpResponse::NoContent().finish()
}

async fn rotate(world: web::Data<World>) -> HttpResponse {
    match Arc::clone(&world).rotate_keys().await {
        Ok(()) => HttpResponse::Ok().json(world.keys.jwks()),
        Err(error) => Problem::unavailable(error.to_string(), 1).error_response(),
    }
}

async fn stats(world: web::Data<World>) -> HttpResponse {
    HttpResponse::Ok().json(Summary::of(&world))
}

#[derive(Deserialize)]
struct Endpoint {
    url: Url,
}

async fn set_bot(world: web::Data<World>, endpoint: web::Json<Endpoint>) -> HttpResponse {
    world.bot.set_endpoint(endpoint.into_inner().url);
    HttpResponse::NoContent().finish()
}

/// A body for the bot as it is, with a token of choice.
#[derive(Deserialize)]
struct Raw {
    body: Value,
    token: TokenKind,
}

async fn post_activity(world: web::Data<World>, raw: web::Json<Raw>) -> HttpResponse {
    // A string is sent as it is, so that malformed bodies can be sent too.
    let body = raw
        .body
        .as_str()
        .map_or_else(|| raw.body.to_string(), str::to_owned);
    match world.bot.post(world.teams(), body, raw.token).await {
        Ok(answer) => HttpResponse::Ok().json(json!({ "status": answer.status, "body": answer.body })),
        Err(error) => Problem::unavailable(error.to_string(), 1).error_response(),
    }
}

async fn inbox(world: web::Data<World>, organization: web::Path<String>) -> HttpResponse {
    HttpResponse::Ok().json(world.chronus.inbox(&organization))
}

async fn fail_webhook(
    world: web::Data<World>,
    organization: web::Path<String>,
    failing: web::Json<Failing>,
) -> HttpResponse {
    world.chronus.fail(&organization, failing.into_inner());
    HttpResponse::NoContent().finish()
}

fn find(world: &World, tenant: &str, person: &str) -> Option<Arc<Person>> {
    let key = UserKey::parse(format!("{tenant}/{person}")).ok()?;
    world.people.get(&key)
}
