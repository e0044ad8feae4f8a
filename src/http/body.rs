//! Reading a request's body within limits of size, time and nesting.

use std::time::Duration;

use actix_web::web::{Bytes, Payload};

use super::json_depth::json_depth;
use super::problem::Problem;

/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(15);

/// What a body may be.
#[derive(Debug, Clone, Copy)]
pub struct BodyLimits {
    /// Bytes.
    pub bytes: usize,
    /// Nested lists and objects.
    pub depth: usize,
}

impl BodyLimits {
    /// Reads a body, whatever it holds.
    pub async fn read_any(self, payload: Payload) -> Result<Bytes, Problem> {
        let reading = tokio::time::timeout(PATIENCE, payload.to_bytes_limited(self.bytes)).await;
        match reading {
            Ok(Ok(Ok(body))) => Ok(body),
            Ok(Ok(Err(_))) => Err(Problem::malformed("the body broke off")),
            Ok(Err(_)) => Err(Problem::too_large(self.bytes)),
            Err(_) => Err(Problem::malformed("the body did not arrive in time")),
        }
    }

    /// Reads a JSON body; it is not parsed yet.
    pub async fn read(self, payload: Payload) -> Result<Bytes, Problem> {
        let body = self.read_any(payload).await?;
        if json_depth(&body) > self.depth {
            let detail = format!("the body nests lists and objects more than {} deep", self.depth);
            return Err(Problem::malformed(detail));
        }
        Ok(body)
    }
}
