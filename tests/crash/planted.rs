//! Names, addresses, texts and secrets that can be recognised anywhere are planted where real ones go: in the directory, in
//! Chronus' events, in what a person types and presses, in the configuration. Then whatever the service leaves behind is searched for
//! them: data, backup, log lines at the finest level, metrics, what operators and callers are told, and the log as it is printed.

use std::fmt::Write as _;
use std::fs::File;
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use chronus_teams::http_client::{self, HttpLimits};
use chronus_teams::sandbox::chat::Chat;
use chronus_teams::sandbox::client::{Client, Press};
use chronus_teams::sandbox::people::PersonSpec;
use chronus_teams::sandbox::{Sandbox, SandboxOptions};
use events::{Clock as _, SystemClock};
use flate2::read::ZlibDecoder;
use kurrent_standin::address;
use secrecy::SecretString;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::private::below;
use crate::serve::{APP_ID, APP_SECRET, KEY, Running, Serve, TENANT, WEBHOOK_SECRET};

const PATIENCE: Duration = Duration::from_secs(30);
const OBJECT_ID: Uuid = Uuid::from_u128(0x5b1c_9a52_7c0e_4f0f_9d3c_2a7d_0b6f_8e11);

/// Words that stand in no program: whoever finds one found what was planted.
const NAME: &str = "Zyxname Qvornak";
const EMAIL: &str = "zyxmail@acme.example";
const UPN: &str = "zyxupn@acme.example";
const PERSONAL: [&str; 12] = [
    "zyxname",
    "zyxmail",
    "zyxupn",
    "zyxasker",
    "zyxtitle",
    "zyxwords",
    "zyxplace",
    "zyxreply",
    "zyxstray",
    "zyxsought",
    "zyxsurvey",
    "zyxbad",
];

/// What must not be found: what it is called, and its bytes.
struct Planted {
    name: String,
    bytes: Vec<u8>,
    /// Found in whatever case.
    any_case: bool,
}

/// Something planted as it is, and as somebody may have written it: in hexadecimal, in base64 at each of the three places in which
/// it can begin, and as UTF-16.
fn spelt(name: &str, bytes: &[u8], any_case: bool) -> Vec<Planted> {
    let hex = bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    });
    let mut all = vec![
        ("", bytes.to_vec(), any_case),
        (" in hexadecimal", hex.into_bytes(), true),
    ];
    for before in 0..3 {
        let padded = [vec![0; before], bytes.to_vec()].concat();
        let text = STANDARD.encode(&padded[..padded.len() / 3 * 3]);
        // The first characters hold bits of what stands before.
        let text = text.as_bytes()[before.div_ceil(3) * 4..].to_vec();
        if text.len() >= 8 {
            all.push((" in base64", text, false));
        }
    }
    if any_case {
        let wide = bytes.iter().flat_map(|byte| [*byte, 0]).collect();
        all.push((" as UTF-16", wide, true));
    }
    all.into_iter()
        .map(|(how, bytes, any_case)| Planted {
            name: format!("{name}{how}"),
            bytes,
            any_case,
        })
        .collect()
}

fn holds(text: &[u8], planted: &Planted) -> bool {
    let same = |window: &[u8]| {
        if planted.any_case {
            window.eq_ignore_ascii_case(&planted.bytes)
        } else {
            window == planted.bytes
        }
    };
    let (low, up) = (
        planted.bytes[0].to_ascii_lowercase(),
        planted.bytes[0].to_ascii_uppercase(),
    );
    text.windows(planted.bytes.len())
        .any(|window| (window[0] == low || window[0] == up) && same(window))
}

/// Bytes, and whatever is packed within them.
fn unpacked(bytes: &[u8]) -> Vec<u8> {
    let mut all = bytes.to_vec();
    for at in 0..bytes.len().saturating_sub(2) {
        // A zlib header: deflate, a window of 32 KiB, and a check that 31 divides.
        if bytes[at] == 0x78 && u16::from_be_bytes([bytes[at], bytes[at + 1]]).is_multiple_of(31) {
            let mut inside = Vec::new();
            let mut read = std::io::Read::take(ZlibDecoder::new(&bytes[at..]), 1 << 20);
            if std::io::Read::read_to_end(&mut read, &mut inside).is_ok() || !inside.is_empty() {
                all.extend(inside);
            }
        }
    }
    all
}

