//! Browsers: tokens in cookies that no script reads and no other site can use.

use super::*;

const HOST: &[(&str, &str)] = &[("host", "books.example"), ("origin", "http://books.example")];

async fn post(
    deployment: &TestDeployment,
    path: &str,
    headers: &[(&str, &str)],
    body: Value,
) -> Answer {
    let path = format!("/api/v1/auth/{path}");
    deployment.stranger().send("POST".parse().unwrap(), &path, headers, Some(body)).await
}

fn browser(mut body: Value) -> Value {
    body["client"] = json!("browser");
    body
}

/// The cookies that an answer sets, as `name=value` and the rest.
fn cookies(answer: &Answer) -> Vec<(String, String)> {
    let set = answer.headers.get_all("set-cookie").iter();
    set.map(|line| {
        let (pair, rest) = line.to_str().unwrap().split_once("; ").unwrap();
        (pair.to_owned(), rest.to_owned())
    })
    .collect()
}

fn sent(cookies: &[(String, String)]) -> String {
    cookies.iter().map(|(pair, _)| pair.as_str()).collect::<Vec<_>>().join("; ")
}

#[tokio::test]
async fn tokens_go_into_cookies_and_not_into_the_body() {
    let deployment = deploy(OPEN).await;
    let answer = post(&deployment, "sign-up", HOST, browser(sign_up_body(person(), "ada"))).await;
    let set = cookies(&answer);
    let rest: Vec<&str> = set.iter().map(|(_, rest)| rest.as_str()).collect();
    assert_eq!(
        rest,
        [
            "Path=/api; Max-Age=900; HttpOnly; SameSite=Strict",
            "Path=/api/v1/auth; Max-Age=2592000; HttpOnly; SameSite=Strict",
        ]
    );
    assert!(set[0].0.starts_with("et_access=ey") && set[1].0.starts_with("et_refresh="));
    assert_eq!(answer.headers["cache-control"], "no-store");
    let body = answer.expect(201);
    assert_eq!((body.get("access_token"), body.get("refresh_token")), (None, None));
}

#[tokio::test]
async fn a_page_refreshes_and_signs_out_with_its_cookies() {
    on_each_database(OPEN, |deployment| async move {
        let joined =
            post(&deployment, "sign-up", HOST, browser(sign_up_body(person(), "ada"))).await;
        let before = sent(&cookies(&joined));
        let with = |cookies: &str| {
            let mut headers = HOST.to_vec();
            let cookies: &str = Box::leak(cookies.to_owned().into_boxed_str());
            headers.push(("cookie", cookies));
            headers
        };
        let refreshed = post(&deployment, "refresh", &with(&before), json!({})).await;
        let after = sent(&cookies(&refreshed));
        refreshed.expect(200);
        assert_ne!(before, after);

        let out = post(&deployment, "sign-out", &with(&after), json!({})).await;
        let cleared = cookies(&out);
        out.expect(204);
        let plain: Vec<&str> = cleared.iter().map(|(pair, _)| pair.as_str()).collect();
        assert_eq!(plain, ["et_access=", "et_refresh="]);
        assert!(cleared.iter().all(|(_, rest)| rest.contains("Max-Age=0")));
        post(&deployment, "refresh", &with(&after), json!({})).await.expect(401);
    })
    .await;
}

#[tokio::test]
async fn another_site_can_neither_refresh_nor_sign_in_nor_out() {
    let deployment = deploy(OPEN).await;
    let joined = post(&deployment, "sign-up", HOST, browser(sign_up_body(person(), "ada"))).await;
    let cookie = sent(&cookies(&joined));
    for origin in [Some("http://evil.example"), Some("null"), Some("http://books.example:81"), None]
    {
        let mut headers = vec![("host", "books.example"), ("cookie", cookie.as_str())];
        headers.extend(origin.map(|origin| ("origin", origin)));
        post(&deployment, "refresh", &headers, json!({})).await.expect(403);
        post(&deployment, "sign-out", &headers, json!({})).await.expect(403);
        let body = json!({"email": email("ada"), "password": PASSWORD, "client": "browser"});
        post(&deployment, "sign-in", &headers, body).await.expect(403);
        post(&deployment, "sign-up", &headers, browser(sign_up_body(person(), "eve")))
            .await
            .expect(403);
    }
    let mut headers = HOST.to_vec();
    headers.push(("cookie", &cookie));
    post(&deployment, "refresh", &headers, json!({})).await.expect(200);
}

#[tokio::test]
async fn without_any_token_there_is_nothing_to_refresh() {
    let deployment = deploy(OPEN).await;
    post(&deployment, "refresh", HOST, json!({})).await.expect(401);
    post(&deployment, "refresh", &[], json!({})).await.expect(403);
}
