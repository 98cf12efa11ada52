//! Sign-up: who may, the first one, the same one again, and what is refused.

use super::*;

#[tokio::test]
async fn the_first_is_the_operator_and_closes_the_door() {
    on_each_database(FIRST, |deployment| async move {
        let registration =
            async || deployment.stranger().get("/api/v1/auth/registration").await.expect(200);
        let open = json!({"mode": "first", "open": true, "needs_setup_token": false});
        assert_eq!(registration().await, open);
        let (ada, session) = sign_up(&deployment, "Ada").await;
        let me = get(&deployment, &session, "/api/v1/auth/me").await.expect(200);
        assert_eq!(me, json!({"person": ada, "email": "Ada@example.org", "operator": true}));

        let closed = json!({"mode": "invite", "open": false, "needs_setup_token": false});
        assert_eq!(registration().await, closed);
        let late = sign_up_body(person(), "bob");
        let problem = deployment.stranger().post("/api/v1/auth/sign-up", late).await.expect(403);
        assert!(text(&problem, "detail").contains("by invitation only"), "{problem}");
    })
    .await;
}

#[tokio::test]
async fn of_many_firsts_at_once_one_gets_in() {
    on_each_database(FIRST, |deployment| async move {
        let racing = (0..8).map(|n| {
            let body = sign_up_body(person(), &format!("racer{n}"));
            let client = deployment.stranger();
            async move { client.post("/api/v1/auth/sign-up", body).await.status.as_u16() }
        });
        let mut statuses = futures::future::join_all(racing).await;
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 403, 403, 403, 403, 403, 403, 403]);
    })
    .await;
}

#[tokio::test]
async fn of_many_at_an_open_door_one_is_the_operator() {
    on_each_database(OPEN, |deployment| async move {
        let racing = (0..6).map(|n| {
            let deployment = &deployment;
            async move {
                let (_, session) = sign_up(deployment, &format!("racer{n}")).await;
                let me = get(deployment, &session, "/api/v1/auth/me").await.expect(200);
                me["operator"] == true
            }
        });
        let operators = futures::future::join_all(racing).await;
        assert_eq!(operators.iter().filter(|operator| **operator).count(), 1);
    })
    .await;
}

#[tokio::test]
async fn the_same_sign_up_again_is_answered_again() {
    on_each_database(FIRST, |deployment| async move {
        let body = sign_up_body(person(), "ada");
        let again = (0..4).map(|_| {
            let (client, body) = (deployment.stranger(), body.clone());
            async move { client.post("/api/v1/auth/sign-up", body).await.status.as_u16() }
        });
        let mut at_once = futures::future::join_all(again).await;
        at_once.sort_unstable();
        assert_eq!(at_once, [200, 200, 200, 201]);

        for (key, value) in [("email", "eve@example.org"), ("password", "green walrus")] {
            let mut other = body.clone();
            other[key] = json!(value);
            deployment.stranger().post("/api/v1/auth/sign-up", other).await.expect(409);
        }
        deployment.stranger().post("/api/v1/auth/sign-up", body).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn an_address_is_taken_in_whatever_case() {
    on_each_database(OPEN, |deployment| async move {
        sign_up(&deployment, "ada").await;
        let other = sign_up_body(person(), "ADA");
        let problem = deployment.stranger().post("/api/v1/auth/sign-up", other).await.expect(409);
        assert!(text(&problem, "detail").contains("already"), "{problem}");

        let racing = (0..4).map(|_| {
            let (client, body) = (deployment.stranger(), sign_up_body(person(), "bob"));
            async move { client.post("/api/v1/auth/sign-up", body).await.status.as_u16() }
        });
        let mut statuses = futures::future::join_all(racing).await;
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409, 409, 409]);
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_is_named_and_nobody_is_made() {
    let deployment = deploy(FIRST).await;
    let refused = async |key: &str, value: &str| {
        let mut body = sign_up_body(person(), "ada");
        body[key] = json!(value);
        let answer = deployment.stranger().post("/api/v1/auth/sign-up", body).await;
        let (field, message) = answer.field();
        (answer.status.as_u16(), field, message)
    };
    for (key, value, said) in [
        ("email", "ada", "looks like ada@example.org"),
        ("email", " ", "is needed"),
        ("password", "short", "at least 8 characters; this one has 5"),
        ("password", "Password123!", "tried first"),
        ("password", "ada@example.org", "must not be the e-mail"),
        ("person", "not-an-id", "UUID"),
        ("client", "toaster", "unknown variant"),
        ("colour", "red", "unknown field"),
    ] {
        let (status, field, message) = refused(key, value).await;
        assert_eq!((status, field.as_str()), (422, key), "{message}");
        assert!(message.contains(said), "{message}");
    }
    let long = "x".repeat(257);
    assert_eq!(refused("password", &long).await.0, 422);
    let open = deployment.stranger().get("/api/v1/auth/registration").await.expect(200);
    assert_eq!(open["mode"], "first");
}

const INVITE: &[(&str, Build)] = &[("auth", |ctx| {
    build_with(ctx, Config { registration: RegistrationMode::Invite, ..Config::default() })
})];

#[tokio::test]
async fn by_invitation_only_nobody_signs_up_and_no_password_is_hashed() {
    let deployment = deploy(INVITE).await;
    let body = sign_up_body(person(), "ada");
    deployment.stranger().post("/api/v1/auth/sign-up", body).await.expect(403);
    assert_eq!(operations().hasher.work_done(), 0);
}

const SETUP: &[(&str, Build)] = &[("auth", |ctx| {
    let setup_token = Some("only-the-start-line-shows-this".to_owned());
    build_with(
        ctx,
        Config { setup_token, registration: RegistrationMode::Open, ..Config::default() },
    )
})];

#[tokio::test]
async fn the_first_sign_up_needs_the_set_up_token_and_the_next_do_not() {
    on_each_database(SETUP, |deployment| async move {
        let needs = async || {
            let answer = deployment.stranger().get("/api/v1/auth/registration").await.expect(200);
            answer["needs_setup_token"] == true
        };
        assert!(needs().await);
        let mut body = sign_up_body(person(), "ada");
        let problem =
            deployment.stranger().post("/api/v1/auth/sign-up", body.clone()).await.expect(403);
        assert!(text(&problem, "detail").contains("set-up link"), "{problem}");
        body["setup_token"] = json!("something else");
        deployment.stranger().post("/api/v1/auth/sign-up", body.clone()).await.expect(403);
        body["setup_token"] = json!("only-the-start-line-shows-this");
        deployment.stranger().post("/api/v1/auth/sign-up", body).await.expect(201);
        assert!(!needs().await);
        sign_up(&deployment, "bob").await;
    })
    .await;
}