/// The keys of a data folder: they may stand in its key table and nowhere else.
fn keys(folder: &Path) -> Vec<Planted> {
    let table = rusqlite::Connection::open(folder.join("keys.db")).unwrap();
    let mut all = Vec::new();
    for query in [
        "SELECT secret FROM keys WHERE secret IS NOT NULL",
        "SELECT secret FROM secrets",
    ] {
        let mut asked = table.prepare(query).unwrap();
        let secrets = asked.query_map([], |row| row.get::<_, Vec<u8>>(0)).unwrap();
        for secret in secrets.map(Result::unwrap).filter(|secret| secret.len() >= 16) {
            all.extend(spelt("a key", &secret, false));
        }
    }
    assert!(!all.is_empty());
    all
}

/// The service, with all that it says at the finest level in a file.
fn started(serve: &Serve) -> Running {
    let told = File::create(serve.folder().join("told.log")).unwrap();
    let mut program = serve.program();
    program.arg("serve").env("RUST_LOG", "trace");
    program.stdout(told.try_clone().unwrap()).stderr(told);
    Running::of(program.spawn().unwrap())
}

async fn hand_over(
    serve: &Serve,
    http: &reqwest::Client,
    kind: &str,
    subject: Option<&str>,
    data: Value,
) -> Value {
    let mut event = json!({
        "specversion": "1.0", "id": kind, "source": "/chronus/planted", "type": format!("com.chronus.{kind}"), "data": data,
    });
    if let Some(subject) = subject {
        event["subject"] = subject.into();
    }
    let request = http.post(serve.url("/v1/events")).bearer_auth(KEY);
    let request = request.header("content-type", "application/cloudevents+json");
    let answer = request.body(event.to_string()).send().await.unwrap();
    let text = answer.text().await.unwrap();
    serde_json::from_str(&text).unwrap()
}

fn card_of(answer: &Value) -> String {
    let card = &answer["results"][0]["notifications"][0]["notification_id"];
    card.as_str().unwrap_or_else(|| panic!("{answer:#}")).to_owned()
}

async fn waits_for(client: &Client, what: &str, is_so: impl Fn(&Chat) -> bool) {
    let waited = client.wait_for(PATIENCE, is_so).await;
    assert!(waited.is_ok(), "never {what}: {:#?}", client.chat().messages);
}

async fn presses(client: &Client, card: &str, button: &str, input: (&str, &str)) {
    let press = Press {
        button: button.to_owned(),
        notification: Some(card.to_owned()),
        inputs: [(input.0.to_owned(), input.1.to_owned())].into(),
        ..Press::default()
    };
    let pressed = client.press(press).await;
    assert!(
        pressed
            .as_ref()
            .is_ok_and(chronus_teams::sandbox::chat::Outcome::taken),
        "{pressed:#?}"
    );
}

