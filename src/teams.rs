//! The edge towards Microsoft Teams: what arrives from the Bot Connector is authenticated and read here, and what
//! goes there is sent from here. No rule of the product lives here; what an activity means for a person is decided
//! by that person's actor.
//!
//! | module | holds |
//! |---|---|
//! | [`access`] | who may speak to the bot endpoint |
//! | [`activity`] | lenient reading of inbound activities |
//! | [`auth`], [`keys`] | the check of the token that comes with an activity, and the cache of Microsoft's keys |
//! | [`hosts`] | the hosts to which the service's own token may go |
//! | [`token`] | the service's own token |
//! | [`connector`] | the REST calls |
//! | [`edge`] | both directions, as the configuration describes them |
//! | [`doors`] | what comes back, read from bytes alone |
//! | [`elsewhere`] | what is said outside personal chats |

pub mod access;
pub mod activity;
pub mod auth;
pub mod connector;
pub mod credential;
pub mod doors;
pub mod edge;
pub mod elsewhere;
pub mod hosts;
pub mod keys;
pub mod served;
pub mod shared_hosts;
pub mod token;

#[cfg(test)]
pub(crate) mod test_keys;
