//! What people typed that is no command, until the card that asks where it belongs was drawn; and what they wrote on a card,
//! until it counted, so that it can be given back where it did not.
//!
//! Such text is stored nowhere: it is no event and in no read model. It is kept here in memory, sealed under the
//! person's key, for as long as it takes to send a card, so that nobody has to type it twice. After a restart, or where
//! another node draws the card, it is gone and the card asks for it.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use events::{NotificationId, Sealed};
use lru::LruCache;

/// Texts kept at once; of more, the oldest are forgotten.
const MOST: NonZeroUsize = NonZeroUsize::new(1_000).expect("1,000 is not zero");
/// How long a text is kept.
const LIFE: TimeDelta = TimeDelta::minutes(10);

/// See the module.
pub struct Drafts {
    kept: Mutex<LruCache<NotificationId, (Sealed, DateTime<Utc>)>>,
}

impl Default for Drafts {
    fn default() -> Self {
        Self {
            kept: Mutex::new(LruCache::new(MOST)),
        }
    }
}

impl std::fmt::Debug for Drafts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Drafts(..)")
    }
}

impl Drafts {
    /// Keeps what was typed for the card that answers it.
    pub fn keep(&self, card: NotificationId, text: Sealed, now: DateTime<Utc>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        while kept.peek_lru().is_some_and(|(_, (_, since))| now - *since > LIFE) {
            kept.pop_lru();
        }
        kept.put(card, (text, now));
    }

    /// What was written on this card is not needed any more.
    pub fn forget(&self, card: NotificationId) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.pop(&card);
    }

    /// What was typed for this card, where it is still at hand.
    pub fn of(&self, card: NotificationId, now: DateTime<Utc>) -> Option<Sealed> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (text, since) = kept.peek(&card)?;
        (now - *since <= LIFE).then(|| text.clone())
    }
}

#[cfg(test)]
mod tests {
    use events::{PersonId, UserKey};

    use super::*;

    fn text(number: u32) -> Sealed {
        Sealed {
            person: PersonId::user(&UserKey::parse("t/ada").unwrap()),
            generation: number,
            ciphertext: "".into(),
        }
    }

    #[test]
    fn a_text_is_kept_for_its_card_and_for_ten_minutes() {
        let drafts = Drafts::default();
        let (now, card) = (DateTime::UNIX_EPOCH, NotificationId::derive(["card"]));
        drafts.keep(card, text(1), now);
        assert_eq!(drafts.of(card, now + LIFE), Some(text(1)));
        assert_eq!(drafts.of(card, now + LIFE + TimeDelta::seconds(1)), None);
        assert_eq!(drafts.of(NotificationId::derive(["other"]), now), None);
    }

    #[test]
    fn what_is_old_or_too_much_is_forgotten() {
        let drafts = Drafts::default();
        let card = |number: u32| NotificationId::derive([number.to_string().as_str()]);
        let now = DateTime::UNIX_EPOCH;
        for number in 0..2_000 {
            drafts.keep(card(number), text(number), now);
        }
        assert_eq!(drafts.kept.lock().unwrap().len(), MOST.get());
        assert_eq!(drafts.of(card(0), now), None);
        drafts.keep(card(5_000), text(1), now + LIFE * 2);
        assert_eq!(drafts.kept.lock().unwrap().len(), 1);
    }
}
