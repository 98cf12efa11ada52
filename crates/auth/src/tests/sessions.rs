//! Sessions under bad networks and thieves, and how they end.

use super::*;
use crate::refresh::OVERLAP_SECONDS;

/// The refresh token of a successful answer.
fn next(answer: Answer) -> String {
    text(&answer.expect(200), "refresh_token").to_owned()
}

async fn first_token(deployment: &TestDeployment) -> (Value, String) {
    let (_, session) = sign_up(deployment, "ada").await;
    let token = text(&session, "refresh_token").to_owned();
    (session, token)
}

#[tokio::test]
async fn a_session_is_refreshed_on_and_on() {
    on_each_database(OPEN, |deployment| async move {
        let (session, mut token) = first_token(&deployment).await;
        for _ in 0..5 {
            deployment.clock.advance_seconds(15 * 60 + 10);
            let old = get(&deployment, &session, "/api/v1/auth/me").await;
            assert_eq!(old.status, 401, "the first access token is over");
            let refreshed = refresh(&deployment, &token).await.expect(200);
            get(&deployment, &refreshed, "/api/v1/auth/me").await.expect(200);
            assert_eq!(refreshed["session"], session["session"]);
            assert_ne!(refreshed["refresh_token"], token);
            token = text(&refreshed, "refresh_token").to_owned();
        }
    })
    .await;
}

#[tokio::test]
async fn two_tabs_at_once_get_the_same_answer() {
    on_each_database(OPEN, |deployment| async move {
        let (_, token) = first_token(&deployment).await;
        let tabs =
            futures::future::join(refresh(&deployment, &token), refresh(&deployment, &token));
        let (one, two) = tabs.await;
        let (one, two) = (next(one), next(two));
        assert_eq!(one, two);
        next(refresh(&deployment, &one).await);
    })
    .await;
}

