//! Members and chats.

use super::*;

#[tokio::test]
async fn a_member_is_read_and_a_guest_recognised() {
    let member = |changes: Value| {
        let mut member = json!({
            "id": "29:1uXb", "objectId": "5B1C9A52-7c0e-4f0f-9d3c-2a7d0b6f8e11", "name": "Larry Brown",
            "email": "Larry.Brown@fabrikam.com", "userPrincipalName": "labrown@fabrikam.com", "userRole": "user",
        });
        member
            .as_object_mut()
            .unwrap()
            .extend(changes.as_object().unwrap().clone());
        member
    };
    let found = |email: Option<&str>, upn: Option<&str>, role| {
        ProfileResult::Found(MemberProfile {
            name: Some("Larry Brown".to_owned()),
            email: email.map(str::to_owned),
            upn: upn.map(str::to_owned),
            role,
        })
    };
    let (mail, upn) = (Some("Larry.Brown@fabrikam.com"), Some("labrown@fabrikam.com"));
    let guest = "l_contoso.com#EXT#@fabrikam.onmicrosoft.com";
    for (changes, expected) in [
        (json!({}), found(mail, upn, MemberRole::User)),
        (
            json!({ "objectId": null, "aadObjectId": "5b1c9a52-7c0e-4f0f-9d3c-2a7d0b6f8e11" }),
            found(mail, upn, MemberRole::User),
        ),
        (
            json!({ "email": null, "userPrincipalName": "" }),
            found(None, None, MemberRole::User),
        ),
        (
            json!({ "userPrincipalName": guest }),
            found(mail, Some(guest), MemberRole::Guest),
        ),
        (
            json!({ "userRole": "anonymous", "email": null }),
            found(None, upn, MemberRole::Guest),
        ),
        (
            json!({ "objectId": "99999999-0000-4000-8000-000000000000" }),
            ProfileResult::Unusable {
                reason: "another_person".to_owned(),
            },
        ),
        (
            json!({ "tenantId": "99999999-0000-4000-8000-000000000000" }),
            ProfileResult::Unusable {
                reason: "another_person".to_owned(),
            },
        ),
    ] {
        let given = given().await;
        given
            .answers(
                MEMBER_BY_TEAMS_ID,
                ResponseTemplate::new(200).set_body_json(member(changes)),
            )
            .await;
        assert_eq!(given.profile().await, expected);
    }
}

#[tokio::test]
async fn a_name_of_any_length_hides_nobody() {
    let given = given().await;
    let member = json!({ "name": "N".repeat(100_000), "email": "larry.brown@fabrikam.com" });
    given
        .answers(
            MEMBER_BY_TEAMS_ID,
            ResponseTemplate::new(200).set_body_json(member),
        )
        .await;
    let ProfileResult::Found(profile) = given.profile().await else {
        panic!("not found")
    };
    assert!(profile.email.is_some());
}

#[tokio::test]
async fn a_member_unknown_by_teams_id_is_asked_for_by_object_id_once() {
    let given = given().await;
    let not_found = json!({ "error": { "code": "MemberNotFoundInConversation" } });
    given
        .answers(
            MEMBER_BY_TEAMS_ID,
            ResponseTemplate::new(404).set_body_json(&not_found),
        )
        .await;
    Mock::given(path(MEMBER_BY_OBJECT_ID))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({ "name": "Larry" })))
        .up_to_n_times(1)
        .mount(&given.server)
        .await;
    given
        .answers(
            MEMBER_BY_OBJECT_ID,
            ResponseTemplate::new(404).set_body_json(&not_found),
        )
        .await;
    assert!(matches!(given.profile().await, ProfileResult::Found(_)));
    let ProfileResult::Rejected(rejection) = given.profile().await else {
        panic!("found")
    };
    assert_eq!(
        (rejection.status, rejection.code.as_deref()),
        (404, Some("MemberNotFoundInConversation"))
    );
    assert_eq!(asked(&given.server, MEMBER_BY_OBJECT_ID).await, 2);
}

