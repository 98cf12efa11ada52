//! The log: what operators must learn from it, and what nobody may.

use std::io::Write;
use std::sync::Mutex;

use tracing_subscriber::fmt::MakeWriter;

use super::*;

/// Everything that was logged, in whatever detail.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Log;

    fn make_writer(&self) -> Log {
        self.clone()
    }
}

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

#[tokio::test]
async fn the_log_tells_of_reuse_and_guessing_and_of_no_secret() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    let _logging = tracing::subscriber::set_default(subscriber);
    let deployment = deploy(OPEN).await;
    // A name that no id can hold by chance: ids are hexadecimal.
    let mut secrets = vec!["quimby".to_owned(), PASSWORD.to_owned(), "green walrus".to_owned()];
    let mut remember = |session: &Value| {
        for key in ["access_token", "refresh_token"] {
            // The middle of a token is enough to know it by.
            let token = text(session, key);
            secrets.push(token[token.len() / 2..].to_owned());
        }
    };

    let (_, session) = sign_up(&deployment, "quimby").await;
    remember(&session);
    let second = refresh(&deployment, text(&session, "refresh_token")).await.expect(200);
    remember(&second);
    let third = refresh(&deployment, text(&second, "refresh_token")).await.expect(200);
    remember(&third);
    refresh(&deployment, text(&session, "refresh_token")).await.expect(401);
    for _ in 0..6 {
        sign_in(&deployment, "quimby", "green walrus").await.expect(401);
    }
    sign_in(&deployment, "quimby", PASSWORD).await.expect(429);

    let logged = log.text();
    let reuse = logged.lines().find(|line| line.contains("a spent refresh token came back"));
    let reuse = reuse.expect("reuse is logged");
    assert!(reuse.contains("WARN") && reuse.contains(text(&session, "session")), "{reuse}");
    assert!(logged.contains("too many attempts to sign in failed"), "{logged}");
    for secret in secrets {
        assert!(!logged.to_lowercase().contains(&secret.to_lowercase()), "{secret}");
    }
}
