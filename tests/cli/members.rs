//! `members`: what disagrees is listed with its evidence, and an administrator's word settles it.

use events::organization::{DomainEventAccepted, Recipient, Recipients};
use events::{MemberId, OrganizationEvent, OrganizationId, PersonId, StreamId};
use serde_json::Value;

use crate::log::{EMAIL, sample};
use crate::world::{World, stderr, stdout};

fn acme() -> OrganizationId {
    OrganizationId::parse("acme").unwrap()
}

/// Chronus tells that a member has the address of everybody in the sample.
pub(crate) async fn upserted(world: &mut World, id: &str, member: &str) {
    let member = MemberId::parse(member).unwrap();
    let event_id = DomainEventAccepted::event_id(&acme(), "/test", id);
    let recipient = Recipient {
        notification_id: Recipient::notification_id(event_id, Some(&member), None),
        email: Some(world.seal(&PersonId::member(&acme(), &member), EMAIL).await),
        lookup: Some(world.vault.lookup(EMAIL)),
        former_lookup: None,
        aad_object_id: None,
        object_id_withdrawn: false,
        member_id: Some(member),
        locale: None,
        timezone: None,
    };
    let event = DomainEventAccepted {
        source: "/test".into(),
        id: id.into(),
        event_type: "com.chronus.member.upserted".into(),
        subject: None,
        time: None,
        recipients: Recipients::Listed(vec![recipient]),
        actor: None,
        program: None,
        class: None,
        expires_at: None,
        facts: None,
        organizers: Vec::new(),
        send_at: None,
        erg: None,
        superseded: false,
        trace: None,
        content: world.seal(&PersonId::organization(&acme()), "{}").await,
    };
    let stream = StreamId::organization(&acme());
    world.append(stream, OrganizationEvent::from(event)).await;
}

fn members(world: &World, arguments: &[&str]) -> std::process::Output {
    world.run(&[&["members"], arguments, &["--organization", "acme"]].concat())
}

fn json(world: &World, arguments: &[&str]) -> Value {
    let output = members(world, arguments);
    assert!(output.status.success(), "{}", stderr(&output));
    serde_json::from_str(&stdout(&output)).unwrap()
}

#[tokio::test]
async fn two_members_with_one_address_are_listed_and_settled_by_a_word_with_a_reason() {
    let mut world = sample().await;
    for (id, member) in [("u-1", "m-1"), ("u-2", "m-2")] {
        upserted(&mut world, id, member).await;
    }
    let conflict = json(&world, &["conflicts", "--json"]);
    assert_eq!(conflict["kind"], "members_share_person", "{conflict:#}");
    assert_eq!(conflict["members"].as_array().unwrap().len(), 2);
    assert_eq!(conflict["people"][0]["aad_object_id"], "ada");
    assert!(!conflict.to_string().contains(EMAIL), "addresses stay closed");
    let text = stdout(&members(&world, &["conflicts"]));
    assert!(
        text.starts_with("members_share_person\n  member member_id=m-1"),
        "{text}"
    );

    let beside = members(&world, &["link", "m-2", "ada", "--reason", "x"]);
    assert!(
        stderr(&beside).contains("stop the service first"),
        "{}",
        stderr(&beside)
    );
    world.stop().await;
    for (arguments, fault) in [
        (
            ["link", "m-2", "nobody", "--reason", "x"],
            "nobody with this object id has the app",
        ),
        (["link", "m-9", "ada", "--reason", "x"], "has no member m-9"),
        (["link", "m-2", "ada", "--reason", " "], "give a reason"),
    ] {
        let output = members(&world, &arguments);
        assert!(!output.status.success());
        assert!(stderr(&output).contains(fault), "{}", stderr(&output));
    }
    for told in ["m-2: changed\n", "m-2: nothing to change\n"] {
        let output = members(&world, &["link", "m-2", "ada", "--reason", "a new account"]);
        assert_eq!(stdout(&output), told, "{}", stderr(&output));
    }
    assert_eq!(json(&world, &["show", "m-2"])["decided"], "ada");
    assert_eq!(json(&world, &["show", "m-1"])["reason"], "conflict");
    members(&world, &["unlink", "m-2", "--reason", "a mistake"]);
    assert_eq!(json(&world, &["show", "m-2"])["reason"], "unlinked");
    members(&world, &["automatic", "m-2", "--reason", "corrected"]);
    assert_eq!(json(&world, &["show", "m-2"])["reason"], "conflict");
}
