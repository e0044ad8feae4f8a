//! The bot proves who it is at the login without a secret: by a certificate, and by a token of somebody whom its app trusts.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chronus_teams::http_client::{self, HttpLimits};
use chronus_teams::sandbox::{Sandbox, SandboxOptions};
use chronus_teams::teams::credential::{Certificate, Credential};
use chronus_teams::teams::token::{TokenClient, TokenSettings};
use events::{Clock as _, SystemClock};
use secrecy::SecretString;
use serde_json::json;
use sha2::{Digest as _, Sha256};

const APP: &str = "00000000-0000-4000-8000-00000000b077";

async fn login() -> Sandbox {
    let options = SandboxOptions {
        tenants: vec!["home".to_owned()],
        ..SandboxOptions::new(APP, SecretString::from("nobody knows it"))
    };
    Sandbox::start(options).await.unwrap()
}

fn client(login: &Sandbox, credential: impl Into<Credential>) -> TokenClient {
    let authority = format!("{}/home", login.authority());
    let scope = TokenSettings::PUBLIC_CLOUD_SCOPE;
    let settings = TokenSettings::new(&authority, APP, credential, scope).unwrap();
    let http = http_client::build(HttpLimits::default()).unwrap();
    TokenClient::new(settings, http, Arc::new(SystemClock))
}

async fn reason(client: &TokenClient) -> String {
    client.token().await.unwrap_err().reason().to_owned()
}

/// A certificate, its thumbprint, and its public key.
fn certificate() -> (Certificate, String, Vec<u8>) {
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
    let parameters = rcgen::CertificateParams::new(vec!["bot".to_owned()]).unwrap();
    let made = parameters.self_signed(&key).unwrap();
    let read = Certificate::read(made.pem().as_bytes(), key.serialize_pem().as_bytes()).unwrap();
    let thumbprint = URL_SAFE_NO_PAD.encode(Sha256::digest(made.der()));
    (read, thumbprint, key.public_key_der())
}

#[actix_web::test]
async fn a_certificate_of_the_app_stands_for_the_secret_and_another_does_not() {
    let login = login().await;
    let (certificate, thumbprint, public_key) = certificate();
    let client = client(&login, Credential::Certificate(certificate.clone()));
    assert_eq!(reason(&client).await, "AADSTS700027");
    login.assertions().trust_certificate(thumbprint, public_key);
    // A new certificate that the app has is taken while the service runs.
    let (other, thumbprint, public_key) = self::certificate();
    login.assertions().trust_certificate(thumbprint, public_key);
    assert!(client.take_credential(&Credential::Certificate(other.clone())));
    assert!(!client.take_credential(&Credential::Certificate(other)));
    client.token().await.unwrap();
    assert!(client.take_credential(&Credential::Certificate(certificate)));
    login.stop().await;
}

#[actix_web::test]
async fn a_federated_token_is_taken_as_it_lies_in_its_file_at_that_moment() {
    let login = login().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    let now = SystemClock.now().timestamp();
    let token = |audience: &str, subject: &str, ends: i64| {
        let claims = json!({ "aud": audience, "sub": subject, "exp": now + ends, "nbf": now - 60 });
        login.person_token("cluster", &claims).unwrap()
    };
    let exchange = "api://AzureADTokenExchange";
    let subject = "system:serviceaccount:chronus:teams";
    assert_eq!(
        reason(&client(&login, Credential::Federated(file.clone()))).await,
        "federated_token_unreadable"
    );
    for (held, refused) in [
        ("no token".to_owned(), "AADSTS700211"),
        (token("api://another", subject, 600), "AADSTS700212"),
        (token(exchange, subject, 600), "AADSTS700213"),
    ] {
        std::fs::write(&file, held).unwrap();
        let client = client(&login, Credential::Federated(file.clone()));
        assert_eq!(reason(&client).await, refused);
    }
    login.assertions().trust_subject(subject);
    std::fs::write(&file, token(exchange, subject, -1)).unwrap();
    let client = client(&login, Credential::Federated(file.clone()));
    assert_eq!(reason(&client).await, "AADSTS700024");
    // Whoever keeps the file fresh writes it anew, and nobody tells the service.
    std::fs::write(&file, token(exchange, subject, 600)).unwrap();
    assert!(client.take_credential(&Credential::Federated(folder.path().join("elsewhere"))));
    assert_eq!(reason(&client).await, "federated_token_unreadable");
    assert!(client.take_credential(&Credential::Federated(file)));
    client.token().await.unwrap();
    login.stop().await;
}
