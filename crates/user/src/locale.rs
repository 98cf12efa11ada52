//! Locales: language tags of BCP 47 in the form that browsers take (Unicode TR 35, section 3.2).

use std::collections::HashSet;
use std::iter::Peekable;
use std::str::Split;

/// A text that is no locale.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be a language tag such as en-GB or zh-Hant-TW")]
pub(crate) struct LocaleError;

const LONGEST: usize = 60;

type Parts<'a> = Peekable<Split<'a, char>>;

/// A browser refuses to write any number in a locale that is not well formed, so none is kept.
pub(crate) fn check(text: &str) -> Result<(), LocaleError> {
    let mut parts = text.split('-').peekable();
    let language = take(&mut parts, is_language).is_some();
    let _script = take(&mut parts, |part| is_letters(part, 4));
    let _region = take(&mut parts, is_region);
    let variants = are_distinct(std::iter::from_fn(|| take(&mut parts, is_variant)));
    let extensions = extensions(&mut parts);
    let all_read = parts.next().is_none();
    let fine = text.len() <= LONGEST && language && variants && extensions && all_read;
    if fine { Ok(()) } else { Err(LocaleError) }
}

fn take<'a>(parts: &mut Parts<'a>, is_it: impl Fn(&str) -> bool) -> Option<&'a str> {
    parts.next_if(|part| is_it(part))
}

fn is_language(part: &str) -> bool {
    matches!(part.len(), 2..=3 | 5..=8) && part.chars().all(|c| c.is_ascii_alphabetic())
}

fn is_letters(part: &str, length: usize) -> bool {
    part.len() == length && part.chars().all(|c| c.is_ascii_alphabetic())
}

fn is_region(part: &str) -> bool {
    let is_number = part.len() == 3 && part.chars().all(|c| c.is_ascii_digit());
    is_letters(part, 2) || is_number
}

fn is_variant(part: &str) -> bool {
    let begins_with_digit = part.starts_with(|c: char| c.is_ascii_digit());
    is_alphanumeric(part, 5, 8) || (begins_with_digit && is_alphanumeric(part, 4, 4))
}

fn is_alphanumeric(part: &str, least: usize, most: usize) -> bool {
    (least..=most).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric())
}

/// Such as `u-nu-latn`: one letter or digit, then at least one part; each at most once.
fn extensions(parts: &mut Parts<'_>) -> bool {
    let mut complete = true;
    let distinct = are_distinct(std::iter::from_fn(|| {
        let singleton = take(parts, |part| is_alphanumeric(part, 1, 1))?;
        let least = if singleton.eq_ignore_ascii_case("x") { 1 } else { 2 };
        let mut followed = false;
        while take(parts, |part| is_alphanumeric(part, least, 8)).is_some() {
            followed = true;
        }
        complete &= followed;
        Some(singleton)
    }));
    distinct && complete
}

fn are_distinct<'a>(parts: impl Iterator<Item = &'a str>) -> bool {
    let mut seen = HashSet::new();
    let mut distinct = true;
    for part in parts {
        distinct &= seen.insert(part.to_ascii_lowercase());
    }
    distinct
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_browsers_take_is_fine() {
        for text in [
            "en",
            "en-GB",
            "de-AT",
            "zh-Hant-TW",
            "es-419",
            "sr-Latn",
            "nb-NO",
            "fil-PH",
            "de-CH-1996",
            "sl-rozaj-biske",
            "ar-EG-u-nu-latn",
            "en-US-u-ca-gregory-nu-latn",
            "en-x-a",
            "ja-JP-u-ca-japanese-x-one",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_they_refuse_is_not() {
        for text in [
            "",
            "e",
            "engl",
            "english-",
            "en_GB",
            "en-",
            "-en",
            "en--GB",
            "en-GB-GB",
            "en-u",
            "en-GB-u",
            "de-1996-1996",
            "en-a-bb-a-cc",
            "en GB",
            "en-GBR",
            "12",
            "en-ü",
            "*",
            "en-aaaaaaaaa",
        ] {
            assert_eq!(check(text), Err(LocaleError), "{text}");
        }
        assert_eq!(check(&format!("en-x{}", "-abcdefgh".repeat(7))), Err(LocaleError));
    }
}
