//! The drill: a loaded service is killed, its folder is damaged in every way that has a name, and each time the next start
//! either heals or says what is missing and ends. Then a second of the past is restored and everything agrees.

use std::path::{Path, PathBuf};

use chronus_teams::http_client::{self, HttpLimits};
use serde_json::{Value, json};

use crate::serve::{KEY, Serve};

/// Domain events handed over before the moment that is restored, and after it.
const BEFORE: std::ops::Range<usize> = 0..30;
const AFTER: std::ops::Range<usize> = 30..60;

/// What must follow from a damage.
enum Expected {
    /// It does not start, and says this.
    Refused(&'static str),
    /// It starts and has every event.
    Whole,
    /// Either of both: how much was lost depends on what the kill left.
    RefusedOrWhole,
    /// `check --audit` names a position.
    Audited,
}

struct Damage {
    what: &'static str,
    act: fn(&Drill),
    expected: Expected,
}

const DAMAGES: [Damage; 12] = [
    Damage {
        what: "the log is gone",
        act: |drill| drill.remove("events.db"),
        expected: Expected::Refused("acknowledged events are missing"),
    },
    Damage {
        what: "the log and the read models are gone",
        act: |drill| {
            drill.remove("events.db");
            drill.remove("projections.db");
        },
        expected: Expected::Refused("the keys (keys.db) have seen the log"),
    },
    Damage {
        what: "the log's file is empty",
        act: |drill| {
            drill.remove("events.db");
            std::fs::write(drill.data().join("events.db"), b"").unwrap();
        },
        expected: Expected::Refused("acknowledged events are missing"),
    },
    Damage {
        what: "the log is an older copy",
        act: |drill| drill.put_older("events.db"),
        expected: Expected::Refused("acknowledged events are missing"),
    },
    Damage {
        what: "the write-ahead log is gone",
        act: |drill| drop(std::fs::remove_file(drill.data().join("events.db-wal"))),
        expected: Expected::RefusedOrWhole,
    },
    Damage {
        what: "the log is of a newer release",
        act: |drill| {
            let file = rusqlite::Connection::open(drill.data().join("events.db")).unwrap();
            file.pragma_update(None, "user_version", 99).unwrap();
        },
        expected: Expected::Refused("format 99"),
    },
    Damage {
        what: "the keys are gone",
        act: |drill| drill.remove("keys.db"),
        expected: Expected::Refused("keys.db does not exist"),
    },
    Damage {
        what: "the keys are an older copy",
        act: |drill| drill.put_older("keys.db"),
        expected: Expected::Refused("older copy"),
    },
    Damage {
        what: "the keys are no database",
        act: |drill| {
            drill.remove("keys.db");
            std::fs::write(drill.data().join("keys.db"), [7; 8_192]).unwrap();
        },
        expected: Expected::Refused("keys.db"),
    },
    Damage {
        what: "the read models are gone",
        act: |drill| drill.remove("projections.db"),
        expected: Expected::Whole,
    },
    Damage {
        what: "the read models are nonsense",
        act: |drill| {
            drill.remove("projections.db");
            std::fs::write(drill.data().join("projections.db"), [7; 8_192]).unwrap();
        },
        expected: Expected::Whole,
    },
    Damage {
        what: "a byte of a stored event changed",
        act: Drill::change_a_byte,
        expected: Expected::Audited,
    },
];

struct Drill {
    serve: Serve,
    /// The folder after the kill, and as it was before the second half.
    kept: tempfile::TempDir,
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            std::fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
        }
    }
}

impl Drill {
    fn data(&self) -> PathBuf {
        self.serve.folder().join("data")
    }

    fn keep(&self, name: &str) {
        copy_folder(&self.data(), &self.kept.path().join(name));
    }

    /// The folder as it was kept.
    fn put_back(&self, name: &str) {
        std::fs::remove_dir_all(self.data()).unwrap();
        copy_folder(&self.kept.path().join(name), &self.data());
    }

    fn remove(&self, name: &str) {
        for suffix in ["", "-wal", "-shm"] {
            drop(std::fs::remove_file(self.data().join(format!("{name}{suffix}"))));
        }
    }

    fn put_older(&self, name: &str) {
        self.remove(name);
        std::fs::copy(self.kept.path().join("older").join(name), self.data().join(name)).unwrap();
    }

