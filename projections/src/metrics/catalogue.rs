//! Every report there is, by name.

use super::definition::Definition;

/// Every report there is.
pub const ALL: [&Definition; 8] = [
    &super::delivery::DEFINITION,
    &super::reach::DEFINITION,
    &super::responsiveness::DEFINITION,
    &super::programmes::DEFINITION,
    &super::surveys::DEFINITION,
    &super::messages::DEFINITION,
    &super::faults::DEFINITION,
    &super::fairness::DEFINITION,
];

/// The report with this name.
pub fn find(name: &str) -> Option<&'static Definition> {
    ALL.into_iter().find(|definition| definition.name == name)
}
