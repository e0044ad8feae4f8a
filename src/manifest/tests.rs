//! What is in the package, against what Teams' schema asks for. `tools/manifest/check.sh` checks the same with
//! Microsoft's own schema, where that is installed.

use std::io::{Cursor, Read as _};

use serde_json::Value;
use uuid::Uuid;
use zip::ZipArchive;

use super::*;

fn app() -> App {
    let bot = Uuid::from_u128(0x6f1d_2c3b_4a5e_4f60_8b71_92a3_b4c5_d6e7);
    App::on_host(bot, "chronus.example").unwrap()
}

fn files() -> Vec<(String, Vec<u8>)> {
    let mut archive = ZipArchive::new(Cursor::new(package(&app()).unwrap())).unwrap();
    (0..archive.len())
        .map(|place| {
            let mut file = archive.by_index(place).unwrap();
            let mut content = Vec::new();
            file.read_to_end(&mut content).unwrap();
            (file.name().unwrap().into_owned(), content)
        })
        .collect()
}

fn json_file(name: &str) -> Value {
    let found = files().into_iter().find(|(file, _)| file == name);
    serde_json::from_slice(&found.unwrap().1).unwrap()
}

fn pixels(name: &str) -> (u32, u32, Vec<u8>) {
    let content = files().into_iter().find(|(file, _)| file == name).unwrap().1;
    let mut reader = png::Decoder::new(Cursor::new(content)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!(info.color_type, png::ColorType::Rgba);
    (info.width, info.height, pixels)
}

#[test]
fn everything_stands_at_the_root_of_the_archive_and_is_named_by_the_manifest() {
    let names: Vec<String> = files().into_iter().map(|(name, _)| name).collect();
    let expected = [
        "manifest.json",
        "color.png",
        "outline.png",
        "ar.json",
        "de.json",
        "es.json",
        "fr.json",
        "pt.json",
    ];
    assert_eq!(names, expected);
    let manifest = json_file("manifest.json");
    assert_eq!(
        (&manifest["icons"]["color"], &manifest["icons"]["outline"]),
        (&"color.png".into(), &"outline.png".into())
    );
    let languages = manifest["localizationInfo"]["additionalLanguages"]
        .as_array()
        .unwrap();
    let named: Vec<&str> = languages
        .iter()
        .map(|one| one["file"].as_str().unwrap())
        .collect();
    assert_eq!(named, expected[3..]);
}

#[test]
fn the_manifest_is_for_one_personal_bot_without_permissions() {
    let manifest = json_file("manifest.json");
    let bot = &manifest["bots"][0];
    assert_eq!(bot["botId"], app().bot_id.to_string());
    assert_eq!(bot["scopes"], serde_json::json!(["personal"]));
    assert_eq!(bot["isNotificationOnly"], false);
    for absent in [
        "permissions",
        "authorization",
        "webApplicationInfo",
        "packageName",
        "validDomains",
    ] {
        assert!(manifest.get(absent).is_none(), "{absent}");
    }
    let schema = manifest["$schema"].as_str().unwrap();
    assert!(schema.contains(&format!("/v{}/", manifest["manifestVersion"].as_str().unwrap())));
}

#[test]
fn every_text_is_there_in_every_language_and_fits() {
    let manifest = json_file("manifest.json");
    let commands = manifest["bots"][0]["commandLists"][0]["commands"]
        .as_array()
        .unwrap()
        .len();
    assert!(commands <= 12, "{commands} commands");
    for language in texts::OTHERS.into_iter().chain([texts::DEFAULT]) {
        let short = texts::short(language).chars().count();
        assert!((1..=80).contains(&short), "{language}: {short}");
        let full = texts::full(language, false).chars().count();
        assert!((80..=4_000).contains(&full), "{language}: {full}");
        for word in document::COMMANDS {
            let description = texts::command(language, word).chars().count();
            assert!(
                (1..=128).contains(&description),
                "{language} {word}: {description}"
            );
        }
    }
    for language in texts::OTHERS {
        let file = json_file(&format!("{language}.json"));
        let described = file
            .as_object()
            .unwrap()
            .keys()
            .filter(|key| key.ends_with("].description"));
        assert_eq!(described.count(), commands, "{language}");
    }
}

#[test]
fn the_icons_have_the_sizes_and_colours_that_teams_wants() {
    let (width, height, color) = pixels("color.png");
    assert_eq!((width, height), (192, 192));
    assert!(
        color.chunks(4).all(|pixel| pixel[3] == 0xFF),
        "the colour icon is a full square"
    );
    let is_white = |x: usize, y: usize| color[(y * 192 + x) * 4..][..3] == [0xFF; 3];
    let painted = (0..192)
        .flat_map(|y| (0..192).map(move |x| (x, y)))
        .filter(|(x, y)| is_white(*x, *y));
    let outside = painted
        .clone()
        .filter(|(x, y)| !(48..144).contains(x) || !(48..144).contains(y));
    assert!(
        painted.count() > 1_000 && outside.count() == 0,
        "the symbol stays in the middle"
    );
    let (width, height, outline) = pixels("outline.png");
    assert_eq!((width, height), (32, 32));
    assert!(
        outline.chunks(4).all(|pixel| pixel[..3] == [0xFF; 3]),
        "white alone"
    );
    let clear = outline.chunks(4).filter(|pixel| pixel[3] == 0).count();
    assert!((300..900).contains(&clear), "{clear} of 1024 pixels are clear");
}

#[test]
fn the_same_app_makes_the_same_bytes() {
    assert_eq!(package(&app()).unwrap(), package(&app()).unwrap());
}

#[test]
fn what_does_not_fit_a_manifest_is_refused_with_the_reason() {
    let page = |text: &str| url::Url::parse(text).unwrap();
    for (app, reason) in [
        (
            App {
                name: "N".repeat(31),
                ..app()
            },
            InvalidApp::Name,
        ),
        (
            App {
                name: " ".to_owned(),
                ..app()
            },
            InvalidApp::Name,
        ),
        (
            App {
                developer: String::new(),
                ..app()
            },
            InvalidApp::Developer,
        ),
        (
            App {
                version: "1.0".to_owned(),
                ..app()
            },
            InvalidApp::Version,
        ),
        (
            App {
                version: "1.0.x".to_owned(),
                ..app()
            },
            InvalidApp::Version,
        ),
        (
            App {
                privacy: page("http://chronus.example"),
                ..app()
            },
            InvalidApp::NotHttps("the page on privacy"),
        ),
    ] {
        assert_eq!(app.check(), Err(reason));
    }
}

#[test]
fn a_host_is_a_name_alone() {
    let bot = Uuid::from_u128(7);
    assert_eq!(
        App::on_host(bot, "chronus.example").unwrap().privacy.as_str(),
        "https://chronus.example/privacy"
    );
    for wrong in [
        "https://chronus.example",
        "chronus.example/teams",
        "chronus.example:8443",
        "somebody@chronus.example",
        "chronus.example?x",
        "chronus",
        "10.0.0.1",
        "chronus.example.",
        "chronus example",
        "",
    ] {
        let refused = App::on_host(bot, wrong).unwrap_err();
        assert!(
            matches!(&refused, InvalidApp::Host(host) if host == wrong),
            "{wrong:?}: {refused}"
        );
        assert!(
            refused.to_string().contains("such as chronus.example.com"),
            "{refused}"
        );
    }
}

#[test]
fn names_and_versions_are_checked() {
    let wrong = |change: fn(&mut App)| {
        let mut app = app();
        change(&mut app);
        app.check().unwrap_err()
    };
    assert_eq!(
        wrong(|app| app.name = "Mentoring\u{200b}".into()),
        InvalidApp::Name
    );
    assert_eq!(wrong(|app| app.name = "🙂".repeat(16)), InvalidApp::Name);
    assert_eq!(wrong(|app| app.developer = "\n".into()), InvalidApp::Developer);
    for version in ["1.0", "1.0.0.0", "01.0.0", "1.0.0-beta", "1..0", "v1.0.0"] {
        let mut app = app();
        app.version = version.into();
        assert_eq!(app.check(), Err(InvalidApp::Version), "{version}");
    }
}

#[test]
fn read_receipts_are_asked_for_only_on_request_and_the_description_says_so() {
    let manifest = |read_receipts| {
        document::manifest(&App {
            read_receipts,
            ..app()
        })
    };
    let (without, with) = (manifest(false), manifest(true));
    assert!(without.get("authorization").is_none() && without.get("webApplicationInfo").is_none());
    let asked = &with["authorization"]["permissions"]["resourceSpecific"];
    assert_eq!(asked.as_array().unwrap().len(), 1);
    assert_eq!(asked[0]["name"], "ChatMessageReadReceipt.Read.Chat");
    assert_eq!(with["webApplicationInfo"]["id"], app().bot_id.to_string());
    for language in texts::OTHERS.into_iter().chain([texts::DEFAULT]) {
        assert_ne!(
            texts::full(language, true),
            texts::full(language, false),
            "{language}"
        );
    }
}