#[tokio::test]
async fn a_race_of_many_leaves_one_newest_token() {
    on_each_database(OPEN, |deployment| async move {
        let (_, mut token) = first_token(&deployment).await;
        for _ in 0..3 {
            let race = (0..12).map(|_| refresh(&deployment, &token));
            let mut tokens: Vec<String> =
                futures::future::join_all(race).await.into_iter().map(next).collect();
            tokens.dedup();
            assert_eq!(tokens.len(), 1);
            token = tokens.remove(0);
        }
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_was_lost_is_given_again_even_days_later() {
    on_each_database(OPEN, |deployment| async move {
        let (_, token) = first_token(&deployment).await;
        let lost = next(refresh(&deployment, &token).await);
        deployment.clock.advance_seconds(3 * 24 * 3600);
        assert_eq!(next(refresh(&deployment, &token).await), lost);
        next(refresh(&deployment, &lost).await);
    })
    .await;
}

#[tokio::test]
async fn an_old_token_ends_the_session_everywhere_at_once() {
    on_each_database(OPEN, |deployment| async move {
        let (_, stolen) = first_token(&deployment).await;
        let second = next(refresh(&deployment, &stolen).await);
        let owner = refresh(&deployment, &second).await.expect(200);
        get(&deployment, &owner, "/api/v1/auth/me").await.expect(200);

        // Within the overlap, which is for the token before the newest alone.
        refresh(&deployment, &stolen).await.expect(401);
        get(&deployment, &owner, "/api/v1/auth/me").await.expect(401);
        refresh(&deployment, text(&owner, "refresh_token")).await.expect(401);
        refresh(&deployment, &second).await.expect(401);
        sign_in(&deployment, "ada", PASSWORD).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn a_thief_who_follows_in_step_is_found() {
    on_each_database(OPEN, |deployment| async move {
        let (_, mut owner) = first_token(&deployment).await;
        let mut thief = owner.clone();
        let mut answers = Vec::new();
        for _ in 0..2 {
            owner = next(refresh(&deployment, &owner).await);
            deployment.clock.advance_seconds(OVERLAP_SECONDS + 1);
            let answer = refresh(&deployment, &thief).await;
            answers.push(answer.status.as_u16());
            thief = answer.body["refresh_token"].as_str().unwrap_or_default().to_owned();
            deployment.clock.advance_seconds(OVERLAP_SECONDS + 1);
        }
        assert_eq!(answers, [200, 401]);
        refresh(&deployment, &owner).await.expect(401);
    })
    .await;
}

#[tokio::test]
async fn a_session_ends_unused_or_of_age() {
    on_each_database(OPEN, |deployment| async move {
        const DAY: i64 = 24 * 3600;
        let (session, mut token) = first_token(&deployment).await;
        assert_eq!(text(&session, "refresh_expires_at"), "2026-12-24T12:00:00.000000Z");
        let idle = sign_in(&deployment, "ada", PASSWORD).await.expect(200);
        // Used every 20 days, it lives for 180; unused, for 30.
        for _ in 0..8 {
            deployment.clock.advance_seconds(20 * DAY);
            token = next(refresh(&deployment, &token).await);
        }
        refresh(&deployment, text(&idle, "refresh_token")).await.expect(401);
        deployment.clock.advance_seconds(20 * DAY);
        refresh(&deployment, &token).await.expect(401);

        let here = sign_in(&deployment, "ada", PASSWORD).await.expect(200);
        let devices = async || get(&deployment, &here, "/api/v1/auth/sessions").await.expect(200);
        assert_eq!(devices().await["sessions"].as_array().unwrap().len(), 1);
        deployment.settle().await;
        assert_eq!(devices().await["sessions"].as_array().unwrap().len(), 1);
        refresh(&deployment, text(&here, "refresh_token")).await.expect(200);
        let find = |session: &Value| {
            let id = text(session, "session").parse().unwrap();
            async move {
                crate::store::session_find(operations().ctx.db().reader(), id).await.unwrap()
            }
        };
        assert_eq!((find(&session).await, find(&idle).await), (None, None), "they are forgotten");
    })
    .await;
}

#[tokio::test]
async fn signing_out_ends_the_session_at_once() {
    on_each_database(OPEN, |deployment| async move {
        let (session, token) = first_token(&deployment).await;
        let other = sign_in(&deployment, "ada", PASSWORD).await.expect(200);
        with_token(&deployment, &session, "POST", "/api/v1/auth/sign-out", None).await.expect(204);
        get(&deployment, &session, "/api/v1/auth/me").await.expect(401);
        refresh(&deployment, &token).await.expect(401);
        get(&deployment, &other, "/api/v1/auth/me").await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn a_person_sees_and_ends_their_own_sessions() {
    on_each_database(OPEN, |deployment| async move {
        let (here, _) = first_token(&deployment).await;
        let (_, bob) = sign_up(&deployment, "bob").await;
        deployment.clock.advance_seconds(60);
        let phone = json!({"email": email("ada"), "password": PASSWORD, "client": "bearer"});
        let long = format!("Phone{}", "x".repeat(500));
        let headers = [("user-agent", long.as_str())];
        let client = deployment.stranger();
        let path = "/api/v1/auth/sign-in";
        let there = client.send("POST".parse().unwrap(), path, &headers, Some(phone)).await;
        let there = there.expect(200);

        let devices = get(&deployment, &here, "/api/v1/auth/sessions").await.expect(200);
        let shown: Vec<(&str, bool)> = devices["sessions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|device| (text(device, "id"), device["current"] == true))
            .collect();
        assert_eq!(shown, [(text(&there, "session"), false), (text(&here, "session"), true)]);
        assert_eq!(text(&devices["sessions"][0], "user_agent").len(), 250);

        let end = async |by: &Value, session: &Value| {
            let path = format!("/api/v1/auth/sessions/{}", text(session, "session"));
            with_token(&deployment, by, "DELETE", &path, None).await
        };
        end(&bob, &there).await.expect(404);
        get(&deployment, &there, "/api/v1/auth/me").await.expect(200);
        end(&here, &there).await.expect(204);
        end(&here, &there).await.expect(404);
        get(&deployment, &there, "/api/v1/auth/me").await.expect(401);
        refresh(&deployment, text(&there, "refresh_token")).await.expect(401);
        get(&deployment, &here, "/api/v1/auth/me").await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn a_forged_token_is_answered_as_one_that_is_over() {
    let deployment = deploy(OPEN).await;
    let (session, token) = first_token(&deployment).await;
    with_token(&deployment, &session, "POST", "/api/v1/auth/sign-out", None).await.expect(204);
    let over = refresh(&deployment, &token).await.expect(401);
    let swapped = token.replace(".1.", ".2.");
    for forged in ["", "x", "a.b.c", swapped.as_str()] {
        let answer = refresh(&deployment, forged).await.expect(401);
        assert_eq!(answer["detail"], over["detail"]);
    }
}
