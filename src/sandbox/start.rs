//! Starting a sandbox: the address first, then the journal, then whatever the journal did not know.

use std::net::TcpListener;
use std::sync::Arc;

use actix_web::{App as HttpApp, HttpServer, web};
use events::UserKey;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::bot::Bot;
use super::chat::ChatRecord;
use super::chronus::Chronus;
use super::client::Client;
use super::connection::Connection;
use super::faults::Faults;
use super::journal::{Entry, Journal};
use super::keys::{KeyError, Keys, SigningKey};
use super::limits::Limiter;
use super::login::Login;
use super::people::People;
use super::world::{App, Stats, World};
use super::{Sandbox, SandboxError, SandboxOptions, connector, control, login_routes};

/// Seconds that calls in flight get when the sandbox stops.
const SHUTDOWN: u64 = 2;

pub(super) async fn start(mut options: SandboxOptions) -> Result<Sandbox, SandboxError> {
    let listen = |source| SandboxError::Listen {
        address: options.listen,
        source,
    };
    let listener = TcpListener::bind(options.listen).map_err(listen)?;
    let address = listener.local_addr().map_err(listen)?;
    let (workers, specs, tenants) = (
        options.workers.max(1),
        std::mem::take(&mut options.people),
        std::mem::take(&mut options.tenants),
    );
    let url = options.public_url.take();
    let url = url.map_or_else(
        || format!("http://{address}"),
        |url| url.trim_end_matches('/').to_owned(),
    );
    // Reading the journal and finding primes block.
    let (world, new_keys) = tokio::task::spawn_blocking(move || build(options, url))
        .await
        .map_err(|_| SandboxError::Interrupted)??;
    for pkcs8 in new_keys {
        world.journal.append(&Entry::Key { pkcs8 }).kept().await?;
    }
    for tenant in tenants {
        world.login.add_tenant(&tenant);
    }
    for spec in specs {
        world.add_person(spec).await?;
    }
    let shared = Arc::clone(&world);
    let server = HttpServer::new(move || {
        HttpApp::new()
            .app_data(web::Data::from(Arc::clone(&shared)))
            .configure(control::routes)
            .configure(connector::routes)
            .configure(login_routes::routes)
    })
    .on_connect(Connection::remember)
    .workers(workers)
    .disable_signals()
    .shutdown_timeout(SHUTDOWN)
    .listen(listener)
    .map_err(|source| SandboxError::Listen { address, source })?
    .run();
    let handle = server.handle();
    let task = tokio::spawn(server);
    for person in world.people.all() {
        Client::new(Arc::clone(&world), person).resume();
    }
    Ok(Sandbox {
        world,
        address,
        server: handle,
        served: task,
    })
}

/// What the journal brought back.
struct Restored {
    people: People,
    chronus: Chronus,
    keys: Vec<SigningKey>,
    key_error: Option<KeyError>,
    app_id: String,
}

impl Restored {
    fn take(&mut self, entry: Entry) {
        match entry {
            Entry::Key { pkcs8 } => match SigningKey::from_pkcs8(&pkcs8) {
                Ok(key) => self.keys.push(key),
                Err(error) => self.key_error = Some(error),
            },
            Entry::Person { spec } => {
                if let Err(error) = self.people.add(spec, &self.app_id) {
                    tracing::warn!(%error, "the sandbox's journal holds a person without a usable id");
                }
            }
            Entry::Directory { user, change } => {
                if let Some(person) = self.people.get(&user) {
                    person.change(change);
                }
            }
            Entry::Chat { user, record } => self.fold(&user, &record),
            Entry::Answer {
                organization,
                received,
            } => {
                self.chronus.keep(&organization, received);
            }
        }
    }

    fn fold(&self, user: &UserKey, record: &ChatRecord) {
        if let Some(person) = self.people.get(user) {
            person.fold(&mut person.chat(), record);
        }
    }
}

/// Builds the shared state; returns the keys that the journal does not hold yet.
fn build(options: SandboxOptions, url: String) -> Result<(Arc<World>, Vec<String>), SandboxError> {
    let mut restored = Restored {
        people: People::default(),
        chronus: Chronus::new(options.webhook_secrets),
        keys: Vec::new(),
        key_error: None,
        app_id: options.app_id.clone(),
    };
    let journal = match &options.journal {
        Some(folder) => Journal::open(folder, |entry| restored.take(entry))?,
        None => Journal::none(),
    };
    if let Some(error) = restored.key_error {
        return Err(error.into());
    }
    let known = restored.keys.len().min(Keys::PUBLISHED);
    let keys = Arc::new(Keys::new(restored.keys)?);
    let new_keys = keys
        .ring()
        .iter()
        .skip(known)
        .map(|key| key.to_pkcs8())
        .collect::<Result<_, _>>()?;
    let lifetime = chrono::Duration::from_std(options.token_lifetime).unwrap_or(chrono::Duration::hours(1));
    let login = Login::new(
        Arc::clone(&keys),
        options.app_id.clone(),
        options.app_secret,
        lifetime,
    );
    for person in restored.people.all() {
        login.add_tenant(&person.spec().tenant_id);
    }
    let (manifest_id, version) = options.manifest;
    let world = World {
        url,
        region: options.region,
        app: App {
            bot_app_id: options.app_id,
            bot_name: options.bot_name,
            manifest_id,
            version,
        },
        bot: Bot::new(options.bot_endpoint, options.telling)?,
        keys,
        login,
        people: restored.people,
        limiter: Limiter::new(options.limits),
        faults: Faults::new(options.faults),
        chronus: restored.chronus,
        journal,
        stats: Stats::default(),
        clock: options.clock,
        stopping: CancellationToken::new(),
        changes: watch::Sender::new(0),
    };
    Ok((Arc::new(world), new_keys))
}
