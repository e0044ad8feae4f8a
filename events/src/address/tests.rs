//! Which addresses are one and which are not.

use proptest::prelude::*;

use super::*;

#[test]
fn addresses_that_are_the_same_have_one_form() {
    for (one, other) in [
        ("Ada@Acme.Example", " ada@acme.example "),
        ("kim@bücher.example", "kim@xn--bcher-kva.example"),
        ("kim@BÜCHER.example", "kim@XN--BCHER-KVA.EXAMPLE"),
        ("lee@münchen.example", "lee@mu\u{308}nchen.example"),
        ("jose\u{301}@acme.example", "jos\u{e9}@acme.example"),
        ("JOS\u{c9}@acme.example", "jos\u{e9}@acme.example"),
        ("p1@acme.example\u{200b}", "p1@acme.example"),
        ("\u{feff}p1@acme.example", "p1@acme.example"),
        ("p\u{ad}1@ac\u{2060}me.example", "p1@acme.example"),
        ("\u{202a}p1@acme.example\u{202c}", "p1@acme.example"),
        ("mailto:p1@acme.example", "p1@acme.example"),
        ("MAILTO: mailto:p1@acme.example", "p1@acme.example"),
        ("\u{200b}MailTo: P1@acme.example", "p1@acme.example"),
        ("p1@acme.example.", "p1@acme.example"),
        ("p1@例え。example", "p1@例え.example"),
        ("νίκος@acme.example", "ΝΊΚΟΣ@acme.example"),
        ("straẞe@acme.example", "straße@acme.example"),
    ] {
        assert_eq!(normal_form(one), normal_form(other), "{one:?} and {other:?}");
    }
}

#[test]
fn addresses_that_only_look_alike_have_two_forms() {
    for (one, other) in [
        ("mar\u{212a}@acme.example", "mark@acme.example"),
        ("ro\u{17f}a@acme.example", "rosa@acme.example"),
        ("\u{fb01}nn@acme.example", "finn@acme.example"),
        ("straße@acme.example", "strasse@acme.example"),
        ("ada\u{131}@acme.example", "adai@acme.example"),
        ("\u{430}da@acme.example", "ada@acme.example"),
        ("\u{ff41}da@acme.example", "ada@acme.example"),
        ("ada@acme.example", "ada@acmé.example"),
        ("ada+1@acme.example", "ada@acme.example"),
        ("a\u{1fef}a@acme.example", "a`a@acme.example"),
    ] {
        assert_ne!(normal_form(one), normal_form(other), "{one:?} and {other:?}");
    }
}

#[test]
fn what_is_no_address_is_refused_with_a_sentence() {
    for (text, fault) in [
        ("", InvalidAddress::Empty),
        (" \u{200b}", InvalidAddress::Empty),
        ("mailto:", InvalidAddress::Empty),
        ("nowhere", InvalidAddress::NoAddress),
        ("@acme.example", InvalidAddress::NoAddress),
        ("ada@", InvalidAddress::NoAddress),
        ("a da@acme.example", InvalidAddress::NoAddress),
        ("Ada Lind <ada@acme.example>", InvalidAddress::NotAlone),
        ("ada@acme.example;ben@acme.example", InvalidAddress::Several),
        ("ada@ben@acme.example", InvalidAddress::Several),
        ("mailto:ada@acme.example?subject=x", InvalidAddress::NoDomain),
        ("ada@acme..example", InvalidAddress::NoDomain),
        ("ada@xn--a", InvalidAddress::NoDomain),
    ] {
        assert_eq!(check(text), Err(fault), "{text:?}");
    }
    let long = format!("{}@acme.example", "a".repeat(MAX_ADDRESS));
    assert_eq!(check(&long), Err(InvalidAddress::TooLong));
}

