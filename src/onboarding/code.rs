//! Codes by which a tenant is linked: twelve letters and digits that are not taken for one another, in three groups. The first
//! group finds the code; the other two carry 40 random bits, of which nobody has more than a few tries.

use std::fmt;

use events::Vault;
use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;

use crate::config::NoRandomness;

/// What a code is written with: 32 signs, without 0, 1, I and O.
const SIGNS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
/// Signs of a code.
const LENGTH: usize = 12;
/// Signs of a group; the first group is the selector.
const GROUP: usize = 4;
/// The word that may stand before a code.
const WORD: &str = "link";
/// Longest text that is looked at for a code, in bytes.
const LONGEST: usize = 64;

/// A code. Nothing shows it but [`LinkCode::shown`].
pub struct LinkCode(SecretString);

impl fmt::Debug for LinkCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkCode(…)")
    }
}

impl LinkCode {
    /// Draws one.
    pub fn draw() -> Result<Self, NoRandomness> {
        let mut bytes = [0_u8; LENGTH];
        aws_lc_rs::rand::fill(&mut bytes).map_err(|_| NoRandomness)?;
        // 256 is a multiple of 32, so each sign is as likely as any other.
        let signs = bytes.iter().filter_map(|byte| SIGNS.get(usize::from(byte % 32)));
        let text: String = signs.map(|sign| char::from(*sign)).collect();
        Ok(Self(text.into()))
    }

    /// Reads what somebody typed: a code, with or without the word before it, in any case, its groups apart or not. `None`
    /// where it is none; `needs_word` where a code alone does not count.
    pub fn typed(text: &str, needs_word: bool) -> Option<Self> {
        let text = text.trim();
        if text.len() > LONGEST {
            return None;
        }
        let (first, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let has_word = first.eq_ignore_ascii_case(WORD);
        if needs_word && !has_word {
            return None;
        }
        let code = if has_word { rest } else { text };
        let apart = |c: &char| !matches!(c, ' ' | '-' | '\u{2010}'..='\u{2015}');
        let code: String = code
            .chars()
            .filter(apart)
            .map(|c| c.to_ascii_uppercase())
            .collect();
        let fits = code.len() == LENGTH && code.bytes().all(|byte| SIGNS.contains(&byte));
        fits.then(|| Self(code.into()))
    }

    fn text(&self) -> &str {
        self.0.expose_secret()
    }

    /// The first group.
    pub fn selector(&self) -> &str {
        self.text().get(..GROUP).unwrap_or_default()
    }

    /// Its keyed hash, for the log.
    pub fn proof(&self, vault: &Vault) -> String {
        vault.keyed_hash("link code", self.text())
    }

    /// Whether it is the code whose hash this is. Takes the same time whichever sign differs.
    pub fn proves(&self, proof: &str, vault: &Vault) -> bool {
        self.proof(vault).as_bytes().ct_eq(proof.as_bytes()).into()
    }

    /// As people read it, such as `K7QM-2F9T-XW4D`.
    pub fn shown(&self) -> SecretString {
        let groups: Vec<&str> = (0..LENGTH / GROUP)
            .filter_map(|group| self.text().get(group * GROUP..(group + 1) * GROUP))
            .collect();
        groups.join("-").into()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use events::sealing::memory::MemoryKeyTable;

    use super::*;

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let code = LinkCode::draw().unwrap();
        let shown = code.shown();
        let shown = shown.expose_secret();
        for typed in [
            shown.to_owned(),
            format!("link {shown}"),
            format!("  Link   {} ", shown.to_lowercase()),
            format!("LINK {}", shown.replace('-', " ")),
            format!("link {}", shown.replace('-', "\u{2013}")),
            shown.replace('-', ""),
        ] {
            let read = LinkCode::typed(&typed, false).unwrap();
            assert_eq!(read.text(), code.text(), "{typed}");
        }
    }

    #[test]
    fn other_words_are_no_code() {
        for text in [
            "",
            "link",
            "help",
            "link me to my mentor",
            "K7QM-2F9T-XW4",
            "K7QM-2F9T-XW40",
            &"K".repeat(1_000),
        ] {
            assert!(LinkCode::typed(text, false).is_none(), "{text}");
        }
        // Where people write to each other, the word must stand before it.
        assert!(LinkCode::typed("K7QM-2F9T-XW4D", true).is_none());
        assert!(LinkCode::typed("link K7QM-2F9T-XW4D", true).is_some());
    }

    #[test]
    fn only_the_code_itself_proves_it() {
        let vault = Vault::new(Arc::new(MemoryKeyTable::default()));
        let (one, other) = (LinkCode::draw().unwrap(), LinkCode::draw().unwrap());
        let proof = one.proof(&vault);
        assert!(one.proves(&proof, &vault) && !other.proves(&proof, &vault));
        assert!(!proof.contains(one.text()) && !format!("{one:?}").contains(one.text()));
    }
}
