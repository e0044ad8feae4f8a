//! The scratch copy of the workspace, with mutants planted in it, and what the compiler says of them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::areas;
use crate::find::{self, Mutant};
use crate::plant::{self, Planted};

const CRATES: [&str; 2] = ["actors", "projections"];

/// What tests spend their time in: a little optimised, each mutant costs a third.
const OPTIMISED: [&str; 4] = ["events", "actors", "projections", "rusqlite"];

/// Rounds of compiling and leaving out.
const ROUNDS: usize = 25;

/// A built test binary and the crate that it belongs to.
#[derive(Debug, Clone)]
pub struct TestBinary {
    pub name: String,
    pub path: PathBuf,
    pub folder: PathBuf,
}

impl TestBinary {
    /// Whether it has tests of this crate.
    pub fn is_of(&self, name: &str) -> bool {
        self.folder.ends_with(name)
    }
}

/// The scratch copy.
pub struct Tree {
    workspace: PathBuf,
    folder: PathBuf,
    sources: BTreeMap<String, String>,
    pub mutants: Vec<Mutant>,
    /// Numbers of those that do not compile.
    pub left_out: BTreeSet<usize>,
    planted: BTreeMap<String, Planted>,
}

impl Tree {
    /// Copies the workspace and finds its mutants.
    pub fn copy(workspace: &Path, folder: PathBuf) -> anyhow::Result<Self> {
        let listed = Command::new("git")
            .args(["ls-files", "-co", "--exclude-standard"])
            .current_dir(workspace)
            .output()?;
        let mut tree = Self {
            workspace: workspace.to_owned(),
            folder,
            sources: BTreeMap::new(),
            mutants: Vec::new(),
            left_out: BTreeSet::new(),
            planted: BTreeMap::new(),
        };
        let listed = String::from_utf8(listed.stdout)?;
        let mut files: Vec<&str> = listed.lines().collect();
        // Those of `actors` last: numbers before a change stay, and what has them is not compiled again.
        files.sort_by_key(|file| file.starts_with("actors/"));
        for file in files {
            if !workspace.join(file).is_file() || file.starts_with("tools/") {
                continue;
            }
            if areas::of(file).is_some() {
                let source = std::fs::read_to_string(workspace.join(file))?;
                tree.mutants.extend(find::mutants(file, &source)?);
                tree.sources.insert(file.to_owned(), source);
            } else {
                tree.write(file, &with_switch(file, std::fs::read(workspace.join(file))?))?;
            }
        }
        for name in CRATES {
            let switch = format!("{name}/src/planted_mutants.rs");
            tree.write(&switch, include_bytes!("switch.rs.txt"))?;
        }
        Ok(tree)
    }

    /// Plants all mutants, leaves out what does not compile, and builds the tests.
    pub fn build(&mut self) -> anyhow::Result<Vec<TestBinary>> {
        self.recall();
        self.plant()?;
        // What did not compile is known from the last time, as a rule; only where more does not, it is looked for.
        if !self.left_out.is_empty()
            && let Ok(tests) = self.tests()
        {
            return Ok(tests);
        }
        for round in 0..ROUNDS {
            let refused = self.refused()?;
            if refused.is_empty() {
                self.remember()?;
                return self.tests();
            }
            eprintln!("round {round}: {} mutants do not compile", refused.len());
            self.left_out.extend(refused);
            self.plant()?;
        }
        bail!("the mutated workspace does not compile after {ROUNDS} rounds")
    }

    /// Leaves out what did not compile when it was tried last.
    pub fn recall(&mut self) {
        let known: BTreeSet<String> = std::fs::read(self.folder.join("left-out.json"))
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default();
        let numbers = self.mutants.iter().enumerate();
        self.left_out = numbers
            .filter(|(_, mutant)| known.contains(&mutant.key))
            .map(|(number, _)| number)
            .collect();
    }

    fn remember(&self) -> anyhow::Result<()> {
        let keys: Vec<&str> = self
            .left_out
            .iter()
            .map(|number| self.mutants[*number].key.as_str())
            .collect();
        let file = self.folder.join("left-out.json");
        Ok(std::fs::write(file, serde_json::to_vec_pretty(&keys)?)?)
    }

    fn plant(&mut self) -> anyhow::Result<()> {
        for (file, source) in &self.sources {
            let numbered = self.mutants.iter().enumerate();
            let here =
                numbered.filter(|(number, mutant)| mutant.file == *file && !self.left_out.contains(number));
            self.planted.insert(file.clone(), plant::plant(source, here));
        }
        for (file, planted) in &self.planted {
            self.write(file, planted.text.as_bytes())?;
        }
        Ok(())
    }

