//! Tokens of a made-up issuer with real keys.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use events::ManualClock;
use jsonwebtoken::{EncodingKey, Header};
use serde_json::json;
use wiremock::MockServer;

use super::*;
use crate::config::Role;
use crate::teams::test_keys::{TestKey, asked, clock, http, serve_keys, shared};

/// The issuer of `serve_keys`.
const ISSUER: &str = "https://api.botframework.com";

struct Given {
    server: MockServer,
    clock: ManualClock,
    sign_ins: SignIns,
}

/// Two organizations with one issuer, the second one with other claims and keys at a fixed address.
async fn given(keys: &[Value]) -> Given {
    let (server, clock) = (MockServer::start().await, clock());
    let metadata = serve_keys(&server, keys).await;
    let text = format!(
        r#"
[[organizations]]
id = "acme"
tenant_id = "11111111-1111-1111-1111-111111111111"
[organizations.sign_in]
issuer = "{ISSUER}"
audience = "acme-api"
metadata_url = "{metadata}"
grants = [{{ value = "Chronus.Read", roles = ["read"] }}, {{ value = "Chronus.Audit", roles = ["audit", "read"] }}]
[[organizations]]
id = "bolt"
tenant_id = "22222222-2222-2222-2222-222222222222"
[organizations.sign_in]
issuer = "{ISSUER}"
audience = "bolt-api"
keys_url = "{uri}/keys"
algorithms = ["ES256"]
claim = "groups"
person_claim = "preferred_username"
clock_skew_seconds = 0
grants = [{{ value = "admins", roles = ["admin"] }}]
"#,
        uri = server.uri()
    );
    let config = Config::from_text(&text, "the test's configuration", []).unwrap();
    let shared: Arc<dyn Clock> = shared(&clock);
    let sign_ins = SignIns::new(&config, &http(), &shared);
    Given {
        server,
        clock,
        sign_ins,
    }
}

impl Given {
    fn claims(&self) -> Value {
        let now = self.clock.now().timestamp();
        json!({
            "iss": ISSUER, "aud": "acme-api", "nbf": now, "exp": now + 3_600, "oid": "ada", "sub": "pairwise",
            "roles": ["Chronus.Audit", "Other"],
        })
    }

    fn with(&self, name: &str, value: Value) -> Value {
        let mut claims = self.claims();
        claims[name] = value;
        claims
    }

    async fn refusal(&self, token: &str) -> SignInError {
        self.sign_ins.principal(token).await.unwrap_err()
    }
}

fn sign(claims: &Value) -> String {
    TestKey::first().sign("one", claims)
}

struct Curve {
    signing: EncodingKey,
    jwk: Value,
}

fn curve() -> Curve {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let document = pair.to_pkcs8v1().unwrap();
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        STANDARD.encode(document.as_ref())
    );
    let point = pair.public_key().as_ref();
    let coordinate = |range: std::ops::Range<usize>| URL_SAFE_NO_PAD.encode(&point[range]);
    Curve {
        signing: EncodingKey::from_ec_pem(pem.as_bytes()).unwrap(),
        jwk: json!({
            "kty": "EC", "crv": "P-256", "use": "sig", "kid": "curve", "x": coordinate(1..33), "y": coordinate(33..65),
        }),
    }
}

#[tokio::test]
async fn a_persons_token_tells_organization_person_and_roles_and_nothing_else_is_believed() {
    let given = given(&[TestKey::first().jwk("one", &[])]).await;
    let ada = given.sign_ins.principal(&sign(&given.claims())).await.unwrap();
    assert_eq!(
        (ada.organization.as_str(), ada.by().as_str()),
        ("acme", "person:ada")
    );
    assert_eq!(ada.roles, [Role::Read, Role::Audit]);
    let mut by_subject = given.with("roles", json!("Chronus.Read"));
    by_subject.as_object_mut().unwrap().remove("oid");
    let ben = given.sign_ins.principal(&sign(&by_subject)).await.unwrap();
    assert_eq!((ben.name.as_str(), ben.roles), ("pairwise", vec![Role::Read]));
    let without = given
        .sign_ins
        .principal(&sign(&given.with("roles", json!({}))))
        .await;
    assert_eq!(without.unwrap().roles, [], "who has no role may do nothing");
}

