//! Tokens that are no good, each for one reason.

use super::*;

#[tokio::test]
async fn a_warm_cache_needs_no_further_fetch() {
    let given = given().await;
    assert!(given.authenticator.warm_up().await);
    for _ in 0..20 {
        given.verified(&good_token()).await;
    }
    assert_eq!(asked(&given.server, "/keys").await, 1);
}

#[tokio::test]
async fn the_header_must_be_exactly_a_bearer_token() {
    let given = given().await;
    let token = good_token();
    for (header, expected) in [
        (None, RejectReason::NoHeader),
        (Some(String::new()), RejectReason::NotBearer),
        (Some("Bearer".to_owned()), RejectReason::NotBearer),
        (Some("Bearer ".to_owned()), RejectReason::NotBearer),
        (Some(format!("Bearer  {token}")), RejectReason::NotBearer),
        (Some(format!("Bearer {token} ")), RejectReason::NotBearer),
        (Some(format!("Basic {token}")), RejectReason::NotBearer),
        (
            Some(format!("Bearer {token}, Bearer {token}")),
            RejectReason::NotBearer,
        ),
        (Some("Bearer abc".to_owned()), RejectReason::Malformed),
        (Some("Bearer a.b".to_owned()), RejectReason::Malformed),
        (Some("Bearer a.b.c.d".to_owned()), RejectReason::Malformed),
        (
            Some(format!("Bearer {}", "a".repeat(20_000))),
            RejectReason::Malformed,
        ),
    ] {
        let answer = given.authenticator.authenticate(header.as_deref()).await;
        let Err(AuthError::Rejected(rejected)) = answer else {
            panic!("let in: {header:?}")
        };
        assert_eq!(rejected.reason, expected, "{header:?}");
    }
}

#[tokio::test]
async fn the_scheme_is_read_in_any_case() {
    let given = given().await;
    for scheme in ["bearer", "BEARER", "Bearer"] {
        let header = format!("{scheme} {}", good_token());
        assert!(
            given.authenticator.authenticate(Some(&header)).await.is_ok(),
            "{scheme}"
        );
    }
}

#[tokio::test]
async fn a_token_that_could_not_be_right_causes_no_question_for_its_key() {
    let given = given().await;
    given.verified(&good_token()).await;
    for number in 0..20 {
        let token = TestKey::first().sign(
            &format!("made-up-{number}"),
            &claims_with("aud", json!("another-app")),
        );
        assert_eq!(given.reason(&token).await, RejectReason::Audience);
    }
    assert_eq!(asked(&given.server, "/keys").await, 1);
}

#[tokio::test]
async fn while_the_budget_is_spent_a_well_formed_token_is_put_off_and_not_refused() {
    let given = given().await;
    given.verified(&good_token()).await;
    for number in 0..5 {
        let token = TestKey::first().sign(&format!("made-up-{number}"), &claims());
        assert_eq!(given.reason(&token).await, RejectReason::UnknownKey);
    }
    let genuine = format!("Bearer {}", TestKey::first().sign("brand-new", &claims()));
    let answer = given.authenticator.authenticate(Some(&genuine)).await;
    assert!(matches!(answer, Err(AuthError::Unavailable { .. })), "{answer:?}");
}

#[tokio::test]
async fn an_unsigned_token_is_refused() {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let given = given().await;
    for alg in ["none", "None", "NONE", ""] {
        let header = URL_SAFE_NO_PAD.encode(json!({ "alg": alg, "kid": "endorsed" }).to_string());
        let body = URL_SAFE_NO_PAD.encode(claims().to_string());
        assert_eq!(
            given.reason(&format!("{header}.{body}.")).await,
            RejectReason::Algorithm
        );
    }
    let signed = good_token();
    let (unsigned, _) = signed.rsplit_once('.').unwrap();
    assert_eq!(
        given.reason(&format!("{unsigned}.")).await,
        RejectReason::Signature
    );
}

#[tokio::test]
async fn the_public_key_does_not_serve_as_a_shared_secret() {
    let given = given().await;
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some("endorsed".to_owned());
    for secret in [TestKey::first().modulus.as_slice(), b"dummy-secret-key"] {
        let token = jsonwebtoken::encode(&header, &claims(), &EncodingKey::from_secret(secret)).unwrap();
        assert_eq!(given.reason(&token).await, RejectReason::Algorithm);
    }
}