    /// Writes what changed, so that nothing is compiled for nothing.
    fn write(&self, file: &str, content: &[u8]) -> anyhow::Result<()> {
        let path = self.folder.join(file);
        if std::fs::read(&path).is_ok_and(|before| before == content) {
            return Ok(());
        }
        std::fs::create_dir_all(path.parent().context("a file lies in a folder")?)?;
        Ok(std::fs::write(path, content)?)
    }

    /// Always of both crates: what they need is compiled with the same features then, hence once.
    fn cargo(&self, arguments: &[&str]) -> anyhow::Result<(bool, Vec<Value>)> {
        let output = Command::new("cargo")
            .args(arguments)
            .args(["--message-format", "json", "-p", "actors", "-p", "projections"])
            .args(["--features", "events/kurrentdb"])
            .args(OPTIMISED.iter().flat_map(|name| {
                [
                    "--config".to_owned(),
                    format!("profile.dev.package.{name}.opt-level=1"),
                ]
            }))
            // Its own: two workspaces of one shape in one folder would be taken for each other.
            .env("CARGO_TARGET_DIR", self.workspace.join("target/mutants/target"))
            .current_dir(&self.folder)
            .stderr(Stdio::inherit())
            .output()?;
        let lines = String::from_utf8_lossy(&output.stdout);
        let messages = lines.lines().filter_map(|line| serde_json::from_str(line).ok());
        Ok((output.status.success(), messages.collect()))
    }

    /// The mutants that the compiler refuses.
    fn refused(&self) -> anyhow::Result<BTreeSet<usize>> {
        let (is_built, messages) = self.cargo(&["check", "--lib", "--keep-going"])?;
        let mut refused = BTreeSet::new();
        for message in messages
            .iter()
            .filter(|message| message["message"]["level"] == "error")
        {
            let spans = message["message"]["spans"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            let Some(file) = spans.first().and_then(|span| span["file_name"].as_str()) else {
                continue;
            };
            match self.planted.get(file) {
                Some(planted) => refused.extend(planted.blamed(&places(&spans, file))),
                None => bail!("{}", message["message"]["rendered"].as_str().unwrap_or("")),
            }
        }
        if refused.is_empty() && !is_built {
            bail!("the mutated workspace does not compile, and no mutant is to blame");
        }
        Ok(refused)
    }

    fn tests(&self) -> anyhow::Result<Vec<TestBinary>> {
        let (is_built, messages) = self.cargo(&["test", "--no-run", "--lib", "--tests"])?;
        if !is_built {
            bail!("the tests of the mutated workspace do not compile");
        }
        let built = messages
            .iter()
            .filter(|message| message["profile"]["test"] == true);
        let binary = |message: &Value| {
            let manifest = Path::new(message["manifest_path"].as_str()?);
            let folder = manifest.parent()?.to_owned();
            let name = format!(
                "{}/{}",
                folder.file_name()?.to_str()?,
                message["target"]["name"].as_str()?
            );
            let path = PathBuf::from(message["executable"].as_str()?);
            Some(TestBinary { name, path, folder })
        };
        Ok(built.filter_map(binary).collect())
    }
}

/// The crates' roots know the switch, and complain of nothing.
fn with_switch(file: &str, content: Vec<u8>) -> Vec<u8> {
    if !CRATES.iter().any(|name| file == format!("{name}/src/lib.rs")) {
        return content;
    }
    let mut text = String::from_utf8_lossy(&content).into_owned();
    let at = text.find("#![deny").unwrap_or(0);
    text.insert_str(at, "#![allow(warnings)]\n");
    text.push_str("\npub mod planted_mutants;\n");
    text.into_bytes()
}

/// Where an error lies in its file, its main place first.
fn places(spans: &[Value], file: &str) -> Vec<Range<usize>> {
    let offset = |span: &Value, name: &str| span[name].as_u64().and_then(|at| usize::try_from(at).ok());
    let here = spans.iter().filter(|span| span["file_name"] == file);
    let mut found: Vec<(bool, Range<usize>)> = here
        .filter_map(|span| {
            let range = offset(span, "byte_start")?..offset(span, "byte_end")?;
            Some((span["is_primary"] != true, range))
        })
        .collect();
    found.sort_by_key(|(is_aside, _)| *is_aside);
    found.into_iter().map(|(_, range)| range).collect()
}
