//! What is really sent to each door.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = root().join(folder);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    files
}

fn contents(folder: &str) -> Vec<Vec<u8>> {
    files(folder)
        .iter()
        .map(|file| std::fs::read(file).unwrap())
        .collect()
}

fn texts(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// The seeds of a door.
pub(crate) fn of(door: &str) -> Vec<Vec<u8>> {
    match door {
        "activity" => contents("tests/fixtures/activities"),
        "addresses" => texts(&[
            "sam.okafor@acme.example", "MAILTO:Sam@ACME.example", "\u{212a}ate@b\u{fc}cher.example", "a\u{200b}b@xn--bcher-kva.example.",
            "name+tag@sub.acme.example", "\u{130}@\u{df}.example", "x@\u{ff0e}example\u{3002}com",
        ]),
        "card_action" => actions(),
        "command" => texts(&[
            "help", "pause 2 weeks", "pause until 5 december", "message priya hello there", "<at>Chronus</at> status", "accept 3",
            "notifications off", "\u{ff28}\u{ff25}\u{ff2c}\u{ff30}", "disconnect please", "meetings", "nachricht priya: hallo",
        ]),
        "configuration" => vec![
            std::fs::read(root().join("chronus-teams.example.toml")).unwrap(),
            b"[teams]\napp_id = \"6f1d2c3b-4a5e-4f60-8b71-92a3b4c5d6e7\"\nclient_secret = \"zyxsecret\"\n[[organizations]]\nid = \"acme\"\nwebhook = { url = \"https://a.example/h\", secret = \"whsec_zyxsecret\" }\n".to_vec(),
        ],
        "connection" => texts(&[
            "kurrentdb://admin:zyxsecret@localhost:2113?tls=false", "esdb+discover://admin:zyxsecret@a.example:2113,b.example?tlsCAFile=/ca.pem",
            "kurrentdb://u:zyxsecret@[::1]:2113?keepAliveInterval=10000&nodePreference=leader",
        ]),
        "connector_answer" => texts(&[
            r#"201{"id":"1700000000001"}"#,
            r#"200{"activityId":"f:1","id":"a:1Q0EAYnHnkvpKQEsM-xQ"}"#,
            r#"403{"error":{"code":"MessageWritesBlocked","message":"{\"subCode\":\"MessageWritesBlocked\",\"details\":\"User blocked the conversation with the bot.\"}"}}"#,
            r#"404{"error":{"code":"ConversationNotFound","message":"Conversation not found.","innerHttpError":{"body":{"error":{"subCode":209}}}}}"#,
            r#"429{"errorCode":429,"message":"API calls quota exceeded! maximum admitted 50 per Second."}"#,
            r#"200{"id":"29:1","aadObjectId":"11111111-1111-4111-8111-111111111111","tenantId":"0f1e2d3c-4b5a-4697-8877-665544332211","email":"sam@acme.example","userPrincipalName":"sam_acme.example#EXT#@other.example","userRole":"guest"}"#,
            "302", "503<html><body>Service unavailable</body></html>",
        ]),
        "content" => data(),
        "intake" => {
            let mut all = contents("schemas/examples");
            let listed: Vec<String> = all.iter().take(3).map(|one| String::from_utf8_lossy(one).into_owned()).collect();
            all.push(format!("[{}]", listed.join(",")).into_bytes());
            all
        }
        "login_answer" => texts(&[
            r#"200{"token_type":"Bearer","expires_in":3599,"ext_expires_in":3599,"access_token":"eyJ0eXAi.zyxsecret.c2ln"}"#,
            r#"200{"token_type":"Bearer","expires_in":"86399","access_token":"zyxsecret"}"#,
            r#"401{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided: zyxsecret","error_codes":[7000215]}"#,
            r#"400{"error":"unauthorized_client","error_codes":[700016]}"#,
            r#"503{"error":"temporarily_unavailable","error_codes":[90033]}"#,
            "502<html>proxy</html>",
        ]),
        "moment" => texts(&[
            "2026-03-01", "2026-W10", "2026-03", "2026-03-01T09:30:00Z", "2011-12-30", "2024-02-29T23:59:60+05:45", "0000-01", "9999-W53",
        ]),
        "signing_keys" => texts(&[
            r#"{"keys":[{"kty":"RSA","use":"sig","kid":"F3xLsW1M2k0","x5t":"F3xLsW1M2k0","n":"AQAB","e":"AQAB","x5c":["MIIF"],"endorsements":["msteams","webchat"]},{"kty":"EC","crv":"P-256","kid":"e1","x":"AQ","y":"AQ","alg":"ES256"},{"kty":"oct","k":"AQ"},7,null]}"#,
            r#"{"keys":[]}"#,
        ]),
        "stored" => stored(),
        // An unsigned token with the claims of a real one.
        "token" => tokens(&[
            (r#"{"alg":"RS256","kid":"F3xLsW1M2k0","typ":"JWT"}"#, r#"{"serviceurl":"https://smba.trafficmanager.net/amer/","nbf":1,"exp":4102444800,"iss":"https://api.botframework.com","aud":"6f1d2c3b-4a5e-4f60-8b71-92a3b4c5d6e7"}"#),
            (r#"{"alg":"ES256","kid":"e1","crit":["exp"]}"#, r#"{"nbf":1.5,"exp":4102444800.25,"iss":"https://login.acme.example","aud":["a","b"],"roles":["admin"]}"#),
            (r#"{"alg":"none"}"#, r#"{"exp":"never","aud":7}"#),
        ]),
        "urls" => texts(&[
            "https://smba.trafficmanager.net/amer/0f1e2d3c-4b5a-4697-8877-665544332211/", "https://acme.chronus.example/a?b=c#d",
            "https://smba.infra.gov.teams.microsoft.us/teams", "*.acme.example", "http://127.0.0.1:3978",
        ]),
        other => panic!("nobody knows what is sent to {other}"),
    }
}

/// Tokens with these headers and claims, and a signature of nothing.
fn tokens(parts: &[(&str, &str)]) -> Vec<Vec<u8>> {
    parts
        .iter()
        .map(|(header, claims)| {
            let [header, claims] = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part));
            format!("Bearer {header}.{claims}.c2lnbmF0dXJl").into_bytes()
        })
        .collect()
}

/// The data of every example, as text.
fn data() -> Vec<Vec<u8>> {
    contents("schemas/examples")
        .iter()
        .filter_map(|example| serde_json::from_slice::<Value>(example).ok())
        .map(|example| example["data"].to_string().into_bytes())
        .collect()
}

/// Buttons' data, with their verbs.
fn actions() -> Vec<Vec<u8>> {
    let id = "6f0c2f0e-6f0a-5d0b-9a55-0d1c7b3e2a10";
    [
        ("request.accept", "{}"),
        ("request.decline", r#"{"reason":"no_time"}"#),
        ("meeting.accept", r#"{"slot":"s1"}"#),
        (
            "meeting.propose",
            r#"{"date":"2026-12-11","time":"10:00","text":"x"}"#,
        ),
        ("event.rsvp", r#"{"choice":"going"}"#),
        ("survey.answer", r#"{"value":"4","question":"q1"}"#),
        ("message.reply", r#"{"text":"hello"}"#),
        ("settings.save", r#"{"quiet":"true","digest":"daily"}"#),
        ("refresh", "{}"),
        ("list.page", r#"{"from":"10"}"#),
    ]
    .iter()
    .map(|(verb, more)| {
        let mut data: Value = serde_json::from_str(more).unwrap();
        data["verb"] = (*verb).into();
        data["notification_id"] = id.into();
        data["revision"] = 1.into();
        data.to_string().into_bytes()
    })
    .collect()
}

/// Every shape that was ever written, under its name.
fn stored() -> Vec<Vec<u8>> {
    files("events/tests/frozen")
        .iter()
        .filter_map(|file| {
            let name = file.file_name()?.to_str()?.to_owned();
            let mut parts = name.split('.');
            let (event, version) = (parts.next()?, parts.next()?.strip_prefix('v')?.to_owned());
            let payload = std::fs::read_to_string(file).unwrap();
            Some(format!("{event} {version}\n{payload}").into_bytes())
        })
        .collect()
}
