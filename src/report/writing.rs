//! The forms in which a report is written. Each ends with what the report says of itself and with its hash.

pub(super) mod csv;
pub(super) mod html;
pub(super) mod table;
