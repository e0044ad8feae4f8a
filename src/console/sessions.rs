//! Who is signed in. A browser holds a random token, this process its hash: whoever reads the memory's table cannot sign in
//! with it. Sessions end by themselves, are bounded for each key, and do not outlive the process: a key that was taken
//! out of the configuration is of no use after the restart that took it out.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use tokio::time::Instant;

use crate::config::{NoRandomness, Principal};

/// Sessions of one key; one more ends the oldest.
const MOST_OF_A_KEY: usize = 50;
/// Sessions of all keys.
const MOST: usize = 5_000;
/// People whose personal values are open in one session; one more closes the first.
const MOST_OPEN: usize = 20;
/// For how long personal values stay open.
pub(super) const OPEN_FOR: Duration = Duration::from_secs(600);

/// A random token.
pub(super) fn token() -> Result<String, NoRandomness> {
    let mut bytes = [0_u8; 32];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// Whether two tokens are equal, in a time that does not tell where they differ.
pub(super) fn same(one: &str, other: &str) -> bool {
    bool::from(one.as_bytes().ct_eq(other.as_bytes()))
}

type Hash = [u8; 32];

fn hash(token: &str) -> Hash {
    Sha256::digest(token.as_bytes()).into()
}

/// Somebody who signed in.
#[derive(Debug)]
pub(super) struct Session {
    /// Whose key it was.
    pub(super) principal: Principal,
    /// What each of the session's forms carries.
    pub(super) form_token: String,
    begun: Instant,
    open: Mutex<Vec<(String, Instant)>>,
    said: Mutex<Option<String>>,
}

impl Session {
    /// Whether personal values of `about` are open.
    pub(super) fn is_open(&self, about: &str) -> bool {
        let now = Instant::now();
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.iter().any(|(of, until)| of == about && *until > now)
    }

    /// Opens them for a while.
    pub(super) fn open(&self, about: String) {
        let now = Instant::now();
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|(of, until)| *of != about && *until > now);
        if open.len() >= MOST_OPEN {
            open.remove(0);
        }
        open.push((about, now + OPEN_FOR));
    }

    /// Closes them.
    pub(super) fn close(&self, about: &str) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|(of, _)| of != about);
    }

    /// Leaves a sentence for the next page: what became of what was asked for.
    pub(super) fn say(&self, sentence: impl Into<String>) {
        *self.said.lock().unwrap_or_else(PoisonError::into_inner) = Some(sentence.into());
    }

    /// Takes the sentence.
    pub(super) fn said(&self) -> Option<String> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Everybody who is signed in on this node.
#[derive(Debug)]
pub struct Sessions {
    lasts: Duration,
    all: Mutex<HashMap<Hash, Arc<Session>>>,
}

impl Sessions {
    /// Sessions that last so long.
    pub fn new(lasts: Duration) -> Self {
        Self {
            lasts,
            all: Mutex::default(),
        }
    }

    /// How long one lasts.
    pub(super) fn lasts(&self) -> Duration {
        self.lasts
    }

    /// Begins one; answers the token that the browser is to keep.
    pub(super) fn begin(&self, principal: Principal) -> Result<(String, Arc<Session>), NoRandomness> {
        let (token, now) = (token()?, Instant::now());
        let session = Arc::new(Session {
            principal,
            form_token: self::token()?,
            begun: now,
            open: Mutex::default(),
            said: Mutex::default(),
        });
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, session| now.duration_since(session.begun) < self.lasts);
        let of_key: Vec<(Hash, Instant)> = all
            .iter()
            .filter(|(_, other)| other.principal == session.principal)
            .map(|(id, other)| (*id, other.begun))
            .collect();
        let crowd = if of_key.len() >= MOST_OF_A_KEY {
            of_key
        } else if all.len() >= MOST {
            all.iter().map(|(id, other)| (*id, other.begun)).collect()
        } else {
            Vec::new()
        };
        if let Some((oldest, _)) = crowd.into_iter().min_by_key(|(_, begun)| *begun) {
            all.remove(&oldest);
        }
        all.insert(hash(&token), Arc::clone(&session));
        Ok((token, session))
    }

    /// The session with this token, if it goes on.
    pub(super) fn find(&self, token: &str) -> Option<Arc<Session>> {
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let found = all.get(&hash(token)).cloned()?;
        (found.begun.elapsed() < self.lasts).then_some(found)
    }

    /// Ends it.
    pub(super) fn end(&self, token: &str) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(&hash(token));
    }
}

#[cfg(test)]
mod tests {
    use events::OrganizationId;

    use super::*;
    use crate::config::{Caller, Role};

    fn principal(name: &str) -> Principal {
        Principal {
            organization: OrganizationId::parse("acme").unwrap(),
            name: name.to_owned(),
            caller: Caller::Key,
            roles: vec![Role::Read],
            key_id: None,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_session_is_found_by_its_token_until_it_ends() {
        let sessions = Sessions::new(Duration::from_secs(600));
        let (token, session) = sessions.begin(principal("one")).unwrap();
        assert!(sessions.find(&token).is_some() && sessions.find("another").is_none());
        assert_ne!(session.form_token, token);
        tokio::time::advance(Duration::from_secs(599)).await;
        assert!(sessions.find(&token).is_some());
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(sessions.find(&token).is_none());
        let (token, _) = sessions.begin(principal("one")).unwrap();
        sessions.end(&token);
        assert!(sessions.find(&token).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn one_key_that_signs_in_without_end_ends_its_own_sessions() {
        let sessions = Sessions::new(Duration::from_secs(600));
        let (others, _) = sessions.begin(principal("other")).unwrap();
        let (first, _) = sessions.begin(principal("one")).unwrap();
        for _ in 0..MOST_OF_A_KEY {
            tokio::time::advance(Duration::from_millis(1)).await;
            sessions.begin(principal("one")).unwrap();
        }
        assert!(sessions.find(&first).is_none() && sessions.find(&others).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_opened_closes_by_itself_and_of_many_the_first() {
        let sessions = Sessions::new(Duration::from_secs(3_600));
        let (_, session) = sessions.begin(principal("one")).unwrap();
        for number in 0..=MOST_OPEN {
            session.open(format!("person/{number}"));
        }
        assert!(!session.is_open("person/0") && session.is_open("person/1"));
        session.close("person/1");
        assert!(!session.is_open("person/1") && session.is_open("person/2"));
        tokio::time::advance(OPEN_FOR).await;
        assert!(!session.is_open("person/2"));
    }
}
