use std::path::Path;
use std::time::Duration;

use events::sealing::memory::MemoryKeyTable;
use secrecy::SecretString;
use tokio::time::Instant;
use url::Url;

use super::*;

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

struct World {
    table: Arc<MemoryKeyTable>,
    url: Url,
    handle: actix_web::dev::ServerHandle,
    folder: tempfile::TempDir,
    /// The authority that its certificate comes from, where it has one.
    authority: Option<String>,
}

fn start() -> World {
    start_with(None)
}

/// With a certificate for `localhost`, where an authority is given.
fn start_with(authority: Option<Authority>) -> World {
    let table = Arc::new(MemoryKeyTable::default());
    let folder = tempfile::tempdir().unwrap();
    let listen = "127.0.0.1:0".parse().unwrap();
    let tls = authority
        .as_ref()
        .map(|authority| authority.certify(folder.path()));
    let scheme = if tls.is_some() { "https" } else { "http" };
    let serving = service::Serving {
        table: Arc::clone(&table) as _,
        token: SecretString::from(TOKEN),
        audit: audit::Audit::open(folder.path()).unwrap(),
        clock: Arc::new(events::SystemClock),
        tls,
    };
    let (address, handle, running) = service::serve(serving, listen).unwrap();
    actix_web::rt::spawn(running);
    World {
        table,
        url: format!("{scheme}://localhost:{}/", address.port())
            .parse()
            .unwrap(),
        handle,
        folder,
        authority: authority.map(|authority| authority.certificate.pem()),
    }
}

/// An authority of our own.
struct Authority {
    certificate: rcgen::Certificate,
    key: rcgen::KeyPair,
}

impl Authority {
    fn new() -> Self {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut about = rcgen::CertificateParams::new(Vec::new()).unwrap();
        about.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let certificate = about.self_signed(&key).unwrap();
        Self { certificate, key }
    }

    fn certify(&self, folder: &Path) -> rustls::ServerConfig {
        let key = rcgen::KeyPair::generate().unwrap();
        let about = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let certificate = about.signed_by(&key, &self.certificate, &self.key).unwrap();
        let [certificate_file, key_file] = ["service.pem", "service.key"].map(|name| folder.join(name));
        std::fs::write(&certificate_file, certificate.pem()).unwrap();
        std::fs::write(&key_file, key.serialize_pem()).unwrap();
        tls::server(&certificate_file, &key_file).unwrap()
    }
}

impl World {
    async fn node(&self) -> Arc<RemoteKeyTable> {
        let authority = self.authority.as_ref().map(String::as_bytes);
        let connected = RemoteKeyTable::connect(self.url.clone(), SecretString::from(TOKEN), authority).await;
        Arc::new(connected.unwrap())
    }

    /// What was asked, and for how many persons.
    fn audited(&self) -> Vec<(String, Vec<String>)> {
        let text = std::fs::read_to_string(self.folder.path().join("keys-audit.ndjson")).unwrap();
        text.lines()
            .map(|line| {
                let line: serde_json::Value = serde_json::from_str(line).unwrap();
                assert!(line["peer"].as_str().unwrap().starts_with("127.0.0.1:"), "{line}");
                assert!(line["time"].is_string(), "{line}");
                let persons = serde_json::from_value(line["persons"].clone()).unwrap();
                (line["asked"].as_str().unwrap().to_owned(), persons)
            })
            .collect()
    }
}

#[actix_web::test]
async fn a_thousand_people_with_the_longest_ids_are_asked_for_at_once() {
    let world = start();
    let vault = KeyStore::Remote(world.node().await).vault();
    // As long as ids may get, in characters that take most room on the way.
    let longest = "\u{1f469}".repeat(512);
    let organization = "o".repeat(64);
    let many = (0..1_000).map(|number| {
        let person = format!("member/{organization}/{number:04}{longest}");
        (events::PersonId::from_stored(&person), "x".to_owned())
    });
    let sealed = vault.seal_all(many.collect()).await.unwrap();
    assert_eq!(sealed.len(), 1_000);
    assert_eq!(vault.open(&sealed[999]).await.unwrap().as_deref(), Some("x"));
}

#[actix_web::test]
async fn more_than_is_taken_at_once_is_refused_and_without_the_token_nothing_is_read() {
    let world = start();
    let http = crate::http_client::build(crate::http_client::HttpLimits::default()).unwrap();
    let url = world.url.join(protocol::path::CURRENT).unwrap();
    let persons: Vec<String> = (0..1_001).map(|number| format!("user/t/{number}")).collect();
    let too_many = serde_json::json!({ "persons": persons }).to_string();
    for (body, status) in [(too_many, 400), ("x".repeat(service::LONGEST + 1), 413)] {
        let asked = http.post(url.clone()).bearer_auth(TOKEN).body(body).send().await;
        assert_eq!(asked.unwrap().status(), status);
    }
    let unknown = http.post(url).body("{}").send().await.unwrap();
    assert_eq!(unknown.status(), 401);
    assert_eq!(unknown.headers()["www-authenticate"], "Bearer");
    assert_eq!(world.audited(), []);
}