#[test]
fn an_address_keeps_its_case_when_it_is_checked() {
    assert_eq!(
        check(" MAILTO:Ada@Acme.Example\u{200b} ").as_deref(),
        Ok("Ada@Acme.Example")
    );
    assert!(check("ada_gmail.com#EXT#@acme.onmicrosoft.com").is_ok());
    assert!(check("svc@my_host.acme.example").is_ok());
}

#[test]
fn the_former_form_is_told_where_it_differs_and_never_where_it_was_somebody_elses() {
    assert_eq!(former_form("Ada@Acme.Example"), None);
    assert_eq!(
        former_form("Kim@Bücher.example").as_deref(),
        Some("kim@bücher.example")
    );
    assert_eq!(
        former_form("p1@acme.example\u{200b}").as_deref(),
        Some("p1@acme.example\u{200b}")
    );
    // The first releases took this one for mark@acme.example.
    assert_eq!(former_form("mar\u{212a}@acme.example"), None);
}

/// Letters of several scripts, what composes, what shows nothing, and what Unicode folds into ASCII.
fn odd_text() -> impl Strategy<Value = String> {
    let odd = prop::sample::select(
        "aZk.@-_ ßẞſıİKÅΩµσςΣéÉ\u{301}\u{308}\u{345}\u{307}\u{200b}\u{200d}\u{feff}ﬁǅ例。ａ;\u{37e}\u{1fef}ᎠꭰΰΐჀა"
            .chars()
            .collect::<Vec<_>>(),
    );
    prop_oneof![
        prop::collection::vec(odd, 0..12).prop_map(|chars| chars.into_iter().collect()),
        "\\PC{0,12}",
    ]
}

proptest! {
    #[test]
    fn the_form_of_a_form_is_itself(local in odd_text(), domain in odd_text()) {
        let form = normal_form(&format!("{local}@{domain}"));
        prop_assert_eq!(normal_form(&form), form);
    }

    #[test]
    fn what_was_valid_and_ascii_has_the_form_that_it_had(
        text in "[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,20}@[A-Za-z0-9_]([A-Za-z0-9_-]{0,10}[A-Za-z0-9])?(\\.[A-Za-z]{2,8}){1,3}"
    ) {
        // A label that claims to be IDNA and is not stays as it is, in lower case.
        prop_assert_eq!(normal_form(&text), text.trim().to_lowercase());
        prop_assert_eq!(former_form(&text), None);
    }

    #[test]
    fn nothing_but_ascii_becomes_ascii(local in odd_text()) {
        let shown = clean(&format!("{local}@x")).chars().filter(|c| !c.is_ascii()).count();
        let form = normal_form(&format!("{local}@x"));
        prop_assert_eq!(form.is_ascii(), shown == 0, "{:?} became {:?}", local, form);
    }

    #[test]
    fn case_composition_and_what_shows_nothing_do_not_matter(local in "[a-zà-öø-ÿα-ρσ-ωа-я]{1,8}") {
        let decomposed = icu_normalizer::DecomposingNormalizerBorrowed::new_nfd().normalize(&local).into_owned();
        let plain = normal_form(&format!("{local}@acme.example"));
        for other in [format!("{decomposed}@ACME.example"), format!("\u{feff}{local}\u{200b}@acme.example")] {
            prop_assert_eq!(normal_form(&other), plain.as_str());
        }
        // Upper case of ß is two letters and of ÿ one that is not Latin-1; the folding is one to one.
        if !local.contains('ß') {
            prop_assert_eq!(normal_form(&format!("{}@acme.example", local.to_uppercase())), plain);
        }
    }

    #[test]
    fn what_passes_the_check_keeps_its_form(local in odd_text(), domain in odd_text()) {
        let text = format!("{local}@{domain}");
        if let Ok(address) = check(&text) {
            prop_assert_eq!(normal_form(&address), normal_form(&text));
            let again = check(&address);
            prop_assert_eq!(again.as_deref(), Ok(address.as_str()));
        }
    }
}
