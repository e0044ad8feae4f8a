//! `serve`: runs the service until it is told to stop.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use events::SystemClock;

use crate::audit::{self, Deed, acts};
use crate::config::{Authentication, Config};
use crate::lineage::OnLoss;
use crate::service::Service;

/// Run the service
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Take activities without a token, from this machine alone: for the local Teams client
    #[arg(long)]
    insecure_loopback: bool,
    /// Go on although something of the log or of its keys is missing; the loss is recorded in the log
    #[arg(long)]
    accept_loss: bool,
}

impl Serve {
    pub(super) fn run(self, config: Config, file: Option<&Path>) -> anyhow::Result<()> {
        let authentication = if self.insecure_loopback {
            tracing::warn!(
                "activities are taken without a token, from this machine alone; never use this in earnest"
            );
            Authentication::InsecureLoopback
        } else {
            Authentication::Required
        };
        let config = config.ready_to_serve(authentication)?;
        let on_loss = if self.accept_loss {
            OnLoss::Accept
        } else {
            OnLoss::Refuse
        };
        let file = file.map(Path::to_path_buf);
        super::in_system(async move {
            let clock = Arc::new(SystemClock);
            // From the beginning on: a signal that comes while it starts must not cut it off.
            let asked_to_stop = listen()?;
            let service = Service::start_with(&config, authentication, clock, on_loss).await?;
            tokio::select! {
                stopped = asked_to_stop => stopped?,
                () = service.part_ended() => {}
                failed = take_secrets(&service, file.as_deref(), authentication) => failed?,
            }
            tokio::select! {
                stopped = service.stop() => Ok(stopped?),
                second = stop_signal() => {
                    second?;
                    anyhow::bail!("stopped at once by a second signal; what was acknowledged is in the log")
                }
            }
        })
    }
}

/// Reads the configuration again whenever the process gets SIGHUP or somebody asks for it over the API, and takes its secrets. A
/// configuration that cannot be used changes nothing.
async fn take_secrets(
    service: &Service,
    file: Option<&Path>,
    authentication: Authentication,
) -> anyhow::Result<()> {
    let mut hung_up = hang_ups()?;
    let mut asked = service
        .take_asked()
        .context("somebody else takes the secrets of this service")?;
    loop {
        let asking = tokio::select! {
            () = hung_up() => {
                record_signal(service).await;
                None
            }
            asking = asked.recv() => match asking {
                Some(asking) => Some(asking),
                // Nobody can ask any more; the service goes on.
                None => return std::future::pending().await,
            },
        };
        let is_usable = read_secrets(service, file, authentication).await?;
        if let Some(asking) = asking {
            // Whoever asked may have gone.
            asking.send(is_usable).unwrap_or_default();
        }
    }
}

/// What is asked for over the API stands in the organization's audit already.
async fn record_signal(service: &Service) {
    let deed = Deed {
        act: acts::SECRETS_RELOAD,
        by: "signal".to_owned(),
        from: audit::operator(),
        ..Deed::default()
    };
    let recorded = audit::about_to(&*service.store(), &SystemClock, None, deed, None).await;
    if let Err(error) = recorded {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "that the secrets were read again because of a signal was not recorded"
        );
    }
}

/// Answers whether the configuration could be used.
async fn read_secrets(
    service: &Service,
    file: Option<&Path>,
    authentication: Authentication,
) -> anyhow::Result<bool> {
    let file = file.map(Path::to_path_buf);
    let read = tokio::task::spawn_blocking(move || {
        Config::load(file.as_deref()).and_then(|config| config.ready_to_serve(authentication))
    });
    match read.await? {
        Ok(config) => {
            if let Err(error) = service.take_masters(&config).await {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the keys do not open with the master keys of the configuration, so the secrets stay as they were"
                );
                return Ok(false);
            }
            let taken = service.take_secrets(&config);
            tracing::info!(
                keys = taken.keys,
                webhooks = taken.webhooks,
                client_secret = taken.client_secret,
                "the secrets of the configuration were read again; whatever else changed in it waits for a restart"
            );
            Ok(true)
        }
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the configuration cannot be used, so the secrets stay as they were"
            );
            Ok(false)
        }
    }
}

/// Resolves with each SIGHUP.
#[cfg(unix)]
fn hang_ups() -> anyhow::Result<impl AsyncFnMut()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut asked = signal(SignalKind::hangup()).context("failed to listen for SIGHUP")?;
    Ok(async move || {
        if asked.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
    })
}

#[cfg(not(unix))]
fn hang_ups() -> anyhow::Result<impl AsyncFnMut()> {
    Ok(async || std::future::pending().await)
}

/// Resolves when the process is asked to end.
pub(super) async fn stop_signal() -> anyhow::Result<()> {
    listen()?.await
}

/// Listens from now on; resolves when the process is asked to end.
#[cfg(unix)]
fn listen() -> anyhow::Result<impl Future<Output = anyhow::Result<()>>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).context("failed to listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("failed to listen for Ctrl-C")?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        Ok(())
    })
}

#[cfg(not(unix))]
fn listen() -> anyhow::Result<impl Future<Output = anyhow::Result<()>>> {
    Ok(async {
        tokio::signal::ctrl_c()
            .await
            .context("failed to listen for Ctrl-C")
    })
}
