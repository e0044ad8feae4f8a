//! `/healthz` and `/readyz`, and what the routes say to the wrong method.

use crate::support::{ADA, Answer, World};

#[actix_web::test]
async fn a_running_service_is_alive_and_ready() {
    let world = World::start().await;
    // Whoever could speak is known: the keys with which activities are checked are there.
    world.install(ADA).await;
    world.at_rest().await;
    let alive = Answer::of(world.http.get(world.url("/healthz"))).await;
    assert_eq!((alive.status, alive.body), (200, "ok\n".into()));
    let ready = Answer::of(world.http.get(world.url("/readyz"))).await;
    assert_eq!((ready.status, &ready.body["ready"]), (200, &true.into()));
    assert_eq!(ready.body["log_position"], ready.body["read_models_position"]);
}

#[actix_web::test]
async fn a_route_that_is_not_there_is_not_found_and_a_wrong_method_is_told_so() {
    let world = World::start().await;
    let unknown = Answer::of(world.http.get(world.url("/v1/nothing"))).await;
    assert_eq!(unknown.status, 404);
    let wrong = Answer::of(world.http.get(world.url("/v1/events"))).await;
    assert_eq!(wrong.status, 405);
    let probe = Answer::of(world.http.head(world.url("/api/messages"))).await;
    assert_eq!(probe.status, 200);
}
