//! Where a trace of other systems goes on: the `traceparent` of W3C Trace Context, level 1.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::EventId;

/// Characters of a `traceparent` of version 00; later versions begin with the same fields.
const LENGTH: usize = 55;

/// A trace and the span in it that caused what carries this: `00-<trace id>-<span id>-<flags>`, in lower-case
/// hexadecimal. Neither id is zero.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TraceParent {
    trace: u128,
    span: u64,
    flags: u8,
}

/// The text is no `traceparent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a traceparent is written 00-<32 hexadecimal digits>-<16 of them>-<2 of them>, and no id in it is all zeros"
)]
pub struct NotATraceParent;

impl TraceParent {
    /// The sampled span `span` of `trace`; `None` where one of them is zero, which is no id.
    pub fn sampled(trace: u128, span: u64) -> Option<Self> {
        (trace != 0 && span != 0).then_some(Self {
            trace,
            span,
            flags: 1,
        })
    }

    /// Reads the header's value. A version after 00 is read as far as 00 goes, as the standard asks.
    ///
    /// # Errors
    ///
    /// Where it is none; the standard has it left out then, and a new trace begun.
    pub fn parse(text: &str) -> Result<Self, NotATraceParent> {
        let fields = text.get(..LENGTH).ok_or(NotATraceParent)?;
        let mut parts = fields.split('-');
        let mut next = |digits: usize| hexadecimal(parts.next()?, digits);
        let read = (|| Some((next(2)?, next(32)?, next(16)?, next(2)?)))();
        let (version, trace, span, flags) = read.ok_or(NotATraceParent)?;
        let is_whole = match version {
            0 => text.len() == LENGTH,
            0xff => false,
            _ => text.len() == LENGTH || text[LENGTH..].starts_with('-'),
        };
        // Of the flags of later versions only the first one is known.
        let (span, flags) = (u64::try_from(span), u8::try_from(flags & 1));
        match (span, flags) {
            (Ok(span), Ok(flags)) if is_whole && trace != 0 && span != 0 => Ok(Self { trace, span, flags }),
            (Ok(_) | Err(_), Ok(_) | Err(_)) => Err(NotATraceParent),
        }
    }

    /// The same trace at the span that stands for an event of the log.
    #[must_use]
    pub fn at(self, event: EventId) -> Self {
        Self {
            span: span_of(event),
            ..self
        }
    }

    /// The trace, 16 bytes.
    pub fn trace(self) -> u128 {
        self.trace
    }

    /// The span in it, 8 bytes.
    pub fn span(self) -> u64 {
        self.span
    }

    /// Whether whoever began the trace records it.
    pub fn is_sampled(self) -> bool {
        self.flags & 1 == 1
    }
}

/// The span that stands for an event: the last eight bytes of its id, which are never all zeros in a UUID.
pub fn span_of(event: EventId) -> u64 {
    event.0.as_u64_pair().1
}

/// A field of exactly so many digits; upper case is none, by the standard.
fn hexadecimal(text: &str, digits: usize) -> Option<u128> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (text.len() == digits && text.bytes().all(is_digit))
        .then(|| u128::from_str_radix(text, 16).ok())
        .flatten()
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.trace, self.span, self.flags)
    }
}

impl fmt::Debug for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TraceParent({self})")
    }
}

impl TryFrom<String> for TraceParent {
    type Error = NotATraceParent;
    fn try_from(text: String) -> Result<Self, NotATraceParent> {
        Self::parse(&text)
    }
}

impl From<TraceParent> for String {
    fn from(parent: TraceParent) -> String {
        parent.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // The example of the standard, section 3.2.4.
    const EXAMPLE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn what_the_standard_writes_is_read_and_written_again() {
        let parent = TraceParent::parse(EXAMPLE).unwrap();
        assert_eq!(parent.trace(), 0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c);
        assert_eq!(parent.span(), 0xb7ad_6b71_6920_3331);
        assert!(parent.is_sampled());
        assert_eq!(parent.to_string(), EXAMPLE);
        assert_eq!(TraceParent::sampled(parent.trace(), parent.span()), Some(parent));
        let silent = TraceParent::parse(&EXAMPLE.replace("-01", "-00")).unwrap();
        assert!(!silent.is_sampled());
    }

    #[test]
    fn a_later_version_is_read_as_far_as_it_is_known() {
        let later = format!("cc{}-what-comes-later", &EXAMPLE[2..]).replace("-01-", "-09-");
        assert_eq!(TraceParent::parse(&later).unwrap().to_string(), EXAMPLE);
        for odd in ["cc-", "01-"].map(|begin| format!("{begin}{}.later", &EXAMPLE[3..])) {
            assert_eq!(TraceParent::parse(&odd), Err(NotATraceParent), "{odd}");
        }
    }

    #[test]
    fn what_is_none_is_none() {
        let zeros = "0".repeat(32);
        for odd in [
            "",
            "00",
            "00-1",
            &EXAMPLE.to_uppercase(),
            &EXAMPLE.replace("0af7", "0ag7"),
            &EXAMPLE.replace("0af7651916cd43dd8448eb211c80319c", &zeros),
            &EXAMPLE.replace("b7ad6b7169203331", "0000000000000000"),
            &format!("{EXAMPLE}-"),
            &format!("ff{}", &EXAMPLE[2..]),
            &EXAMPLE.replace('0', "é"),
            &format!(" {}", &EXAMPLE[1..]),
        ] {
            assert_eq!(TraceParent::parse(odd), Err(NotATraceParent), "{odd}");
        }
        assert_eq!(TraceParent::sampled(0, 1), None);
        assert_eq!(TraceParent::sampled(1, 0), None);
    }
}
