//! What stays closed, and when.

use super::*;

fn vault() -> Vault {
    Vault::new(Arc::new(memory::MemoryKeyTable::default()))
}

fn person(name: &str) -> PersonId {
    PersonId::from_stored(name)
}

#[tokio::test]
async fn what_was_sealed_opens_until_the_key_is_destroyed() {
    let vault = vault();
    let ada = person("user/t/ada");
    let sealed = vault.seal(&ada, "ada@example.org").await.unwrap();
    assert_eq!(
        vault.open(&sealed).await.unwrap().as_deref(),
        Some("ada@example.org")
    );

    assert_eq!(vault.destroy(&ada).await.unwrap(), 1);

    assert_eq!(vault.open(&sealed).await.unwrap(), None);
}

#[tokio::test]
async fn a_person_who_comes_back_after_an_erasure_gets_a_new_key_and_the_old_values_stay_closed() {
    let vault = vault();
    let ada = person("user/t/ada");
    let old = vault.seal(&ada, "old").await.unwrap();
    vault.destroy(&ada).await.unwrap();
    let new = vault.seal(&ada, "new").await.unwrap();
    assert_eq!(vault.open(&new).await.unwrap().as_deref(), Some("new"));
    assert_eq!(vault.open(&old).await.unwrap(), None);
}

#[tokio::test]
async fn erasing_one_person_leaves_the_others() {
    let vault = vault();
    let sealed = vault
        .seal_all(vec![(person("a"), "1".into()), (person("b"), "2".into())])
        .await
        .unwrap();
    vault.destroy(&person("a")).await.unwrap();
    assert_eq!(vault.open(&sealed[0]).await.unwrap(), None);
    assert_eq!(vault.open(&sealed[1]).await.unwrap().as_deref(), Some("2"));
}

#[tokio::test]
async fn a_value_moved_to_another_person_does_not_open() {
    let vault = vault();
    let mut sealed = vault.seal(&person("a"), "secret").await.unwrap();
    vault.seal(&person("b"), "x").await.unwrap();
    sealed.person = person("b");
    assert!(matches!(
        vault.open(&sealed).await,
        Err(VaultError::Damaged { .. })
    ));
}

#[tokio::test]
async fn nothing_personal_shows_in_debug_or_in_the_stored_form() {
    let vault = vault();
    let sealed = vault.seal(&person("a"), "ada@example.org").await.unwrap();
    let stored = serde_json::to_string(&sealed).unwrap();
    assert!(!format!("{sealed:?}{stored}{vault:?}").contains("ada@"));
    assert_eq!(serde_json::from_str::<Sealed>(&stored).unwrap(), sealed);
}

#[test]
fn lookups_ignore_case_and_white_space_and_differ_between_tables() {
    let one = vault();
    assert_eq!(one.lookup("Ada@Example.org "), one.lookup("ada@example.ORG"));
    assert_ne!(one.lookup("ada@example.org"), one.lookup("bob@example.org"));
    assert_ne!(one.lookup("ada@example.org"), vault().lookup("ada@example.org"));
}

#[tokio::test]
async fn a_value_is_bound_to_its_place_and_one_of_an_earlier_release_still_opens() {
    let vault = vault();
    let ada = person("user/t/ada");
    let place = "ProfileResolved.name";
    let sealed = vault
        .seal_placed(vec![(ada.clone(), place, "Ada".into())])
        .await
        .unwrap()
        .remove(0);
    assert_eq!(sealed.place(), Some(place));
    assert_eq!(vault.open(&sealed).await.unwrap().as_deref(), Some("Ada"));

    let moved = |ciphertext: String| Sealed {
        ciphertext: ciphertext.into(),
        ..sealed.clone()
    };
    let (_, text) = sealed.ciphertext.split_once(':').unwrap();
    for elsewhere in [text.to_owned(), format!("ProfileResolved.email:{text}")] {
        let opened = vault.open(&moved(elsewhere)).await;
        assert!(matches!(opened, Err(VaultError::Damaged { .. })), "{opened:?}");
    }
    let before = vault.seal(&ada, "as before").await.unwrap();
    assert_eq!(
        (before.place(), vault.open(&before).await.unwrap().as_deref()),
        (None, Some("as before"))
    );
}
