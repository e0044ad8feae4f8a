//! `serve`: runs the service until it is told to stop.

use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use events::SystemClock;

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
    pub(super) fn run(self, config: Config) -> anyhow::Result<()> {
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
        super::in_system(async move {
            let clock = Arc::new(SystemClock);
            // From the beginning on: a signal that comes while it starts must not cut it off.
            let asked_to_stop = listen()?;
            let service = Service::start_with(&config, authentication, clock, on_loss).await?;
            tokio::select! {
                stopped = asked_to_stop => stopped?,
                () = service.part_ended() => {}
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
