//! Where things are: the root of the repository and the folder that builds go to.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

/// This very program: its file may be replaced while the tests of the workspace are built.
pub const XTASK: &str = "/proc/self/exe";

pub struct Workspace {
    pub root: PathBuf,
    pub target: PathBuf,
}

impl Workspace {
    /// The workspace that this program was built from.
    pub fn here() -> Result<Self> {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = manifest.parent().context("xtask's folder has no parent")?.to_path_buf();
        let target = std::env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| root.join("target"), |folder| root.join(folder));
        Ok(Self { root, target })
    }

    /// A program that starts in the root of the repository.
    pub fn command<'a>(
        &self,
        program: &str,
        arguments: impl IntoIterator<Item = &'a str>,
    ) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&self.root);
        command
    }

    /// The program of the product, as a debug build leaves it.
    pub fn binary(&self) -> PathBuf {
        self.target.join("debug/expense-tracker")
    }
}
