//! People of a tenant by small numbers, as long as there is something to do for them.

use std::collections::HashMap;

use uuid::Uuid;

/// A person's id in their tenant. Directories name people by GUIDs, which take less than half as bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Name {
    Guid(Uuid),
    Other(Box<str>),
}

impl Name {
    fn of(text: &str) -> Self {
        let mut written = Uuid::encode_buffer();
        match Uuid::try_parse(text) {
            // Only where it is written back as it came.
            Ok(id) if *id.hyphenated().encode_lower(&mut written) == *text => Self::Guid(id),
            Ok(_) | Err(_) => Self::Other(text.into()),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Guid(id) => id.hyphenated().to_string(),
            Self::Other(name) => name.to_string(),
        }
    }
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct People {
    numbers: HashMap<Name, u32>,
    /// Who each number is, and for how many things; `None` where it is free.
    known: Vec<Option<(Name, u32)>>,
    free: Vec<u32>,
}

impl People {
    /// The number of a person for whom there is something to do.
    pub(super) fn find(&self, person: &str) -> Option<u32> {
        self.numbers.get(&Name::of(person)).copied()
    }

    /// One thing more for a person.
    pub(super) fn take(&mut self, person: &str) -> u32 {
        let name = Name::of(person);
        if let Some(number) = self.numbers.get(&name) {
            if let Some(Some((_, things))) = self.known.get_mut(*number as usize) {
                *things += 1;
            }
            return *number;
        }
        let number = self.free.pop().unwrap_or_else(|| {
            self.known.push(None);
            u32::try_from(self.known.len() - 1).unwrap_or(u32::MAX)
        });
        if let Some(place) = self.known.get_mut(number as usize) {
            *place = Some((name.clone(), 1));
        }
        self.numbers.insert(name, number);
        number
    }

    /// One thing less; whoever has none is forgotten.
    pub(super) fn give_back(&mut self, number: u32) {
        let Some(place) = self.known.get_mut(number as usize) else {
            return;
        };
        let Some((name, things)) = place else { return };
        *things -= 1;
        if *things == 0 {
            self.numbers.remove(name);
            *place = None;
            self.free.push(number);
        }
        if self.numbers.is_empty() {
            // What a burst took is given back.
            *self = Self::default();
        }
    }

    pub(super) fn name(&self, number: u32) -> Option<String> {
        let known = self.known.get(number as usize)?.as_ref()?;
        Some(known.0.text())
    }
}
