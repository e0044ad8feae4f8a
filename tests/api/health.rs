//! `/healthz` and `/readyz`.

use crate::support::{ADA, Answer, World};

#[actix_web::test]
async fn a_running_service_is_alive_and_ready() {
    let world = World::start().await;
    // Whoever could speak is known: the keys with which activities are checked are there.
    world.install(ADA).await;
    world.at_rest().await;
    let alive = Answer::of(world.http.get(world.url("/healthz"))).await;
    assert_eq!((alive.status, alive.body), (200, "ok\n".into()));
    let told = Answer::of(world.http.get(world.url("/readyz"))).await;
    assert_eq!(
        (told.status, told.body),
        (200, serde_json::json!({ "ready": true }))
    );
    let ready = Answer::of(world.http.get(world.operators_url("/readyz"))).await;
    assert_eq!((ready.status, &ready.body["ready"]), (200, &true.into()));
    assert_eq!(ready.body["log_position"], ready.body["read_models_position"]);
    assert_eq!(ready.body["log_position"], ready.body["work_position"]);
}
