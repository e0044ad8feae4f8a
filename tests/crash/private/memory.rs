//! The memory of a process that has keys in it: it goes into no core dump, and no other process of its user looks into it. Whoever
//! may trace any process (root) still can, and nothing is promised against that.

use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use chronus_teams::http_client::{self, HttpLimits};

use crate::serve::{Running, Serve};

#[test]
fn a_process_with_keys_in_memory_leaves_no_core_dump() {
    let serve = Serve::new();
    let running = serve.start();
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", running.id())).unwrap();
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"))
        .unwrap();
    let fields: Vec<&str> = core.split_whitespace().collect();
    assert_eq!(fields[4..6], ["0", "0"], "{core}");
    running.stop();
}

/// A program with core dumps as large as they come.
fn with_core_dumps(program: &Path) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -c unlimited 2>/dev/null; exec \"$@\"", "sh"]);
    shell.arg(program);
    shell.stdout(Stdio::null()).stderr(Stdio::null());
    shell
}

/// `sleep`, once it is that and not what starts it.
async fn asleep(mut program: Command) -> Running {
    let process = program.arg("600").spawn().unwrap();
    let name = format!("/proc/{}/comm", process.id());
    let running = Running::of(process);
    while !std::fs::read_to_string(&name).unwrap().starts_with("sleep") {
        tokio::task::yield_now().await;
    }
    running
}

#[tokio::test]
async fn an_aborted_process_leaves_no_core_where_any_other_does() {
    let elsewhere = tempfile::tempdir().unwrap();
    let mut other = with_core_dumps(Path::new("sleep"));
    other.current_dir(elsewhere.path());
    let other = asleep(other).await.abort();
    assert_eq!(other.signal(), Some(6));

    let serve = Serve::new();
    let mut program = with_core_dumps(Path::new(env!("CARGO_BIN_EXE_chronus-teams")));
    program
        .args(["serve", "--insecure-loopback"])
        .current_dir(serve.folder());
    let mut running = Running::of(program.spawn().unwrap());
    let http = http_client::build(HttpLimits::default()).unwrap();
    assert!(serve.answers(&http, &mut running).await, "it did not come up");
    let service = running.abort();
    assert_eq!(service.signal(), Some(6), "{service:?}");
    assert!(!service.core_dumped(), "beside {other:?}: {service:?}");
    let files = std::fs::read_dir(serve.folder()).unwrap();
    let mut names = files.map(|file| file.unwrap().file_name().to_string_lossy().into_owned());
    assert!(names.all(|name| !name.starts_with("core")));
}

/// A program without any right that only root has, such as that of looking into every process.
fn without_rights(program: &str) -> Command {
    if std::fs::metadata("/proc/self").unwrap().uid() != 0 {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--bounding-set=-all", "--inh-caps=-all", "--", program]);
    command
}

/// Whether another process of the same user may open a part of a process's memory.
fn may_open(process: u32, part: &str) -> bool {
    let mut shell = without_rights("sh");
    let opened = shell
        .args(["-c", &format!(": < /proc/{process}/{part}")])
        .stderr(Stdio::null());
    opened.status().unwrap().success()
}

#[tokio::test]
async fn no_other_process_of_its_user_looks_into_its_memory() {
    let other = asleep(without_rights("sleep")).await;
    assert!(may_open(other.id(), "environ"));

    let serve = Serve::new();
    let mut program = without_rights(env!("CARGO_BIN_EXE_chronus-teams"));
    program
        .args(["serve", "--insecure-loopback"])
        .current_dir(serve.folder());
    program.stdout(Stdio::null()).stderr(Stdio::null());
    let mut running = Running::of(program.spawn().unwrap());
    let http = http_client::build(HttpLimits::default()).unwrap();
    assert!(serve.answers(&http, &mut running).await, "it did not come up");
    for part in ["environ", "mem"] {
        assert!(!may_open(running.id(), part), "{part}");
    }
}
