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
}

fn start() -> World {
    let table = Arc::new(MemoryKeyTable::default());
    let listen = "127.0.0.1:0".parse().unwrap();
    let serving = service::serve(Arc::clone(&table) as _, SecretString::from(TOKEN), listen);
    let (address, handle, running) = serving.unwrap();
    actix_web::rt::spawn(running);
    World {
        table,
        url: format!("http://{address}/").parse().unwrap(),
        handle,
    }
}

impl World {
    async fn node(&self) -> Arc<RemoteKeyTable> {
        Arc::new(
            RemoteKeyTable::connect(self.url.clone(), SecretString::from(TOKEN))
                .await
                .unwrap(),
        )
    }
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
    let error = RemoteKeyTable::connect(world.url.clone(), wrong)
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
