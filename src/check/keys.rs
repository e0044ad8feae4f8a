//! Are the keys those that the log was written with, and do they open what they sealed? Every key that a value names must
//! have been made; of the values themselves a sample is opened.

use std::collections::BTreeMap;
use std::path::Path;

use events::outbound::ErasureCertified;
use events::sealing::sqlite::{KeyState, KeysCopy, Masters};
use events::sealing::{WORDS, found, open_sealed};
use events::{EventStore, PersonId, Position, Recorded, Sealed, StreamKind};

use super::{Part, Verdict};

/// Whether a value that is bound to `bound` stands where it belongs.
fn belongs(bound: &str, event: &Recorded, place: &str) -> bool {
    if bound == WORDS {
        return event.stream.kind() == StreamKind::User;
    }
    // Numbers are places in lists.
    let fields = place
        .split('/')
        .filter(|field| !field.is_empty() && field.parse::<usize>().is_err());
    let fields: Vec<&str> = fields.collect();
    bound == format!("{}.{}", event.event_type, fields.join("."))
}

/// The first so many values are opened,
const ALL_OF_THE_FIRST: u64 = 1_000;
/// and of the others one in so many.
const ONE_IN: u64 = 50;

/// The keys, and what was asked of them so far.
#[derive(Debug, Default)]
pub(super) struct Keys {
    table: Option<KeysCopy>,
    /// Where a value under each key stands first.
    known: BTreeMap<(PersonId, u32), Position>,
    is_closed_told: bool,
    values: u64,
}

impl Keys {
    /// Opens the table at `path`; without one nothing is looked at.
    pub(super) fn open(path: Option<&Path>, masters: &Masters, verdict: &mut Verdict) -> Self {
        let Some(path) = path else { return Self::default() };
        if !path.exists() {
            return Self::default();
        }
        match KeysCopy::open(path) {
            Ok(table) => {
                let table = table.under(masters.clone());
                let found = table.fault().unwrap_or_else(|error| Some(error.to_string()));
                if let Some(fault) = found {
                    verdict.fault(Part::Keys, None, format!("SQLite finds keys.db damaged: {fault}"));
                }
                Self {
                    table: Some(table),
                    ..Self::default()
                }
            }
            Err(error) => {
                let error = anyhow::Error::new(error);
                verdict.fault(Part::Keys, None, format!("keys.db cannot be read: {error:#}"));
                Self::default()
            }
        }
    }

    /// Looks at the values of one event.
    pub(super) fn see(&mut self, event: &Recorded, verdict: &mut Verdict) {
        let Some(table) = &self.table else {
            // Missing keys are told once, by the first value that needs one.
            if self.values == 0 && !found::in_payload(&event.payload).is_empty() {
                self.values = 1;
                let what =
                    "values are sealed from here on, and there is no key table (keys.db) that could be asked";
                verdict.fault(Part::Keys, Some(event.position), what.to_owned());
            }
            return;
        };
        for (place, sealed) in found::in_payload(&event.payload) {
            self.values += 1;
            if let Some(bound) = sealed.place()
                && !belongs(bound, event, &place)
            {
                let what = format!("the value at {place} was sealed for another place, {bound}");
                verdict.fault(Part::Keys, Some(event.position), what);
            }
            let key = (sealed.person.clone(), sealed.generation);
            let is_sample = self.values <= ALL_OF_THE_FIRST || self.values.is_multiple_of(ONE_IN);
            if !is_sample && self.known.contains_key(&key) {
                continue;
            }
            match table.key(&sealed.person, sealed.generation) {
                Ok(KeyState::NeverMade) => {
                    let what = format!("the value at {place} is sealed under a key that keys.db never had");
                    verdict.fault(Part::Keys, Some(event.position), what);
                }
                Ok(KeyState::Kept(opens)) if is_sample => {
                    verdict.opened += 1;
                    if open_sealed(&opens, &sealed).is_err() {
                        let what =
                            format!("the value at {place} does not open with its key: one of both changed");
                        verdict.fault(Part::Keys, Some(event.position), what);
                    }
                }
                Ok(KeyState::Wrapped(why)) if is_sample => {
                    // The same is so of many.
                    if !self.is_closed_told {
                        self.is_closed_told = true;
                        let what = format!("the key of the value at {place} stays closed: {why}");
                        verdict.fault(Part::Keys, Some(event.position), what);
                    }
                }
                Ok(KeyState::Kept(_) | KeyState::Wrapped(_) | KeyState::Destroyed) => {}
                Err(error) => verdict.fault(Part::Keys, Some(event.position), error.to_string()),
            }
            self.known.entry(key).or_insert(event.position);
        }
    }