/// A day with everything personal in it. Answers what was said of what could not be taken.
async fn a_day(serve: &Serve, http: &reqwest::Client, somebody: &Client) -> Vec<(String, Vec<u8>)> {
    assert!(somebody.install().await.unwrap().taken());
    waits_for(somebody, "greeted", |chat| {
        chat.messages.iter().any(|message| message.from_bot)
    })
    .await;
    let to = json!([{ "member_id": "m-1", "email": EMAIL }]);
    let asker =
        json!({ "member_id": "m-2", "name": "Zyxasker Lund", "title": "Zyxtitle", "location": "Zyxplace" });
    hand_over(serve, http, "member.upserted", None, json!({ "recipients": to })).await;
    let message = json!({ "recipients": to, "actor": asker, "text": "Zyxwords for you", "message_id": "1" });
    let card = card_of(&hand_over(serve, http, "message.sent", Some("thread/1"), message).await);
    waits_for(somebody, "told", |chat| chat.card_of(&card).is_some()).await;
    presses(somebody, &card, "message.reply", ("text", "Zyxreply to that")).await;
    let questions = json!([{ "id": "q", "kind": "text", "text": "How is it?", "required": true }]);
    let survey = json!({
        "recipients": to, "title": "Survey", "anonymous": false, "questions": questions,
        "due_at": (SystemClock.now() + TimeDelta::days(9)).to_rfc3339(),
    });
    let card = card_of(&hand_over(serve, http, "survey.requested", Some("survey/1"), survey).await);
    waits_for(somebody, "asked", |chat| chat.card_of(&card).is_some()).await;
    presses(
        somebody,
        &card,
        "survey.answer",
        ("value", "Zyxsurvey is my answer"),
    )
    .await;
    for text in [
        "zyxstray words that lead nowhere",
        "message zyxsought",
        "message zyxasker zyxreply again",
    ] {
        assert!(somebody.say(text).await.unwrap().taken());
    }
    // What cannot be taken is told, and its values are nobody's business.
    let bad = json!({ "recipients": [{ "email": "zyxbad@" }], "title": ["Zyxbad"], "actor": { "name": 7 } });
    let refused = hand_over(serve, http, "announcement.published", Some("announcement/1"), bad).await;
    let mut told = vec![(
        "the answer to a bad event".to_owned(),
        refused.to_string().into_bytes(),
    )];
    for (what, path, kind, body) in [
        (
            "half an event",
            "/v1/events",
            "application/cloudevents+json",
            r#"{"id":"zyxbad","data":{"title":"Zyxbad"#,
        ),
        (
            "no event",
            "/v1/events",
            "application/cloudevents+json",
            r#"["zyxbad"]"#,
        ),
        (
            "an activity of nobody",
            "/api/messages",
            "application/json",
            r#"{"type":"message","text":"zyxbad","from":{"name":"Zyxbad"}}"#,
        ),
    ] {
        let request = http
            .post(serve.url(path))
            .bearer_auth(KEY)
            .header("content-type", kind);
        let answer = request.body(body).send().await.unwrap();
        assert!(!answer.status().is_success(), "{what}: {}", answer.status());
        told.push((
            format!("the answer to {what}"),
            answer.bytes().await.unwrap().to_vec(),
        ));
    }
    // Nobody of this address is there; it is looked for.
    let away =
        json!({ "recipients": [{ "email": "zyxmail2@acme.example" }], "title": "T", "body": "Zyxwords" });
    hand_over(serve, http, "something_new.happened", None, away).await;
    assert!(somebody.say("status").await.unwrap().taken());
    let before = somebody.chat().messages.len();
    waits_for(somebody, "answered", |chat| chat.messages.len() > before).await;
    told
}

async fn page(http: &reqwest::Client, url: &str, key: Option<&str>) -> Vec<u8> {
    let mut request = http.get(url);
    if let Some(key) = key {
        request = request.bearer_auth(key);
    }
    request.send().await.unwrap().bytes().await.unwrap().to_vec()
}

