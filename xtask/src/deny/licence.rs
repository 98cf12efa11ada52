//! SPDX licence expressions: `MIT OR (Apache-2.0 AND BSD-3-Clause)`.

use anyhow::{Context, Result, bail};

/// Whether the expression can be met with licences that are allowed.
///
/// `/` stands for OR, as older manifests have it; `A WITH B` is one licence of that name.
pub fn is_satisfied(expression: &str, is_allowed: &impl Fn(&str) -> bool) -> Result<bool> {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut parser = Parser { words: &words, is_allowed };
    let result = parser.either().with_context(|| format!("`{expression}`"))?;
    match parser.words {
        [] => Ok(result),
        [word, ..] => bail!("`{expression}`: `{word}` is not expected there"),
    }
}

struct Parser<'a, F> {
    words: &'a [&'a str],
    is_allowed: &'a F,
}

impl<'a, F: Fn(&str) -> bool> Parser<'a, F> {
    fn either(&mut self) -> Result<bool> {
        let mut result = self.both()?;
        while self.take("OR") {
            result |= self.both()?;
        }
        Ok(result)
    }

    fn both(&mut self) -> Result<bool> {
        let mut result = self.one()?;
        while self.take("AND") {
            result &= self.one()?;
        }
        Ok(result)
    }

    fn one(&mut self) -> Result<bool> {
        if self.take("(") {
            let result = self.either()?;
            if !self.take(")") {
                bail!("a `)` is missing");
            }
            return Ok(result);
        }
        let licence = self.word()?;
        if self.take("WITH") {
            let exception = self.word()?;
            return Ok((self.is_allowed)(&format!("{licence} WITH {exception}")));
        }
        Ok((self.is_allowed)(licence))
    }

    fn word(&mut self) -> Result<&'a str> {
        let (word, rest) = self.words.split_first().context("it ends too early")?;
        if matches!(*word, "AND" | "OR" | "WITH" | "(" | ")") {
            bail!("`{word}` is not a licence");
        }
        self.words = rest;
        Ok(word)
    }

    fn take(&mut self, expected: &str) -> bool {
        match self.words.split_first() {
            Some((word, rest)) if *word == expected => {
                self.words = rest;
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_satisfied;

    fn with(allowed: &[&str], expression: &str) -> bool {
        is_satisfied(expression, &|licence: &str| allowed.contains(&licence)).unwrap()
    }

    #[test]
    fn one_side_of_or_is_enough_and_both_of_and_are_needed() {
        assert!(with(&["MIT"], "MIT OR GPL-3.0"));
        assert!(with(&["MIT"], "GPL-3.0/MIT"));
        assert!(!with(&["MIT"], "MIT AND GPL-3.0"));
        assert!(with(&["MIT", "ISC"], "MIT AND ISC"));
    }

    #[test]
    fn and_binds_closer_than_or_and_parentheses_closest() {
        assert!(with(&["MIT"], "MIT OR ISC AND Zlib"));
        assert!(!with(&["MIT"], "(MIT OR ISC) AND Zlib"));
        assert!(with(&["ISC", "Zlib"], "(MIT OR ISC) AND Zlib"));
    }

    #[test]
    fn an_exception_makes_another_licence() {
        assert!(!with(&["Apache-2.0"], "Apache-2.0 WITH LLVM-exception"));
        assert!(with(&["Apache-2.0 WITH LLVM-exception"], "Apache-2.0 WITH LLVM-exception"));
    }

    #[test]
    fn nonsense_is_an_error() {
        for expression in ["", "MIT OR", "(MIT", "MIT ISC", "AND"] {
            assert!(is_satisfied(expression, &|_: &str| true).is_err(), "{expression}");
        }
    }
}
