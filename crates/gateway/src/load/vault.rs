//! References of Kong's: `{vault://env/redis-password}` stands for the variable `REDIS_PASSWORD`.

use super::Environment;

/// What a text refers to, or the text itself where it is no reference.
pub(super) fn resolve(text: &str, environment: Environment<'_>) -> Result<String, String> {
    let reference = text.strip_prefix("{vault://").and_then(|rest| rest.strip_suffix('}'));
    let Some(reference) = reference else { return Ok(text.to_owned()) };
    let name = reference.strip_prefix("env/").filter(|name| is_name(name)).ok_or_else(|| {
        format!("{text} is no reference that is known here; write one such as {{vault://env/redis-password}}")
    })?;
    let variable = name.to_ascii_uppercase().replace('-', "_");
    environment(&variable)?.ok_or_else(|| {
        format!("{text} refers to {variable}, which is not set; set it or {variable}_FILE")
    })
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(name: &str) -> Result<Option<String>, String> {
        match name {
            "REDIS_PASSWORD" => Ok(Some("secret".to_owned())),
            "BROKEN" => Err("BROKEN_FILE can't be read".to_owned()),
            _ => Ok(None),
        }
    }

    #[test]
    fn a_reference_is_a_variable_and_all_else_is_itself() {
        let resolve = |text| resolve(text, &environment);
        assert_eq!(resolve("{vault://env/redis-password}").unwrap(), "secret");
        assert_eq!(resolve("{vault://env/REDIS_PASSWORD}").unwrap(), "secret");
        assert_eq!(resolve("plain").unwrap(), "plain");
    }

    #[test]
    fn a_reference_to_nothing_says_what_to_set() {
        let problem = |text| resolve(text, &environment).unwrap_err();
        assert!(problem("{vault://env/other}").contains("OTHER_FILE"));
        assert!(problem("{vault://env/broken}").contains("can't be read"));
        assert!(problem("{vault://aws/redis-password}").contains("{vault://env/redis-password}"));
    }
}
