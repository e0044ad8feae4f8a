//! Teams' limits, counted by Teams: also over a restart of the service, which keeps its pace in memory alone.

use crate::support::{ADA, BEN, World, plain};

#[actix_web::test]
async fn a_restart_in_the_midst_of_a_chats_window_does_not_exceed_it() {
    let mut world = World::start().await;
    for who in [ADA, BEN] {
        world.install(who).await;
    }
    let mut cards = Vec::new();
    for number in 0..20 {
        let who = if number % 4 == 0 { BEN } else { ADA };
        let title = format!("Number {number}");
        cards.push(world.send(&[plain(&title, who.email, &title)]).await.card(0));
        // Twice while the windows of both are full.
        if number == 9 || number == 14 {
            world.reaches(&cards[4], "delivered").await;
            world.restart_service().await;
        }
    }
    for card in &cards {
        world.reaches(card, "delivered").await;
    }
    assert_eq!(
        world.sandbox.counts().throttled,
        0,
        "Teams had to slow the service down"
    );
}
