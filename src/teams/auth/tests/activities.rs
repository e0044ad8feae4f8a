//! Good tokens with activities that do not fit them.

use super::*;

#[tokio::test]
async fn a_token_of_the_connector_for_this_bot_is_let_in() {
    let given = given().await;
    let token = given.verified(&good_token()).await;
    let tenant = given.authenticator.authorize(&token, &activity_with(|_| {}));
    assert_eq!(tenant, Ok(TenantId::parse(TENANT).unwrap()));
}

#[tokio::test]
async fn a_key_that_is_not_endorsed_for_teams_is_refused() {
    let given = given().await;
    for kid in ["unendorsed", "webchat-only"] {
        let token = TestKey::second().sign(kid, &claims());
        assert_eq!(given.reason(&token).await, RejectReason::Endorsement);
    }
}

#[tokio::test]
async fn endorsements_can_be_switched_off_for_an_issuer_without_them() {
    let given = given_with(|settings| settings.issuers[0].require_endorsement = false).await;
    let token = given
        .verified(&TestKey::second().sign("unendorsed", &claims()))
        .await;
    assert!(
        given
            .authenticator
            .authorize(&token, &activity_with(|_| {}))
            .is_ok()
    );
}

#[tokio::test]
async fn scheme_and_host_of_the_service_url_compare_without_case() {
    let given = given().await;
    let token = given.verified(&good_token()).await;
    for (url, fits) in [
        (SERVICE_URL.replace("https://smba.", "HTTPS://SMBA."), true),
        (SERVICE_URL.trim_end_matches('/').to_owned(), true),
        (SERVICE_URL.replace("/amer/", "/AMER/"), false),
    ] {
        let activity = activity_with(|body| body["serviceUrl"] = json!(url));
        assert_eq!(
            given.authenticator.authorize(&token, &activity).is_ok(),
            fits,
            "{url}"
        );
    }
}

#[tokio::test]
async fn the_service_url_must_be_the_one_in_the_token() {
    let given = given().await;
    let good = good_token();
    let elsewhere = "https://smba.trafficmanager.net/emea/";
    for (token, url, expected) in [
        (good.clone(), json!(elsewhere), RejectReason::ServiceUrlMismatch),
        (
            good.clone(),
            json!(format!("{SERVICE_URL}/")),
            RejectReason::ServiceUrlMismatch,
        ),
        (good.clone(), json!(null), RejectReason::NoServiceUrl),
        (
            TestKey::first().sign("endorsed", &claims_without("serviceurl")),
            json!(SERVICE_URL),
            RejectReason::NoServiceUrlClaim,
        ),
    ] {
        assert_eq!(
            given.refusal_of(&token, |body| body["serviceUrl"] = url).await,
            expected
        );
    }
    let token = given.verified(&good).await;
    let without_slash = activity_with(|body| body["serviceUrl"] = json!(SERVICE_URL.trim_end_matches('/')));
    assert!(given.authenticator.authorize(&token, &without_slash).is_ok());
}

#[tokio::test]
async fn a_service_url_outside_the_allow_list_is_refused_even_when_signed() {
    let given = given().await;
    let evil = "https://evil.example/";
    let token = TestKey::first().sign("endorsed", &claims_with("serviceurl", json!(evil)));
    let reason = given
        .refusal_of(&token, |body| body["serviceUrl"] = json!(evil))
        .await;
    assert_eq!(reason, RejectReason::Host(RefusedUrl::UnknownHost));
}

#[tokio::test]
async fn only_teams_activities_of_served_tenants_are_let_in() {
    let given = given().await;
    let token = good_token();
    let foreign = json!("99999999-0000-4000-8000-000000000000");
    assert_eq!(
        given
            .refusal_of(&token, |body| body["channelId"] = json!("webchat"))
            .await,
        RejectReason::Channel
    );
    assert_eq!(
        given
            .refusal_of(&token, |body| body["channelId"] = json!(null))
            .await,
        RejectReason::Channel
    );
    let both_foreign = |body: &mut Value| {
        body["conversation"]["tenantId"] = foreign.clone();
        body["channelData"]["tenant"]["id"] = foreign.clone();
    };
    assert_eq!(
        given.refusal_of(&token, both_foreign).await,
        RejectReason::ForeignTenant
    );
    assert_eq!(
        given
            .refusal_of(&token, |body| body["conversation"]["tenantId"] = foreign.clone())
            .await,
        RejectReason::Attribution(AttributionError::TwoTenants)
    );
}
