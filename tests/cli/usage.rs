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

/// What the program says on stderr when it is run so in an empty folder and fails.
fn refused_in(folder: &std::path::Path, arguments: &[&str]) -> String {
    let output = program().current_dir(folder).args(arguments).output().unwrap();
    assert!(!output.status.success(), "{output:?}");
    stderr(&output)
}

#[test]
fn without_a_configuration_serving_says_what_to_copy() {
    let folder = tempfile::tempdir().unwrap();
    let told = refused_in(folder.path(), &["serve"]);
    assert!(
        told.contains(
            "cannot be used\n  there is no chronus-teams.toml here; copy chronus-teams.example.toml, or name yours with \
             --config\n"
        ),
        "{told}"
    );
}

#[test]
fn a_wrong_folder_is_told_by_its_full_path_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    for command in [&["replay"][..], &["report", "delivery"]] {
        let told = refused_in(folder.path(), command);
        let data = folder.path().canonicalize().unwrap().join("data");
        assert!(
            told.contains(&format!(
                "{}; run this where `serve` runs, or name its file with --config",
                data.display()
            )),
            "{told}"
        );
    }
}

#[test]
fn a_word_of_other_programs_is_answered_with_the_command_that_is_meant() {
    let folder = tempfile::tempdir().unwrap();
    let told = refused_in(folder.path(), &["start"]);
    assert!(told.contains("did you mean `chronus-teams serve`?"), "{told}");
    let told = refused_in(folder.path(), &["replay", "--correlation", "seven"]);
    assert!(told.contains("write an id such as 6f1d2c3b-"), "{told}");
}

#[test]
fn an_address_that_is_taken_is_told_before_anything_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let text = format!(
        "[http]\nlisten = \"{address}\"\nadmin_listen = \"127.0.0.1:0\"\n[teams]\napp_id = \"app\"\n\
         client_secret = \"sandbox\"\nlogin_url = \"http://127.0.0.1:9\"\n[[organizations]]\nid = \"acme\"\n\
         tenant_id = \"t-1\"\n"
    );
    std::fs::write(folder.path().join("chronus-teams.toml"), text).unwrap();
    let told = refused_in(folder.path(), &["serve"]);
    assert!(
        told.contains(&format!(
            "cannot listen on {address}: another process listens there; stop it, or give another port by http.listen"
        )),
        "{told}"
    );
    assert!(!folder.path().join("data").exists());

    let listen = address.to_string();
    let output = program()
        .current_dir(folder.path())
        .env(
            "CHRONUS_TEAMS_KEYS__TOKEN",
            "a-token-of-this-test-that-is-long-enough",
        )
        .args(["key-service", "--listen", &listen])
        .output()
        .unwrap();
    assert!(
        stderr(&output).contains("stop it, or give another port by --listen"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_package_is_for_the_bot_that_is_configured() {
    let folder = tempfile::tempdir().unwrap();
    let app = "6f1d2c3b-4a5e-4f60-8b71-92a3b4c5d6e7";
    let other = "7b1f6a52-0d4e-4c55-9a0e-5d1c6f2e9a01";
    let manifest = |id: &'static str| ["manifest", "--host", "acme.example", "--app-id", id];
    let told = refused_in(folder.path(), &manifest("00000000-0000-0000-0000-000000000000"));
    assert!(told.contains("--app-id is the example's placeholder"), "{told}");
    let told = refused_in(folder.path(), &manifest("my-bot"));
    assert!(told.contains("write an id such as 6f1d2c3b-"), "{told}");
    let file = folder.path().join("chronus-teams.toml");
    std::fs::write(file, format!("[teams]\napp_id = \"{app}\"\n")).unwrap();
    let told = refused_in(folder.path(), &manifest(other));
    assert!(
        told.contains(&format!("--app-id is {other}, and teams.app_id is {app}")),
        "{told}"
    );
    let output = program()
        .current_dir(folder.path())
        .args(manifest(app))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
}
