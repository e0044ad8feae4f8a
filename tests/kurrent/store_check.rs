//! `store-check` against the stand-in: it holds there, and it tells where something does not.

use chronus_teams::http_client::{self, HttpLimits};
use kurrent_standin::harness::{Cluster, Spawner};
use kurrent_standin::tls::Front;
use kurrent_standin::users::{Right, User};
use serde_json::Value;

use crate::{cluster, program};

async fn check(url: &str, more: &[&str]) -> (Option<i32>, Value, String) {
    let output = program()
        .args(["store-check", "--json", "--url", url])
        .args(more)
        .output()
        .await
        .unwrap();
    let verdict = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (
        output.status.code(),
        verdict,
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

#[tokio::test]
async fn every_promise_holds_on_the_stand_in_also_while_its_leader_steps_down() {
    let cluster = cluster(3).await;
    let (code, verdict, stderr) = check(&cluster.url(), &["--step-down"]).await;
    let broken: Vec<&Value> = verdict["promises"]
        .as_array()
        .map(|lines| lines.iter().filter(|line| line["holds"] != true).collect())
        .unwrap_or_default();
    assert_eq!((code, broken.len()), (Some(0), 0), "{verdict:#} {stderr}");
    assert_eq!(verdict["holds"], true);
    assert!(verdict["promises"].as_array().unwrap().len() >= 18);
    assert_eq!(verdict["server"], "25.1.0");
}

#[tokio::test]
async fn a_cluster_that_is_not_there_keeps_no_promise() {
    let mut cluster = cluster(1).await;
    cluster.kill(1).await.unwrap();
    let url = cluster.url().replace('?', "?gossipTimeout=200&");
    let (code, verdict, stderr) = check(&url, &[]).await;
    assert_eq!(code, Some(1), "{verdict:#}");
    // The others are not looked at, as each would wait for the cluster.
    assert_eq!(
        (&verdict["holds"], verdict["promises"].as_array().unwrap().len()),
        (&false.into(), 1)
    );
    assert!(stderr.contains("promises do not hold"), "{stderr}");
}

#[tokio::test]
async fn a_connection_string_that_makes_no_sense_is_refused() {
    let (code, _, stderr) = check("http://localhost", &[]).await;
    assert_eq!(code, Some(64));
    assert!(stderr.contains("kurrentdb://"), "{stderr}");
    let (code, _, stderr) = check("kurrentdb://admin:s3#cret@localhost?tlsCA=/ca.pem", &[]).await;
    assert_eq!(code, Some(64));
    assert!(stderr.contains("%23") && !stderr.contains("cret"), "{stderr}");
}

/// Nobody is asked: what is wrong is on this machine.
#[tokio::test]
async fn a_file_that_is_missing_or_holds_something_else_is_set_up_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s3cret.pem");
    std::fs::write(&path, "no certificate").unwrap();
    let (path, nowhere) = (path.display(), folder.path().join("s3cret-too.pem"));
    for (options, told) in [
        (
            format!("tlsCAFile={}", nowhere.display()),
            "tlsCAFile of the connection string names cannot be read",
        ),
        (format!("tlsCAFile={path}"), "holds no certificate"),
        (
            format!("userCertFile={path}&userKeyFile={path}"),
            "userCertFile of the connection string names holds no certificate",
        ),
    ] {
        let (code, verdict, stderr) = check(&format!("kurrentdb://localhost?{options}"), &[]).await;
        assert_eq!((code, verdict), (Some(78), Value::Null), "{stderr}");
        assert!(
            stderr.contains("cannot check: ") && stderr.contains(told) && !stderr.contains("s3cret"),
            "{stderr}"
        );
    }
}

#[tokio::test]
async fn a_single_node_behind_tls_and_a_user_is_checked_as_well() {
    let credentials = "admin:changeit";
    let spawner = Spawner::test("standin_process");
    let cluster = Cluster::single_for(spawner, vec![User::admin(credentials)])
        .await
        .unwrap();
    let front = Front::before(cluster.address()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let authority = folder.path().join("ca.pem");
    std::fs::write(&authority, &front.authority).unwrap();
    let at = format!("{credentials}@localhost:{}", front.address.port());
    for url in [
        format!("esdb://{at}?tls=true&tlsCAFile={}", authority.display()),
        format!("kurrentdb://{at}?tlsVerifyCert=false"),
    ] {
        let (code, verdict, stderr) = check(&url, &["--no-faults"]).await;
        assert_eq!(
            (code, &verdict["holds"]),
            (Some(0), &true.into()),
            "{verdict:#} {stderr}"
        );
        assert_eq!(verdict["server"], "25.1.0");
    }
    // Read by a person.
    let url = format!("kurrentdb://{at}?tlsCAFile={}", authority.display());
    let output = program()
        .args(["store-check", "--no-faults", "--url", &url])
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("server 25.1.0, streams storecheck."), "{said}");
    assert!(said.contains("holds") && !said.contains("BROKEN"), "{said}");
    assert!(said.contains("promises hold."), "{said}");
    assert!(!said.contains("changeit"), "the password is shown: {said}");

    let stranger = url.replace(credentials, "admin:wrong");
    let unknown = format!("kurrentdb://{at}");
    for (url, told) in [
        (stranger, "the user admin is not known there"),
        (unknown, "name the authority's file by tlsCAFile"),
    ] {
        let (code, verdict, stderr) = check(&url, &[]).await;
        assert_eq!((code, verdict), (Some(78), Value::Null), "{stderr}");
        assert!(
            stderr.contains("cannot check: ") && stderr.contains(told),
            "{stderr}"
        );
        assert!(!stderr.contains("wrong"), "the password is shown: {stderr}");
    }
}

#[tokio::test]
async fn a_right_that_is_missing_is_no_broken_promise() {
    for (right, told) in [
        (Right::ReadAll, "$r on the stream $all"),
        (Right::Write, "$w on the stream storecheck."),
        (Right::WriteMetadata, "$mw on the stream storecheck."),
    ] {
        let user = User::without("chronus:changeit", right);
        let spawner = Spawner::test("standin_process");
        let cluster = Cluster::single_for(spawner, vec![user]).await.unwrap();
        let url = cluster.url().replace("://", "://chronus:changeit@");
        let (code, _, stderr) = check(&url, &[]).await;
        assert_eq!(code, Some(78), "{stderr}");
        assert!(
            stderr.contains("the user chronus lacks the right") && stderr.contains(told),
            "{stderr}"
        );
    }
}

#[tokio::test]
async fn whoever_waits_for_a_cluster_is_told_for_which_and_why() {
    let mut cluster = cluster(1).await;
    cluster.kill(1).await.unwrap();
    let (_, _, stderr) = check(&cluster.url(), &[]).await;
    let port = cluster.address().port().to_string();
    assert!(
        stderr.contains("waiting for the event store")
            && stderr.contains(&port)
            && stderr.contains("refused"),
        "{stderr}"
    );
}

/// The recipe of docs/scaling.md, word for word.
#[tokio::test]
async fn an_ordinary_user_works_with_the_rights_that_the_guide_gives_them() {
    let users = vec![User::admin("admin:changeit"), User::ordinary("chronus:secret")];
    let spawner = Spawner::test("standin_process");
    let cluster = Cluster::single_for(spawner, users).await.unwrap();
    let url = cluster.url().replace("://", "://chronus:secret@");
    let (code, _, stderr) = check(&url, &["--no-faults"]).await;
    assert_eq!(code, Some(78), "{stderr}");
    assert!(
        stderr.contains("the user chronus lacks the right $r on the stream $all"),
        "{stderr}"
    );

    let guide = include_str!("../../docs/scaling.md");
    let (_, recipe) = guide.split_once("curl -u admin:").unwrap();
    let (_, recipe) = recipe.split_once("https://node1:2113").unwrap();
    let (path, recipe) = recipe.split_once(" \\\n  -d '").unwrap();
    let (body, _) = recipe.split_once("'\n```").unwrap();
    let id = "0f2b8a52-6d6c-4a4e-9c55-0c7b0f0f5a11";
    let body = body.replace("'$(uuidgen)'", id);
    let http = http_client::build(HttpLimits::default()).unwrap();
    let post = |user: &'static str, password| {
        let request = http.post(format!("http://{}{path}", cluster.address()));
        let request = request.basic_auth(user, Some(password));
        let request = request.header("content-type", "application/vnd.eventstore.events+json");
        request.body(body.clone()).send()
    };
    // Nobody gives rights to themselves.
    assert_eq!(post("chronus", "secret").await.unwrap().status(), 401);
    assert_eq!(post("admin", "changeit").await.unwrap().status(), 201);

    let (code, verdict, stderr) = check(&url, &["--no-faults"]).await;
    assert_eq!(
        (code, &verdict["holds"]),
        (Some(0), &true.into()),
        "{verdict:#} {stderr}"
    );
}
