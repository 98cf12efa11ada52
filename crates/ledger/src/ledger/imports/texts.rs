//! The bank's text, made fit to be read and compared.

use model::fold;

/// The longest payee or title.
const LONGEST: usize = 120;
/// The longest note.
const LONGEST_NOTE: usize = 2000;
/// What the column of folded names holds; folding may lengthen a name.
const LONGEST_FOLDED: usize = 500;
/// A number of this many digits is a terminal, a reference or a card, and no part of a name.
const REFERENCE_DIGITS: usize = 5;

/// A payee from the bank's text: on one line, without the references that follow the name.
pub fn clean(text: &str) -> String {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    let mut kept = words.len();
    while kept > 1 && is_reference(words[kept - 1]) {
        kept -= 1;
    }
    shortened(&words[..kept].join(" "))
}

fn is_reference(word: &str) -> bool {
    let digits = word.chars().filter(char::is_ascii_digit).count();
    let is_number = digits >= REFERENCE_DIGITS && digits * 2 > word.chars().count();
    let names_one = ["ref", "ref.", "ref:", "nr", "nr.", "no.", "//", "-", "/"];
    is_number || names_one.contains(&word.to_lowercase().as_str())
}

fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(LONGEST).collect();
    while fold(&short).chars().count() > LONGEST_FOLDED {
        let half = short.chars().count() / 2;
        short = short.chars().take(half).collect();
    }
    short.trim().to_owned()
}

/// What the bank says beside the payee.
pub fn note(payee: &str, texts: [&str; 2]) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for text in texts.into_iter().map(str::trim) {
        if !text.is_empty() && text != payee && !parts.contains(&text) {
            parts.push(text);
        }
    }
    let joined = parts.join(" / ");
    joined.chars().filter(|c| !c.is_control()).take(LONGEST_NOTE).collect()
}

/// The folded beginnings of a text that could be the name of a payee, the longest first.
pub fn beginnings(folded: &str) -> Vec<String> {
    /// A shorter name stands at the beginning of too many others.
    const SHORTEST: usize = 4;
    const MOST_WORDS: usize = 6;
    let words: Vec<&str> = folded.split(' ').collect();
    let lengths = (1..words.len().min(MOST_WORDS + 1)).rev();
    let shorter = lengths.map(|length| words[..length].join(" "));
    std::iter::once(folded.to_owned())
        .chain(shorter.filter(|text| text.chars().count() >= SHORTEST))
        .collect()
}

/// Whether two folded texts could name the same: one holds the other, or they share half of the
/// words of the shorter one.
pub fn alike(one: &str, other: &str) -> bool {
    if one == other {
        return true;
    }
    let (one, other) = (words(one), words(other));
    let (few, many) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    let shared = few.iter().filter(|word| many.contains(word)).count();
    shared > 0 && shared * 2 >= few.len()
}

/// The words that tell one payee from another.
fn words(folded: &str) -> Vec<&str> {
    let mut words: Vec<&str> = folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.chars().count() > 2 && !word.chars().all(|c| c.is_ascii_digit()))
        .collect();
    words.sort_unstable();
    words.dedup();
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_behind_a_name_are_no_part_of_it() {
        for (text, cleaned) in [
            ("NETFLIX INTERNATIONAL B.V. REF 8841207", "NETFLIX INTERNATIONAL B.V."),
            (" REWE  SAGT\tDANKE 4417\nBERLIN ", "REWE SAGT DANKE 4417 BERLIN"),
            ("8841207", "8841207"),
            ("", ""),
        ] {
            assert_eq!(clean(text), cleaned);
        }
        assert_eq!(clean(&"a".repeat(200)).len(), 120);
        assert!(fold(&clean(&"ﷺ".repeat(200))).chars().count() <= LONGEST_FOLDED);
    }

    #[test]
    fn names_are_alike_where_the_bank_only_says_more() {
        for (one, other, expected) in [
            ("zalando", "zalando se 1047 berlin", true),
            ("ikea tempelhof", "ikea dt. niederlassung berlin-tempelhof", true),
            ("rewe bergmannstrasse", "rewe sagt danke 4417 berlin", true),
            ("edeka", "rewe", false),
            ("4417", "rewe 4417", false),
            ("", "rewe", false),
        ] {
            assert_eq!(alike(one, other), expected, "{one} / {other}");
        }
    }

    #[test]
    fn the_longest_beginning_comes_first() {
        assert_eq!(beginnings("netflix int bv"), ["netflix int bv", "netflix int", "netflix"]);
        assert_eq!(beginnings("db vertrieb"), ["db vertrieb"]);
    }
}