#[tokio::test]
async fn whatever_is_not_right_is_refused_with_its_reason() {
    let given = given(&[TestKey::first().jwk("one", &[])]).await;
    let now = given.clock.now().timestamp();
    for (claims, reason) in [
        (
            given.with("iss", json!("https://elsewhere.example")),
            RejectReason::Issuer,
        ),
        (given.with("aud", json!("another-api")), RejectReason::Audience),
        (given.with("exp", json!(now - 61)), RejectReason::Expired),
        (given.with("exp", json!(null)), RejectReason::NoExpiry),
        (given.with("nbf", json!(now + 61)), RejectReason::NotYetValid),
        (given.with("aud", json!("bolt-api")), RejectReason::Algorithm),
    ] {
        assert_eq!(given.refusal(&sign(&claims)).await, reason.into());
    }
    assert_eq!(
        asked(&given.server, "/keys").await,
        0,
        "nobody was asked for a key"
    );
    let foreign = TestKey::second().sign("one", &given.claims());
    assert_eq!(given.refusal(&foreign).await, RejectReason::Signature.into());
    let unknown = TestKey::first().sign("other", &given.claims());
    assert_eq!(given.refusal(&unknown).await, RejectReason::UnknownKey.into());
    for name in [json!(null), json!(""), json!("a\nb"), json!("a".repeat(201))] {
        let mut claims = given.with("oid", name);
        claims.as_object_mut().unwrap().remove("sub");
        assert_eq!(given.refusal(&sign(&claims)).await, SignInError::Nobody);
    }
    let unsigned = crate::sandbox::keys::unsigned(&json!({ "alg": "none", "kid": "one" }), &given.claims());
    let unsigned = format!("{unsigned}.");
    assert_eq!(given.refusal(&unsigned).await, RejectReason::Algorithm.into());
    assert_eq!(given.refusal("x.y.z").await, RejectReason::Malformed.into());
}

#[tokio::test]
async fn a_curve_serves_where_it_is_allowed_and_claims_are_those_that_are_named() {
    let curve = curve();
    let given = given(&[TestKey::first().jwk("one", &[]), curve.jwk.clone()]).await;
    let mut claims = given.with("aud", json!(["bolt-api"]));
    (claims["groups"], claims["preferred_username"]) = (json!(["admins"]), json!("ada@bolt.example"));
    let mut header = Header::new(Algorithm::ES256);
    header.kid = Some("curve".to_owned());
    let token = jsonwebtoken::encode(&header, &claims, &curve.signing).unwrap();
    let ada = given.sign_ins.principal(&token).await.unwrap();
    assert_eq!(
        (ada.organization.as_str(), ada.name.as_str()),
        ("bolt", "ada@bolt.example")
    );
    assert_eq!(ada.roles, [Role::Admin]);
    // No second is given where none is configured.
    given.clock.advance(TimeDelta::seconds(3_600));
    assert_eq!(given.refusal(&token).await, RejectReason::Expired.into());
    // The other organization takes no such token.
    let token = jsonwebtoken::encode(&header, &given.claims(), &curve.signing).unwrap();
    assert_eq!(given.refusal(&token).await, RejectReason::Algorithm.into());
}

#[tokio::test]
async fn a_new_key_is_asked_for_and_made_up_ones_cause_few_questions() {
    let given = given(&[TestKey::first().jwk("one", &[])]).await;
    assert!(given.sign_ins.principal(&sign(&given.claims())).await.is_ok());
    for number in 0..20 {
        let token = TestKey::first().sign(&format!("made-up-{number}"), &given.claims());
        assert!(given.sign_ins.principal(&token).await.is_err());
    }
    let budget = KeyLifetimes::default().budget;
    assert_eq!(asked(&given.server, "/keys").await, 1 + budget);
    // While nothing more is asked, nothing is said of keys that are not known.
    let token = TestKey::first().sign("another", &given.claims());
    let error = given.refusal(&token).await;
    assert!(matches!(error, SignInError::Unavailable { .. }), "{error}");
}

#[tokio::test]
async fn without_the_issuers_keys_nobody_is_let_in() {
    let given = given(&[]).await;
    let error = given.refusal(&sign(&given.claims())).await;
    assert!(matches!(error, SignInError::Unavailable { .. }), "{error}");
}

#[test]
fn a_section_that_would_let_in_too_many_or_nobody_is_refused() {
    let section = |more: &str| {
        let text =
            format!("[[organizations]]\nid = \"acme\"\ntenant_id = \"t\"\n[organizations.sign_in]\n{more}");
        Config::from_text(&text, "", []).map(drop)
    };
    let good = "issuer = \"https://login.example/v2.0\"\naudience = \"api\"\n";
    let grant = "grants = [{ value = \"Admin\", roles = [\"admin\"] }]\n";
    section(&format!("{good}{grant}")).unwrap();
    for (more, key) in [
        (good.replace("https:", "http:") + grant, "sign_in.issuer"),
        (good.replace("\"api\"", "\" \"") + grant, "sign_in.audience"),
        (good.to_owned(), "sign_in.grants"),
        (
            good.to_owned() + "grants = [{ value = \"\", roles = [\"admin\"] }]",
            "grants[0]",
        ),
        (
            good.to_owned() + "grants = [{ value = \"a\", roles = [] }]",
            "grants[0]",
        ),
        (
            good.to_owned() + grant + "algorithms = [\"HS256\"]",
            "sign_in.algorithms",
        ),
        (good.to_owned() + grant + "algorithms = []", "sign_in.algorithms"),
        (
            good.to_owned() + grant + "clock_skew_seconds = 301",
            "sign_in.clock_skew_seconds",
        ),
        (
            good.to_owned()
                + grant
                + "metadata_url = \"https://a.example\"\nkeys_url = \"https://a.example\"",
            "sign_in.keys_url",
        ),
    ] {
        let error = section(&more).unwrap_err().to_string();
        assert!(error.contains(key), "{more}: {error}");
    }
}
