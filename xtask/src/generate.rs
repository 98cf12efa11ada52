//! Files that are committed and made from code: writes them, or checks that they are current.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::deploy::compose;
use crate::process;
use crate::workspace::{Workspace, XTASK};

/// Every generator, in order: the later ones read what the earlier ones write.
fn generators(workspace: &Workspace) -> Result<Vec<Generator>> {
    let program = workspace.binary().display().to_string();
    let mut all = vec![
        Generator {
            output: "docs/openapi.json".to_owned(),
            from: "the routes and types of all services",
            command: vec![program.clone(), "openapi".to_owned()],
            result: Output::Printed,
        },
        Generator {
            output: "docs/asyncapi.yml".to_owned(),
            from: "the events of all services and what the bus puts around them",
            command: vec![program.clone(), "asyncapi".to_owned()],
            result: Output::Printed,
        },
        Generator {
            output: "web/src/lib/api/generated.ts".to_owned(),
            from: "docs/openapi.json",
            command: ["npm", "--prefix", "web", "run", "--silent", "generate"]
                .map(Into::into)
                .into(),
            result: Output::Written,
        },
        Generator {
            output: compose::FILE.to_owned(),
            from: "the list of services",
            command: [XTASK, "compose"].map(Into::into).into(),
            result: Output::Printed,
        },
        Generator {
            output: "deploy/helm/expense-tracker/services.json".to_owned(),
            from: "the list of services",
            command: [&program, "services", "--json"].map(Into::into).into(),
            result: Output::Printed,
        },
    ];
    for service in services_with_tables(&workspace.root)? {
        for dialect in ["sqlite", "postgres", "mysql"] {
            let arguments = ["migrate", "--service", &service, "--print", dialect];
            all.push(Generator {
                output: format!("crates/{service}/migrations/{dialect}.sql"),
                from: "the migrations in the service's store",
                command: std::iter::once(program.as_str())
                    .chain(arguments)
                    .map(Into::into)
                    .collect(),
                result: Output::Printed,
            });
        }
    }
    Ok(all)
}

/// The crates that have a `store.rs`, or a folder of that name.
fn services_with_tables(root: &Path) -> Result<Vec<String>> {
    let mut services = Vec::new();
    for entry in fs::read_dir(root.join("crates")).context("no crates")? {
        let folder = entry?.path();
        let has_store =
            ["src/store.rs", "src/store/mod.rs"].map(|file| folder.join(file).is_file());
        if let Some(name) = folder.file_name().filter(|_| has_store.contains(&true)) {
            services.push(name.to_string_lossy().into_owned());
        }
    }
    services.sort();
    Ok(services)
}

struct Generator {
    output: String,
    /// What a person has to change to change the output.
    from: &'static str,
    command: Vec<String>,
    result: Output,
}

/// Where the result of a generator is found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Output {
    Printed,
    Written,
}

pub fn write(workspace: &Workspace) -> Result<ExitCode> {
    build_program(workspace)?;
    let mut code = ExitCode::SUCCESS;
    for generator in generators(workspace)? {
        match generator.write(workspace) {
            Ok(verdict) => println!("{}: {verdict}", generator.output),
            Err(error) => {
                code = ExitCode::FAILURE;
                println!("{}: can't be generated: {error:#}", generator.output);
            }
        }
    }
    Ok(code)
}

pub fn check(workspace: &Workspace) -> Result<ExitCode> {
    build_program(workspace)?;
    let mut code = ExitCode::SUCCESS;
    for generator in generators(workspace)? {
        match generator.difference(workspace) {
            Ok(None) => println!("{}: current", generator.output),
            Ok(Some(difference)) => {
                code = ExitCode::FAILURE;
                println!(
                    "{}: not what {} makes today ({difference}); run `make generate` and commit it",
                    generator.output, generator.from
                );
            }
            Err(error) => {
                code = ExitCode::FAILURE;
                println!("{}: can't be generated: {error:#}", generator.output);
            }
        }
    }
    Ok(code)
}

