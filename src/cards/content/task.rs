//! A task.

use super::super::time::Deadline;
use super::Content;
use super::field::{deadline, text};

/// What is to be done.
pub(crate) struct Task {
    /// What it means.
    pub(crate) description: Option<String>,
    /// Until when.
    pub(crate) due_at: Option<Deadline>,
}

impl Task {
    /// Reads it.
    pub(crate) fn read(content: &Content) -> Self {
        let data = &content.data;
        Self {
            description: text(data, "description").or_else(|| text(data, "body")),
            due_at: deadline(data, "due_at"),
        }
    }
}
