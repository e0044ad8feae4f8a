//! Many organizations, each with a tenant of its own. The sandbox runs in this process and keeps Teams' limits; the
//! service is the program itself in another process, so that its memory is its own and it can be killed.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use chronus_teams::config::KeyHash;
use chronus_teams::sandbox::client::Client;
use chronus_teams::sandbox::people::PersonSpec;
use chronus_teams::sandbox::{Sandbox, SandboxOptions, login};
use events::UserKey;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use secrecy::SecretString;
use uuid::Uuid;

use crate::figures::Latencies;
use crate::machine::{Memory, memory_of};
use crate::stage::APP_ID;
use crate::{Outcome, say};

const APP_SECRET: &str = "a-secret-of-the-measurements";
/// People who add the app at the same time.
const AT_ONCE: usize = 32;
/// Things Teams does for each person who adds the app: tell who they are, and take the greeting.
const GREETING: u64 = 2;

/// Sandbox and program.
pub(crate) struct Town {
    pub(crate) sandbox: Sandbox,
    /// People of each organization.
    people: Vec<u64>,
    folder: PathBuf,
    listen: SocketAddr,
    /// The cluster that keeps the log, where it is not the embedded store.
    store: Option<String>,
    program: Option<Program>,
}

impl Town {
    /// A sandbox with so many people in each organization, and a configuration for the program.
    pub(crate) async fn build(folder: &Path, people: Vec<u64>) -> Outcome<Self> {
        Self::on(folder, people, None).await
    }

    /// The same with the log on a cluster.
    pub(crate) async fn on(folder: &Path, people: Vec<u64>, store: Option<&str>) -> Outcome<Self> {
        let specs = (0_u64..).zip(&people);
        let specs = specs
            .flat_map(|(organization, people)| (0..*people).map(move |person| spec(organization, person)));
        let sandbox = Sandbox::start(SandboxOptions {
            people: specs.collect(),
            webhook_secrets: HashMap::new(),
            ..SandboxOptions::new(APP_ID, SecretString::from(APP_SECRET))
        })
        .await?;
        let listen = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let town = Self {
            sandbox,
            people,
            folder: folder.to_owned(),
            listen,
            store: store.map(str::to_owned),
            program: None,
        };
        std::fs::create_dir_all(folder)?;
        std::fs::write(folder.join("chronus-teams.toml"), town.configuration()?)?;
        town.sandbox
            .set_bot_endpoint(format!("http://{listen}/api/messages").parse()?);
        Ok(town)
    }

