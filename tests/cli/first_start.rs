//! The first start of the containers: secrets are made once, and the configuration beside them is one that a node takes.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use chronus_teams::config::{Config, KeyHash};

use crate::world::program;

fn deploy(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(file)
}

fn first_start(folder: &Path) -> Output {
    let program = program();
    let programs = Path::new(program.get_program()).parent().unwrap();
    let path = std::env::join_paths(
        std::iter::once(programs.to_owned()).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    );
    Command::new("bash")
        .arg(deploy("first-start.sh"))
        .args([&deploy("chronus-teams.toml"), folder])
        .env("PATH", path.unwrap())
        .output()
        .unwrap()
}

fn contents(folder: &Path) -> Vec<(String, String)> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    files.sort();
    files
}

#[test]
fn secrets_are_made_once_for_their_owner_alone_and_differ_between_installations() {
    let parent = tempfile::tempdir().unwrap();
    let [here, there] = ["here", "there"].map(|name| parent.path().join(name));
    let output = first_start(&here);
    assert!(output.status.success(), "{output:?}");
    let made = contents(&here);
    let names: Vec<&str> = made.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "api-key",
            "api-key.sha256",
            "app",
            "chronus-teams.toml",
            "keys",
            "webhook"
        ]
    );
    for (name, _) in &made {
        let mode = std::fs::metadata(here.join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{name}");
    }
    let key = made[0].1.trim();
    let text = &made[3].1;
    let config = Config::from_text(text, "made", []).unwrap();
    assert_eq!(config.organizations[0].api_keys[0].sha256, KeyHash::of(key));
    assert!(!String::from_utf8_lossy(&output.stdout).contains(key));

    assert!(first_start(&here).status.success());
    assert_eq!(contents(&here), made, "a second start changes nothing");
    assert!(first_start(&there).status.success());
    for ((name, one), (_, other)) in made.iter().zip(contents(&there)) {
        assert_ne!(one, &other, "{name}");
    }
}
