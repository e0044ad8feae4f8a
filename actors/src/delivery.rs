//! Delivery as data: what an outcome means and when the next try is due. Pure; the lanes act on it.

pub mod plan;

pub use plan::{DeliveryPlan, Settlement};
