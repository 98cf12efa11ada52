//! The command line of the repository's automation.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use xtask::workspace::Workspace;
use xtask::{deny, deploy, generate, process, services, test, tidy};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Automation of this repository.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Every check in order; the last line is `N passed, M failed`.
    Test,
    /// Defends the boundaries between crates and the habits of STYLE.md.
    Tidy,
    /// Licences, banned crates and sources, by deny.toml.
    Deny,
    /// Writes the files that are made from code.
    Generate {
        /// Change nothing; fail if a file is not what its generator writes today.
        #[arg(long)]
        check: bool,
    },
    /// Prints deploy/compose.yml as the list of services makes it.
    #[command(hide = true)]
    Compose,
    /// Builds the container image from a release build.
    Image,
    /// Tries the deployment files with their own tools and on a control plane of Kubernetes; the last
    /// line is `N passed, M failed`.
    DeployCheck,
    /// Builds the image and runs it read-only, as nobody; the last line is `N passed, M failed`.
    ImageCheck,
    /// Private servers for the tests: databases and what services share beside them.
    Services {
        #[command(subcommand)]
        command: services::Command,
    },
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<ExitCode> {
    process::watch_for_interrupts()?;
    let workspace = Workspace::here()?;
    match command {
        Command::Test => test::run(&workspace),
        Command::Tidy => tidy::run(&workspace),
        Command::Deny => deny::run(&workspace),
        Command::Generate { check: false } => generate::write(&workspace),
        Command::Generate { check: true } => generate::check(&workspace),
        Command::Compose => deploy::compose::print(&workspace),
        Command::DeployCheck => deploy::check(&workspace),
        Command::Image => deploy::image(&workspace),
        Command::ImageCheck => deploy::image_check(&workspace),
        Command::Services { command } => services::run(&workspace, command),
    }
}
