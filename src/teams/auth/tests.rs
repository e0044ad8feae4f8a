//! Tokens of a made-up issuer with real keys.

use chrono::{DateTime, Utc};
use events::ManualClock;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use wiremock::MockServer;

use super::*;
use crate::teams::activity::AttributionError;
use crate::teams::hosts::RefusedUrl;
use crate::teams::test_keys::{TestKey, asked, clock, http, serve_keys, shared};

mod activities;
mod tokens;

const APP: &str = "6f1d2c3b-4a5e-4f60-8b71-92a3b4c5d6e7";
const TENANT: &str = "0f1e2d3c-4b5a-4697-8877-665544332211";
const SERVICE_URL: &str = "https://smba.trafficmanager.net/amer/0f1e2d3c-4b5a-4697-8877-665544332211/";

struct Given {
    server: MockServer,
    clock: ManualClock,
    authenticator: Authenticator,
}

async fn given() -> Given {
    given_with(|_| {}).await
}

async fn given_with(change: impl FnOnce(&mut AuthSettings)) -> Given {
    let (server, clock) = (MockServer::start().await, clock());
    let metadata_url = serve_keys(
        &server,
        &[
            TestKey::first().jwk("endorsed", &["msteams", "webchat"]),
            TestKey::second().jwk("unendorsed", &[]),
            TestKey::second().jwk("webchat-only", &["webchat"]),
        ],
    )
    .await;
    let mut settings = AuthSettings::public_cloud(APP, [TenantId::parse(TENANT).unwrap()]);
    settings.issuers[0].metadata_url = metadata_url;
    change(&mut settings);
    let authenticator = Authenticator::new(settings, &http(), shared(&clock));
    Given {
        server,
        clock,
        authenticator,
    }
}

fn claims() -> Value {
    let now = "2026-11-02T09:14:30Z"
        .parse::<DateTime<Utc>>()
        .unwrap()
        .timestamp();
    json!({ "iss": "https://api.botframework.com", "aud": APP, "nbf": now - 60, "exp": now + 3600, "serviceurl": SERVICE_URL })
}

fn claims_with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

fn claims_without(name: &str) -> Value {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(name);
    claims
}

fn good_token() -> String {
    TestKey::first().sign("endorsed", &claims())
}

fn activity_with(change: impl FnOnce(&mut Value)) -> Activity {
    let mut body = json!({
        "type": "message", "channelId": "msteams", "serviceUrl": SERVICE_URL,
        "conversation": { "tenantId": TENANT }, "channelData": { "tenant": { "id": TENANT } },
    });
    change(&mut body);
    Activity::parse(body.to_string().as_bytes()).unwrap()
}

impl Given {
    async fn reason(&self, token: &str) -> RejectReason {
        match self
            .authenticator
            .authenticate(Some(&format!("Bearer {token}")))
            .await
        {
            Err(AuthError::Rejected(rejected)) => rejected.reason,
            other => panic!("not refused: {other:?}"),
        }
    }

    async fn verified(&self, token: &str) -> VerifiedToken {
        self.authenticator
            .authenticate(Some(&format!("Bearer {token}")))
            .await
            .unwrap()
    }

    async fn refusal_of(&self, token: &str, change: impl FnOnce(&mut Value)) -> RejectReason {
        let token = self.verified(token).await;
        self.authenticator
            .authorize(&token, &activity_with(change))
            .unwrap_err()
            .reason
    }
}
