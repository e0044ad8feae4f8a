use std::sync::Arc;

use chrono::DateTime;
use events::ManualClock;
use events::store::memory::MemoryStore;

use super::*;

fn deed(act: &'static str) -> Deed {
    Deed {
        act,
        by: "api:support".to_owned(),
        ..Deed::default()
    }
}

#[tokio::test]
async fn each_entry_names_the_one_before_it_also_where_many_write_at_once() {
    let store: Arc<dyn EventStore> = Arc::new(MemoryStore::default());
    let clock = Arc::new(ManualClock::at(DateTime::UNIX_EPOCH));
    let acme = OrganizationId::parse("acme").unwrap();
    let writers = (0..8).map(|_| {
        let (store, clock, acme) = (Arc::clone(&store), Arc::clone(&clock), acme.clone());
        tokio::spawn(async move {
            about_to(&*store, &*clock, Some(&acme), deed(acts::TENANT_OFF), None)
                .await
                .unwrap();
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let events = entry::after(&*store, &StreamId::audit(&acme), 0, 100)
        .await
        .unwrap();
    assert_eq!(events.len(), 8);
    let mut before: Option<Link> = None;
    for event in &events {
        let decoded: OutboundEvent = event.decode().unwrap();
        assert_eq!(decoded.chain(), before.as_ref());
        before = Some(Link::to(event));
    }
}

#[tokio::test]
async fn what_could_not_be_done_is_told_under_the_same_id() {
    let store = MemoryStore::default();
    let clock = ManualClock::at(DateTime::UNIX_EPOCH);
    let act = about_to(&store, &clock, None, deed(acts::TENANT_ON), None)
        .await
        .unwrap();
    failed(&store, &clock, None, act.clone(), 503).await;
    let told: Vec<_> = entry::after(&store, &StreamId::audit_of_service(), 0, 9)
        .await
        .unwrap();
    let told: Vec<_> = told.iter().map(entry::told).collect();
    assert_eq!(
        (told[0]["failed"].as_u64(), told[1]["failed"].as_u64()),
        (None, Some(503))
    );
    assert_eq!(told[0]["act_id"], told[1]["act_id"]);
    assert_eq!(told[1]["chain"], told[0]["hash"]);
}
