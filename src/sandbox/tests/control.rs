//! The control routes and Chronus' side of the webhook.

use standardwebhooks::Webhook;

use super::*;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

impl Scene {
    async fn control(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let url = format!("{}/sandbox{path}", self.sandbox.url());
        let response = self.try_call(method, &url, body.to_string()).await.unwrap();
        let status = response.status().as_u16();
        (
            status,
            serde_json::from_str(&response.text().await.unwrap()).unwrap_or(Value::Null),
        )
    }
}

#[tokio::test]
async fn a_script_can_do_what_a_person_does_and_see_what_the_person_sees() {
    let scene = Scene::new().await;
    let me = format!("/people/{TENANT}/{PRIYA}");
    assert_eq!(
        scene
            .control("POST", &format!("{me}/install"), &json!({}))
            .await
            .0,
        200
    );
    scene.sent_id(&card()).await;
    scene.sent_id(&card()).await;
    let deeds = [
        ("say", json!({ "text": "help <b>" })),
        (
            "press",
            json!({ "button": "Accept", "notification": "n-1", "step": "accept" }),
        ),
        ("react", json!({ "reaction": "like" })),
        ("read", json!({})),
        ("repeat", json!({ "step": "accept" })),
    ];
    for (deed, body) in deeds {
        let (status, answer) = scene.control("POST", &format!("{me}/{deed}"), &body).await;
        assert_eq!(
            (status, &answer["status"]),
            (200, &json!(200)),
            "{deed}: {answer}"
        );
    }
    let (_, chat) = scene.control("GET", &format!("{me}/chat"), &json!({})).await;
    assert_eq!(chat["messages"].as_array().unwrap().len(), 3);
    assert_eq!(chat["duplicates"], 1);
    let (_, stats) = scene.control("GET", "/stats", &json!({})).await;
    assert_eq!((&stats["sends"], &stats["installed"]), (&json!(2), &json!(1)));
    assert_eq!(stats["duplicates"].as_object().unwrap().len(), 1);
    assert_eq!(
        scene.control("POST", &format!("{me}/block"), &json!({})).await.0,
        204
    );
    assert_eq!(
        scene.control("POST", &format!("{me}/dance"), &json!({})).await.0,
        400
    );
    assert_eq!(scene.control("GET", "/people/x/y/chat", &json!({})).await.0, 404);
    let page = scene
        .try_call("GET", &format!("{}/sandbox", scene.sandbox.url()), String::new())
        .await
        .unwrap();
    let page = page.text().await.unwrap();
    assert!(page.contains("help &lt;b&gt;") && page.contains(">Accept</button>"));
    scene.sandbox.stop().await;
}

#[tokio::test]
async fn faults_people_and_keys_are_ordered_over_http() {
    let scene = Scene::installed().await;
    let fault = json!({ "effect": "throttle", "retry_after": 1, "operation": "send", "user": PRIYA });
    assert_eq!(scene.control("POST", "/faults", &fault).await.0, 200);
    assert_eq!(scene.send(&text("x")).await.0, 429);
    let token_refusal = json!([{ "effect": "refuse", "status": 503, "code": "temporarily_unavailable", "operation": "token" }]);
    assert_eq!(scene.control("POST", "/faults", &token_refusal).await.0, 200);
    let url = format!("{}/{TENANT}/oauth2/v2.0/token", scene.sandbox.url());
    assert_eq!(
        scene
            .http
            .post(&url)
            .form(&[("x", "y")])
            .send()
            .await
            .unwrap()
            .status()
            .as_u16(),
        503
    );
    assert_eq!(
        scene
            .http
            .post(&url)
            .form(&[("x", "y")])
            .send()
            .await
            .unwrap()
            .status()
            .as_u16(),
        400
    );
    let new = json!({ "tenant_id": TENANT, "aad_object_id": "ann", "guest": true });
    let (status, added) = scene.control("POST", "/people", &new).await;
    assert_eq!((status, &added["installed"]), (201, &json!(false)));
    let (_, rotated) = scene.control("POST", "/keys/rotate", &json!({})).await;
    assert_eq!(rotated, scene.sandbox.world.keys.jwks());
    scene.sandbox.stop().await;
}

