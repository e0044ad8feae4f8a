//! The Teams app package: what an administrator uploads to the organization's catalogue. It holds the manifest, the two
//! icons and the texts of the other languages (teams-protocol, section 6). It asks for no permission and sees no chat
//! but the personal one.

use std::io::{Cursor, Write as _};

use serde_json::Value;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

mod document;
mod icons;
#[cfg(test)]
mod tests;
mod texts;

pub use document::{App, InvalidApp};

/// Why the package cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// What is given does not fit the manifest.
    #[error(transparent)]
    App(#[from] InvalidApp),
    /// An icon cannot be drawn.
    #[error("an icon cannot be written")]
    Icon(#[from] png::EncodingError),
    /// The archive cannot be written.
    #[error("the archive cannot be written")]
    Archive(#[from] zip::result::ZipError),
    /// The archive cannot be filled.
    #[error("the archive cannot be filled")]
    Io(#[from] std::io::Error),
}

/// The package of an app: the same bytes for the same app.
pub fn package(app: &App) -> Result<Vec<u8>, PackageError> {
    app.check()?;
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    // Stored and dated alike, so that a package that did not change is not taken for a new one.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default());
    let mut add = |name: &str, content: &[u8]| -> Result<(), PackageError> {
        archive.start_file(name, options)?;
        Ok(archive.write_all(content)?)
    };
    add("manifest.json", &pretty(&document::manifest(app)))?;
    add(document::COLOR_ICON, &icons::color()?)?;
    add(document::OUTLINE_ICON, &icons::outline()?)?;
    for language in texts::OTHERS {
        add(
            &document::language_file(language),
            &pretty(&document::localization(language, app)),
        )?;
    }
    Ok(archive.finish()?.into_inner())
}

/// JSON for people to read; writing a value to text cannot fail.
fn pretty(value: &Value) -> Vec<u8> {
    format!("{value:#}\n").into_bytes()
}
