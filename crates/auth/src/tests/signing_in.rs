//! Sign-in and passwords: what strangers may learn (nothing), and what changes end.

use super::*;
use crate::auth::reset_password_at;
use crate::config::Argon2Cost;

#[tokio::test]
async fn the_right_password_signs_in_and_is_kept_as_typed() {
    on_each_database(OPEN, |deployment| async move {
        sign_up(&deployment, "ada").await;
        sign_in(&deployment, "ADA", PASSWORD).await.expect(200);
        for wrong in ["Purple walrus", " purple walrus", "purple walrus ", "purple walru", ""] {
            sign_in(&deployment, "ada", wrong).await.expect(401);
        }
    })
    .await;
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_look_and_cost_the_same() {
    on_each_database(OPEN, |deployment| async move {
        sign_up(&deployment, "ada").await;
        let before = operations().hasher.work_done();
        let wrong = sign_in(&deployment, "ada", "green walrus").await;
        let between = operations().hasher.work_done();
        let unknown = sign_in(&deployment, "eve", "green walrus").await;
        let after = operations().hasher.work_done();
        assert_eq!((between - before, after - between), (1, 1));
        let seen = |answer: &Answer| {
            let mut body = answer.body.clone();
            body["request_id"] = Value::Null;
            let headers: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
            (answer.status, headers, body)
        };
        assert_eq!(seen(&wrong), seen(&unknown));
        assert_eq!(wrong.expect(401)["detail"], "E-mail or password is wrong.");
    })
    .await;
}

#[tokio::test]
async fn guessing_is_slowed_down_alike_for_known_and_unknown() {
    let deployment = deploy(OPEN).await;
    sign_up(&deployment, "ada").await;
    for name in ["ada", "eve"] {
        for _ in 0..6 {
            sign_in(&deployment, name, "green walrus").await.expect(401);
        }
        let before = operations().hasher.work_done();
        // In the pause even the right password is not told from a wrong one.
        let answer = sign_in(&deployment, name, PASSWORD).await;
        assert_eq!(answer.headers["retry-after"], "60");
        assert!(text(&answer.expect(429), "detail").contains("wait 60 seconds"));
        assert_eq!(operations().hasher.work_done(), before);
    }
    deployment.clock.advance_seconds(61);
    sign_in(&deployment, "ada", PASSWORD).await.expect(200);
    sign_in(&deployment, "ada", "green walrus").await.expect(401);
    sign_in(&deployment, "ada", PASSWORD).await.expect(429);
    deployment.clock.advance_seconds(15 * 60);
    sign_in(&deployment, "ada", "green walrus").await.expect(401);
    sign_in(&deployment, "ada", PASSWORD).await.expect(200);
}

#[tokio::test]
async fn guessing_at_many_accounts_from_one_address_is_slowed_down() {
    let deployment = deploy(OPEN).await;
    let guess = async |n: usize, address: &str| {
        let body = json!({"email": email(&format!("user{n}")), "password": "green walrus", "client": "bearer"});
        let headers = [("x-real-ip", address)];
        let client = deployment.stranger();
        client.send("POST".parse().unwrap(), "/api/v1/auth/sign-in", &headers, Some(body)).await
    };
    for n in 0..51 {
        guess(n, "192.0.2.1").await.expect(401);
    }
    guess(100, "192.0.2.1").await.expect(429);
    guess(100, "192.0.2.2").await.expect(401);
}

#[tokio::test]
async fn when_too_many_sign_in_the_rest_is_told_to_come_back() {
    let deployment = deploy(OPEN).await;
    sign_up(&deployment, "ada").await;
    let crowd = operations().hasher.crowd();
    let answer = sign_in(&deployment, "ada", PASSWORD).await;
    assert_eq!(answer.headers["retry-after"], "2");
    answer.expect(429);
    drop(crowd);
    sign_in(&deployment, "ada", PASSWORD).await.expect(200);
}

#[tokio::test]
async fn a_changed_password_ends_the_other_sessions() {
    on_each_database(OPEN, |deployment| async move {
        let (_, here) = sign_up(&deployment, "ada").await;
        let there = sign_in(&deployment, "ada", PASSWORD).await.expect(200);
        let (_, bob) = sign_up(&deployment, "bob").await;
        let change = async |current: &str, new: &str| {
            let body = json!({"current": current, "new": new});
            with_token(&deployment, &here, "POST", "/api/v1/auth/password", Some(body)).await
        };
        let answer = change("green walrus", "password1").await;
        assert_eq!(answer.field().0, "new");
        assert_eq!(answer.expect(422)["fields"][1]["field"], "current");
        change(PASSWORD, "ada@example.org").await.expect(422);
        get(&deployment, &there, "/api/v1/auth/me").await.expect(200);

        change(PASSWORD, "green walrus").await.expect(204);
        get(&deployment, &here, "/api/v1/auth/me").await.expect(200);
        get(&deployment, &bob, "/api/v1/auth/me").await.expect(200);
        get(&deployment, &there, "/api/v1/auth/me").await.expect(401);
        refresh(&deployment, text(&there, "refresh_token")).await.expect(401);
        refresh(&deployment, text(&here, "refresh_token")).await.expect(200);
        sign_in(&deployment, "ada", PASSWORD).await.expect(401);
        sign_in(&deployment, "ada", "green walrus").await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn the_operator_can_reset_a_password() {
    on_each_database(OPEN, |deployment| async move {
        let (_, session) = sign_up(&deployment, "ada").await;
        sign_in(&deployment, "ada", PASSWORD).await.expect(200);
        let (auth, config) = (operations(), Config::default());
        let (db, secrets) = (auth.ctx.db(), &auth.ctx.secrets);
        let reset = async |name: &str, new: &str| {
            let now = deployment.clock.now();
            reset_password_at(db, secrets, &config, &email(name), new, now).await
        };
        assert_eq!(
            reset("eve", "green walrus").await.unwrap_err().to_string(),
            "nobody here has this e-mail address"
        );
        let weak = reset("ada", "short").await.unwrap_err().to_string();
        assert!(weak.contains("at least 8 characters"), "{weak}");
        assert_eq!(reset("Ada", "green walrus").await.unwrap(), 2);
        refresh(&deployment, text(&session, "refresh_token")).await.expect(401);
        sign_in(&deployment, "ada", PASSWORD).await.expect(401);
        sign_in(&deployment, "ada", "green walrus").await.expect(200);
        // The running server hears of it when it next looks.
        get(&deployment, &session, "/api/v1/auth/me").await.expect(200);
        deployment.settle().await;
        get(&deployment, &session, "/api/v1/auth/me").await.expect(401);
    })
    .await;
}

const COSTLY: Argon2Cost = Argon2Cost { memory_kib: 19 * 1024, iterations: 3, lanes: 1 };

#[tokio::test]
async fn a_raised_cost_takes_effect_at_the_next_sign_in() {
    on_each_database(OPEN, |deployment| async move {
        let (ada, _) = sign_up(&deployment, "ada").await;
        let cheap = operations();
        let config = Config { argon2: COSTLY, ..Config::default() };
        let costly = Auth::new(cheap.ctx.clone(), config).unwrap();
        let kept = async || {
            let person = crate::store::person_find(cheap.ctx.db().reader(), ada).await.unwrap();
            person.unwrap().password
        };
        assert!(kept().await.contains("t=2"));
        let body = contracts::auth::SignIn {
            email: email("ada"),
            password: PASSWORD.to_owned(),
            client: contracts::auth::Client::Bearer,
        };
        assert!(costly.sign_in(&body, &crate::auth::Visitor::default()).await.is_ok());
        assert_eq!(costly.hasher.work_done(), 2);
        let raised = kept().await;
        assert!(raised.contains("t=3"));
        assert!(costly.sign_in(&body, &crate::auth::Visitor::default()).await.is_ok());
        assert_eq!((costly.hasher.work_done(), kept().await), (3, raised));
    })
    .await;
}
