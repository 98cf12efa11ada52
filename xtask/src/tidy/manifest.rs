//! What a `Cargo.toml` says about dependencies.

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Deserialize;

pub struct Manifest {
    pub dependencies: Vec<Dependency>,
    /// Of the root: the names under `[workspace.dependencies]`.
    pub workspace_dependencies: Vec<Dependency>,
    pub inherits_lints: bool,
}

pub struct Dependency {
    pub name: String,
    /// From 1, or 0 if the line was not found.
    pub line: usize,
    /// `name.workspace = true`, with nothing said about version or place.
    pub is_inherited: bool,
    pub is_for_tests: bool,
    /// The folder, for a crate of this workspace.
    pub path: Option<String>,
}

type Table = BTreeMap<String, toml::Value>;

#[derive(Deserialize)]
struct Raw {
    #[serde(default)]
    dependencies: Table,
    #[serde(default, rename = "dev-dependencies")]
    dev_dependencies: Table,
    #[serde(default, rename = "build-dependencies")]
    build_dependencies: Table,
    #[serde(default)]
    target: BTreeMap<String, RawTarget>,
    #[serde(default)]
    lints: Table,
    workspace: Option<RawWorkspace>,
}

#[derive(Deserialize)]
struct RawTarget {
    #[serde(default)]
    dependencies: Table,
}

#[derive(Deserialize)]
struct RawWorkspace {
    #[serde(default)]
    dependencies: Table,
}

impl Manifest {
    pub fn parse(text: &str) -> Result<Self> {
        let raw: Raw = toml::from_str(text)?;
        let mut dependencies = Vec::new();
        for table in raw.target.values().map(|target| &target.dependencies) {
            dependencies
                .extend(table.iter().map(|(name, value)| Dependency::new(name, value, text)));
        }
        for table in [&raw.dependencies, &raw.build_dependencies] {
            dependencies
                .extend(table.iter().map(|(name, value)| Dependency::new(name, value, text)));
        }
        dependencies.extend(raw.dev_dependencies.iter().map(|(name, value)| Dependency {
            is_for_tests: true,
            ..Dependency::new(name, value, text)
        }));
        let workspace = raw.workspace.map(|workspace| workspace.dependencies).unwrap_or_default();
        let workspace_dependencies =
            workspace.iter().map(|(name, value)| Dependency::new(name, value, text)).collect();
        let inherits_lints =
            raw.lints.get("workspace").and_then(toml::Value::as_bool) == Some(true);
        Ok(Self { dependencies, workspace_dependencies, inherits_lints })
    }
}

impl Dependency {
    fn new(name: &str, value: &toml::Value, text: &str) -> Self {
        let has = |key: &str| value.get(key).is_some();
        let line = text.lines().position(|line| {
            line.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '.', '=']))
        });
        Self {
            name: name.to_owned(),
            line: line.map_or(0, |index| index + 1),
            is_inherited: has("workspace") && !has("version") && !has("path") && !has("git"),
            is_for_tests: false,
            path: value.get("path").and_then(toml::Value::as_str).map(str::to_owned),
        }
    }
}