#[actix_web::test]
async fn nothing_personal_and_no_secret_is_found_in_what_the_service_leaves_behind() {
    let person = PersonSpec {
        tenant_id: TENANT.to_owned(),
        aad_object_id: OBJECT_ID.to_string(),
        name: Some(NAME.to_owned()),
        email: Some(EMAIL.to_owned()),
        upn: Some(UPN.to_owned()),
        guest: false,
        locale: "en-US".to_owned(),
        platform: "Windows".to_owned(),
        timezone: "Europe/Berlin".to_owned(),
    };
    let sandbox = Sandbox::start(SandboxOptions {
        people: vec![person],
        webhook_secrets: [("acme".to_owned(), SecretString::from(WEBHOOK_SECRET))].into(),
        ..SandboxOptions::new(APP_ID, SecretString::from(APP_SECRET))
    })
    .await
    .unwrap();
    let serve = Serve::beside(&sandbox, None);
    let operators = address::to_keep().unwrap();
    serve.replaces(&[("[http]\n", &format!("[http]\nadmin_listen = \"{operators}\"\n"))]);
    let http = http_client::build(HttpLimits::default()).unwrap();

    let mut running = started(&serve);
    assert!(serve.answers(&http, &mut running).await, "it did not come up");
    let somebody = sandbox.clients().remove(0);
    let mut left = a_day(&serve, &http, &somebody).await;
    for path in ["/metrics", "/health", "/readyz", "/"] {
        let url = format!("http://{operators}{path}");
        left.push((url.clone(), page(&http, &url, None).await));
    }
    for path in [
        "/v1/reachability?organization=acme",
        "/v1/nothing",
        "/v1/notifications/zyx",
    ] {
        left.push((path.to_owned(), page(&http, &serve.url(path), Some(KEY)).await));
    }
    left.push((
        "without a key".to_owned(),
        page(&http, &serve.url("/v1/responses"), Some("zyxwrong")).await,
    ));
    serve.run(&["backup", "--to", "backup"]);
    left.push(("replay".to_owned(), serve.run(&["replay"]).into_bytes()));
    left.push(("check".to_owned(), serve.run(&["check", "--audit"]).into_bytes()));
    for (report, format) in [
        ("delivery", "csv"),
        ("delivery", "html"),
        ("messages", "json"),
        ("surveys", "csv"),
    ] {
        let written = ["report", report, "--organization", "acme", "--format", format];
        left.push((written.join(" "), serve.run(&written).into_bytes()));
    }
    tokio::task::spawn_blocking(move || running.stop()).await.unwrap();

    for file in below(serve.folder()).into_iter().filter(|path| path.is_file()) {
        if !file.ends_with("chronus-teams.toml") {
            left.push((file.display().to_string(), std::fs::read(&file).unwrap()));
        }
    }
    let mut wanted: Vec<Planted> = PERSONAL
        .iter()
        .flat_map(|word| spelt(word, word.as_bytes(), true))
        .collect();
    for secret in [
        KEY,
        APP_SECRET,
        WEBHOOK_SECRET,
        WEBHOOK_SECRET.trim_start_matches("whsec_"),
    ] {
        wanted.extend(spelt("a secret", secret.as_bytes(), false));
    }
    wanted.push(Planted {
        name: "a token".to_owned(),
        bytes: b"Bearer ey".to_vec(),
        any_case: true,
    });
    let keys = keys(&serve.folder().join("data"));
    let mut found = Vec::new();
    for (place, bytes) in &left {
        let bytes = unpacked(bytes);
        let of_keys = Path::new(place)
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("keys"));
        let keys = keys.iter().filter(|_| !of_keys);
        found.extend(
            wanted
                .iter()
                .chain(keys)
                .filter(|planted| holds(&bytes, planted))
                .map(|planted| format!("{} in {place}", planted.name)),
        );
    }
    assert!(found.is_empty(), "{found:#?}");
    // What was searched is what there is to find something in: all of it was told, and the log opens with its keys.
    let told = std::fs::read_to_string(serve.folder().join("told.log")).unwrap();
    assert!(
        told.contains("TRACE") && told.contains("/v1/events"),
        "{} bytes",
        told.len()
    );
    let opened = serve
        .run(&["replay", "--reveal", "--reason", "test"])
        .into_bytes();
    for word in PERSONAL
        .iter()
        .filter(|word| !["zyxstray", "zyxbad"].contains(word))
    {
        assert!(holds(&opened, &spelt(word, word.as_bytes(), true)[0]), "{word}");
    }
}

#[test]
fn whatever_is_planted_is_found_however_it_is_written() {
    let secret = b"whsec-of-the-tests";
    let spellings = spelt("it", secret, true);
    let hex: String = secret.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02X}").unwrap();
        hex
    });
    let wide: Vec<u8> = secret.iter().flat_map(|byte| [*byte, 0]).collect();
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut packed, &[b"x".repeat(100), secret.to_vec()].concat()).unwrap();
    let mut written = vec![b"it is WHSEC-of-the-tests".to_vec(), hex.into_bytes(), wide];
    written.push([b"..".to_vec(), packed.finish().unwrap()].concat());
    for before in ["", "a", "ab", "abc", "abcd"] {
        written.push(
            STANDARD
                .encode([before.as_bytes(), secret, b"after"].concat())
                .into_bytes(),
        );
    }
    for text in written {
        let text = unpacked(&text);
        assert!(spellings.iter().any(|planted| holds(&text, planted)), "{text:?}");
    }
    assert!(
        !spellings
            .iter()
            .any(|planted| holds(b"whsec-of-no-test", planted))
    );
}
