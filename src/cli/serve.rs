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
            let service = Service::start_with(&config, authentication, clock, on_loss).await?;
            tokio::select! {
                stopped = stop_signal() => stopped?,
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
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate()).context("failed to listen for SIGTERM")?;
        tokio::select! {
            _ = terminate.recv() => Ok(()),
            interrupted = tokio::signal::ctrl_c() => interrupted.context("failed to listen for Ctrl-C"),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c()
        .await
        .context("failed to listen for Ctrl-C")
}
