//! TLS and users: the authority is a file, a name and a password travel with every call, and whoever is refused is told
//! so at once.

use std::time::Duration;

use events::store::kurrent::{Address, KurrentOptions, KurrentStore, OpenError, Switch, official};
use events::{Direction, EventStore, Version};
use kurrent_standin::harness::Cluster;
use kurrent_standin::tls::Front;
use kurrent_standin::users::{Right, User};
use tempfile::TempDir;

use crate::fixture::{options, spawner};
use crate::support::{stream, whole_log, write};

const LIMIT: Duration = Duration::from_secs(20);

struct Secured {
    _cluster: Cluster,
    folder: TempDir,
    front: Front,
}

async fn secured() -> Secured {
    let cluster = Cluster::single_for(spawner(), vec![User::admin("admin:chang:e it")])
        .await
        .unwrap();
    let front = Front::before(cluster.address()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ca.pem"), &front.authority).unwrap();
    Secured {
        _cluster: cluster,
        folder,
        front,
    }
}

impl Secured {
    fn url(&self, user: &str, host: &str, more: &str) -> String {
        let ca = self.folder.path().join("ca.pem");
        let port = self.front.address.port();
        format!(
            "kurrentdb://{user}@{host}:{port}?tls=true&tlsCAFile={}{more}",
            ca.display()
        )
    }

    async fn open(&self, url: &str) -> Result<KurrentStore, OpenError> {
        let options = KurrentOptions {
            open_patience: Duration::from_secs(2),
            ..options()
        };
        KurrentStore::open(Address::parse(url).unwrap(), options).await
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_works_over_tls_with_the_user_of_its_connection_string() {
    let secured = secured().await;
    for host in ["localhost", "127.0.0.1"] {
        let url = secured.url("admin:chang%3Ae%20it", host, "");
        let store = secured.open(&url).await.unwrap();
        let version = whole_log(&store).await.len() as u64;
        store.append(vec![write("a", version, &[host])]).await.unwrap();
        let seen = official::read_stream(store.address(), "", &stream("a"), LIMIT)
            .await
            .unwrap();
        assert_eq!(seen.len() as u64, version + 1);
        assert!(!format!("{store:?}").contains("chang"), "the password is shown");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_refused_is_told_so_and_nothing_is_tried_again() {
    let secured = secured().await;
    let refused = secured
        .open(&secured.url("admin:wrong", "localhost", ""))
        .await
        .unwrap_err();
    let text = chain(&refused);
    assert!(
        text.contains("the user admin is not known there, or the password is another"),
        "{text}"
    );
    assert!(!text.contains("wrong"), "the password is shown: {text}");
    let nobody = secured.url("", "localhost", "").replace('@', "");
    let text = chain(&secured.open(&nobody).await.unwrap_err());
    assert!(text.contains("write user:password@ before the host"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_of_an_unknown_authority_is_refused_and_the_reason_told() {
    let (secured, other) = (secured().await, secured().await);
    std::fs::write(secured.folder.path().join("ca.pem"), &other.front.authority).unwrap();
    let url = secured.url("admin:chang%3Ae%20it", "localhost", "");
    let text = chain(&secured.open(&url).await.unwrap_err());
    assert!(text.contains("name the authority's file by tlsCAFile"), "{text}");
    std::fs::write(secured.folder.path().join("ca.pem"), "nothing").unwrap();
    let text = chain(&secured.open(&url).await.unwrap_err());
    assert!(text.contains("holds no certificate"), "{text}");
}

/// Not one of them is tried again: what is wrong stays so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_right_that_is_missing_is_named_with_its_stream_and_the_user() {
    for (lacks, told) in [
        (
            Right::ReadAll,
            "the user chronus lacks the right $r on the stream $all",
        ),
        (
            Right::Write,
            "the user chronus lacks the right $w on the stream user-",
        ),
        (
            Right::Read,
            "the user chronus lacks the right $r on the stream user-",
        ),
        (
            Right::WriteMetadata,
            "the user chronus lacks the right $mw on the stream user-",
        ),
    ] {
        let user = User::without("chronus:changeit", lacks);
        let cluster = Cluster::single_for(spawner(), vec![user]).await.unwrap();
        let url = cluster.url().replace("://", "://chronus:changeit@");
        let text = match KurrentStore::open(Address::parse(&url).unwrap(), options()).await {
            Err(error) => chain(&error),
            Ok(store) => {
                let appended = store.append(vec![write("a", 0, &["1"])]).await;
                let read = store
                    .read_stream(stream("a"), Version(1), Direction::Forwards, 1)
                    .await;
                let metadata = store.check_metadata(&stream("a")).await;
                [
                    appended.err().map(|error| chain(&error)),
                    read.err().map(|error| chain(&error)),
                    metadata.err().map(|error| chain(&error)),
                ]
                .into_iter()
                .flatten()
                .collect()
            }
        };
        assert!(text.contains(told), "{lacks:?}: {text}");
        assert!(!text.contains("changeit"), "the password is shown: {text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_does_not_speak_tls_is_told_as_such() {
    let cluster = Cluster::single(spawner()).await.unwrap();
    let url = cluster.url().replace("?tls=false", "");
    let options = KurrentOptions {
        open_patience: Duration::from_secs(2),
        ..options()
    };
    let refused = KurrentStore::open(Address::parse(&url).unwrap(), options).await;
    let text = chain(&refused.unwrap_err());
    assert!(text.contains("tls=false"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_that_nobody_is_to_check_is_taken_also_through_a_switch() {
    let secured = secured().await;
    let port = secured.front.address.port();
    let url = format!("kurrentdb://admin:chang%3Ae%20it@localhost:{port}?tlsVerifyCert=false");
    let address = Address::parse(&url).unwrap();
    assert!(!address.is_verified());
    for switch in [None, Some(Switch::default())] {
        let store = KurrentStore::open_through(address.clone(), options(), switch)
            .await
            .unwrap();
        let version = whole_log(&store).await.len() as u64;
        let id = version.to_string();
        store.append(vec![write("a", version, &[&id])]).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_tls_the_same_user_is_known() {
    let cluster = Cluster::single_for(spawner(), vec![User::admin("admin:changeit")])
        .await
        .unwrap();
    let url = cluster.url().replace("://", "://admin:changeit@");
    let store = crate::fixture::open(&url).await;
    let appended = store.append(vec![write("a", 0, &["1"])]).await.unwrap();
    assert_eq!(appended[0].version, Version(1));
}