#[tokio::test]
async fn other_rsa_algorithms_and_critical_extensions_are_refused() {
    let given = given().await;
    for algorithm in [Algorithm::RS384, Algorithm::RS512, Algorithm::PS256] {
        let mut header = Header::new(algorithm);
        header.kid = Some("endorsed".to_owned());
        let token = jsonwebtoken::encode(&header, &claims(), &TestKey::first().signing).unwrap();
        assert_eq!(given.reason(&token).await, RejectReason::Algorithm);
    }
    let mut header = Header::new(Algorithm::RS256);
    header.kid = Some("endorsed".to_owned());
    header.crit = Some(vec!["b64".to_owned()]);
    let token = jsonwebtoken::encode(&header, &claims(), &TestKey::first().signing).unwrap();
    assert_eq!(given.reason(&token).await, RejectReason::Algorithm);
}

#[tokio::test]
async fn a_signature_by_another_key_or_over_other_claims_is_refused() {
    let given = given().await;
    let foreign = TestKey::second().sign("endorsed", &claims());
    assert_eq!(given.reason(&foreign).await, RejectReason::Signature);

    let good = good_token();
    let other = TestKey::first().sign("endorsed", &claims_with("aud", json!("another-app")));
    let (signed, _) = good.rsplit_once('.').unwrap();
    let (_, signature) = other.rsplit_once('.').unwrap();
    assert_eq!(
        given.reason(&format!("{signed}.{signature}")).await,
        RejectReason::Signature
    );
}

#[tokio::test]
async fn an_unknown_or_missing_key_id_is_refused() {
    let given = given().await;
    assert_eq!(
        given.reason(&TestKey::first().sign("made-up", &claims())).await,
        RejectReason::UnknownKey
    );
    let no_kid = jsonwebtoken::encode(
        &Header::new(Algorithm::RS256),
        &claims(),
        &TestKey::first().signing,
    )
    .unwrap();
    assert_eq!(given.reason(&no_kid).await, RejectReason::UnknownKey);
}

#[tokio::test]
async fn tokens_of_other_issuers_are_refused_without_asking_anybody() {
    let given = given().await;
    for issuer in [
        json!("https://sts.windows.net/0f1e2d3c-4b5a-4697-8877-665544332211/"),
        json!("https://api.botframework.com/"),
        json!("https://API.botframework.com"),
        json!(["https://api.botframework.com"]),
        json!(null),
    ] {
        let token = TestKey::first().sign("endorsed", &claims_with("iss", issuer));
        assert_eq!(given.reason(&token).await, RejectReason::Issuer);
    }
    assert_eq!(asked(&given.server, "/metadata").await, 0);
}

#[tokio::test]
async fn the_keys_of_one_issuer_do_not_serve_another() {
    let other = MockServer::start().await;
    let other_url = serve_keys(&other, &[TestKey::second().jwk("theirs", &["msteams"])]).await;
    let given = given_with(|settings| {
        settings.issuers.push(TrustedIssuer {
            issuer: "https://issuer.example".to_owned(),
            metadata_url: other_url,
            require_endorsement: true,
        });
    })
    .await;
    let ours_with_their_key = TestKey::second().sign("theirs", &claims());
    assert_eq!(given.reason(&ours_with_their_key).await, RejectReason::UnknownKey);
    let theirs = TestKey::second().sign("theirs", &claims_with("iss", json!("https://issuer.example")));
    given.verified(&theirs).await;
}

#[tokio::test]
async fn time_is_checked_with_five_minutes_of_skew() {
    let given = given().await;
    let now = given.clock.now().timestamp();
    for (name, value, expected) in [
        ("exp", json!(now - 301), Some(RejectReason::Expired)),
        ("exp", json!(now - 299), None),
        ("exp", json!(null), Some(RejectReason::NoExpiry)),
        ("exp", json!("never"), Some(RejectReason::NoExpiry)),
        ("nbf", json!(now + 301), Some(RejectReason::NotYetValid)),
        ("nbf", json!(now + 299), None),
        ("nbf", json!("soon"), Some(RejectReason::NotYetValid)),
    ] {
        let token = TestKey::first().sign("endorsed", &claims_with(name, value.clone()));
        match expected {
            Some(expected) => assert_eq!(given.reason(&token).await, expected, "{name} {value}"),
            None => drop(given.verified(&token).await),
        }
    }
    assert_eq!(
        given
            .reason(&TestKey::first().sign("endorsed", &claims_without("exp")))
            .await,
        RejectReason::NoExpiry
    );
    given
        .verified(&TestKey::first().sign("endorsed", &claims_without("nbf")))
        .await;
}