    /// Whether what is of before an erasure, and came after it, opens.
    pub(super) fn late(&self, event: &Recorded, sealed: &[&Sealed], verdict: &mut Verdict) {
        let Some(table) = &self.table else { return };
        for value in sealed {
            if let Ok(KeyState::Kept(_) | KeyState::Wrapped(_)) = table.key(&value.person, value.generation) {
                let what = format!(
                    "a value of before an erasure of {} came after it and opens; the service closes it within seconds where it runs",
                    value.person
                );
                verdict.fault(Part::Keys, Some(event.position), what);
            }
        }
    }

    /// Whether a certificate holds: nothing that was sealed for these persons before the erasure opens any more.
    pub(super) fn certified(&self, event: &Recorded, said: &ErasureCertified, verdict: &mut Verdict) {
        let Some(table) = &self.table else { return };
        for person in &said.persons {
            let keys = self.known.range((person.clone(), 0)..=(person.clone(), u32::MAX));
            let before = keys.filter(|(_, first)| **first <= said.until);
            for ((person, generation), _) in before {
                if let Ok(KeyState::Kept(_) | KeyState::Wrapped(_)) = table.key(person, *generation) {
                    let what = format!(
                        "erasure {} is certified, and a key of {person} that it destroyed is there again; erase once more",
                        said.erasure_id
                    );
                    verdict.fault(Part::Keys, Some(event.position), what);
                }
            }
        }
    }

    /// Whether the table is the one that the log names.
    pub(super) async fn close(self, store: &dyn EventStore, verdict: &mut Verdict) -> anyhow::Result<()> {
        let Some(table) = self.table else { return Ok(()) };
        // A log of an earlier release names none, and one that cannot be read was told above.
        let bound = events::lineage::read(store)
            .await
            .ok()
            .and_then(|lineage| lineage.key_table);
        if let Some(bound) = bound
            && table.id().ok() != Some(bound)
        {
            let what = "keys.db is not the key table that the log was written with".to_owned();
            verdict.fault(Part::Keys, None, what);
        }
        Ok(())
    }
}

/// Whether what a restore put aside holds keys that are destroyed here: with them everything opens that was to stay closed.
pub(super) fn put_aside(table: &Path, verdict: &mut Verdict) {
    let folders = table
        .parent()
        .map(crate::backup::put_aside_in)
        .unwrap_or_default();
    for folder in folders {
        let aside = folder.join("keys.db");
        if !aside.exists() || !table.exists() {
            continue;
        }
        let left = KeysCopy::open(&aside).map_err(anyhow::Error::new);
        match left.and_then(|copy| Ok(copy.left_over(table)?)) {
            Ok(left) if left.destroyed > 0 => {
                let what = format!(
                    "{} holds {} keys that were destroyed here; what was erased opens with them: remove the folder",
                    aside.display(),
                    left.destroyed
                );
                verdict.fault(Part::Keys, None, what);
            }
            Ok(_) => {}
            Err(error) => {
                let what = format!(
                    "{} cannot be read, so whether it holds keys of people is not known: {error:#}",
                    aside.display()
                );
                verdict.fault(Part::Keys, None, what);
            }
        }
    }
}