    /// Where the service listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.listen
    }

    /// Where its data is.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Starts the program; answers how long it took until it said that it is up.
    pub(crate) fn launch(&mut self) -> Outcome<Duration> {
        self.launch_program(env!("CARGO_BIN_EXE_chronus-teams").as_ref())
    }

    /// Starts this program.
    pub(crate) fn launch_program(&mut self, program: &OsStr) -> Outcome<Duration> {
        let begun = Instant::now();
        let mut command = Command::new(program);
        // What is said to the measurements is no configuration.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("CHRONUS_TEAMS_") {
                command.env_remove(name);
            }
        }
        let mut program = command
            .current_dir(&self.folder)
            .env_remove("RUST_LOG")
            .arg("serve")
            .stderr(Stdio::piped())
            .spawn()?;
        let log = program.stderr.take().ok_or("the program has no log")?;
        self.program = Some(Program(program));
        let mut lines = BufReader::new(log).lines();
        let mut told = Vec::new();
        loop {
            let line = lines
                .next()
                .ok_or_else(|| format!("the service did not come up: {told:?}"))??;
            if line.contains("the service is up") {
                break;
            }
            told.push(line);
        }
        let took = begun.elapsed();
        // Somebody must read on, or the service would block on a full pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(took)
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) -> Outcome<()> {
        if let Some(mut program) = self.program.take() {
            program.kill()?;
        }
        Ok(())
    }

    /// The program's memory.
    pub(crate) fn memory(&self) -> Outcome<Memory> {
        let program = self.program.as_ref().ok_or("the program does not run")?;
        memory_of(&program.0.id().to_string())
    }

    /// Everybody adds the app and is greeted.
    pub(crate) async fn move_in(&self) -> Outcome<()> {
        let took = self.everybody_adds().await?;
        say(&format!(
            "{} people of {} organizations added the app and were greeted in {:.0} s",
            took.len(),
            self.people.len(),
            took.elapsed().as_secs_f64()
        ))
    }

    /// The same for whoever has no message yet; answers how long each took until it was known, and all until they were greeted.
    pub(crate) async fn everybody_adds(&self) -> Outcome<Latencies> {
        let before = self.calls();
        let mut clients = self.sandbox.clients();
        clients.retain(|client| client.chat().messages.is_empty());
        let everybody = clients.len() as u64;
        let begun = Instant::now();
        let taken = stream::iter(clients)
            .map(|client| async move {
                let begun = Instant::now();
                client.install().await?;
                Outcome::Ok(begun.elapsed())
            })
            .buffer_unordered(AT_ONCE)
            .try_collect::<Vec<Duration>>()
            .await?;
        self.until(Duration::from_secs(600), |town| {
            town.calls() >= before + everybody * GREETING
        })
        .await?;
        Ok(Latencies::new(taken, begun.elapsed()))
    }

    /// Cards taken and questions answered by Teams so far.
    pub(crate) fn calls(&self) -> u64 {
        let counts = self.sandbox.counts();
        counts.sends + counts.members
    }

    /// Waits for something that is looked at now and then.
    pub(crate) async fn until(
        &self,
        patience: Duration,
        mut holds: impl FnMut(&Self) -> bool,
    ) -> Outcome<Duration> {
        let begun = Instant::now();
        while !holds(self) {
            if begun.elapsed() > patience {
                return Err(format!("it did not come to pass: {:?}", self.sandbox.counts()).into());
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Ok(begun.elapsed())
    }

    /// Somebody at a client.
    pub(crate) fn client(&self, organization: u64, person: u64) -> Outcome<Client> {
        let found = self.sandbox.client(&user(organization, person)?);
        Ok(found.ok_or("nobody lives there")?)
    }

    /// Stops everything and removes the data.
    pub(crate) async fn pull_down(mut self) -> Outcome<()> {
        self.kill()?;
        self.sandbox.stop().await;
        std::fs::remove_dir_all(&self.folder)?;
        Ok(())
    }

    fn configuration(&self) -> Outcome<String> {
        let sandbox = self.sandbox.url();
        let store = self.store.as_ref().map(|store| format!("store = \"{store}\""));
        let mut text = format!(
            r#"
[data]
folder = "data"
{store}
[http]
listen = "{listen}"
admin_listen = "127.0.0.1:0"
# The limits are not what is measured.
address_limit = {{ count = 1000000, seconds = 1 }}
ingest_limit = {{ count = 1000000, seconds = 1 }}
read_limit = {{ count = 1000000, seconds = 1 }}
[teams]
app_id = "{APP_ID}"
client_secret = "{APP_SECRET}"
login_url = "{sandbox}"
service_url = "{sandbox}/connector/teams"
gcc_service_url = "{sandbox}/connector/teams"
issuers = [{{ issuer = "{issuer}", metadata_url = "{metadata}" }}]
allowed_hosts = ["{sandbox}"]
[delivery]
quiet_hours = "off"
"#,
            store = store.unwrap_or_default(),
            listen = self.listen,
            issuer = login::ISSUER,
            metadata = self.sandbox.openid_metadata_url(),
        );
        for organization in (0_u64..).take(self.people.len()) {
            write!(
                text,
                r#"[[organizations]]
id = "org-{organization}"
tenant_id = "{}"
api_keys = [{{ name = "load", sha256 = "{}", roles = ["ingest", "read"] }}]
"#,
                tenant(organization),
                KeyHash::of(&key(organization)),
            )?;
        }
        Ok(text)
    }
}

/// The program, killed at the latest when nobody holds it any more.
struct Program(Child);

impl Program {
    fn kill(&mut self) -> std::io::Result<()> {
        self.0.kill()?;
        self.0.wait().map(drop)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It is dead already where it was killed before.
        drop(self.kill());
    }
}

/// An organization's API key.
pub(crate) fn key(organization: u64) -> String {
    format!("ctk_org-{organization}_for-measurements-on-this-machine-only")
}

/// A person's mail address.
pub(crate) fn email(organization: u64, person: u64) -> String {
    format!("p{person}@org{organization}.example")
}

/// A person.
pub(crate) fn user(organization: u64, person: u64) -> Outcome<UserKey> {
    Ok(UserKey::parse(format!(
        "{}/{}",
        tenant(organization),
        object_id(organization, person)
    ))?)
}

fn tenant(organization: u64) -> Uuid {
    Uuid::from_u128((2 << 96) | u128::from(organization))
}

fn object_id(organization: u64, person: u64) -> Uuid {
    Uuid::from_u128((3 << 96) | (u128::from(organization) << 40) | u128::from(person))
}

fn spec(organization: u64, person: u64) -> PersonSpec {
    let email = email(organization, person);
    PersonSpec {
        tenant_id: tenant(organization).to_string(),
        aad_object_id: object_id(organization, person).to_string(),
        name: Some(format!("Person {person} of {organization}")),
        email: Some(email.clone()),
        upn: Some(email),
        guest: false,
        locale: "en-US".to_owned(),
        timezone: "Europe/Lisbon".to_owned(),
        platform: "Web".to_owned(),
    }
}
