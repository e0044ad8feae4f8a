//! Delivery as data: what an outcome means and when the next try is due. Pure; the lanes act on it.

pub mod circuit;
pub mod observer;
pub mod outcome;
pub mod plan;
pub(crate) mod put_off;

pub use circuit::{CircuitSettings, Circuits};
pub use observer::{DeliveryObserver, Uncounted};
pub use outcome::Outcome;
pub use plan::{DeliveryPlan, Settlement};
