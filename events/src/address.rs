//! Mail addresses and user principal names: the one form in which they are compared, and what is no address at all.
//!
//! The normal form of `local@domain`:
//!
//! 1. White space around it, a leading `mailto:` and characters that show nothing (Unicode's default ignorable ones:
//!    zero-width spaces, joiners, marks of direction, soft hyphens) are removed.
//! 2. The domain, after the last `@`, is written as IDNA (UTS 46) writes it for the DNS: `bücher.example` becomes
//!    `xn--bcher-kva.example`. A dot at its end is removed.
//! 3. The local part is composed (NFC) and its case is folded, one character to one character.
//!
//! Nothing in the local part that is not ASCII becomes ASCII. Unicode turns a Kelvin sign into `k`, a long s into `s`
//! and `ﬁ` into `fi`; here they stay what they are, so that nobody gets somebody else's cards by an address that looks
//! like theirs. In a domain the DNS itself makes no difference between them, so there they are the same.

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::props::{BinaryProperty as _, DefaultIgnorableCodePoint};
use idna::AsciiDenyList;

/// Longest address, in bytes (RFC 5321's path limit).
pub const MAX_ADDRESS: usize = 254;

/// Why a text is no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAddress {
    /// Nothing is left that shows.
    #[error("is empty, or holds only characters that show nothing")]
    Empty,
    /// More than 254 bytes.
    #[error("is longer than {MAX_ADDRESS} bytes")]
    TooLong,
    /// A name stands beside the address.
    #[error("must be the address alone, without a name or angle brackets")]
    NotAlone,
    /// Several addresses.
    #[error("must be one address; list each recipient by itself")]
    Several,
    /// No text before or after an `@`, or white space or a control character within.
    #[error("is no mail address; send one such as priya.nair@acme.example")]
    NoAddress,
    /// What stands after the `@` can be no domain.
    #[error(
        "is no mail address: what follows the @ is no domain name; send one such as priya.nair@acme.example"
    )]
    NoDomain,
}

/// Stands before an address in a link.
const SCHEME: &str = "mailto:";

/// The address without what is not part of it: white space around it, `mailto:`, characters that show nothing.
pub fn clean(text: &str) -> String {
    let shown: String = text
        .chars()
        .filter(|c| !DefaultIgnorableCodePoint::for_char(*c))
        .collect();
    let mut address = shown.trim();
    // As often as it stands there, so that what is clean stays as it is.
    while let Some((scheme, rest)) = address.split_at_checked(SCHEME.len())
        && scheme.eq_ignore_ascii_case(SCHEME)
    {
        address = rest.trim();
    }
    address.to_owned()
}

/// Checks an address that somebody gave and answers it cleaned, in the case and form in which it was given.
pub fn check(text: &str) -> Result<String, InvalidAddress> {
    let address = clean(text);
    if address.is_empty() {
        return Err(InvalidAddress::Empty);
    }
    if address.len() > MAX_ADDRESS {
        return Err(InvalidAddress::TooLong);
    }
    if address.contains(['<', '>']) {
        return Err(InvalidAddress::NotAlone);
    }
    if address.contains([',', ';']) || address.matches('@').count() > 1 {
        return Err(InvalidAddress::Several);
    }
    let (local, domain) = address.split_once('@').ok_or(InvalidAddress::NoAddress)?;
    let odd = |c: char| c.is_whitespace() || c.is_control();
    if local.is_empty() || domain.is_empty() || address.contains(odd) {
        return Err(InvalidAddress::NoAddress);
    }
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    match idna::domain_to_ascii_cow(domain.as_bytes(), AsciiDenyList::URL) {
        Ok(ascii) if ascii.split('.').all(|label| !label.is_empty()) => Ok(address),
        Ok(_) | Err(_) => Err(InvalidAddress::NoDomain),
    }
}

/// The normal form of any text, also of one that is no valid address; see the module.
pub fn normal_form(text: &str) -> String {
    let address = clean(text);
    let Some((local, domain)) = address.rsplit_once('@') else {
        return fold(&address);
    };
    format!("{}@{}", fold(local), normal_domain(domain))
}

/// The form in which the first releases compared, where it differs and is still the same address by today's rules.
pub fn former_form(text: &str) -> Option<String> {
    let former = text.trim().to_lowercase();
    let normal = normal_form(text);
    (former != normal && normal_form(&former) == normal).then_some(former)
}

fn normal_domain(domain: &str) -> String {
    let ascii = idna::domain_to_ascii_cow(domain.as_bytes(), AsciiDenyList::EMPTY);
    let domain = ascii.map_or_else(|_| fold(domain), Cow::into_owned);
    // What IDNA makes of an ideographic full stop is a dot as well, and white space may stand before it.
    let ends = |c: char| c == '.' || c.is_whitespace();
    domain.trim_end_matches(ends).to_owned()
}

/// Composed, in one case. Composing again comes last, since a letter of another case may compose.
fn fold(text: &str) -> String {
    let folded: String = compose(text).chars().map(fold_char).collect();
    compose(&folded)
}

/// NFC, but for characters that it would turn into ASCII, such as the Kelvin sign.
fn compose(text: &str) -> String {
    let nfc = ComposingNormalizerBorrowed::new_nfc();
    let mut composed = String::with_capacity(text.len());
    for part in text.split_inclusive(becomes_ascii) {
        let kept = part.chars().next_back().filter(|last| becomes_ascii(*last));
        let before = kept.and_then(|last| part.strip_suffix(last)).unwrap_or(part);
        composed.push_str(&nfc.normalize(before));
        composed.extend(kept);
    }
    composed
}

fn becomes_ascii(c: char) -> bool {
    let nfc = ComposingNormalizerBorrowed::new_nfc();
    !c.is_ascii() && nfc.normalize(c.encode_utf8(&mut [0; 4])).is_ascii()
}

/// Unicode's simple case folding (by way of upper case, so that both small sigmas are one), never into ASCII.
fn fold_char(c: char) -> char {
    if c.is_ascii() || becomes_ascii(c) {
        return c.to_ascii_lowercase();
    }
    let upper = single(c.to_uppercase())
        .filter(|upper| !upper.is_ascii())
        .unwrap_or(c);
    single(upper.to_lowercase())
        .filter(|lower| !lower.is_ascii())
        .unwrap_or(upper)
}

fn single(mut mapped: impl Iterator<Item = char>) -> Option<char> {
    mapped.next().filter(|_| mapped.next().is_none())
}

#[cfg(test)]
mod tests;
