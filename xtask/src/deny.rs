//! What we build on, held against `deny.toml`: bans, licences, sources.
//!
//! The file is cargo-deny's; this reads the part that needs nothing from outside. Advisories are
//! not checked, and the report says so.

mod licence;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::ExitCode;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::process;
use crate::workspace::Workspace;

const ADVISORIES: &str = "\
ADVISORIES WERE NOT CHECKED: their database is not on this machine. Where the network is open, run
`cargo deny check advisories`.";

pub fn run(workspace: &Workspace) -> Result<ExitCode> {
    let text = fs::read_to_string(workspace.root.join("deny.toml")).context("no deny.toml")?;
    let policy: Policy = toml::from_str(&text).context("deny.toml")?;
    let packages = packages_in_use(workspace, &policy)?;
    let verdict = judge(&packages, &policy)?;
    for warning in &verdict.warnings {
        println!("warning: {warning}");
    }
    for refusal in &verdict.refusals {
        println!("refused: {refusal}");
    }
    println!("deny: {} packages, {} refused", packages.len(), verdict.refusals.len());
    println!("{ADVISORIES}");
    Ok(if verdict.refusals.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The part of cargo-deny's configuration that we use.
#[derive(Deserialize)]
struct Policy {
    graph: Graph,
    bans: Bans,
    licenses: Licences,
}

#[derive(Deserialize)]
struct Graph {
    targets: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Bans {
    multiple_versions: Level,
    deny: Vec<Ban>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Deny,
    Warn,
    Allow,
}

#[derive(Deserialize)]
struct Ban {
    #[serde(rename = "crate")]
    name: String,
    reason: String,
}

#[derive(Deserialize)]
struct Licences {
    allow: BTreeSet<String>,
    #[serde(default)]
    exceptions: Vec<Exception>,
}

#[derive(Deserialize)]
struct Exception {
    #[serde(rename = "crate")]
    name: String,
    allow: BTreeSet<String>,
}

/// A package that the workspace is built from, itself included.
#[derive(Deserialize, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Package {
    name: String,
    version: String,
    license: Option<String>,
    /// None for a crate of this workspace.
    source: Option<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Default)]
struct Verdict {
    refusals: Vec<String>,
    warnings: Vec<String>,
}

/// The packages that are built on any of the policy's targets, with every feature of ours.
///
/// `cargo metadata` alone also lists optional packages that nothing switches on.
fn packages_in_use(workspace: &Workspace, policy: &Policy) -> Result<Vec<Package>> {
    let mut in_use = BTreeSet::new();
    for target in &policy.graph.targets {
        let mut tree = workspace.command("cargo", ["tree", "--workspace", "--all-features"]);
        tree.args(["--locked", "--edges", "normal,build,dev", "--prefix", "none"]);
        tree.args(["--format", "{p}", "--target", target]);
        let lines = String::from_utf8(process::capture(&mut tree)?)?;
        in_use.extend(lines.lines().filter_map(name_and_version));
    }
    let mut metadata = workspace.command("cargo", ["metadata", "--format-version", "1"]);
    let text = process::capture(metadata.args(["--locked", "--all-features"]))?;
    let all: Metadata = serde_json::from_slice(&text).context("what cargo metadata printed")?;
    let is_in_use =
        |package: &Package| in_use.contains(&(package.name.clone(), package.version.clone()));
    Ok(all.packages.into_iter().filter(is_in_use).collect())
}

/// From a line like `serde v1.0.228 (proc-macro)`.
fn name_and_version(line: &str) -> Option<(String, String)> {
    let mut words = line.split_whitespace();
    let name = words.next()?;
    let version = words.next()?.strip_prefix('v')?;
    Some((name.to_owned(), version.to_owned()))
}

fn judge(packages: &[Package], policy: &Policy) -> Result<Verdict> {
    let mut verdict = Verdict::default();
    for package in packages {
        verdict.refusals.extend(banned(package, policy));
        verdict.refusals.extend(unlicensed(package, policy)?);
    }
    verdict.refusals.extend(from_elsewhere(packages));
    match policy.bans.multiple_versions {
        Level::Deny => verdict.refusals.extend(in_several_versions(packages)),
        Level::Warn => verdict.warnings.extend(in_several_versions(packages)),
        Level::Allow => {}
    }
    Ok(verdict)
}

fn banned(package: &Package, policy: &Policy) -> Option<String> {
    let ban = policy.bans.deny.iter().find(|ban| ban.name == package.name)?;
    Some(format!(
        "{} {} is banned: {}; `cargo tree --invert {}` shows who brings it",
        package.name, package.version, ban.reason, package.name
    ))
}

fn unlicensed(package: &Package, policy: &Policy) -> Result<Option<String>> {
    let Some(expression) = &package.license else {
        return Ok(Some(format!("{} {} names no licence", package.name, package.version)));
    };
    let exception = policy.licenses.exceptions.iter().find(|it| it.name == package.name);
    let is_allowed = |licence: &str| {
        policy.licenses.allow.contains(licence)
            || exception.is_some_and(|exception| exception.allow.contains(licence))
    };
    let is_fine = licence::is_satisfied(expression, &is_allowed)
        .with_context(|| format!("the licence of {} {}", package.name, package.version))?;
    let refusal = format!("{} {} is under {expression}", package.name, package.version);
    Ok((!is_fine).then_some(refusal))
}

/// Packages that are not from the one registry that nearly all are from.
fn from_elsewhere(packages: &[Package]) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for source in packages.iter().filter_map(|package| package.source.as_deref()) {
        *counts.entry(source).or_default() += 1;
    }
    let usual = counts.iter().filter(|(source, _)| source.starts_with("registry+"));
    let usual = usual.max_by_key(|(_, count)| **count).map(|(source, _)| *source);
    packages
        .iter()
        .filter_map(|package| Some((package, package.source.as_deref()?)))
        .filter(|(_, source)| Some(*source) != usual)
        .map(|(package, source)| format!("{} {} is from {source}", package.name, package.version))
        .collect()
}

