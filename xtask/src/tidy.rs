//! Defends the boundaries between crates and the habits of STYLE.md, and explains what it found.
//!
//! [`rules::RULES`] is the whole list, with its exceptions below it.

mod manifest;
mod rules;
mod source;
#[cfg(test)]
mod tests;
mod tree;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::process::ExitCode;

use anyhow::Result;
use rules::{ALLOWED, Allowed, RULES, Rule};
use tree::Tree;

use crate::workspace::Workspace;

pub fn run(workspace: &Workspace) -> Result<ExitCode> {
    let tree = Tree::of_repository(&workspace.root)?;
    let findings = check(&tree, RULES, ALLOWED);
    print!("{}", report(&findings, RULES));
    Ok(if findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// One place that breaks one rule.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    rule: &'static str,
    path: String,
    /// From 1; 0 when the whole file is meant.
    line: usize,
    what: String,
}

/// Collects what the rule at hand finds.
struct Findings {
    rule: &'static str,
    list: Vec<Finding>,
}

impl Findings {
    fn add(&mut self, path: &str, line: usize, what: impl Into<String>) {
        let what = what.into();
        self.list.push(Finding { rule: self.rule, path: path.to_owned(), line, what });
    }
}

fn check(tree: &Tree, rules: &[Rule], allowed: &[Allowed]) -> Vec<Finding> {
    let mut found = Findings { rule: "", list: Vec::new() };
    for rule in rules {
        found.rule = rule.name;
        (rule.check)(tree, &mut found);
    }
    let covers = |exception: &Allowed, finding: &Finding| {
        exception.rule == finding.rule
            && finding.path == exception.path
            && finding.what.contains(exception.what)
    };
    let (excused, mut left): (Vec<_>, Vec<_>) = found
        .list
        .into_iter()
        .partition(|finding| allowed.iter().any(|exception| covers(exception, finding)));
    for exception in allowed {
        if !excused.iter().any(|finding| covers(exception, finding)) {
            left.push(Finding {
                rule: "exceptions are needed",
                path: "xtask/src/tidy/rules.rs".to_owned(),
                line: 0,
                what: format!(
                    "ALLOWED excuses {} ({}) from \"{}\", which it no longer breaks",
                    exception.path, exception.what, exception.rule
                ),
            });
        }
    }
    left.sort();
    left.dedup();
    left
}

fn report(findings: &[Finding], rules: &[Rule]) -> String {
    if findings.is_empty() {
        return format!("tidy: {} rules, nothing found\n", rules.len());
    }
    let mut by_rule: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        by_rule.entry(finding.rule).or_default().push(finding);
    }
    let mut text = String::new();
    for (name, findings) in &by_rule {
        // Writing to a string can't fail.
        let _infallible = writeln!(text, "{name}");
        if let Some(rule) = rules.iter().find(|rule| rule.name == *name) {
            let _infallible =
                writeln!(text, "  why:     {}\n  instead: {}", rule.why, rule.instead);
        }
        for finding in findings {
            let place = match finding.line {
                0 => finding.path.clone(),
                line => format!("{}:{line}", finding.path),
            };
            let _infallible = writeln!(text, "  {place}: {}", finding.what);
        }
        text.push('\n');
    }
    let _infallible =
        writeln!(text, "tidy: {} found against {} rules", findings.len(), by_rule.len());
    text
}