fn build_program(workspace: &Workspace) -> Result<()> {
    let arguments = ["build", "--quiet", "--package", "expense-tracker"];
    process::capture(&mut workspace.command("cargo", arguments)).map(drop)
}

impl Generator {
    /// Writes what is made today, and says whether that is news.
    fn write(&self, workspace: &Workspace) -> Result<&'static str> {
        let path = workspace.root.join(&self.output);
        let before = fs::read(&path).ok();
        let today = self.run(workspace, &path)?;
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let verdict = if before.as_deref() == Some(&today) { "as it was" } else { "written" };
        fs::write(&path, today)?;
        Ok(verdict)
    }

    /// What the committed file differs in, and leaves it as it was.
    fn difference(&self, workspace: &Workspace) -> Result<Option<String>> {
        let path = workspace.root.join(&self.output);
        let committed = fs::read(&path).ok();
        let today = self.run(workspace, &path);
        match (&committed, self.result) {
            (Some(content), Output::Written) => fs::write(&path, content)?,
            (None, Output::Written) if path.exists() => fs::remove_file(&path)?,
            _ => {}
        }
        Ok(first_difference(committed.as_deref(), &today?))
    }

    fn run(&self, workspace: &Workspace, path: &Path) -> Result<Vec<u8>> {
        let (program, arguments) = self.command.split_first().context("nothing to run")?;
        let mut command = workspace.command(program, arguments.iter().map(String::as_str));
        let printed = process::capture(&mut command)?;
        match self.result {
            Output::Printed => Ok(printed),
            Output::Written => fs::read(path)
                .with_context(|| format!("its generator did not write {}", self.output)),
        }
    }
}

fn first_difference(committed: Option<&[u8]>, today: &[u8]) -> Option<String> {
    let Some(committed) = committed else { return Some("the file is missing".to_owned()) };
    if committed == today {
        return None;
    }
    let (committed, today) = (String::from_utf8_lossy(committed), String::from_utf8_lossy(today));
    let same = committed.lines().zip(today.lines()).take_while(|(old, new)| old == new).count();
    Some(format!("first at line {}", same + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_told_by_its_line() {
        assert_eq!(first_difference(Some(b"a\nb\n"), b"a\nb\n"), None);
        assert_eq!(first_difference(Some(b"a\nb\n"), b"a\nc\n").unwrap(), "first at line 2");
        assert_eq!(first_difference(Some(b"a\n"), b"a\nb\n").unwrap(), "first at line 2");
        assert_eq!(first_difference(Some(b"a"), b"a\n").unwrap(), "first at line 2");
        assert_eq!(first_difference(None, b"a\n").unwrap(), "the file is missing");
    }

    #[test]
    fn services_with_tables_are_those_with_a_store() {
        let folder = tempfile::tempdir().unwrap();
        for path in ["ledger/src/store.rs", "auth/src/store/mod.rs", "web/src/http.rs"] {
            let path = folder.path().join("crates").join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        assert_eq!(services_with_tables(folder.path()).unwrap(), ["auth", "ledger"]);
    }

    #[test]
    fn checking_leaves_the_committed_file_alone() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().to_path_buf();
        let workspace = Workspace { target: root.join("target"), root };
        let written = Generator {
            output: "made.txt".to_owned(),
            from: "nothing",
            command: ["sh", "-c", "echo new > made.txt"].map(Into::into).into(),
            result: Output::Written,
        };
        let path = workspace.root.join("made.txt");
        fs::write(&path, "old\n").unwrap();
        assert_eq!(written.difference(&workspace).unwrap().unwrap(), "first at line 1");
        assert_eq!(fs::read_to_string(&path).unwrap(), "old\n");
        fs::write(&path, "new\n").unwrap();
        assert_eq!(written.difference(&workspace).unwrap(), None);
        fs::remove_file(&path).unwrap();
        assert_eq!(written.difference(&workspace).unwrap().unwrap(), "the file is missing");
        assert!(!path.exists());
    }
}
