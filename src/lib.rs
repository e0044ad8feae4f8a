//! placeholder

pub mod cards;
