//! `export`: Parquet files whose sums are the reports' figures.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use events::{StreamId, TenantEvent, TenantId};
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::{Field, Row};
use serde_json::Value;

use crate::log::{BODY, EMAIL, LENGTH, sample};
use crate::world::{World, stderr, stdout};

fn export(world: &World, arguments: &[&str]) -> String {
    let output = world.run(&[&["export"], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    stdout(&output)
}

fn refused(world: &World, arguments: &[&str]) -> String {
    let output = world.run(&[&["export"], arguments].concat());
    assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
    assert_eq!(stdout(&output), "");
    stderr(&output)
}

fn files(folder: &Path, table: &str) -> Vec<PathBuf> {
    let months = std::fs::read_dir(folder.join(table)).unwrap();
    let mut files: Vec<PathBuf> = months
        .flat_map(|month| std::fs::read_dir(month.unwrap().path()).unwrap())
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    files
}

fn rows(folder: &Path, table: &str) -> Vec<Row> {
    let files = files(folder, table).into_iter().flat_map(|path| {
        let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
        let rows: Vec<Row> = reader.get_row_iter(None).unwrap().map(Result::unwrap).collect();
        rows
    });
    files.collect()
}

fn field<'r>(row: &'r Row, name: &str) -> &'r Field {
    row.get_column_iter()
        .find(|(column, _)| *column == name)
        .unwrap()
        .1
}

fn text(row: &Row, name: &str) -> String {
    match field(row, name) {
        Field::Str(text) => text.clone(),
        other => {
            assert_eq!(*other, Field::Null, "{name}");
            String::new()
        }
    }
}

fn whole(row: &Row, name: &str) -> i64 {
    let Field::Long(number) = field(row, name) else {
        return i64::MIN;
    };
    *number
}

/// What a report counts by its section and labels, by the report itself.
fn figures(world: &World, report: &str, as_of: i64) -> BTreeMap<String, i64> {
    let as_of = as_of.to_string();
    let asked = [
        "report",
        report,
        "--small-groups",
        "--chat",
        "--as-of",
        &as_of,
        "--format",
        "json",
    ];
    let output = world.run(&asked);
    let json: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let mut figures = BTreeMap::new();
    for table in json["tables"].as_array().unwrap() {
        for line in table["groups"][0]["lines"].as_array().unwrap() {
            let count = line["count"].as_i64().unwrap();
            let mut labels = vec![table["table"].as_str().unwrap().to_owned()];
            for name in [
                "stage", "outcome", "state", "reason", "code", "status", "standing", "card", "step", "what",
            ] {
                labels.extend(line[name].as_str().map(ToOwned::to_owned));
            }
            if count != 0 {
                figures.insert(labels.join("|"), count);
            }
        }
    }
    figures
}

#[tokio::test]
async fn the_sums_of_the_changes_are_the_figures_of_the_reports_as_of_every_position() {
    let world = sample().await;
    let folder = world.folder.path().join("out");
    let told = export(&world, &[folder.to_str().unwrap()]);
    assert!(told.starts_with(&format!("{LENGTH} events and ")), "{told}");
    let changes = rows(&folder, "changes");
    for report in ["delivery", "reach", "responsiveness", "faults", "messages"] {
        for as_of in [3, 8, 11, i64::try_from(LENGTH).unwrap()] {
            let mut sums: BTreeMap<String, i64> = BTreeMap::new();
            let counts = changes
                .iter()
                .filter(|row| text(row, "report") == report && whole(row, "position") <= as_of);
            for row in counts {
                let labels = ["section", "label1", "label2", "label3", "label4"];
                let mut labels: Vec<String> = labels.iter().map(|name| text(row, name)).collect();
                // What a line has no label for is not in it; an empty label is.
                let has = ["label2", "label3", "label4"].map(|name| *field(row, name) != Field::Null);
                labels.truncate(2 + has.iter().filter(|has| **has).count());
                *sums.entry(labels.join("|")).or_default() += whole(row, "delta");
            }
            sums.retain(|_, sum| *sum != 0);
            assert_eq!(sums, figures(&world, report, as_of), "{report} as of {as_of}");
        }
    }
}