#[tokio::test]
async fn a_token_dies_of_age() {
    let given = given().await;
    given.verified(&good_token()).await;
    given.clock.advance(Duration::hours(2));
    assert_eq!(given.reason(&good_token()).await, RejectReason::Expired);
}

#[tokio::test]
async fn the_audience_must_be_this_bot() {
    let given = given().await;
    let with = |audience: Value| TestKey::first().sign("endorsed", &claims_with("aud", audience));
    given.verified(&with(json!([APP, "other"]))).await;
    for audience in [
        json!("other"),
        json!("https://api.botframework.com"),
        json!([]),
        json!(null),
        json!(format!("28:{APP}")),
    ] {
        assert_eq!(given.reason(&with(audience)).await, RejectReason::Audience);
    }
    assert_eq!(
        given
            .reason(&TestKey::first().sign("endorsed", &claims_without("aud")))
            .await,
        RejectReason::Audience
    );
}

#[tokio::test]
async fn without_keys_the_answer_is_unavailable_and_not_a_refusal() {
    let given =
        given_with(|settings| settings.issuers[0].metadata_url = "http://127.0.0.1:9/metadata".to_owned())
            .await;
    let answer = given
        .authenticator
        .authenticate(Some(&format!("Bearer {}", good_token())))
        .await;
    assert!(matches!(answer, Err(AuthError::Unavailable { .. })), "{answer:?}");
}

#[tokio::test]
async fn a_refusal_tells_the_tokens_claims_but_never_the_token() {
    let given = given().await;
    let token = TestKey::first().sign("endorsed", &claims_with("aud", json!("other\napp")));
    let answer = given
        .authenticator
        .authenticate(Some(&format!("Bearer {token}")))
        .await;
    let Err(AuthError::Rejected(rejected)) = answer else {
        panic!("let in")
    };
    assert_eq!(
        rejected.token.issuer.as_deref(),
        Some("https://api.botframework.com")
    );
    assert_eq!(rejected.token.audience.as_deref(), Some("other\u{fffd}app"));
    assert_eq!(rejected.token.key_id.as_deref(), Some("endorsed"));
    assert_eq!(rejected.token.service_url.as_deref(), Some(SERVICE_URL));
    let shown = format!("{rejected:?} {rejected}");
    assert!(token.split('.').all(|part| !shown.contains(part)), "{shown}");
}

#[tokio::test]
async fn a_token_that_was_verified_before_dies_of_age_while_its_key_is_fresh() {
    let given = given().await;
    let expires = given.clock.now().timestamp() + 60;
    let token = TestKey::first().sign("endorsed", &claims_with("exp", json!(expires)));
    given.verified(&token).await;
    given.clock.advance(Duration::seconds(359));
    given.verified(&token).await;
    given.clock.advance(Duration::seconds(1));
    assert_eq!(given.reason(&token).await, RejectReason::Expired);
}

#[tokio::test]
async fn a_token_that_was_verified_before_is_refused_once_its_key_is_withdrawn() {
    let given = given().await;
    let token = TestKey::first().sign("endorsed", &claims_with("exp", json!(4_000_000_000_u64)));
    given.verified(&token).await;
    given.server.reset().await;
    serve_keys(&given.server, &[TestKey::second().jwk("endorsed", &["msteams"])]).await;
    given.clock.advance(Duration::hours(1));
    given.authenticator.keep_fresh().await;
    assert_eq!(given.reason(&token).await, RejectReason::Signature);
    given.server.reset().await;
    serve_keys(&given.server, &[TestKey::first().jwk("another", &["msteams"])]).await;
    given.clock.advance(Duration::hours(1));
    given.authenticator.keep_fresh().await;
    assert_eq!(given.reason(&token).await, RejectReason::UnknownKey);
}

#[tokio::test]
async fn what_is_remembered_of_a_token_is_that_token_alone() {
    let given = given().await;
    let token = good_token();
    given.verified(&token).await;
    given.verified(&token).await;
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let cut = &signature[..signature.len() - 2];
    assert_eq!(
        given.reason(&format!("{signed}.{cut}")).await,
        RejectReason::Signature
    );
    let elsewhere = given.refusal_of(&token, |activity| {
        activity["serviceUrl"] = json!("https://smba.trafficmanager.net/emea/other/");
    });
    assert_eq!(elsewhere.await, RejectReason::ServiceUrlMismatch);
}
