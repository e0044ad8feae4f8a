//! What `data.store` may say: the embedded store, or a cluster's connection string.

#[cfg(feature = "kurrentdb")]
use events::store::kurrent::Address;

/// What a build without the feature says.
pub(crate) const NO_KURRENTDB: &str =
    "this build has the embedded store only; use a release, or build with --features kurrentdb";

/// What `data.store` calls the embedded store.
pub(crate) const EMBEDDED: &str = "sqlite";

/// What is wrong with the text of `data.store`, if anything.
pub(super) fn fault_of(text: &str) -> Option<String> {
    if text.trim() == EMBEDDED {
        return None;
    }
    #[cfg(feature = "kurrentdb")]
    let fault = match Address::parse(text) {
        Err(error) => Some(format!("{error}; or write {EMBEDDED}")),
        Ok(address) if !address.is_verified() => Some(
            "the connection string switches the check of certificates off; name the authority by tlsCAFile instead"
                .to_owned(),
        ),
        Ok(_) => None,
    };
    #[cfg(not(feature = "kurrentdb"))]
    let fault = Some(NO_KURRENTDB.to_owned());
    fault
}
