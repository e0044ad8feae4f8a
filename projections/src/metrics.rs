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
//! | [`buckets`], [`percentile`], `crowd`, `summing`, [`tally`] | days and weeks in a zone, exact percentiles, few people, sums, tables |
//! | [`rows`] | the rows behind the figures |
//! | [`fold`], [`names`] | one pass over the log |
//! | [`checkpoints`], `blocks`, `kept`, `state_file`, `place_text` | what is kept of it, so that the next pass is short |
//! | [`why`] | one sentence for every state a card can be in |

mod blocks;
pub mod buckets;
pub mod card_state;
pub mod cards;
pub mod catalogue;
pub mod checkpoints;
mod crowd;
pub mod definition;
mod delivery;
mod fairness;
mod faults;
pub mod fold;
mod kept;
pub mod ledger;
mod messages;
pub mod names;
pub mod people;
pub mod percentile;
mod place_text;
mod programmes;
pub mod question;
mod reach;
mod responsiveness;
pub mod rows;
mod state_file;
mod summing;
mod surveys;
pub mod tally;
pub mod why;

#[cfg(test)]
mod tests;