fn in_several_versions(packages: &[Package]) -> Option<String> {
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in packages {
        versions.entry(&package.name).or_default().push(&package.version);
    }
    versions.retain(|_, versions| versions.len() > 1);
    let list: Vec<_> = versions
        .iter()
        .map(|(name, versions)| format!("{name} ({})", versions.join(", ")))
        .collect();
    let count = list.len();
    (count > 0).then(|| format!("{count} packages are in several versions: {}", list.join("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = r#"
        [graph]
        targets = ["x86_64-unknown-linux-gnu"]
        [bans]
        multiple-versions = "warn"
        deny = [{ crate = "openssl", reason = "one crypto library is enough" }]
        [licenses]
        allow = ["MIT", "Apache-2.0"]
        exceptions = [{ crate = "passkeys", allow = ["MPL-2.0"] }]
    "#;

    fn package(name: &str, version: &str, license: &str, source: Option<&str>) -> Package {
        Package {
            name: name.to_owned(),
            version: version.to_owned(),
            license: (!license.is_empty()).then(|| license.to_owned()),
            source: source.map(str::to_owned),
        }
    }

    fn refusals(packages: &[Package]) -> Vec<String> {
        judge(packages, &toml::from_str(POLICY).unwrap()).unwrap().refusals
    }

    const USUAL: Option<&str> = Some("registry+the usual one");

    #[test]
    fn what_keeps_the_policy_passes() {
        assert_eq!(
            refusals(&[
                package("ours", "0.1.0", "MIT", None),
                package("serde", "1.0.0", "MIT OR Apache-2.0", USUAL),
                package("passkeys", "1.0.0", "MPL-2.0", USUAL),
            ]),
            [""; 0]
        );
    }

    #[test]
    fn bans_licences_and_sources_are_refused() {
        assert_eq!(
            refusals(&[
                package("serde", "1.0.0", "MIT", USUAL),
                package("openssl", "0.10.1", "Apache-2.0", USUAL),
                package("viral", "1.0.0", "GPL-3.0", USUAL),
                package("other", "1.0.0", "MPL-2.0", USUAL),
                package("silent", "1.0.0", "", USUAL),
                package("forked", "1.0.0", "MIT", Some("git+file:///somewhere")),
            ]),
            [
                "openssl 0.10.1 is banned: one crypto library is enough; `cargo tree --invert \
                 openssl` shows who brings it",
                "viral 1.0.0 is under GPL-3.0",
                "other 1.0.0 is under MPL-2.0",
                "silent 1.0.0 names no licence",
                "forked 1.0.0 is from git+file:///somewhere",
            ]
        );
    }

    #[test]
    fn several_versions_are_a_warning_or_whatever_the_policy_says() {
        let packages =
            [package("rand", "0.9.0", "MIT", USUAL), package("rand", "0.10.0", "MIT", USUAL)];
        let said = ["1 packages are in several versions: rand (0.9.0, 0.10.0)"];
        let verdict = judge(&packages, &toml::from_str(POLICY).unwrap()).unwrap();
        assert_eq!((verdict.refusals.len(), verdict.warnings), (0, said.map(str::to_owned).into()));
        let strict = toml::from_str(&POLICY.replace("\"warn\"", "\"deny\"")).unwrap();
        assert_eq!(judge(&packages, &strict).unwrap().refusals, said);
    }

    #[test]
    fn lines_of_cargo_tree_are_read() {
        assert_eq!(
            name_and_version("serde_derive v1.0.2 (proc-macro) (*)"),
            Some(("serde_derive".to_owned(), "1.0.2".to_owned()))
        );
        assert_eq!(name_and_version(""), None);
    }
}
