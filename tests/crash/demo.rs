//! Runs of `chronus-teams demo` in a folder of their own.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use kurrent_standin::address;
use tempfile::TempDir;

/// A folder and the two addresses that every run in it uses: what is stored there names the sandbox's port.
pub(crate) struct Demo {
    folder: TempDir,
    listen: SocketAddr,
    sandbox: SocketAddr,
    store: Option<String>,
}

/// What a finished run left behind.
#[derive(Debug)]
pub(crate) struct Finished {
    /// Whether it exited with 0, which it does when every expectation of the scenario held.
    pub(crate) succeeded: bool,
    lines: Vec<String>,
}

impl Finished {
    /// The final table with the line of sums beneath it.
    pub(crate) fn table(&self) -> String {
        let table: Vec<&str> = self
            .lines
            .iter()
            .map(String::as_str)
            .skip_while(|line| !(line.contains("notifications") && line.contains("state")))
            .take_while(|line| !line.contains("expectations held"))
            .collect();
        assert!(
            table.iter().any(|line| line.contains(" accepted: ")),
            "no table in {:#?}",
            self.lines
        );
        table.join("\n")
    }
}

impl Demo {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            listen: address::to_keep().unwrap(),
            sandbox: address::to_keep().unwrap(),
            store: None,
        }
    }

    /// With the log on a cluster.
    #[cfg(feature = "kurrentdb")]
    pub(crate) fn on(url: &str) -> Self {
        Self {
            store: Some(url.to_owned()),
            ..Self::new()
        }
    }

    /// What `check` says of it when it is not running.
    #[cfg(feature = "kurrentdb")]
    pub(crate) fn check(&self) -> serde_json::Value {
        let prefix = std::fs::read_to_string(self.folder.path().join("stream-prefix.txt")).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_chronus-teams"))
            .args(["check", "--json"])
            .current_dir(self.folder.path())
            .env("CHRONUS_TEAMS_DATA__FOLDER", self.folder.path().join("service"))
            .env("CHRONUS_TEAMS_DATA__STORE", self.store.as_deref().unwrap())
            .env("CHRONUS_TEAMS_DATA__STREAM_PREFIX", prefix.trim())
            .output()
            .unwrap();
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
    }

    /// Runs to the end.
    pub(crate) fn run(&self) -> Finished {
        let mut child = self.start();
        let output = BufReader::new(child.stdout.take().unwrap());
        let lines = output.lines().map(Result::unwrap).collect();
        Finished {
            succeeded: child.wait().unwrap().success(),
            lines,
        }
    }

    /// Runs until it has printed so many lines and kills it there, with no chance to clean up.
    pub(crate) fn run_and_kill_after(&self, lines: usize) {
        let mut child = self.start();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        let printed: Vec<String> = output.by_ref().take(lines).map(Result::unwrap).collect();
        assert_eq!(
            printed.len(),
            lines,
            "the run ended before it was killed: {printed:#?}"
        );
        child.kill().unwrap();
        let status = child.wait().unwrap();
        assert_eq!(status.code(), None, "the run ended by itself");
    }

    /// Runs until it has printed so many lines and asks it to end there.
    #[cfg(unix)]
    pub(crate) fn run_and_stop_after(&self, lines: usize) {
        let mut child = self.start();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        assert_eq!(output.by_ref().take(lines).count(), lines);
        let id = child.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert!(asked.success());
        // Read to the end, so that the process is not stuck on a full pipe.
        output.for_each(drop);
        assert_eq!(
            child.wait().unwrap().code(),
            Some(1),
            "it should say that it is not done"
        );
    }

    /// Runs without telling everything until it says how to stop it, has `while_up` use it, and asks it to end; returns
    /// what it told.
    pub(crate) fn told_while_it_stays(&self, while_up: impl FnOnce(&[String])) -> Vec<String> {
        let mut child = self.command().arg("--stay").spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .map(Result::unwrap);
        let mut told = Vec::new();
        for line in output {
            let last = line.starts_with("Stop with");
            told.push(line);
            if last {
                break;
            }
        }
        while_up(&told);
        child.kill().unwrap();
        child.wait().unwrap();
        told
    }

    /// The commands of a guide in `docs/guides`, for this run's addresses and folder in place of those of `make run`.
    pub(crate) fn script_of(&self, guide: &str) -> String {
        let blocks = blocks_of(&format!("docs/guides/{guide}"));
        format!("set -e\n{}", self.here(&blocks.concat()))
    }

    /// Commands of the README that a running service takes, likewise: those that send, ask and back up.
    pub(crate) fn script_of_the_readme(&self) -> String {
        let begins = ["curl", "chronus-teams replay", "chronus-teams backup"];
        let blocks = blocks_of("README.md").into_iter();
        let running = blocks.filter(|block| begins.iter().any(|word| block.starts_with(word)));
        let script: String = running.collect();
        let lines = script.lines().filter(|line| !line.starts_with(RESTORE));
        self.as_in_the_readme(&lines.collect::<Vec<_>>().join("\n"))
    }

    /// How the README restores what was backed up; the service must be stopped.
    pub(crate) fn restore_of_the_readme(&self) -> String {
        let blocks = blocks_of("README.md");
        let mut lines = blocks.iter().flat_map(|block| block.lines());
        let line = lines.find(|line| line.starts_with(RESTORE)).unwrap();
        self.as_in_the_readme(line)
    }

    fn as_in_the_readme(&self, script: &str) -> String {
        let script = self
            .here(script)
            .replace("curl -X POST", "curl -sf -X POST")
            .replace("/backups/acme", "backups")
            .replace("/elsewhere", "elsewhere");
        format!(
            "set -e\ncd {0}\nmkdir -p elsewhere\nexport CHRONUS_TEAMS_CONFIG={0}/chronus-teams.toml\nPATH={1}:$PATH\n{script}\n",
            self.folder.path().display(),
            programs(),
        )
    }

    /// For this run's addresses and folder in place of those of `make run`.
    fn here(&self, script: &str) -> String {
        let config = self.folder.path().join("chronus-teams.toml");
        script
            .replace("http://127.0.0.1:3978", &format!("http://{}", self.listen))
            .replace("data/demo/chronus-teams.toml", &config.display().to_string())
            .replace("$PWD/target/trial", &programs())
    }

    /// Deletes what can be built again from the log.
    pub(crate) fn delete_read_models(&self) {
        let mut deleted = 0;
        for entry in std::fs::read_dir(self.folder.path().join("service")).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if name.starts_with("projections.db") {
                std::fs::remove_file(path).unwrap();
                deleted += 1;
            }
        }
        assert!(deleted > 0, "there are no read models to delete");
    }

    fn start(&self) -> Child {
        self.command().arg("--verbose").spawn().unwrap()
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_chronus-teams"));
        command
            // Told from here, and what it prints works from elsewhere.
            .current_dir(self.folder.path().parent().unwrap())
            .args(["demo", "--data"])
            .arg(self.folder.path().file_name().unwrap())
            .args(["--listen", &self.listen.to_string()])
            .args(["--sandbox", &self.sandbox.to_string()])
            .args(self.store.iter().flat_map(|url| ["--store", url]))
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit());
        command
    }
}

/// What a command prints that is pasted into a shell; it must succeed.
pub(crate) fn pasted(command: &str) -> String {
    let output = Command::new("sh").args(["-c", command]).output().unwrap();
    assert!(output.status.success(), "{command}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// What the README's lines that restore begin with.
const RESTORE: &str = "chronus-teams restore";

/// Where the program under test lies.
fn programs() -> String {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_chronus-teams"));
    program.parent().unwrap().display().to_string()
}

/// The shell blocks of a page.
pub(crate) fn blocks_of(page: &str) -> Vec<String> {
    let page = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(page);
    let text = std::fs::read_to_string(page).unwrap();
    let blocks = text.split("```sh\n").skip(1);
    blocks
        .map(|rest| rest.split("```").next().unwrap().to_owned())
        .collect()
}