#[actix_web::test]
async fn over_tls_only_a_certificate_of_the_named_authority_is_taken() {
    let world = start_with(Some(Authority::new()));
    let vault = KeyStore::Remote(world.node().await).vault();
    let sealed = vault.seal(&ada(), "Ada").await.unwrap();
    assert_eq!(vault.open(&sealed).await.unwrap().as_deref(), Some("Ada"));
    let other = Authority::new().certificate.pem();
    for authority in [None, Some(other.as_bytes())] {
        let refused = RemoteKeyTable::connect(world.url.clone(), SecretString::from(TOKEN), authority).await;
        assert!(refused.is_err(), "{authority:?}");
    }
    let mut plain = world.url.clone();
    plain.set_scheme("http").unwrap();
    let refused = RemoteKeyTable::connect(plain, SecretString::from(TOKEN), None).await;
    assert!(refused.is_err(), "keys travelled in the clear");
}

#[actix_web::test]
async fn who_asked_for_whose_keys_and_whose_were_destroyed_is_written_down() {
    let world = start();
    let [one, two] = [world.node().await, world.node().await].map(|table| KeyStore::Remote(table).vault());
    let sealed = one.seal(&ada(), "Ada").await.unwrap();
    two.open(&sealed).await.unwrap();
    one.destroy(&ada()).await.unwrap();
    let ada = || vec![ada().as_str().to_owned()];
    let expected = [
        ("lookup_secret", Vec::new()),
        ("lookup_secret", Vec::new()),
        ("current", ada()),
        ("find", ada()),
        ("destroy", ada()),
    ];
    let expected = expected.map(|(asked, persons)| (asked.to_owned(), persons));
    assert_eq!(world.audited(), expected);
}

fn ada() -> events::PersonId {
    events::PersonId::from_stored("user/t/ada")
}

#[actix_web::test]
async fn what_one_node_sealed_another_one_opens() {
    let world = start();
    let [one, two] = [world.node().await, world.node().await].map(|table| KeyStore::Remote(table).vault());
    let sealed = one.seal(&ada(), "Ada").await.unwrap();
    assert_eq!(two.open(&sealed).await.unwrap().as_deref(), Some("Ada"));
    assert_eq!(one.lookup("ada@acme.example"), two.lookup("ADA@acme.example "));
    assert_eq!(
        world
            .table
            .find(ada(), 1)
            .await
            .unwrap()
            .map(|key| key.generation),
        Some(1)
    );
    let many = (0..2_500).map(|n| {
        (
            events::PersonId::from_stored(&format!("user/t/{n}")),
            "x".to_owned(),
        )
    });
    assert_eq!(one.seal_all(many.collect()).await.unwrap().len(), 2_500);
}

#[actix_web::test]
async fn after_a_destruction_is_answered_no_node_opens_anything() {
    let world = start();
    let (table, other) = (world.node().await, world.node().await);
    let [one, two] = [&table, &other].map(|table| KeyStore::Remote(Arc::clone(table)).vault());
    let sealed = one.seal(&ada(), "Ada").await.unwrap();
    // Both keep the key in memory and use it without asking, until told otherwise.
    for vault in [&one, &two, &one, &two] {
        assert!(vault.open(&sealed).await.unwrap().is_some());
    }
    assert_eq!(one.destroy(&ada()).await.unwrap(), 1);
    assert_eq!(two.open(&sealed).await.unwrap(), None);
    assert_eq!(one.open(&sealed).await.unwrap(), None);
    assert_eq!(two.seal(&ada(), "Ada").await.unwrap().generation, 2);
}

#[actix_web::test]
async fn a_node_that_cannot_hear_of_a_destruction_stops_using_what_it_remembers() {
    let world = start();
    let [one, two] = [world.node().await, world.node().await];
    let vault = KeyStore::Remote(Arc::clone(&two)).vault();
    let sealed = vault.seal(&ada(), "Ada").await.unwrap();
    // Its watching has ended as if the network had: only the lease on what it remembers is left.
    two.deafen();
    let begun = Instant::now();
    one.destroy(ada()).await.unwrap();
    assert_eq!(vault.open(&sealed).await.unwrap(), None);
    assert!(begun.elapsed() <= protocol::LEASE + Duration::from_secs(2));
}

#[actix_web::test]
async fn while_the_service_is_away_nothing_is_opened_after_the_lease() {
    let world = start();
    let node = world.node().await;
    let vault = KeyStore::Remote(Arc::clone(&node)).vault();
    let sealed = vault.seal(&ada(), "Ada").await.unwrap();
    world.handle.stop(false).await;
    while vault.open(&sealed).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(
        vault.seal(&ada(), "Ada").await.is_err(),
        "a key came from nowhere"
    );
}

#[actix_web::test]
async fn who_does_not_know_the_token_gets_nothing() {
    let world = start();
    let wrong = SecretString::from("0123456789abcdef0123456789abcdeX");
    let error = RemoteKeyTable::connect(world.url.clone(), wrong, None)
        .await
        .unwrap_err();
    let client::ConnectError::Unusable { source, .. } = &error else {
        panic!("{error}")
    };
    assert!(source.to_string().contains("401"), "{source}");
    let http = crate::http_client::build(crate::http_client::HttpLimits::default()).unwrap();
    for path in [
        protocol::path::CURRENT,
        protocol::path::FIND,
        protocol::path::DESTROY,
        protocol::path::WATCH,
    ] {
        let url = world.url.join(path).unwrap();
        let answer = http.post(url).body("{}").send().await.unwrap();
        assert_eq!(answer.status(), 401, "{path}");
    }
}
