//! Reports as pure folds of the log: named, versioned definitions whose numbers are sums of rows.
//!
//! Each event is read once, in the log's order. A family of metrics turns it into [`ledger::Change`]s: this row counts in
//! that cell from this position on, or no longer. So a number as of any position is the sum of the changes up to it, the
//! rows behind a number are those whose changes do not cancel out, and what changed a number between two positions is
//! listed by name. Nothing here reads a clock, a read model or a personal value; the same events give the same numbers.
//!
//! | module | holds |
//! |---|---|
//! | [`catalogue`] | every report there is |
//! | [`definition`] | what each report counts, of what, in which zone, and what becomes of erased people |
//! | [`card_state`], [`cards`] | how each card stands, by the log alone |
//! | [`people`] | how each person stands |
//! | `delivery`, `reach`, `responsiveness`, `programmes`, `surveys`, `messages`, `faults`, `fairness` | the families |
//! | [`ledger`] | changes, rows and their filter |
//! | [`buckets`], [`percentile`], [`tally`] | days and weeks in a zone, exact percentiles, tables |
//! | [`fold`] | one pass over the log |
//! | [`why`] | one sentence for every state a card can be in |

pub mod buckets;
pub mod card_state;
pub mod cards;
pub mod catalogue;
pub mod definition;
mod delivery;
mod fairness;
mod faults;
pub mod fold;
pub mod ledger;
mod messages;
pub mod people;
pub mod percentile;
mod programmes;
mod reach;
mod responsiveness;
mod surveys;
pub mod tally;
pub mod why;

#[cfg(test)]
mod tests;
