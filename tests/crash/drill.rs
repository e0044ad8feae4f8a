//! The drill: a loaded service is killed, its folder is damaged in every way that has a name, and each time the next start
//! either heals or says what is missing and ends. Then a second of the past is restored and everything agrees.

use std::path::{Path, PathBuf};

use chronus_teams::http_client::{self, HttpLimits};
use serde_json::{Value, json};

use crate::serve::{KEY, NOBODY, Serve, TENANT};

/// Domain events handed over before the moment that is restored, and after it.
const BEFORE: std::ops::Range<usize> = 0..30;
const AFTER: std::ops::Range<usize> = 30..60;

/// What must follow from a damage.
#[derive(Debug, Clone, Copy)]
enum Expected {
    /// It does not start, and says this.
    Refused(&'static str),
    /// It starts and has every event.
    Whole,
    /// Either of both: how much was lost depends on what the kill left.
    RefusedOrWhole,
    /// `check --audit` finds it, and tells it of this part; of the audit with its position.
    Found(&'static str),
    /// It does not start and says which file it is; or it has every event, and `check --audit` finds what is amiss.
    Told,
}

struct Damage {
    what: &'static str,
    act: fn(&Drill),
    expected: Expected,
}

/// The files of the folder that hold something; a log's tail is in the second one after a kill.
const LOG: &str = "events.db";
const TAIL: &str = "events.db-wal";
const KEYS: &str = "keys.db";
const MODELS: &str = "projections.db";

/// What becomes of files by accident, whichever file it is.
#[derive(Debug, Clone, Copy)]
enum Way {
    Missing,
    Emptied,
    /// The second half is gone.
    Truncated,
    /// A copy of it from before the second half of the events.
    Older,
    /// Another file lies in its place.
    Nonsense,
    /// One bit in every page.
    Flipped,
}

/// Each file, each way.
const MATRIX: [(&str, Way, Expected); 24] = {
    use Expected::{Refused, RefusedOrWhole, Told, Whole};
    let lost = Refused("acknowledged events are missing");
    [
        (LOG, Way::Missing, lost),
        (LOG, Way::Emptied, lost),
        (LOG, Way::Truncated, Refused(LOG)),
        (LOG, Way::Older, lost),
        (LOG, Way::Nonsense, Refused(LOG)),
        (LOG, Way::Flipped, Told),
        (TAIL, Way::Missing, RefusedOrWhole),
        (TAIL, Way::Emptied, RefusedOrWhole),
        (TAIL, Way::Truncated, RefusedOrWhole),
        (TAIL, Way::Older, RefusedOrWhole),
        (TAIL, Way::Nonsense, RefusedOrWhole),
        (TAIL, Way::Flipped, RefusedOrWhole),
        (KEYS, Way::Missing, Refused("keys.db does not exist")),
        (KEYS, Way::Emptied, Refused("key table")),
        (KEYS, Way::Truncated, Refused(KEYS)),
        (KEYS, Way::Older, Refused("older copy")),
        (KEYS, Way::Nonsense, Refused(KEYS)),
        (KEYS, Way::Flipped, Told),
        (MODELS, Way::Missing, Whole),
        (MODELS, Way::Emptied, Whole),
        (MODELS, Way::Truncated, Whole),
        (MODELS, Way::Older, Whole),
        (MODELS, Way::Nonsense, Whole),
        (MODELS, Way::Flipped, Whole),
    ]
};

/// What is beyond one file, or within one.
const DAMAGES: [Damage; 6] = [
    Damage {
        what: "the log and the read models are gone",
        act: |drill| {
            drill.remove(LOG);
            drill.remove(MODELS);
        },
        expected: Expected::Refused("the keys (keys.db) have seen the log"),
    },
    Damage {
        what: "the log is of a newer release",
        act: |drill| {
            let file = rusqlite::Connection::open(drill.data().join(LOG)).unwrap();
            file.pragma_update(None, "user_version", 99).unwrap();
        },
        expected: Expected::Refused("format 99"),
    },
    Damage {
        what: "the log lost the stream that names it",
        act: |drill| {
            let log = rusqlite::Connection::open(drill.data().join(LOG)).unwrap();
            let named = "DELETE FROM events WHERE stream IN (SELECT id FROM streams WHERE name LIKE 'log-%')";
            assert!(log.execute(named, []).unwrap() > 0);
        },
        expected: Expected::Told,
    },
    Damage {
        what: "the keys and the read models are another installation's",
        act: |drill| {
            let other = Serve::new();
            other.start().stop();
            for name in [KEYS, MODELS] {
                drill.remove(name);
                std::fs::copy(other.folder().join("data").join(name), drill.data().join(name)).unwrap();
            }
        },
        expected: Expected::Refused("belong to the log"),
    },
    Damage {
        what: "a snapshot says something else",
        act: |drill| {
            let log = rusqlite::Connection::open(drill.data().join(LOG)).unwrap();
            let changed = log.execute("UPDATE snapshots SET state = zeroblob(length(state))", []);
            assert!(changed.unwrap() > 0);
        },
        expected: Expected::Found("snapshots"),
    },
    Damage {
        what: "a byte of a stored event changed",
        act: Drill::change_a_byte,
        expected: Expected::Found("audit"),
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

    fn damage(&self, name: &str, way: Way) {
        let path = self.data().join(name);
        let bytes = std::fs::read(&path).unwrap_or_default();
        // What its own write-ahead log would mend is not left to it.
        let alone = |bytes: &[u8]| {
            self.remove(name);
            std::fs::write(&path, bytes).unwrap();
        };
        match way {
            Way::Missing => self.remove(name),
            Way::Emptied => alone(b""),
            Way::Truncated => alone(&bytes[..bytes.len() / 2]),
            Way::Older => {
                self.remove(name);
                let older = self.kept.path().join("older").join(name);
                // A stop in order leaves no tail.
                std::fs::write(&path, std::fs::read(older).unwrap_or_default()).unwrap();
            }
            Way::Nonsense => alone(&[7; 8_192]),
            Way::Flipped => {
                let mut flipped = bytes;
                let page = if name == TAIL { 4_120 } else { 4_096 };
                for place in flipped.iter_mut().skip(page / 2).step_by(page) {
                    *place ^= 1;
                }
                alone(&flipped);
            }
        }
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

    /// Somebody says so much that their actor keeps a snapshot.
    async fn talk(&self) {
        let http = http_client::build(HttpLimits::default()).unwrap();
        for number in 0..20 {
            let said = json!({
                "type": "message", "id": number.to_string(), "channelId": "msteams", "text": "help",
                "serviceUrl": NOBODY, "from": { "id": "29:ada", "aadObjectId": "5b1c9a52-7c0e-4f0f-9d3c-2a7d0b6f8e11" },
                "recipient": { "id": "28:bot" },
                "conversation": { "id": "a:ada", "conversationType": "personal", "tenantId": TENANT },
                "channelData": { "tenant": { "id": TENANT } },
            });
            let request = http.post(self.serve.url("/api/messages"));
            let request = request.header("content-type", "application/json");
            let answer = request.body(said.to_string()).send().await.unwrap();
            assert_eq!(answer.status(), 200, "{number}");
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

    fn try_out(&self, what: &str, expected: Expected) {
        match expected {
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
            Expected::Found(part) => {
                let (sound, verdict) = self.serve.check_with(&["--audit"]);
                let faults = verdict["faults"].as_array().unwrap();
                let found = faults.iter().find(|fault| fault["part"] == part);
                let named =
                    found.is_some_and(|fault| part != "audit" || fault["position"].as_u64().is_some());
                assert!(!sound && named, "{what}: {verdict:#}");
            }
            Expected::Told => {
                let refused = self.serve.refusal();
                let told = refused.or_else(|| self.serve.unsound());
                let told = told.unwrap_or_else(|| panic!("{what}: nobody says so"));
                let by_whom = [".db", "NOT SOUND"];
                assert!(by_whom.iter().any(|words| told.contains(words)), "{what}: {told}");
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
    drill.serve.also("[actors]\nsnapshot_every = 16\n");
    let running = drill.serve.start();
    drill.load(BEFORE).await;
    drill.talk().await;
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

    for (name, way, expected) in MATRIX {
        drill.put_back(if name == TAIL { "killed" } else { "whole" });
        drill.damage(name, way);
        drill.try_out(&format!("{name} {way:?}"), expected);
    }
    for damage in &DAMAGES {
        drill.put_back("whole");
        (damage.act)(&drill);
        drill.try_out(damage.what, damage.expected);
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
