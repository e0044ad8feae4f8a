//! `[keys]`: the master key under which the keys of people lie wrapped, from a file, the environment, or a command that fetches it
//! where it is kept.

use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use events::sealing::sqlite::{MasterKey, Masters};
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use super::check::Problems;
use super::cluster::Keys;

/// How long a command may take to fetch a key.
const PATIENCE: Duration = Duration::from_secs(20);
/// The longest that a command may print, in bytes.
const LONGEST: u64 = 4_096;

impl Keys {
    pub(super) fn check_master(&self, problems: &mut Problems<'_>) {
        let given = [
            self.master_key.is_some(),
            self.master_key_file.is_some(),
            self.master_key_command.is_some(),
        ];
        if given.into_iter().filter(|given| *given).count() > 1 {
            problems.add(
                "keys.master_key",
                "the master key is given in several ways; keep one of keys.master_key, keys.master_key_file and keys.master_key_command",
            );
        }
        if self.master_key_command.as_ref().is_some_and(Vec::is_empty) {
            problems.add(
                "keys.master_key_command",
                "this is empty; write a program and its arguments",
            );
        }
    }

    /// Reads the master keys.
    pub(super) fn read_masters(&self, problems: &mut Problems<'_>) -> Masters {
        let (name, text) = if let Some(file) = &self.master_key_file {
            (
                "keys.master_key_file",
                problems.read_secret("keys.master_key_file", file),
            )
        } else if let Some(command) = &self.master_key_command {
            ("keys.master_key_command", printed(command, problems))
        } else {
            ("keys.master_key", self.master_key.clone())
        };
        let current = text.and_then(|text| key_of(name, &text, problems));
        let files = self.previous_master_key_files.iter();
        let previous = files.filter_map(|file| previous(file, problems)).collect();
        Masters { current, previous }
    }
}

fn previous(file: &Path, problems: &mut Problems<'_>) -> Option<MasterKey> {
    let name = "keys.previous_master_key_files";
    let text = problems.read_secret(name, file)?;
    key_of(name, &text, problems)
}

fn key_of(name: &str, text: &SecretString, problems: &mut Problems<'_>) -> Option<MasterKey> {
    let key = bytes_of(text.expose_secret().trim());
    if key.is_none() {
        problems.add(
            name,
            "this is no key of 32 bytes in hexadecimal digits or base64; make one with `openssl rand -hex 32`",
        );
    }
    key.map(MasterKey::new)
}

fn bytes_of(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let bytes = if text.len() == 64 {
        let digits = text.as_bytes().chunks(2);
        let bytes = digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
        Zeroizing::new(bytes.collect::<Option<Vec<u8>>>()?)
    } else {
        Zeroizing::new(STANDARD.decode(text).ok()?)
    };
    Some(Zeroizing::new(bytes.as_slice().try_into().ok()?))
}

/// What a command prints.
fn printed(command: &[String], problems: &mut Problems<'_>) -> Option<SecretString> {
    let read = run(command);
    if let Err(what) = &read {
        problems.add("keys.master_key_command", what.clone());
    }
    read.ok()
}

fn run(command: &[String]) -> Result<SecretString, String> {
    let (program, arguments) = command.split_first().ok_or("this is empty")?;
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{program} cannot be run ({error})"))?;
    let mut out = child.stdout.take().ok_or("it has no output")?;
    let (told, text) = mpsc::channel();
    std::thread::spawn(move || {
        let mut text = Zeroizing::new(String::new());
        let read = out.by_ref().take(LONGEST).read_to_string(&mut text).map(|_| text);
        // Nobody listens any more where it took too long.
        told.send(read).unwrap_or_default();
    });
    let text = text.recv_timeout(PATIENCE);
    if text.is_err() {
        child.kill().unwrap_or_default();
    }
    let ended = child
        .wait()
        .map_err(|error| format!("{program} broke off ({error})"))?;
    let text = text.map_err(|_| format!("{program} took longer than {} s", PATIENCE.as_secs()))?;
    let text = text.map_err(|error| format!("what {program} printed cannot be read ({error})"))?;
    if !ended.success() {
        return Err(format!("{program} ended with {ended}; its own words say why"));
    }
    Ok(SecretString::from(text.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_from_digits_and_from_base64_and_nothing_else_is_one() {
        let key = [0xab; 32];
        let digits = "ab".repeat(32);
        assert_eq!(*bytes_of(&digits).unwrap(), key);
        assert_eq!(*bytes_of(&STANDARD.encode(key)).unwrap(), key);
        for wrong in [
            "",
            "ab",
            &digits[2..],
            &"xy".repeat(32),
            &STANDARD.encode([1; 31]),
        ] {
            assert!(bytes_of(wrong).is_none(), "{wrong}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_command_prints_it_or_says_why_not() {
        let command = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
        let printed = run(&command(&["printf", "%s\\n", "secret"])).unwrap();
        assert_eq!(printed.expose_secret(), "secret");
        for (words, told) in [
            (command(&["false"]), "ended with"),
            (command(&["/nowhere/at-all"]), "cannot be run"),
        ] {
            let refused = run(&words).unwrap_err();
            assert!(refused.contains(told), "{refused}");
        }
    }
}
