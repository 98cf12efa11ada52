//! `users`: what an operator does for people who can't get in.

use std::io::{BufRead, IsTerminal};

use crate::backends;
use crate::cli::UsersCommand;
use crate::config::Config;

pub async fn run(config: &Config, command: &UsersCommand) -> anyhow::Result<()> {
    let UsersCommand::ResetPassword { email } = command;
    backends::require_data(config)?;
    let password = read_password()?;
    let secrets = backends::secrets_of_auth(config)?;
    let (db, _) = backends::open(config, "auth").await?;
    db.migrate(auth::MIGRATIONS).await?;
    auth::reset_password(&db, &secrets, &config.auth, email, &password).await?;
    db.close().await;
    super::print("The password is set, and every session of this person has ended.\n")
}

fn read_password() -> anyhow::Result<String> {
    let input = std::io::stdin();
    if input.is_terminal() {
        eprint!("New password (it is shown as you type): ");
    }
    let mut line = String::new();
    input.lock().read_line(&mut line)?;
    let password = line.trim_end_matches(['\r', '\n']).to_owned();
    anyhow::ensure!(!password.is_empty(), "no password was given; type it, or pipe it in");
    Ok(password)
}
