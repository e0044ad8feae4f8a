//! Names, addresses, texts and secrets that can be recognised anywhere are planted where real ones go: in the directory, in
//! Chronus' events, in what a person types and presses, in the configuration. Then whatever the service leaves behind is searched for
//! them: data, backup, exports, log lines at the finest level, metrics, what operators and callers are told, refusals included, the
//! audit, and the log as it is printed. What was planted for somebody who is erased opens nowhere afterwards (`erased`).

mod day;
mod erased;
mod refused;
mod spelt;

use std::fs::File;
use std::path::Path;

use chronus_teams::http_client::{self, HttpLimits};
use kurrent_standin::address;
use serde_json::json;
use uuid::Uuid;

use self::day::{EMAIL, PERSONAL, UNKEPT, a_day};
use self::spelt::{Left, Planted, found, holds, keys, spelt, words};
use crate::desk::{Desk, installs, microsoft, person};
use crate::private::below;
use crate::serve::{APP_SECRET, KEY, Running, Serve, WEBHOOK_SECRET};

const OBJECT_ID: Uuid = Uuid::from_u128(0x5b1c_9a52_7c0e_4f0f_9d3c_2a7d_0b6f_8e11);
const ANOTHER: Uuid = Uuid::from_u128(0x5b1c_9a52_7c0e_4f0f_9d3c_2a7d_0b6f_8e12);
/// Every report that is written into files, and every form of it.
const REPORTS: [&str; 8] = [
    "delivery",
    "reach",
    "responsiveness",
    "programmes",
    "surveys",
    "messages",
    "faults",
    "fairness",
];
const FORMATS: [&str; 4] = ["csv", "html", "json", "table"];

/// The service, with all that it says at the finest level in a file.
fn started(serve: &Serve) -> Running {
    let told = File::options()
        .create(true)
        .append(true)
        .open(serve.folder().join("told.log"))
        .unwrap();
    let mut program = serve.program();
    program.arg("serve").env("RUST_LOG", "trace");
    program.stdout(told.try_clone().unwrap()).stderr(told);
    Running::of(program.spawn().unwrap())
}

async fn page(http: &reqwest::Client, url: &str, key: Option<&str>) -> Vec<u8> {
    let mut request = http.get(url);
    if let Some(key) = key {
        request = request.bearer_auth(key);
    }
    request.send().await.unwrap().bytes().await.unwrap().to_vec()
}

/// Every file of a folder but those that are meant to hold what is planted.
fn files(folder: &Path, but: &[&str]) -> Left {
    let files = below(folder).into_iter().filter(|path| path.is_file());
    let files = files.filter(|path| {
        !but.iter()
            .any(|name| path.components().any(|part| part.as_os_str() == *name))
    });
    files
        .map(|path| (path.display().to_string(), std::fs::read(&path).unwrap()))
        .collect()
}

/// Everything that callers and operators are shown while it runs.
async fn shown(serve: &Serve, operators: &str, desk: &Desk<'_>) -> Left {
    let mut left = refused::refusals(serve, desk).await;
    for path in ["/metrics", "/health", "/readyz", "/"] {
        let url = format!("http://{operators}{path}");
        left.push((url.clone(), page(&desk.http, &url, None).await));
    }
    for path in [
        "/v1/reachability?organization=acme",
        "/v1/nothing",
        "/v1/notifications/zyx",
        "/v1/audit?format=ndjson",
        "/v1/keys",
    ] {
        left.push((
            path.to_owned(),
            page(&desk.http, &serve.url(path), Some(KEY)).await,
        ));
    }
    left.push((
        "without a key".to_owned(),
        page(&desk.http, &serve.url("/v1/responses"), Some("zyxwrong")).await,
    ));
    left
}

/// Everything that the command line prints or writes without being asked to open it.
fn printed(serve: &Serve) -> Left {
    serve.run(&["backup", "--to", "backup"]);
    serve.run(&["export", "export"]);
    let mut asked: Vec<Vec<String>> = vec![vec!["replay".to_owned()]];
    let mut also = |arguments: &[&str]| asked.push(arguments.iter().map(|&one| one.to_owned()).collect());
    also(&["check", "--audit"]);
    also(&["replay", "--format", "timeline"]);
    for format in ["text", "ndjson", "syslog"] {
        also(&["audit", "--format", format]);
        also(&["audit", "--organization", "acme", "--format", format]);
    }
    for report in REPORTS {
        for format in FORMATS {
            let file = format!("{report}.{format}");
            also(&[
                "report",
                report,
                "--small-groups",
                "--format",
                format,
                "--out",
                &file,
            ]);
        }
    }
    for format in ["csv", "json", "table"] {
        let reachability = [
            "report",
            "reachability",
            "--organization",
            "acme",
            "--format",
            format,
        ];
        also(&reachability);
        also(&[&reachability[..], &["--list"]].concat());
    }
    let told = asked.iter().map(|arguments| {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        (arguments.join(" "), serve.run(&arguments).into_bytes())
    });
    told.collect()
}

