//! The data folder that a release leaves behind, with everything in it that the log of a release may hold. It is made by the
//! program of today, held against that same program as a later one will be (`earlier`), and so known to be good before anybody keeps it.
//!
//! `make freeze` keeps it: `CHRONUS_FREEZE_TO` names the folder, one that does not exist. The people, addresses, texts, keys and
//! secrets in it are made up here.

mod life;
mod record;

use std::path::Path;
use std::process::Command;

use crate::earlier;

/// Packs one folder's contents.
fn pack(folder: &Path, into: &Path) {
    let mut tar = Command::new("tar");
    tar.arg("-czf").arg(into).arg("-C").arg(folder).arg(".");
    assert!(tar.status().unwrap().success(), "{}", into.display());
}

#[actix_web::test]
async fn what_today_s_program_leaves_behind_is_taken_as_that_of_a_release_will_be() {
    let frozen = tempfile::tempdir().unwrap();
    let lived = life::live().await;
    record::record(&lived, frozen.path()).await;
    earlier::answers_as_recorded(frozen.path()).await;
    if let Ok(to) = std::env::var("CHRONUS_FREEZE_TO") {
        let to = Path::new(env!("CARGO_MANIFEST_DIR")).join(to);
        std::fs::create_dir(&to).unwrap_or_else(|error| panic!("{}: {error}", to.display()));
        for file in std::fs::read_dir(frozen.path()).unwrap() {
            let file = file.unwrap().path();
            std::fs::copy(&file, to.join(file.file_name().unwrap())).unwrap();
        }
    }
}
