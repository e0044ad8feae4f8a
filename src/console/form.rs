//! A form as a browser sends it.

use url::form_urlencoded;

/// Where a form carries what only a page of its own session knows.
pub(super) const TOKEN: &str = "form_token";

/// The fields, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    /// Reads a body.
    pub(super) fn read(body: &[u8]) -> Self {
        let fields = form_urlencoded::parse(body);
        Self(fields.into_owned().collect())
    }

    /// A field; the empty text where it is not there.
    pub(super) fn field(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(field, _)| field == name);
        found.map_or("", |(_, value)| value)
    }

    /// Every value of a field that may be chosen several times.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let found = self.0.iter().filter(move |(field, _)| field == name);
        found.map(|(_, value)| value.as_str())
    }

    /// A field without the spaces around it; nothing where it is empty.
    pub(super) fn given(&self, name: &str) -> Option<&str> {
        Some(self.field(name).trim()).filter(|value| !value.is_empty())
    }

    /// What somebody typed or chose: everything but the token.
    pub(super) fn words(&self) -> Vec<(String, String)> {
        let words = self.0.iter().filter(|(name, _)| name != TOKEN);
        words.cloned().collect()
    }

    /// The words in one text, for a page that gives them back.
    pub(super) fn written(&self) -> String {
        let mut text = form_urlencoded::Serializer::new(String::new());
        text.extend_pairs(self.words()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_comes_back_without_the_token() {
        let form = Form::read(b"form_token=x&reason=a%26b+%C3%BC&empty=");
        assert_eq!(form.field("reason"), "a&b ü");
        assert_eq!(form.given("empty"), None);
        assert_eq!(Form::read(form.written().as_bytes()).words(), form.words());
        assert!(!form.written().contains("form_token"));
    }
}