#[tokio::test]
async fn events_stand_as_in_the_log_and_nothing_sealed_leaves_it() {
    let world = sample().await;
    let folder = world.folder.path().join("out");
    export(&world, &[folder.to_str().unwrap()]);
    let events = rows(&folder, "events");
    assert_eq!(events.len() as u64, LENGTH);
    let positions: Vec<i64> = events.iter().map(|row| whole(row, "position")).collect();
    assert_eq!(
        positions,
        (1..=i64::try_from(LENGTH).unwrap()).collect::<Vec<_>>()
    );
    let profile = events
        .iter()
        .find(|row| text(row, "type") == "ProfileResolved")
        .unwrap();
    assert_eq!(text(profile, "person"), "t-1/ada");
    let data: Value = serde_json::from_str(&text(profile, "data")).unwrap();
    assert_eq!(data["email"], serde_json::json!({ "sealed": "user/t-1/ada" }));
    for row in &events {
        let data = text(row, "data");
        assert!(!data.contains(EMAIL) && !data.contains(BODY), "{data}");
    }
}

#[tokio::test]
async fn an_export_goes_on_where_it_ended_and_clears_away_what_broke() {
    let mut world = sample().await;
    let folder = world.folder.path().join("out");
    let name = folder.to_str().unwrap().to_owned();
    export(&world, &[&name]);
    assert!(refused(&world, &[&name]).contains("go on with it by --continue"));
    let whole_files = files(&folder, "events");
    // As a run leaves it that was killed: one file that is not whole, and one that the manifest does not know.
    let month = whole_files[0].parent().unwrap();
    let broken = [
        month.join("00000000000000000015-00000000000000000020.part"),
        month.join("00000000000000000015-00000000000000000020.parquet"),
    ];
    for path in &broken {
        std::fs::write(path, "half").unwrap();
    }
    assert!(export(&world, &[&name, "--continue"]).starts_with("0 events and 0 changes"));
    assert_eq!(files(&folder, "events"), whole_files);
    let tenant = TenantId::parse("t-1").unwrap();
    let again = events::tenant::IntegrationEnabled { by: "test".into() };
    world
        .append(StreamId::tenant(&tenant), TenantEvent::from(again))
        .await;
    let told = export(&world, &[&name, "--continue"]);
    assert!(told.starts_with("1 events and 0 changes"), "{told}");
    assert!(told.contains(&format!("up to position {}", LENGTH + 1)), "{told}");
    assert_eq!(rows(&folder, "events").len() as u64, LENGTH + 1);
    // Of two at once the second would write the same events again.
    let lock = std::fs::File::open(folder.join("export.lock")).unwrap();
    lock.try_lock().unwrap();
    assert!(refused(&world, &[&name, "--continue"]).contains("another export writes into"));
    lock.unlock().unwrap();
    // Another log's events are never mixed in.
    let manifest = folder.join("export.json");
    let text = std::fs::read_to_string(&manifest).unwrap();
    let mut other: Value = serde_json::from_str(&text).unwrap();
    other["log_id"] = "6f1d2c3b-4a5e-4f60-8b71-92a3b4c5d6e7".into();
    std::fs::write(&manifest, other.to_string()).unwrap();
    assert!(refused(&world, &[&name, "--continue"]).contains("is of the log 6f1d2c3b-"));
}

#[tokio::test]
async fn what_cannot_be_exported_is_told_and_writes_nothing() {
    let world = sample().await;
    let folder = world.folder.path().join("out");
    let name = folder.to_str().unwrap().to_owned();
    let told = refused(&world, &[&name, "--organization", "akme"]);
    assert!(told.contains("knows an organization akme"), "{told}");
    assert!(!folder.exists());
    assert!(refused(&world, &[&name, "--continue"]).contains("no export to go on with"));
    assert!(!folder.exists());
    let full = world.folder.path().join("full");
    std::fs::create_dir(&full).unwrap();
    std::fs::write(full.join("thesis.txt"), "").unwrap();
    assert!(refused(&world, &[full.to_str().unwrap()]).contains("is not empty and holds no export"));
    let under_a_file = full.join("thesis.txt").join("out");
    assert!(refused(&world, &[under_a_file.to_str().unwrap()]).contains("cannot be used for the export"));
}

#[tokio::test]
async fn an_organization_s_export_holds_its_own_alone() {
    let mut world = sample().await;
    let other = events::tenant::OrganizationLinked {
        organization_id: events::OrganizationId::parse("bolt").unwrap(),
    };
    let tenant = TenantId::parse("t-2").unwrap();
    world
        .append(StreamId::tenant(&tenant), TenantEvent::from(other))
        .await;
    let folder = world.folder.path().join("out");
    export(&world, &[folder.to_str().unwrap(), "--organization", "acme"]);
    let events = rows(&folder, "events");
    assert_eq!(events.len() as u64, LENGTH);
    assert!(events.iter().all(|row| text(row, "tenant") != "t-2"));
    assert!(
        rows(&folder, "changes")
            .iter()
            .all(|row| text(row, "organization") == "acme")
    );
}