    /// Another letter within one sealed value, wherever the file has it.
    fn change_a_byte(&self) {
        let path = self.data().join("events.db");
        let log = rusqlite::Connection::open(&path).unwrap();
        let payload: String = log
            .query_row(
                "SELECT payload FROM events WHERE payload LIKE '%sealed_for%' ORDER BY position DESC LIMIT 1",
                [],
                |row| row.get(0),
            )
            .unwrap();
        drop(log);
        let boxed = payload
            .split("\"box\":\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        // Before the colon stands the place, which is the same in every event.
        let sealed = boxed.rsplit(':').next().unwrap().as_bytes();
        let (before, mut after) = (&sealed[..40], sealed[..40].to_vec());
        after[20] = if after[20] == b'A' { b'B' } else { b'A' };
        let mut bytes = std::fs::read(&path).unwrap();
        let places: Vec<usize> = (0..bytes.len() - 40)
            .filter(|at| bytes[*at..*at + 40] == *before)
            .collect();
        assert!(!places.is_empty());
        for at in places {
            bytes[at..at + 40].copy_from_slice(&after);
        }
        std::fs::write(path, bytes).unwrap();
    }

    async fn load(&self, numbers: std::ops::Range<usize>) {
        let http = http_client::build(HttpLimits::default()).unwrap();
        for number in numbers {
            let event = json!({
                "specversion": "1.0", "id": number.to_string(), "source": "/chronus/drill",
                "type": "com.chronus.something_new.happened", "datacontenttype": "application/json",
                "data": { "recipients": [{ "email": format!("p{number}@acme.example") }], "title": "T" },
            });
            let request = http.post(self.serve.url("/v1/events")).bearer_auth(KEY);
            let request = request.header("content-type", "application/cloudevents+json");
            let answer = request.body(event.to_string()).send().await.unwrap();
            assert_eq!(answer.status(), 202, "{number}");
        }
    }

    /// The domain events in the log, by their ids.
    fn accepted(&self) -> Vec<String> {
        let log = self.serve.replay().into_iter();
        let accepted = log.filter(|line| line["type"] == "DomainEventAccepted");
        accepted
            .map(|line| line["data"]["id"].as_str().unwrap().to_owned())
            .collect()
    }

    fn has(&self, all: std::ops::Range<usize>) -> bool {
        self.accepted() == all.map(|number| number.to_string()).collect::<Vec<_>>()
    }

    fn try_out(&self, damage: &Damage) {
        let what = damage.what;
        match damage.expected {
            Expected::Refused(words) => {
                let told = self
                    .serve
                    .refusal()
                    .unwrap_or_else(|| panic!("{what}: it started"));
                assert!(told.contains(words), "{what}: {told}");
            }
            Expected::Whole => {
                self.serve.start().kill();
                assert!(self.has(BEFORE.start..AFTER.end), "{what}");
            }
            Expected::RefusedOrWhole => match self.serve.refusal() {
                Some(told) => assert!(told.contains("acknowledged events are missing"), "{what}: {told}"),
                None => assert!(self.has(BEFORE.start..AFTER.end), "{what}"),
            },
            Expected::Audited => {
                let (sound, verdict) = self.serve.check_with(&["--audit"]);
                let faults = verdict["faults"].as_array().unwrap();
                let audit = faults.iter().find(|fault| fault["part"] == "audit");
                let named = audit.is_some_and(|fault| fault["position"].as_u64().is_some());
                assert!(!sound && named, "{what}: {verdict:#}");
            }
        }
    }
}

#[tokio::test]
async fn whatever_is_damaged_is_healed_or_told_and_a_second_of_the_past_is_restored() {
    let drill = Drill {
        serve: Serve::new(),
        kept: tempfile::tempdir().unwrap(),
    };
    // Load, back up while it runs, remember the moment, load on, back up what is new, kill.
    let running = drill.serve.start();
    drill.load(BEFORE).await;
    running.stop();
    drill.keep("older");
    let running = drill.serve.start();
    drill.serve.run(&["backup", "--to", "backup"]);
    let moment = drill.serve.replay().last().unwrap()["time"]
        .as_str()
        .unwrap()
        .to_owned();
    drill.load(AFTER).await;
    let taken: Value =
        serde_json::from_str(&drill.serve.run(&["backup", "--to", "backup", "--json"])).unwrap();
    assert_eq!(taken["chunks"], 1, "{taken}");
    running.kill();
    drill.keep("killed");
    // What the kill left is hashed to its end after a start and a stop in order.
    drill.serve.start().stop();
    drill.keep("whole");

    for damage in &DAMAGES {
        drill.put_back(match damage.expected {
            Expected::RefusedOrWhole => "killed",
            Expected::Refused(_) | Expected::Whole | Expected::Audited => "whole",
        });
        (damage.act)(&drill);
        drill.try_out(damage);
    }

    // An operator may go on without what is lost; that is a fact in the log, and the next start asks nothing.
    drill.put_back("whole");
    drill.put_older("events.db");
    drill
        .serve
        .start_with(&["--insecure-loopback", "--accept-loss"])
        .kill();
    assert!(
        drill
            .serve
            .replay()
            .iter()
            .any(|line| line["type"] == "LossAccepted")
    );
    drill.serve.start().stop();

    // Or restore: all of it, or a second of the past.
    drill.serve.run(&["backup", "verify", "backup"]);
    for (point, kept) in [(None, BEFORE.start..AFTER.end), (Some(&*moment), BEFORE)] {
        let mut restore = vec!["restore", "--from", "backup", "--replace"];
        restore.extend(point.into_iter().flat_map(|moment| ["--time", moment]));
        drill.serve.run(&restore);
        assert!(drill.has(kept), "{point:?}");
        drill.serve.start().stop();
        let (sound, verdict) = drill.serve.check_with(&["--audit"]);
        assert!(sound, "{point:?}: {verdict:#}");
    }
}
