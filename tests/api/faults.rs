//! The fault matrix: what goes wrong on Microsoft's and on Chronus' side, and what becomes of the card, the person and
//! the metrics. [`table`] holds the rows; each is played over real HTTP; `docs/delivery.md` shows the same rows.

mod played;
mod table;
mod whole;
mod written;
