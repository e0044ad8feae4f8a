//! Where a value comes from, so that whoever is told of a fault finds it.

use std::collections::BTreeMap;

/// Which variable or file gave a value.
#[derive(Debug, Clone, Default)]
pub(super) struct Origins {
    file: String,
    variables: BTreeMap<String, String>,
}

impl Origins {
    /// All from a file, so far.
    pub(super) fn of_file(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            variables: BTreeMap::new(),
        }
    }

    /// The value at `path` is a variable's.
    pub(super) fn set(&mut self, path: String, variable: String) {
        self.variables.insert(path, variable);
    }

    /// What gave the value at `path`, or the section that it is missing from.
    pub(super) fn of(&self, path: &str) -> String {
        match self.variables.get(path) {
            Some(variable) => format!("variable {variable}"),
            None => self.file.clone(),
        }
    }

    /// Whether no file was read.
    pub(super) fn has_no_file(&self) -> bool {
        self.file.is_empty()
    }
}
