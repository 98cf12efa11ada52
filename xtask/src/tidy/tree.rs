//! The files of the repository, read once.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::manifest::Manifest;
use super::source::Source;
use crate::process;

/// Paths relative to the root, with `/` between their parts.
pub struct Tree {
    pub manifests: BTreeMap<String, Manifest>,
    pub rust: BTreeMap<String, Source>,
    /// TypeScript, JavaScript and Svelte, as text.
    pub web: BTreeMap<String, String>,
}

impl Tree {
    /// What git knows or would add; built and fetched files are not ours to judge.
    pub fn of_repository(root: &Path) -> Result<Self> {
        let mut list = Command::new("git");
        list.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
        let paths = String::from_utf8(process::capture(list.current_dir(root))?)?;
        let mut files = Vec::new();
        for path in paths.split('\0').filter(|path| is_of_interest(path)) {
            let file = root.join(path);
            // Deleted, but not yet committed.
            if !file.exists() {
                continue;
            }
            let text = fs::read_to_string(&file).with_context(|| format!("can't read {path}"))?;
            files.push((path.to_owned(), text));
        }
        Self::of_files(files)
    }

    pub fn of_files(files: impl IntoIterator<Item = (String, String)>) -> Result<Self> {
        let mut tree =
            Self { manifests: BTreeMap::new(), rust: BTreeMap::new(), web: BTreeMap::new() };
        for (path, text) in files {
            if path.ends_with("Cargo.toml") {
                let manifest = Manifest::parse(&text).with_context(|| format!("in {path}"))?;
                tree.manifests.insert(path, manifest);
            } else if extension(&path) == "rs" {
                let source = Source::parse(&text);
                tree.rust.insert(path, source);
            } else {
                tree.web.insert(path, text);
            }
        }
        Ok(tree)
    }

    /// The members of the workspace, as (folder, manifest), without the root itself.
    pub fn crates(&self) -> impl Iterator<Item = (&str, &Manifest)> {
        self.manifests
            .iter()
            .filter_map(|(path, manifest)| Some((path.strip_suffix("/Cargo.toml")?, manifest)))
    }

    /// The Rust files below a folder.
    pub fn rust_in<'a>(
        &'a self,
        folder: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a Source)> + 'a {
        self.rust
            .iter()
            .filter(move |(path, _)| {
                path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
            })
            .map(|(path, source)| (path.as_str(), source))
    }
}

pub fn extension(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, extension)| extension)
}

fn is_of_interest(path: &str) -> bool {
    path.ends_with("Cargo.toml") || matches!(extension(path), "rs" | "ts" | "js" | "mjs" | "svelte")
}