#[tokio::test]
async fn control_routes_are_not_there_for_foreign_pages_and_names() {
    let scene = Scene::new().await;
    let url = format!("{}/sandbox/stats", scene.sandbox.url());
    for (header, value, status) in [
        ("origin", "http://evil.example", 404),
        ("host", "evil.example", 404),
        ("origin", "http://localhost:1", 200),
    ] {
        let answer = scene.http.get(&url).header(header, value).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{header}: {value}");
    }
    scene.sandbox.stop().await;
}

/// Something that Chronus is told.
fn answer(id: &str) -> Value {
    let text = include_str!("../../../schemas/examples/answers/notification.seen.json");
    let mut answer: Value = serde_json::from_str(text).unwrap();
    if id == "misfit" {
        answer["type"] = "com.chronus.teams.notification.lost".into();
    }
    answer
}

#[tokio::test]
async fn the_webhook_takes_each_signed_answer_once_and_no_forged_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = options();
    options.webhook_secrets.insert("acme".into(), SECRET.into());
    options.journal = Some(folder.path().to_owned());
    let scene = Scene::with(options.clone()).await;
    let now = options.clock.now().timestamp();
    let deliver = async |id: &str, at: i64, signed: &str| {
        let body = answer(id).to_string();
        let signature = Webhook::new(signed)
            .unwrap()
            .sign(id, at, body.as_bytes())
            .unwrap();
        let request = scene.http.post(scene.sandbox.webhook_url("acme")).body(body);
        let request = request
            .header("webhook-id", id)
            .header("webhook-timestamp", at.to_string());
        request
            .header("webhook-signature", signature)
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    };
    assert_eq!(deliver("a", now, SECRET).await, 204);
    assert_eq!(deliver("a", now, SECRET).await, 204);
    assert_eq!(deliver("b", now, "whsec_AAAA").await, 401);
    assert_eq!(deliver("b", now - 3_600, SECRET).await, 401);
    let failing = json!({ "status": 500, "count": 1 });
    assert_eq!(scene.control("POST", "/chronus/acme/fail", &failing).await.0, 204);
    assert_eq!(deliver("b", now, SECRET).await, 500);
    assert_eq!(deliver("b", now, SECRET).await, 204);
    assert_eq!(deliver("misfit", now, SECRET).await, 422);
    let inbox = scene.sandbox.inbox("acme");
    assert_eq!(inbox.misfits.len(), 1);
    let ids: Vec<&str> = inbox.received.iter().map(|r| r.id.as_str()).collect();
    assert_eq!(
        (ids, inbox.duplicates, inbox.forged, inbox.failed),
        (vec!["a", "b"], 1, 2, 1)
    );
    scene.sandbox.stop().await;
    let again = Sandbox::start(options).await.unwrap();
    assert_eq!(again.inbox("acme").received, inbox.received);
    again.stop().await;
}

#[tokio::test]
async fn a_person_can_take_another_client_to_hand_and_the_bot_hears_of_it_with_the_next_deed() {
    let scene = Scene::new().await;
    let me = format!("/people/{TENANT}/{PRIYA}");
    scene.control("POST", &format!("{me}/install"), &json!({})).await;
    let change = json!({ "locale": "ar-EG", "timezone": "Africa/Cairo" });
    assert_eq!(
        scene.control("POST", &format!("{me}/client"), &change).await.0,
        204
    );
    let phone = json!({ "platform": "Android" });
    assert_eq!(
        scene.control("POST", &format!("{me}/client"), &phone).await.0,
        204
    );
    assert_eq!(
        scene
            .control("POST", &format!("{me}/client"), &json!({ "colour": 1 }))
            .await
            .0,
        400
    );

    scene
        .control(
            "POST",
            &format!("{me}/say"),
            &json!({ "text": "hi", "step": "hi" }),
        )
        .await;

    let key = events::UserKey::parse(format!("{TENANT}/{PRIYA}")).unwrap();
    let said = scene.sandbox.client(&key).unwrap().chat().deeds["hi"]
        .activity
        .clone();
    assert_eq!(
        (&said["locale"], &said["localTimezone"]),
        (&json!("ar-EG"), &json!("Africa/Cairo"))
    );
    let info = &said["entities"][0];
    assert_eq!(
        (&info["platform"], &info["country"]),
        (&json!("Android"), &json!("EG"))
    );
}
