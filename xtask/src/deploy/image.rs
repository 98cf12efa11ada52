//! The image: built from what this machine compiled, and run as an operator would.

use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::checks::{Checks, eventually};
use super::podman::{Container, Podman};
use crate::workspace::Workspace;
use crate::{http, process, services};

pub const NAME: &str = "localhost/expense-tracker";
const PROGRAM: &str = "/usr/local/bin/expense-tracker";
const LIMIT: Duration = Duration::from_secs(60);

/// Builds it from the release build and the libraries of this machine.
pub fn build(workspace: &Workspace, podman: &Podman) -> Result<()> {
    let program = workspace.target.join("release/expense-tracker").display().to_string();
    let root = workspace.target.join("image-root").display().to_string();
    process::capture(&mut workspace.command("deploy/image-root.sh", [program.as_str(), &root]))
        .context("`cargo build --release --package expense-tracker` makes the program")?;
    let given_root = format!("root={root}");
    let mut build = podman.program("buildah", &["build", "--build-context", &given_root]);
    // Only this format can say how a container's health is asked for.
    build.args(["--format", "docker", "--file", "deploy/Containerfile", "--tag", NAME, "."]);
    process::capture(build.current_dir(&workspace.root)).map(drop)
}

/// Runs it with nothing but what it was promised to need.
pub fn check(podman: &Podman, checks: &mut Checks) {
    checks.run("the health check fails where no server runs", || {
        let asked = podman.run(&["run", "--rm", "--no-healthcheck", NAME, "health"]);
        let said = asked.err().context("it passes")?.to_string();
        ensure!(said.contains("nothing answers at http://127.0.0.1:8001/health/ready"), "{said}");
        Ok(())
    });
    let started = checks.run("it starts with a read-only root and without capabilities", || {
        let port = services::free_port()?;
        Ok((port, start(podman, port)?))
    });
    let Some((port, container)) = started else { return };
    checks.run("its own health check says that it is well", || {
        eventually(LIMIT, || container.ask(&["healthcheck", "run"]))
    });
    checks.run("it runs as nobody in particular", || {
        let user = podman.run(&["inspect", "--format", "{{.Config.User}}", container.id()])?;
        let process = podman.run(&["top", container.id(), "huser", "hgroup", "args"])?;
        let is_it = process
            .lines()
            .any(|line| line.split_whitespace().eq(["65532", "65532", PROGRAM, "serve"]));
        ensure!(user == "65532:65532" && is_it, "the image says {user:?}, there runs\n{process}");
        Ok(())
    });
    checks.run("its root can't be written to", || {
        let format = "{{.HostConfig.ReadonlyRootfs}} {{len .EffectiveCaps}}";
        let found = podman.run(&["inspect", "--format", format, container.id()])?;
        ensure!(found == "true 0", "read-only and the number of capabilities: {found}");
        Ok(())
    });
    checks.run("it has no shell", || {
        let shell = podman.run(&["exec", container.id(), "/bin/sh", "-c", "true"]);
        ensure!(shell.is_err(), "/bin/sh runs in it");
        Ok(())
    });
    checks.run("a page comes through the published port", || {
        let answer = http::get(port, "/")?;
        ensure!(answer.status == 200 && answer.body.contains("<html"), "{answer:?}");
        Ok(())
    });
    checks.run("the API answers through the published port", || {
        let answer = http::get(port, "/api/v1/auth/registration")?;
        ensure!(answer.status == 200 && answer.body.contains("needs_setup_token"), "{answer:?}");
        Ok(())
    });
    checks.run("asked to stop, it ends in order", || {
        container.ask(&["stop", "--time", "20"])?;
        let code = container.ask(&["inspect", "--format", "{{.State.ExitCode}}"])?;
        ensure!(code == "0", "its exit code is {code}");
        Ok(())
    });
}

fn start(podman: &Podman, port: u16) -> Result<Container<'_>> {
    let published = format!("127.0.0.1:{port}:8000");
    Container::start(
        podman,
        &[
            "--read-only",
            "--read-only-tmpfs=false",
            "--cap-drop=all",
            "--security-opt=no-new-privileges",
            "--publish",
            &published,
            NAME,
        ],
    )
}
