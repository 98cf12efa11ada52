//! Values from the environment, or from files that it names: a secret is best mounted as a file.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;

use anyhow::Context;

/// Ends the name of a variable that holds the path to a value, and not the value.
const IN_FILE: &str = "_FILE";

/// The variables of a process.
pub struct Environment(BTreeMap<String, OsString>);

/// A value, and the variable that gave it.
#[derive(Debug, PartialEq, Eq)]
pub struct Given {
    pub variable: String,
    pub value: String,
}

impl Environment {
    pub fn of_process() -> Environment {
        std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
            .collect()
    }

    /// The names under which values are to be had, each once.
    pub fn names(&self) -> BTreeSet<&str> {
        self.0.keys().map(|name| name.strip_suffix(IN_FILE).unwrap_or(name)).collect()
    }

    /// The value of `NAME`, or what the file holds that `NAME_FILE` names.
    pub fn get(&self, name: &str) -> anyhow::Result<Option<Given>> {
        let in_file = format!("{name}{IN_FILE}");
        match (self.0.get(name), self.0.get(&in_file)) {
            (None, None) => Ok(None),
            (Some(value), None) => {
                let value = value.to_str().with_context(|| format!("{name}: must be UTF-8"))?;
                Ok(Some(Given { variable: name.to_owned(), value: value.to_owned() }))
            }
            (None, Some(path)) => {
                let value = std::fs::read_to_string(path)
                    .map_err(|error| anyhow::anyhow!("{in_file} = {path:?}: {error}"))?;
                // Whoever writes a line into a file does not mean its end.
                let value = value.trim_end_matches(['\r', '\n']).to_owned();
                Ok(Some(Given { variable: in_file, value }))
            }
            (Some(_), Some(_)) => anyhow::bail!("{name} and {in_file} are both set; keep one"),
        }
    }
}

impl FromIterator<(String, OsString)> for Environment {
    fn from_iter<I: IntoIterator<Item = (String, OsString)>>(variables: I) -> Environment {
        Environment(variables.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        variables.iter().map(|(name, value)| ((*name).to_owned(), value.into())).collect()
    }

    #[test]
    fn a_value_is_in_its_variable_or_in_the_file_that_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, " s3cret \r\n").unwrap();
        let path = path.to_str().unwrap();
        let environment = environment(&[("A", "plain"), ("B_FILE", path), ("C_FILE", "/nowhere")]);
        assert_eq!(environment.names(), BTreeSet::from(["A", "B", "C"]));
        let a = Given { variable: "A".to_owned(), value: "plain".to_owned() };
        assert_eq!(environment.get("A").unwrap(), Some(a));
        let b = Given { variable: "B_FILE".to_owned(), value: " s3cret ".to_owned() };
        assert_eq!(environment.get("B").unwrap(), Some(b));
        let error = environment.get("C").unwrap_err().to_string();
        assert!(error.contains("C_FILE") && error.contains("/nowhere"), "{error}");
        assert_eq!(environment.get("D").unwrap(), None);
    }

    #[test]
    fn a_value_in_two_places_is_refused() {
        let error = environment(&[("A", "x"), ("A_FILE", "/x")]).get("A").unwrap_err().to_string();
        assert_eq!(error, "A and A_FILE are both set; keep one");
    }
}
