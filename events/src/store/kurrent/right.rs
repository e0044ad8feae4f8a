//! Which right a call needs.

use super::wire::read_options;

/// A right on a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Right {
    /// As access lists name it.
    pub(super) name: &'static str,
    pub(super) stream: String,
}

impl Right {
    /// To append to a stream; `$$` before its name is its metadata.
    pub(super) fn append(stream: &str) -> Self {
        match stream.strip_prefix("$$") {
            Some(of) => Self::new("$mw", of),
            None => Self::new("$w", stream),
        }
    }

    /// To read from there.
    pub(super) fn read(from: Option<&read_options::From>) -> Self {
        match from {
            Some(read_options::From::Stream(from)) => {
                let name = from.stream.as_ref().map(|stream| stream.name.as_slice());
                Self::new("$r", &String::from_utf8_lossy(name.unwrap_or_default()))
            }
            Some(read_options::From::All(_)) | None => Self::new("$r", "$all"),
        }
    }

    fn new(name: &'static str, stream: &str) -> Self {
        Self {
            name,
            stream: stream.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_a_right_of_its_own() {
        assert_eq!(Right::append("user-a"), Right::new("$w", "user-a"));
        assert_eq!(Right::append("$$user-a"), Right::new("$mw", "user-a"));
        assert_eq!(Right::read(None), Right::new("$r", "$all"));
    }
}
