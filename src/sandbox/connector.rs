//! The Bot Connector's REST as a bot meets it (teams-protocol, section 3). Every call needs a token of the sandbox's
//! login; what Teams refuses is refused with its status, code and shape, in Teams' order: token, chat, standing,
//! content, limits, collision.

use std::sync::Arc;
use std::time::Instant;

use actix_web::http::StatusCode;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::content::{self, Content};
use super::faults::{Effect, Operation};
use super::people::Person;
use super::refusal::Refusal;
use super::world::World;

pub use super::connection::Connection;

/// Largest body read; what is larger is too big for any message.
const MAX_BODY: usize = 1024 * 1024;

type TenantPath = web::Path<(String, String)>;
type ChatPath = web::Path<(String, String, String)>;
type MessagePath = web::Path<(String, String, String, String)>;

/// Adds the connector's routes.
pub fn routes(config: &mut web::ServiceConfig) {
    let scope = web::scope("/connector/{region}/{tenant}/v3/conversations")
        .app_data(web::PayloadConfig::new(MAX_BODY))
        .route("", web::post().to(create))
        .route("/{conversation}/activities", web::post().to(send))
        .route("/{conversation}/activities/{activity}", web::post().to(reply))
        .route("/{conversation}/activities/{activity}", web::put().to(update))
        .route("/{conversation}/activities/{activity}", web::delete().to(delete))
        .route("/{conversation}/members", web::get().to(members))
        .route("/{conversation}/members/{member}", web::get().to(member))
        .route("/{conversation}/pagedmembers", web::get().to(paged_members));
    config
        .service(web::resource("/connector/teams/v3/conversations").route(web::post().to(create_anywhere)))
        .service(scope);
}

/// What the call does once it is let in.
#[derive(Debug)]
enum Call {
    Create(Option<Content>),
    Send(Content),
    Update(String, Content),
    Delete(String),
    Member(String),
    Members,
    PagedMembers,
}

impl Call {
    fn operation(&self) -> Operation {
        match self {
            Self::Create(_) => Operation::Create,
            Self::Send(_) => Operation::Send,
            Self::Update(..) => Operation::Update,
            Self::Delete(_) => Operation::Delete,
            Self::Member(_) | Self::Members | Self::PagedMembers => Operation::Members,
        }
    }

    /// How many messages it counts as.
    fn weight(&self) -> usize {
        let posted = if let Self::Send(content) | Self::Create(Some(content)) = self {
            content.split
        } else {
            false
        };
        if posted { 2 } else { 1 }
    }

    fn changes_the_chat(&self) -> bool {
        matches!(
            self,
            Self::Create(Some(_)) | Self::Send(_) | Self::Update(..) | Self::Delete(_)
        )
    }
}

async fn create(
    world: web::Data<World>,
    request: HttpRequest,
    path: TenantPath,
    body: Result<web::Bytes, actix_web::Error>,
) -> HttpResponse {
    let (_, tenant) = path.into_inner();
    if let Err(refusal) = admitted(&world, &request) {
        return refused(&world, &refusal);
    }
    let person = body
        .map_err(|_| Refusal::bad_syntax())
        .and_then(|body| content::conversation(&world, &tenant, &body));
    match person {
        Ok((person, first)) => run(&world, &request, &tenant, &person, Call::Create(first)).await,
        Err(refusal) => refused(&world, &refusal),
    }
}

/// The same at the global service URL, which serves every tenant: the body names it.
async fn create_anywhere(
    world: web::Data<World>,
    request: HttpRequest,
    body: Result<web::Bytes, actix_web::Error>,
) -> HttpResponse {
    let named = body.as_ref().ok().and_then(|body| {
        let body: Value = serde_json::from_slice(body).ok()?;
        Some(body["tenantId"].as_str()?.to_owned())
    });
    let path = (String::new(), named.unwrap_or_default());
    create(world, request, path.into(), body).await
}

async fn send(
    world: web::Data<World>,
    request: HttpRequest,
    path: ChatPath,
    body: Result<web::Bytes, actix_web::Error>,
) -> HttpResponse {
    let (_, tenant, conversation) = path.into_inner();
    with_content(&world, &request, &tenant, &conversation, body, Call::Send).await
}

