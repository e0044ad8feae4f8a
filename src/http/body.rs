//! Reading a request's body within limits of size, time and nesting. A body may be gzip; what it inflates to keeps the
//! same limit, and nothing beyond it is inflated.

use std::io::Read as _;
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use actix_web::web::{Bytes, Payload};
use flate2::read::MultiGzDecoder;

use super::problem::Problem;
use crate::chronus::json_text::shape::Shape;

/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(15);

/// What a body may be.
#[derive(Debug, Clone, Copy)]
pub struct BodyLimits {
    /// Bytes, as sent and inflated.
    pub bytes: usize,
    /// Nested lists and objects.
    pub depth: usize,
    /// Values in it, where it is JSON.
    pub values: usize,
}

/// How a body is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Plain,
    Gzip,
}

impl Coding {
    /// What the headers say, before anything of the body is read.
    fn of(request: &HttpRequest) -> Result<Self, Problem> {
        let mut codings = Vec::new();
        for header in request.headers().get_all(CONTENT_ENCODING) {
            let listed = header.to_str().unwrap_or("?").split(',').map(str::trim);
            codings.extend(listed.filter(|one| !one.is_empty() && !one.eq_ignore_ascii_case("identity")));
        }
        match codings.as_slice() {
            [] => Ok(Self::Plain),
            [one] if one.eq_ignore_ascii_case("gzip") || one.eq_ignore_ascii_case("x-gzip") => Ok(Self::Gzip),
            _ => Err(Problem::unsupported_coding()),
        }
    }
}

/// A body as it was sent, not inflated yet.
#[derive(Debug)]
pub struct Sent {
    body: Bytes,
    coding: Coding,
    most: usize,
}

impl Sent {
    /// Whether it need not be inflated.
    pub fn is_plain(&self) -> bool {
        self.coding == Coding::Plain
    }

    /// Bytes that were sent.
    pub fn bytes(&self) -> usize {
        self.body.len()
    }

    /// The bytes as they were sent.
    pub fn into_bytes(self) -> Bytes {
        self.body
    }

    /// What it holds. Inflating takes a while.
    pub fn plain(&self) -> Result<Bytes, Problem> {
        match self.coding {
            Coding::Plain => Ok(self.body.clone()),
            Coding::Gzip => inflated(&self.body, self.most),
        }
    }
}

impl BodyLimits {
    /// The same with at most `bytes`.
    #[must_use]
    pub fn at_most(self, bytes: usize) -> Self {
        let bytes = bytes.min(self.bytes);
        Self { bytes, ..self }
    }

    /// Reads a body, whatever it holds.
    pub async fn read_any(self, request: &HttpRequest, payload: Payload) -> Result<Bytes, Problem> {
        let sent = self.receive(request, payload).await?;
        if sent.is_plain() {
            return sent.plain();
        }
        let inflating = tokio::task::spawn_blocking(move || sent.plain());
        inflating.await.unwrap_or_else(|_| Err(Problem::storage()))
    }

    /// Receives a body as it is sent.
    pub async fn receive(self, request: &HttpRequest, payload: Payload) -> Result<Sent, Problem> {
        let coding = Coding::of(request)?;
        let announced = request.headers().get(CONTENT_LENGTH);
        let announced = announced.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        if announced.is_some_and(|length| length > self.bytes as u64) {
            return Err(Problem::too_large(self.bytes));
        }
        let reading = tokio::time::timeout(PATIENCE, payload.to_bytes_limited(self.bytes)).await;
        let body = match reading {
            Ok(Ok(Ok(body))) => body,
            Ok(Ok(Err(_))) => return Err(Problem::malformed("the body broke off")),
            Ok(Err(_)) => return Err(Problem::too_large(self.bytes)),
            Err(_) => return Err(Problem::malformed("the body did not arrive in time")),
        };
        Ok(Sent {
            body,
            coding,
            most: self.bytes,
        })
    }

    /// Reads a JSON body; it is not parsed yet.
    pub async fn read(self, request: &HttpRequest, payload: Payload) -> Result<Bytes, Problem> {
        let body = self.read_any(request, payload).await?;
        self.check(&body)?;
        Ok(body)
    }

    /// Holds a JSON body against the limits of nesting and values.
    pub fn check(self, body: &[u8]) -> Result<(), Problem> {
        let shape = Shape::up_to(body, self.values);
        if shape.depth > self.depth {
            let detail = format!("the body nests lists and objects more than {} deep", self.depth);
            return Err(Problem::malformed(detail));
        }
        if shape.values > self.values {
            return Err(Problem::malformed(format!(
                "the body holds more than {} values",
                self.values
            )));
        }
        Ok(())
    }
}

/// What a gzip body holds, if that is at most `most` bytes.
fn inflated(body: &[u8], most: usize) -> Result<Bytes, Problem> {
    let mut inflated = Vec::new();
    // One byte more tells that there is more.
    let mut reader = MultiGzDecoder::new(body).take(most as u64 + 1);
    reader
        .read_to_end(&mut inflated)
        .map_err(|_| Problem::malformed("the body is not gzip, or it broke off"))?;
    if inflated.len() > most {
        return Err(Problem::too_large(most));
    }
    Ok(inflated.into())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn deflated(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn what_inflates_beyond_the_limit_is_not_inflated() {
        let small = deflated(b"hello");
        assert_eq!(inflated(&small, 5).unwrap(), "hello");
        let two = [small.clone(), small.clone()].concat();
        assert_eq!(inflated(&two, 10).unwrap(), "hellohello");
        let bomb = deflated(&vec![0; 64 << 20]);
        assert!(bomb.len() < 100_000);
        assert_eq!(inflated(&bomb, 1 << 20).unwrap_err(), Problem::too_large(1 << 20));
        assert!(inflated(&small[..small.len() - 9], 5).is_err());
        assert!(inflated(b"no gzip", 5).is_err());
    }
}
