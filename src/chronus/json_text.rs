//! JSON text from outside, measured and cut into its parts before anything is built from it: what is too large, too
//! deep or broken in one place costs no more than reading its bytes.

pub mod cut;
pub mod fault;
pub mod once;
pub mod shape;

/// Longest part of a field's name that is repeated in an answer, in characters.
const SHOWN_NAME: usize = 64;

/// A field's name as a step of a JSON pointer (RFC 6901); a long one is cut.
pub fn step(name: &str) -> String {
    let shown: String = name.chars().take(SHOWN_NAME).collect();
    format!("/{}", shown.replace('~', "~0").replace('/', "~1"))
}
