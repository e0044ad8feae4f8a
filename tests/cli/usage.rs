//! Exit codes and messages of wrong use.

use crate::world::{program, stderr, stdout};

#[test]
fn a_wrong_configuration_exits_64_and_tells_all_that_is_wrong_on_stderr() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("wrong.toml");
    std::fs::write(&file, "[http]\nlisten = \"here\"\n").unwrap();
    let output = program()
        .arg("--config")
        .arg(&file)
        .arg("replay")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(64));
    assert_eq!(stdout(&output), "");
    let told = stderr(&output);
    assert!(
        told.contains("http.listen (") && told.contains("wrong.toml"),
        "{told}"
    );
    assert!(
        told.contains("write number and port, such as 127.0.0.1:3978"),
        "{told}"
    );
}

#[test]
fn a_configuration_file_that_is_named_must_exist() {
    let output = program()
        .args(["--config", "/nowhere/x.toml", "replay"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(64));
    let told = stderr(&output);
    assert!(
        told.contains("/nowhere/x.toml: the file cannot be read"),
        "{told}"
    );
}

#[test]
fn the_file_can_be_named_by_a_variable() {
    let output = program()
        .env("CHRONUS_TEAMS_CONFIG", "/nowhere/y.toml")
        .arg("replay")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(64));
    assert!(stderr(&output).contains("/nowhere/y.toml"));
}

#[test]
fn a_wrong_command_line_exits_64_and_help_exits_0_on_stdout() {
    let output = program().arg("replya").output().unwrap();
    assert_eq!(output.status.code(), Some(64));
    assert!(stderr(&output).contains("replay"), "{}", stderr(&output));
    let output = program().arg("--help").output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(stdout(&output).contains("replay"));
}

#[test]
fn a_folder_without_a_log_is_told_and_nothing_is_made_there() {
    let folder = tempfile::tempdir().unwrap();
    for command in [&["replay"][..], &["report", "delivery"], &["rebuild"]] {
        let output = program()
            .env("CHRONUS_TEAMS_DATA__FOLDER", folder.path())
            .args(command)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{command:?}");
        assert!(
            stderr(&output).contains("no event log can be read in data.folder"),
            "{}",
            stderr(&output)
        );
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
