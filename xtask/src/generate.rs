//! Files that are committed and made from code: writes them, or checks that they are current.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::process;
use crate::workspace::Workspace;

/// In order: the later ones read what the earlier ones write.
const GENERATORS: &[Generator] = &[
    Generator {
        output: "docs/openapi.json",
        from: "the routes and types of all services",
        program: "cargo",
        arguments: &["run", "--quiet", "--package", "expense-tracker", "--", "openapi"],
        result: Output::Printed,
    },
    Generator {
        output: "web/src/lib/api/generated.ts",
        from: "docs/openapi.json",
        program: "npm",
        arguments: &["--prefix", "web", "run", "--silent", "generate"],
        result: Output::Written,
    },
];

struct Generator {
    output: &'static str,
    /// What a person has to change to change the output.
    from: &'static str,
    program: &'static str,
    arguments: &'static [&'static str],
    result: Output,
}

/// Where the result of a generator is found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Output {
    Printed,
    Written,
}

pub fn write(workspace: &Workspace) -> Result<ExitCode> {
    for generator in GENERATORS {
        let path = workspace.root.join(generator.output);
        let before = fs::read(&path).ok();
        let after = generator.run(workspace, &path)?;
        let verdict = if before.as_deref() == Some(&after) { "as it was" } else { "written" };
        fs::write(&path, after).with_context(|| format!("can't write {}", generator.output))?;
        println!("{}: {verdict}", generator.output);
    }
    Ok(ExitCode::SUCCESS)
}

pub fn check(workspace: &Workspace) -> Result<ExitCode> {
    let mut code = ExitCode::SUCCESS;
    for generator in GENERATORS {
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

impl Generator {
    /// What the committed file differs in, and leaves it as it was.
    fn difference(&self, workspace: &Workspace) -> Result<Option<String>> {
        let path = workspace.root.join(self.output);
        let committed = fs::read(&path).ok();
        let today = self.run(workspace, &path);
        match (&committed, self.result) {
            (_, Output::Printed) => {}
            (Some(content), Output::Written) => fs::write(&path, content)?,
            (None, Output::Written) => fs::remove_file(&path)?,
        }
        Ok(first_difference(committed.as_deref(), &today?))
    }

    fn run(&self, workspace: &Workspace, path: &Path) -> Result<Vec<u8>> {
        let mut command = workspace.command(self.program, self.arguments.iter().copied());
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
    fn checking_leaves_the_committed_file_alone() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().to_path_buf();
        let workspace = Workspace { target: root.join("target"), root };
        let written = Generator {
            output: "made.txt",
            from: "nothing",
            program: "sh",
            arguments: &["-c", "echo new > made.txt"],
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
