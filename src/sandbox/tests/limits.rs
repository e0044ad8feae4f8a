//! The limits as a caller meets them.

use super::super::limits::Window;
use super::*;

#[tokio::test]
async fn the_call_over_the_limit_gets_429_with_the_seconds_to_wait() {
    let mut options = options();
    let window = Window {
        calls: 2,
        seconds: 3_600,
    };
    options.limits.send = vec![window];
    let scene = Scene::with(options).await;
    scene.priya().install().await.unwrap();
    let mut both = card();
    both["text"] = json!("Look:");
    assert_eq!(scene.send(&both).await.0, 202, "two messages");
    let (status, body, retry) = scene.send(&text("x")).await;
    assert_eq!((status, code(&body)), (429, "Throttled"));
    let seconds: u64 = retry.unwrap().parse().unwrap();
    assert!((1..=3_600).contains(&seconds));
    let totals = scene.sandbox.stats();
    assert_eq!((totals.counts.throttled, totals.messages), (1, 2));
    scene.sandbox.stop().await;
}
