//! Why a connection string cannot be used.

use super::address::AddressError;

/// Why a connection string cannot be used on this machine.
#[derive(Debug, thiserror::Error)]
pub enum AddressFault {
    /// The text itself.
    #[error(transparent)]
    Text(#[from] AddressError),
    /// A file that it names. Which one it is stands in the connection string, of which nothing is repeated.
    #[error("the file that {option} of the connection string names cannot be read")]
    File {
        /// The option that names it.
        option: &'static str,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file that it names holds something else.
    #[error("the file that {option} of the connection string names holds no {wanted}; it must be PEM")]
    Content {
        /// The option that names it.
        option: &'static str,
        /// What it should hold.
        wanted: &'static str,
    },
    /// TLS that checks nobody.
    #[error("tlsVerifyCert=false of the connection string cannot be obeyed")]
    Unverified(#[from] tokio_rustls::rustls::Error),
    /// The credentials hold characters that a header cannot carry.
    #[error("the credentials of the connection string cannot be sent")]
    Credentials,
}
