//! Tokens that were verified before. The Bot Connector uses each of its tokens for about an hour, and a signature costs more
//! than everything else that is checked. What is remembered is a hash of the token with its claims, never the token; time,
//! audience and key are looked at each time, so that it counts no longer than a token that is verified anew would.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Duration, Utc};
use lru::LruCache;
use sha2::{Digest as _, Sha256};

use super::VerifiedToken;
use super::jwt::Lifetime;
use crate::teams::keys::SigningKey;

/// Tokens remembered at most; those that came longest ago are forgotten first.
const MOST: NonZeroUsize = NonZeroUsize::new(1_024).expect("1,024 is not zero");

/// A token's SHA-256.
type TokenHash = [u8; 32];

/// A token whose signature, issuer and audience were right.
#[derive(Debug, Clone)]
pub(super) struct Known {
    /// What came of it.
    pub(super) token: VerifiedToken,
    /// Which of the trusted issuers signed it.
    pub(super) issuer: usize,
    /// The id of its key, as the token spells it.
    pub(super) key_id: String,
    /// When it holds.
    pub(super) lifetime: Lifetime,
}

/// Verified tokens, by their hash.
#[derive(Debug)]
pub(super) struct Remembered(Mutex<LruCache<TokenHash, Arc<Known>>>);

impl Default for Remembered {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(MOST)))
    }
}

impl Remembered {
    /// The token as it was verified, where that was by a key that `key_of` still gives and it holds at `now`.
    pub(super) fn find(
        &self,
        token: &str,
        now: DateTime<Utc>,
        skew: Duration,
        key_of: impl FnOnce(&Known) -> Option<Arc<SigningKey>>,
    ) -> Option<VerifiedToken> {
        let known = self.lock().get(&hash(token)).map(Arc::clone)?;
        let key = key_of(&known)?;
        let holds = known.lifetime.check(now, skew).is_ok() && Arc::ptr_eq(&key, &known.token.key);
        holds.then(|| known.token.clone())
    }

    /// Keeps a token that was verified.
    pub(super) fn keep(&self, token: &str, known: Known) {
        self.lock().put(hash(token), Arc::new(known));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, LruCache<TokenHash, Arc<Known>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn hash(token: &str) -> TokenHash {
    Sha256::digest(token).into()
}
