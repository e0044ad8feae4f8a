//! What must be right before any promise can be looked at: the authority, the user, and the user's rights.

use std::time::Duration;

use events::store::kurrent::{AddressFault, Denied, KurrentOptions};
use events::{Direction, EventStore as _, Version};

use super::bench::{Setting, stream, write};

/// The exit code where the set-up is wrong, as `sysexits.h` has it for a configuration.
pub(in crate::cli) const EXIT_SET_UP: u8 = 78;

/// How long an answer is waited for here; the promises wait longer.
const PATIENCE: Duration = Duration::from_secs(3);

/// Nothing is known of the cluster's promises, since it does not let the check in.
#[derive(Debug, thiserror::Error)]
#[error("cannot check: {why}")]
pub(in crate::cli) struct CannotCheck {
    why: String,
}

/// Does once what needs each right. A cluster that does not answer is left to the promises.
pub(super) async fn look(setting: &Setting) -> Result<(), CannotCheck> {
    match tries(setting).await {
        Err(error) if is_set_up(&error) => Err(CannotCheck {
            why: format!("{error:#}"),
        }),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Whether what is wrong stays so until somebody changes the authority, the user, their rights or a file.
pub(in crate::cli) fn is_set_up(error: &anyhow::Error) -> bool {
    error
        .chain()
        .any(|cause| cause.is::<Denied>() || cause.is::<AddressFault>())
}

async fn tries(setting: &Setting) -> anyhow::Result<()> {
    let setting = Setting {
        prefix: format!("{}0.", setting.prefix),
        ..setting.clone()
    };
    let options = KurrentOptions {
        open_patience: PATIENCE,
        patience: PATIENCE,
        ..super::options(&setting.prefix)
    };
    let store = setting.open_as(options, None).await?;
    let user = stream("a")?;
    store.append(vec![write("a", 0, &["1"])?]).await?;
    store
        .read_stream(user.clone(), Version(1), Direction::Forwards, 1)
        .await?;
    store.check_metadata(&user).await?;
    Ok(())
}
