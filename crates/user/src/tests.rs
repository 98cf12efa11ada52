//! User alone: profiles kept, read and refused.

use http::Method;
use serde_json::{Value, json};
use service::testing::{Answer, Build, Client, deploy, on_each_database, person};

const USER: &[(&str, Build)] = &[("user", crate::service)];
const PATH: &str = "/api/v1/user/me";

fn body() -> Value {
    json!({
        "name": "Ada Lovelace",
        "language": "en",
        "locale": "en-GB",
        "time_zone": "Europe/Berlin",
        "theme": "system",
        "hide_amounts": false,
        "single_keys": true,
        "dashboard": {"order": ["spent", "categories"], "hidden": ["heat_map"]},
    })
}

async fn keep_if(client: &Client<'_>, version: &str, body: Value) -> Answer {
    client.send(Method::PUT, PATH, &[("if-match", version)], Some(body)).await
}

#[tokio::test]
async fn a_profile_is_kept_and_read_by_its_person_alone() {
    on_each_database(USER, |deployment| async move {
        let ada = person();
        let client = deployment.client(ada);
        client.get(PATH).await.expect(404);
        let kept = client.put(PATH, body()).await;
        assert_eq!(kept.headers["etag"], "\"1\"");
        let mut expected = body();
        expected["id"] = json!(ada);
        expected["version"] = json!(1);
        assert_eq!(kept.expect(200), expected);
        let read = client.get(PATH).await;
        assert_eq!(read.headers["etag"], "\"1\"");
        assert_eq!(read.expect(200), expected);

        deployment.client(person()).get(PATH).await.expect(404);
        deployment.stranger().get(PATH).await.expect(401);
        deployment.stranger().put(PATH, body()).await.expect(401);
    })
    .await;
}

#[tokio::test]
async fn a_change_is_a_version_and_the_same_again_is_none() {
    on_each_database(USER, |deployment| async move {
        let client = deployment.client(person());
        client.put(PATH, body()).await.expect(200);
        assert_eq!(client.put(PATH, body()).await.expect(200)["version"], 1);
        let mut dark = body();
        dark["theme"] = json!("dark");
        dark["name"] = json!("  Ada  ");
        let kept = client.put(PATH, dark.clone()).await.expect(200);
        assert_eq!(
            (&kept["version"], &kept["theme"], &kept["name"]),
            (&json!(2), &json!("dark"), &json!("Ada"))
        );
        assert_eq!(client.get(PATH).await.expect(200), kept);
    })
    .await;
}

#[tokio::test]
async fn a_save_on_an_old_version_is_refused() {
    on_each_database(USER, |deployment| async move {
        let client = deployment.client(person());
        keep_if(&client, "\"1\"", body()).await.expect(412);
        client.get(PATH).await.expect(404);
        client.put(PATH, body()).await.expect(200);
        let mut dark = body();
        dark["theme"] = json!("dark");
        assert_eq!(keep_if(&client, "\"1\"", dark.clone()).await.expect(200)["version"], 2);
        let problem = keep_if(&client, "\"1\"", body()).await.expect(412);
        assert!(problem["detail"].as_str().unwrap().contains("at version 2 now"), "{problem}");
        assert_eq!(keep_if(&client, "1", dark).await.field().0, "If-Match");
        assert_eq!(client.get(PATH).await.expect(200)["theme"], "dark");
    })
    .await;
}

#[tokio::test]
async fn saves_at_once_lose_nothing_and_skip_no_version() {
    on_each_database(USER, |deployment| async move {
        let client = deployment.client(person());
        let names = ["Ada", "Bob", "Cem", "Dan", "Eve", "Fay"];
        let saves = names.map(|name| {
            let (client, mut body) = (client.clone(), body());
            body["name"] = json!(name);
            async move { client.put(PATH, body).await.expect(200)["version"].as_i64().unwrap() }
        });
        let mut versions = futures::future::join_all(saves).await;
        versions.sort_unstable();
        assert_eq!(versions, [1, 2, 3, 4, 5, 6]);
        assert_eq!(client.get(PATH).await.expect(200)["version"], 6);
    })
    .await;
}

#[tokio::test]
async fn everything_that_is_wrong_is_named_at_once() {
    let deployment = deploy(USER).await;
    let client = deployment.client(person());
    let wrong = json!({
        "name": " ",
        "language": "tlh",
        "locale": "en_GB",
        "time_zone": "Berlin",
        "theme": "pink",
        "hide_amounts": false,
        "single_keys": true,
        "dashboard": {"order": ["spent", "spent"], "hidden": ["<script>"]},
    });
    let problem = client.put(PATH, wrong).await.expect(422);
    let fields: Vec<(&str, &str)> = problem["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| (field["field"].as_str().unwrap(), field["message"].as_str().unwrap()))
        .collect();
    assert_eq!(
        fields,
        [
            ("name", "a name is needed"),
            ("language", "must be one of de, en, es, fr, ja"),
            ("locale", "must be a language tag such as en-GB or zh-Hant-TW"),
            (
                "time_zone",
                "\"Berlin\" is no time zone; use a name of the IANA database such as Europe/Berlin"
            ),
            ("theme", "must be one of system, light, dark"),
            ("dashboard.order", "must name each block once"),
            (
                "dashboard.hidden",
                "\"<script>\" is no block's name; it has letters, digits, - and _, at most 40 of them"
            ),
        ]
    );
    client.get(PATH).await.expect(404);
}

#[tokio::test]
async fn what_is_missing_or_too_much_is_named() {
    let deployment = deploy(USER).await;
    let client = deployment.client(person());
    let refused = async |change: fn(&mut Value)| {
        let mut body = body();
        change(&mut body);
        let answer = client.put(PATH, body).await;
        assert_eq!(answer.status, 422);
        answer.field()
    };
    let (_, missing) = refused(|body| drop(body.as_object_mut().unwrap().remove("theme"))).await;
    assert!(missing.contains("theme"), "{missing}");
    assert_eq!(refused(|body| body["colour"] = json!("red")).await.0, "colour");
    assert_eq!(refused(|body| body["hide_amounts"] = json!("yes")).await.0, "hide_amounts");
    let (field, _) = refused(|body| body["dashboard"]["order"] = json!(vec!["x"; 51])).await;
    assert_eq!(field, "dashboard.order");
    let (field, _) = refused(|body| body["name"] = json!("x".repeat(121))).await;
    assert_eq!(field, "name");
}
