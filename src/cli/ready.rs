//! `ready`: the health check of a container that has no shell and no HTTP client but this program.

use std::time::Duration;

use clap::Args;
use url::Url;

use crate::http_client::{self, HttpLimits, failure};

/// Shorter than the time that a container gives its health check.
const PATIENCE: Duration = Duration::from_millis(2_500);

/// Succeed where a service answers that it is ready
#[derive(Debug, Args)]
pub(super) struct Ready {
    /// What is asked; a key service is asked for /healthz
    #[arg(value_name = "URL", default_value = "http://127.0.0.1:3978/readyz")]
    url: Url,
}

impl Ready {
    pub(super) fn run(self) -> anyhow::Result<()> {
        super::block_on(async move {
            let http = http_client::build(HttpLimits {
                connect: PATIENCE,
                total: PATIENCE,
            })?;
            let answer = http.get(self.url.clone()).send().await;
            let answer = answer
                .map_err(|error| anyhow::anyhow!("{} does not answer ({})", self.url, failure(&error)))?;
            let status = answer.status();
            anyhow::ensure!(status.is_success(), "{} answers {status}: not ready", self.url);
            Ok(())
        })
    }
}