#[tokio::test]
async fn a_member_that_may_not_be_read_is_a_rejection() {
    let given = given().await;
    given
        .answers(MEMBER_BY_TEAMS_ID, ResponseTemplate::new(403))
        .await;
    assert!(matches!(
        given.profile().await,
        ProfileResult::Rejected(Rejection { status: 403, .. })
    ));
    assert_eq!(asked(&given.server, MEMBER_BY_OBJECT_ID).await, 0);
}

#[tokio::test]
async fn a_chat_is_asked_for_by_object_id_at_the_global_service_url() {
    let given = given().await;
    for (place, by) in [("/teams", Recovery::Global), ("/gcc/teams", Recovery::Gcc)] {
        Mock::given(method("POST"))
            .and(path(format!("{place}/v3/conversations")))
            .and(body_json(json!({
                "isGroup": false, "bot": { "id": "28:app-1" },
                "members": [{ "id": "5b1c9a52-7c0e-4f0f-9d3c-2a7d0b6f8e11" }],
                "tenantId": "0f1e2d3c-4b5a-4697-8877-665544332211",
                "channelData": { "tenant": { "id": "0f1e2d3c-4b5a-4697-8877-665544332211" } },
            })))
            .respond_with(
                ResponseTemplate::new(201)
                    .set_body_json(json!({ "id": "a:1Kf", "serviceUrl": "https://evil.example/" })),
            )
            .mount(&given.server)
            .await;
        let last = chat(&given.server.uri());
        assert_eq!(
            given.connector.open_chat(&user(), &last, by, &Unpaced).await,
            OpenResult::Opened {
                conversation_id: ConversationId::parse("a:1Kf").unwrap(),
                // A service URL that may not be called is not taken over.
                service_url: format!("{}{place}", given.server.uri()),
            }
        );
    }
}

#[tokio::test]
async fn people_of_the_government_cloud_are_looked_up_where_their_cards_go() {
    let given = given().await;
    let elsewhere = json!({ "error": { "code": "InvalidBotApiHost", "message": "x" } });
    given
        .answers(
            MEMBER_BY_TEAMS_ID,
            ResponseTemplate::new(403).set_body_json(elsewhere.clone()),
        )
        .await;
    let there = MEMBER_BY_TEAMS_ID.replace("/amer/", "/gcc/teams/");
    let member =
        json!({ "id": "29:1uXb", "aadObjectId": user().aad_object_id.as_str(), "email": "p@acme.example" });
    given
        .answers(&there, ResponseTemplate::new(200).set_body_json(member))
        .await;
    let (denied, given_leave, of) = (Leave::new(false), Leave::new(true), chat(&given.server.uri()));
    let refused = given.connector.profile(&user(), &of, &denied).await;
    assert_eq!(
        refused,
        ProfileResult::Failed {
            reason: SendResult::STOPPING.to_owned()
        }
    );
    assert_eq!(asked(&given.server, &there).await, 0);
    let ProfileResult::Found(profile) = given.connector.profile(&user(), &of, &given_leave).await else {
        panic!("not found")
    };
    assert_eq!(profile.email.as_deref(), Some("p@acme.example"));
    assert_eq!((asked(&given.server, &there).await, given_leave.asked()), (1, 1));
}

#[tokio::test]
async fn a_chat_that_cannot_be_the_persons_own_is_no_address() {
    let person = user().aad_object_id;
    for (id, is_own) in [
        ("a:1Kf".to_owned(), true),
        (format!("19:{person}_app-1@unq.gbl.spaces"), true),
        ("19:team@thread.tacv2".to_owned(), false),
        ("19:meeting_abc@thread.v2".to_owned(), false),
        (
            "19:00000000-0000-4000-8000-00000000000b_app-1@unq.gbl.spaces".to_owned(),
            false,
        ),
        ("8:orgid:somebody".to_owned(), false),
    ] {
        let given = given().await;
        Mock::given(method("POST"))
            .and(path("/teams/v3/conversations"))
            .respond_with(ResponseTemplate::new(201).set_body_json(json!({ "id": id })))
            .mount(&given.server)
            .await;
        let last = chat(&given.server.uri());
        let result = given
            .connector
            .open_chat(&user(), &last, Recovery::Global, &Unpaced)
            .await;
        assert_eq!(
            matches!(result, OpenResult::Opened { .. }),
            is_own,
            "{id}: {result:?}"
        );
    }
}