/// What nobody is to find: what is personal, and secrets.
fn wanted() -> Vec<Planted> {
    let mut wanted = words(&PERSONAL);
    for secret in [
        KEY,
        APP_SECRET,
        WEBHOOK_SECRET,
        WEBHOOK_SECRET.trim_start_matches("whsec_"),
    ] {
        wanted.extend(spelt("a secret", secret.as_bytes(), false));
    }
    wanted.extend(
        spelt("a token", b"Bearer ey", true)
            .into_iter()
            .filter(|planted| planted.name == "a token"),
    );
    wanted
}

#[actix_web::test]
async fn nothing_personal_and_no_secret_is_found_in_what_the_service_leaves_behind() {
    let somebody = person(OBJECT_ID, "Zyxname Qvornak", EMAIL, "zyxupn@acme.example");
    let another = person(ANOTHER, "Ben Ode", "ben@acme.example", "ben.ode@acme.example");
    let sandbox = microsoft(vec![somebody, another]).await;
    let serve = Serve::beside(&sandbox, None);
    let operators = address::to_keep().unwrap();
    serve.replaces(&[
        ("[http]\n", &format!("[http]\nadmin_listen = \"{operators}\"\n")),
        (r#"["ingest", "read"]"#, r#"["ingest", "admin"]"#),
    ]);
    let http = http_client::build(HttpLimits::default()).unwrap();

    let mut running = started(&serve);
    assert!(serve.answers(&http, &mut running).await, "it did not come up");
    let desk = Desk::before(&serve);
    let of = |id: Uuid| {
        let mut clients = sandbox.clients().into_iter();
        let found = clients.find(|client| client.person().key.aad_object_id.as_str() == id.to_string());
        found.unwrap()
    };
    installs(&of(ANOTHER)).await;
    desk.links("m-3", "ben@acme.example").await;
    let mut left = a_day(&serve, &of(OBJECT_ID)).await;
    left.extend(shown(&serve, &operators.to_string(), &desk).await);
    // Who asks what is kept about them is shown it, and nobody else is.
    let why = json!({ "reason": "request 119" });
    let own = desk.post("/v1/members/m-1/access-request", why.clone()).await;
    let of_another = desk.post("/v1/members/m-3/access-request", why.clone()).await;
    left.push((
        "what another person is shown".to_owned(),
        of_another.to_string().into_bytes(),
    ));
    for format in ["page", "ndjson"] {
        let path = format!("/v1/members/m-3/access-request?format={format}");
        let said = desk.post(&path, why.clone()).await;
        left.push((path, said.to_string().into_bytes()));
    }
    left.extend(printed(&serve));
    tokio::task::spawn_blocking(move || running.stop()).await.unwrap();
    let asked = [
        "access-request",
        "--organization",
        "acme",
        "--reason",
        "request 120",
    ];
    serve.run(&[&asked[..], &["m-1", "--out", "m-1"]].concat());
    serve.run(&[&asked[..], &["m-3", "--out", "m-3"]].concat());
    left.extend(files(serve.folder(), &["chronus-teams.toml", "m-1"]));

    let wanted = wanted();
    let keys = keys(&serve.folder().join("data"));
    let (tables, others): (Left, Left) = left.into_iter().partition(|(place, _)| {
        let name = Path::new(place).file_name();
        name.is_some_and(|name| name.to_string_lossy().starts_with("keys"))
    });
    let mut leaks = found(&tables, wanted.iter());
    leaks.extend(found(&others, wanted.iter().chain(&keys)));
    assert!(leaks.is_empty(), "{leaks:#?}");
    what_was_searched_is_what_there_is_to_find_something_in(&serve, &own.to_string());
}

/// All of it was told, the log opens with its keys, and so does what the person is shown.
fn what_was_searched_is_what_there_is_to_find_something_in(serve: &Serve, own: &str) {
    let told = std::fs::read_to_string(serve.folder().join("told.log")).unwrap();
    assert!(
        told.contains("TRACE") && told.contains("/v1/events"),
        "{} bytes",
        told.len()
    );
    let opened = serve
        .run(&["replay", "--reveal", "--reason", "test"])
        .into_bytes();
    let kept = PERSONAL.iter().filter(|word| !UNKEPT.contains(word));
    for word in kept.clone() {
        assert!(holds(&opened, &spelt(word, word.as_bytes(), true)[0]), "{word}");
    }
    let page = std::fs::read(serve.folder().join("m-1").join("page.html")).unwrap();
    for word in ["zyxname", "zyxmail", "zyxupn", "zyxreply", "zyxsurvey"] {
        let planted = &spelt(word, word.as_bytes(), true)[0];
        assert!(holds(own.as_bytes(), planted) && holds(&page, planted), "{word}");
    }
    let exported = files(&serve.folder().join("export"), &[]);
    assert!(exported.iter().any(|(name, _)| name.ends_with(".parquet")));
}
