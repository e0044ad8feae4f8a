//! Buckets and addresses.

use actix_web::test::TestRequest;

use super::address::bucket;
use super::*;

fn window(count: u32, seconds: u32) -> WindowSetting {
    WindowSetting { count, seconds }
}

#[test]
fn a_bucket_holds_so_many_and_tells_how_long_to_wait() {
    let buckets = Buckets::new("read", window(3, 3_600));
    let left: Vec<u32> = (0..3).map(|_| buckets.take(&1).unwrap().remaining).collect();
    assert_eq!(left, [2, 1, 0]);
    let refused = buckets.take(&1).unwrap_err();
    assert!((1_100..=1_200).contains(&refused.wait), "{refused:?}");
    assert_eq!(buckets.take(&2).unwrap().remaining, 2, "each key has its own");
}

#[test]
fn idle_keys_are_forgotten() {
    let buckets = Buckets::new("address", window(1_000_000, 1));
    for key in 0..SWEEP {
        buckets.take(&key).unwrap();
    }
    assert!(buckets.limiter.len() < SWEEP, "{}", buckets.limiter.len());
}

#[test]
fn what_is_left_is_written_as_the_draft_has_it() {
    let mut headers = HeaderMap::new();
    let name = "ingest";
    let (remaining, wait) = (50, 0);
    Standing {
        name,
        window: window(100, 10),
        remaining,
        wait,
    }
    .write(&mut headers);
    assert_eq!(headers.get("ratelimit-policy").unwrap(), "\"ingest\";q=100;w=10");
    assert_eq!(headers.get("ratelimit").unwrap(), "\"ingest\";r=50;t=5");
}

#[test]
fn however_many_addresses_ask_the_memory_stays_bounded_and_who_was_known_keeps_a_bucket() {
    let buckets = Buckets::new("address", window(2, 3_600));
    assert!(buckets.take(&0).is_ok());
    for key in 1..MOST_KEYS + 10_000 {
        let (Ok(_) | Err(_)) = buckets.take(&key);
    }
    assert_eq!(buckets.limiter.len(), MOST_KEYS);
    // A crowd of ten thousand in a thousand buckets of two has used them up.
    let refused = (MOST_KEYS + 10_000..MOST_KEYS + 11_000).filter(|key| buckets.take(key).is_err());
    assert!(refused.count() > 900);
    assert_eq!(
        buckets.take(&0).unwrap().remaining,
        0,
        "its own, of which one was left"
    );
}

#[test]
fn room_is_made_at_once_where_keys_were_idle() {
    let buckets = Buckets::new("address", window(1_000_000, 1));
    for key in 0..MOST_KEYS * 2 {
        buckets.take(&key).unwrap();
    }
    assert!(buckets.limiter.len() < MOST_KEYS);
}

fn caller(trusted: &[&str], peer: &str, told: &[&str]) -> String {
    let trusted: Vec<String> = trusted.iter().map(|&text| text.to_owned()).collect();
    let mut request = TestRequest::default().peer_addr(format!("{peer}:1").parse().unwrap());
    for value in told {
        request = request.append_header(("x-forwarded-for", *value));
    }
    Proxies::parse(&trusted)
        .caller(&request.to_srv_request())
        .to_string()
}

#[test]
fn only_a_trusted_proxy_tells_who_asks_and_only_its_last_word_counts() {
    assert_eq!(caller(&[], "10.0.0.9", &["203.0.113.7"]), "10.0.0.9");
    let ours = ["10.0.0.0/8", "192.0.2.1"];
    assert_eq!(caller(&ours, "10.0.0.9", &["203.0.113.7"]), "203.0.113.7");
    assert_eq!(
        caller(&ours, "10.0.0.9", &["1.1.1.1, 203.0.113.7, 192.0.2.1"]),
        "203.0.113.7"
    );
    assert_eq!(
        caller(&ours, "10.0.0.9", &["1.1.1.1", "203.0.113.7"]),
        "203.0.113.7"
    );
    assert_eq!(caller(&ours, "10.0.0.9", &["203.0.113.7, nonsense"]), "10.0.0.9");
    assert_eq!(caller(&ours, "10.0.0.9", &[]), "10.0.0.9");
    assert_eq!(
        caller(&ours, "[::ffff:10.0.0.9]", &["203.0.113.7"]),
        "203.0.113.7"
    );
    assert_eq!(caller(&ours, "198.51.100.4", &["203.0.113.7"]), "198.51.100.4");
}

#[test]
fn the_addresses_of_one_network_of_the_sixth_version_share_a_bucket() {
    let of = |text: &str| bucket(text.parse().unwrap()).to_string();
    assert_eq!(of("2001:db8:1:2:3::4"), of("2001:db8:1:2:ffff::1"));
    assert_ne!(of("2001:db8:1:2::4"), of("2001:db8:1:3::4"));
    assert_eq!(of("203.0.113.7"), "203.0.113.7");
}
