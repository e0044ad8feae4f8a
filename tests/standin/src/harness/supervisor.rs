//! Restarts a node that ended by itself, as systemd or a container engine does.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::process::Child;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use super::{End, Role, Spawner};

/// How long a node may take to end by itself, and to be started until it stays.
const ENDING: Duration = Duration::from_secs(10);

/// Has a node's process, and starts another one when it ends with exit code 0.
#[derive(Debug)]
pub(super) struct Supervisor {
    process: Arc<AtomicU32>,
    /// How often it was started again.
    fell: watch::Receiver<u32>,
    kill: Option<oneshot::Sender<()>>,
    task: JoinHandle<io::Result<()>>,
}

impl Supervisor {
    /// Over this process, which `role` describes.
    pub(super) fn of(child: Child, spawner: Spawner, role: Role) -> Self {
        let process = Arc::new(AtomicU32::new(child.id().unwrap_or_default()));
        let (falls, fell) = watch::channel(0);
        let (kill, killed) = oneshot::channel();
        let known = Arc::clone(&process);
        let task = tokio::spawn(watch_over(child, spawner, role, known, falls, killed));
        Self {
            process,
            fell,
            kill: Some(kill),
            task,
        }
    }

    /// The process that is there now, where one is.
    pub(super) fn process(&self) -> Option<u32> {
        Some(self.process.load(Ordering::Acquire)).filter(|id| *id > 0)
    }

    /// Waits until the node ended by itself once more, and was started until it stays.
    pub(super) async fn fell(&mut self) -> io::Result<()> {
        match tokio::time::timeout(ENDING, self.fell.changed()).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(io::Error::other("the node ended otherwise than by itself")),
            Err(_) => Err(io::Error::other("the node did not end")),
        }
    }

    /// Ends the node, and with it the supervision.
    pub(super) async fn kill(mut self) -> io::Result<()> {
        if let Some(kill) = self.kill.take() {
            // It is gone already where nobody hears it.
            kill.send(()).unwrap_or_default();
        }
        (&mut self.task).await.map_err(io::Error::other)?
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        // The process ends with the task that holds it.
        self.task.abort();
    }
}

async fn watch_over(
    mut child: Child,
    spawner: Spawner,
    role: Role,
    process: Arc<AtomicU32>,
    falls: watch::Sender<u32>,
    mut killed: oneshot::Receiver<()>,
) -> io::Result<()> {
    loop {
        let status = tokio::select! {
            _ = &mut killed => return child.kill().await,
            status = child.wait() => status?,
        };
        process.store(0, Ordering::Release);
        if !status.success() {
            return Err(io::Error::other(format!("a node ended with {status}")));
        }
        let soon = match role.clone() {
            Role::Node {
                number, port, brain, ..
            } => Role::Node {
                number,
                port,
                brain,
                end: End::Soon,
            },
            other @ (Role::Brain { .. } | Role::Single { .. }) => other,
        };
        cut_off(&spawner, &soon).await?;
        (child, _) = spawner.start(&role).await?;
        process.store(child.id().unwrap_or_default(), Ordering::Release);
        falls.send_modify(|falls| *falls += 1);
    }
}

/// A node that comes back with a longer log than the leader's cuts it off and ends by itself, twice.
pub(super) async fn cut_off(spawner: &Spawner, soon: &Role) -> io::Result<()> {
    for _ in 0..2 {
        let (mut child, _) = spawner.start(soon).await?;
        match tokio::time::timeout(ENDING, child.wait()).await {
            Ok(status) if status.as_ref().is_ok_and(std::process::ExitStatus::success) => {}
            Ok(_) => return Err(io::Error::other("a node ended otherwise than by itself")),
            Err(_) => return Err(io::Error::other("a node did not end by itself")),
        }
    }
    Ok(())
}