async fn reply(
    world: web::Data<World>,
    request: HttpRequest,
    path: MessagePath,
    body: Result<web::Bytes, actix_web::Error>,
) -> HttpResponse {
    let (_, tenant, conversation, _) = path.into_inner();
    with_content(&world, &request, &tenant, &conversation, body, Call::Send).await
}

async fn update(
    world: web::Data<World>,
    request: HttpRequest,
    path: MessagePath,
    body: Result<web::Bytes, actix_web::Error>,
) -> HttpResponse {
    let (_, tenant, conversation, activity) = path.into_inner();
    let call = |content| Call::Update(activity, content);
    with_content(&world, &request, &tenant, &conversation, body, call).await
}

async fn delete(world: web::Data<World>, request: HttpRequest, path: MessagePath) -> HttpResponse {
    let (_, tenant, conversation, activity) = path.into_inner();
    without_content(&world, &request, &tenant, &conversation, Call::Delete(activity)).await
}

async fn members(world: web::Data<World>, request: HttpRequest, path: ChatPath) -> HttpResponse {
    let (_, tenant, conversation) = path.into_inner();
    without_content(&world, &request, &tenant, &conversation, Call::Members).await
}

async fn paged_members(world: web::Data<World>, request: HttpRequest, path: ChatPath) -> HttpResponse {
    let (_, tenant, conversation) = path.into_inner();
    without_content(&world, &request, &tenant, &conversation, Call::PagedMembers).await
}

async fn member(world: web::Data<World>, request: HttpRequest, path: MessagePath) -> HttpResponse {
    let (_, tenant, conversation, member) = path.into_inner();
    without_content(&world, &request, &tenant, &conversation, Call::Member(member)).await
}

async fn with_content(
    world: &World,
    request: &HttpRequest,
    tenant: &str,
    conversation: &str,
    body: Result<web::Bytes, actix_web::Error>,
    call: impl FnOnce(Content) -> Call,
) -> HttpResponse {
    let checked = admitted(world, request).and_then(|()| {
        let person = chat_of(world, tenant, conversation)?;
        let body = body.map_err(|_| Refusal::too_big())?;
        Ok((person, call(Content::read(&body)?)))
    });
    match checked {
        Ok((person, call)) => run(world, request, tenant, &person, call).await,
        Err(refusal) => refused(world, &refusal),
    }
}

async fn without_content(
    world: &World,
    request: &HttpRequest,
    tenant: &str,
    conversation: &str,
    call: Call,
) -> HttpResponse {
    let checked = admitted(world, request).and_then(|()| chat_of(world, tenant, conversation));
    match checked {
        Ok(person) => run(world, request, tenant, &person, call).await,
        Err(refusal) => refused(world, &refusal),
    }
}

fn admitted(world: &World, request: &HttpRequest) -> Result<(), Refusal> {
    let header = request
        .headers()
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let admitted = world.login.admits(header, world.clock.now());
    admitted.then_some(()).ok_or_else(Refusal::unauthorized)
}

fn chat_of(world: &World, tenant: &str, conversation: &str) -> Result<Arc<Person>, Refusal> {
    world
        .people
        .of_conversation(conversation)
        .filter(|person| person.key.tenant_id.as_str().eq_ignore_ascii_case(tenant))
        .filter(|person| person.chat().opened)
        .ok_or_else(Refusal::conversation_not_found)
}

