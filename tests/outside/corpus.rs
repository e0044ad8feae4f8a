//! What the fuzz targets found: for each door, inputs that reach code which none of the others reaches. Kept in `fuzz/corpus`, one
//! file for each door: packed lines, each an input in base64, shortest first.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

/// Longer inputs are not kept: the fuzz targets make them from shorter ones.
const LONGEST: u64 = 1_024;

fn file(door: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fuzz/corpus/{door}.gz"))
}

/// What was found at a door.
pub(crate) fn of(door: &str) -> Vec<Vec<u8>> {
    let packed =
        std::fs::read(file(door)).unwrap_or_else(|error| panic!("{}: {error}", file(door).display()));
    let mut text = String::new();
    GzDecoder::new(packed.as_slice())
        .read_to_string(&mut text)
        .unwrap();
    text.lines().map(|line| STANDARD.decode(line).unwrap()).collect()
}

/// Keeps the files of a folder as what was found at a door.
pub(crate) fn keep(door: &str, folder: &Path) {
    let mut lines: Vec<String> = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(Result::unwrap)
        .filter(|entry| entry.metadata().unwrap().len() <= LONGEST)
        .map(|entry| STANDARD.encode(std::fs::read(entry.path()).unwrap()))
        .collect();
    lines.sort_by_cached_key(|line| (line.len(), line.clone()));
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    for line in lines {
        writeln!(packed, "{line}").unwrap();
    }
    std::fs::write(file(door), packed.finish().unwrap()).unwrap();
}