/// Runs a call that was let in: faults on order first, then limits, collision and standing, then the work.
async fn run(
    world: &World,
    request: &HttpRequest,
    tenant: &str,
    person: &Person,
    call: Call,
) -> HttpResponse {
    let operation = call.operation();
    // Held until the answer is ready, so that a slow call collides with the next one as it does in Teams.
    let in_flight = call.changes_the_chat().then(|| person.enter());
    if matches!(in_flight, Some(None)) {
        world.stats.count(|stats| &stats.collided);
        return refused(world, &Refusal::collision());
    }
    if let Err(wait) = world.limiter.admit(
        operation,
        tenant,
        Some(&person.windows),
        call.weight(),
        Instant::now(),
    ) {
        world.stats.count(|stats| &stats.throttled);
        let seconds = wait.as_millis().div_ceil(1_000);
        return refused(
            world,
            &Refusal::throttled(Some(u64::try_from(seconds).unwrap_or(1))),
        );
    }
    let user = person.key.aad_object_id.as_str();
    let Some(effect) = world.faults.take(operation, tenant, Some(user)) else {
        return work(world, person, call).await;
    };
    world.stats.count(|stats| &stats.faulted);
    if matches!(effect, Effect::Stall { .. } | Effect::Reset { .. }) {
        // Whoever asked knows before there is an answer: it gives up, or sees the closed connection. What Teams did to the chat is over by then.
        drop(in_flight);
        return faulty(world, request, person, call, &effect).await;
    }
    faulty(world, request, person, call, &effect).await
}

/// Runs a call that meets a fault on order.
async fn faulty(
    world: &World,
    request: &HttpRequest,
    person: &Person,
    call: Call,
    effect: &Effect,
) -> HttpResponse {
    match effect {
        Effect::Throttle { retry_after } => {
            world.stats.count(|stats| &stats.throttled);
            refused(world, &Refusal::throttled(*retry_after))
        }
        Effect::Refuse {
            status,
            code,
            delivered,
        } => {
            if *delivered {
                work(world, person, call).await;
            }
            refused(world, &Refusal::ordered(*status, code))
        }
        Effect::Slow { .. } => {
            world.delay(effect).await;
            work(world, person, call).await
        }
        Effect::Stall { delivered } => {
            if *delivered {
                work(world, person, call).await;
            }
            world.delay(effect).await;
            refused(world, &Refusal::ordered(504, "ServiceError"))
        }
        Effect::Reset { delivered } => {
            if *delivered {
                work(world, person, call).await;
            }
            if let Some(connection) = request.conn_data::<Connection>() {
                connection.close();
            }
            // Goes nowhere: the connection is closed.
            HttpResponse::build(StatusCode::BAD_GATEWAY).finish()
        }
    }
}

/// Does the call's work, or refuses it for the app's standing in the chat.
async fn work(world: &World, person: &Person, call: Call) -> HttpResponse {
    let done = match call {
        Call::Create(first) => created(world, person, first).await,
        Call::Send(content) => content.post(world, person).await,
        Call::Update(id, content) => content.replace(world, person, id).await,
        Call::Delete(id) => content::remove(world, person, id).await,
        Call::Member(id) => one_member(world, person, &id),
        Call::Members => everybody(world, person).map(|all| HttpResponse::Ok().json([all])),
        Call::PagedMembers => everybody(world, person)
            .map(|all| HttpResponse::Ok().json(json!({ "members": [all], "totalCount": 1 }))),
    };
    done.unwrap_or_else(|refusal| refused(world, &refusal))
}

/// Finds the conversation. A first message is shown, and its id is not told, as in Teams.
async fn created(world: &World, person: &Person, first: Option<Content>) -> Result<HttpResponse, Refusal> {
    if !person.chat().installed {
        return Err(Refusal::not_installed());
    }
    if let Some(first) = first {
        first.post(world, person).await?;
    }
    world.stats.count(|stats| &stats.creates);
    let service_url = world.service_url(person.key.tenant_id.as_str());
    let answer = json!({ "id": person.conversation_id, "serviceUrl": service_url });
    Ok(HttpResponse::Created().json(answer))
}

fn one_member(world: &World, person: &Person, id: &str) -> Result<HttpResponse, Refusal> {
    let member = everybody(world, person)?;
    if person.is_deleted() || !person.answers_to(id) {
        return Err(Refusal::member_not_found());
    }
    Ok(HttpResponse::Ok().json(member))
}

fn everybody(world: &World, person: &Person) -> Result<Value, Refusal> {
    if !person.chat().installed {
        return Err(Refusal::not_in_roster());
    }
    world.stats.count(|stats| &stats.members);
    Ok(person.member())
}

fn refused(world: &World, refusal: &Refusal) -> HttpResponse {
    world.stats.count(|stats| &stats.refused);
    refusal.answer()
}
