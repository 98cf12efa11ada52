//! The vocabulary of `config/statements/words.toml`, as questions about a word.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use model::{Currency, fold};
use serde::Deserialize;

/// What a column's name can hint at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Hint {
    Date,
    ValueDate,
    Time,
    Amount,
    AmountIn,
    AmountOut,
    Flag,
    Balance,
    Currency,
    Payee,
    Payer,
    Name,
    Owner,
    Description,
    Message,
    Type,
    Category,
    Status,
    Reference,
    Identifier,
    Account,
    Card,
    Fee,
    Rate,
    Foreign,
    Place,
    Counter,
}

/// A set of hints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Hints(u32);

impl Hints {
    pub(crate) fn has(self, hint: Hint) -> bool {
        self.0 & (1 << hint as u32) != 0
    }

    pub(crate) fn has_any(self, hints: &[Hint]) -> bool {
        hints.iter().any(|hint| self.has(*hint))
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    fn add(&mut self, hint: Hint) {
        self.0 |= 1 << hint as u32;
    }

    fn remove(&mut self, hint: Hint) {
        self.0 &= !(1 << hint as u32);
    }
}

/// Which way money went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Direction {
    Out,
    In,
}

#[derive(Deserialize)]
struct File {
    headers: HashMap<Hint, Vec<String>>,
    direction: DirectionWords,
    income: Words,
    remittance: Words,
    status: StatusWords,
    summary: SummaryWords,
    months: HashMap<String, Vec<String>>,
    day_first: Words,
    symbols: HashMap<String, Vec<String>>,
}

#[derive(Deserialize)]
struct Words {
    words: Vec<String>,
}

#[derive(Deserialize)]
struct DirectionWords {
    r#in: Vec<String>,
    out: Vec<String>,
}

#[derive(Deserialize)]
struct StatusWords {
    pending: Vec<String>,
    done: Vec<String>,
}

#[derive(Deserialize)]
struct SummaryWords {
    totals: Vec<String>,
    balances: Vec<String>,
}

struct Vocabulary {
    /// Phrases that a name holds between blanks, by their first word.
    phrases: HashMap<String, Vec<(String, Hint)>>,
    starts: Vec<(String, Hint)>,
    ends: Vec<(String, Hint)>,
    /// Words of scripts without blanks.
    inside: Vec<(String, Hint)>,
    direction: HashMap<String, Direction>,
    income: HashSet<String>,
    remittance: HashSet<String>,
    pending: HashSet<String>,
    done: HashSet<String>,
    totals: HashSet<String>,
    balances: HashSet<String>,
    months: HashMap<String, u8>,
    day_first: HashSet<String>,
    symbols: HashMap<String, Vec<Currency>>,
    /// Words with letters beyond ASCII, as written: they show in which encoding a file makes sense.
    accented: HashSet<String>,
}

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| {
    let text = include_str!("../../../config/statements/words.toml");
    Vocabulary::of(toml::from_str(text).expect("the embedded words are valid, which a test proves"))
});

impl Vocabulary {
    fn of(file: File) -> Self {
        let plain_set = |words: &[String]| words.iter().map(|word| plain(word)).collect();
        let mut vocabulary = Vocabulary {
            phrases: HashMap::new(),
            starts: Vec::new(),
            ends: Vec::new(),
            inside: Vec::new(),
            direction: HashMap::new(),
            income: plain_set(&file.income.words),
            remittance: plain_set(&file.remittance.words),
            pending: plain_set(&file.status.pending),
            done: plain_set(&file.status.done),
            totals: plain_set(&file.summary.totals),
            balances: plain_set(&file.summary.balances),
            months: HashMap::new(),
            day_first: plain_set(&file.day_first.words),
            symbols: HashMap::new(),
            accented: HashSet::new(),
        };
        let (summary, status) = (&file.summary, &file.status);
        let lists =
            [&summary.totals, &summary.balances, &file.income.words, &status.pending, &status.done];
        lists.into_iter().flatten().for_each(|word| vocabulary.add_accented(word));
        for (hint, words) in &file.headers {
            words.iter().for_each(|word| vocabulary.add_header_word(word, *hint));
        }
        for (month, names) in &file.months {
            let number = month.parse().expect("months are keyed 1 to 12, which a test proves");
            names.iter().for_each(|name| {
                vocabulary.months.insert(fold(name), number);
            });
        }
        let directions =
            [(Direction::Out, &file.direction.out), (Direction::In, &file.direction.r#in)];
        for (direction, words) in directions {
            words.iter().for_each(|word| {
                vocabulary.direction.insert(fold(word), direction);
            });
        }
        for (symbol, codes) in &file.symbols {
            let currencies = codes.iter().filter_map(|code| Currency::parse(code).ok()).collect();
            vocabulary.symbols.insert(fold_symbol(symbol), currencies);
        }
        vocabulary
    }

    fn add_accented(&mut self, word: &str) {
        for part in word.trim_matches('*').split_whitespace().filter(|part| !part.is_ascii()) {
            self.accented.insert(part.to_lowercase());
        }
    }

    fn add_header_word(&mut self, word: &str, hint: Hint) {
        self.add_accented(word);
        if let Some(start) = word.strip_suffix('*') {
            self.starts.push((plain(start), hint));
        } else if let Some(end) = word.strip_prefix('*') {
            self.ends.push((plain(end), hint));
        } else if word.chars().any(is_unspaced_script) {
            self.inside.push((plain(word), hint));
        } else {
            let phrase = plain(word);
            let first = phrase.split(' ').next().unwrap_or_default().to_owned();
            self.phrases.entry(first).or_default().push((phrase, hint));
        }
    }
}

/// What a column's name hints at.
pub(crate) fn header_hints(name: &str) -> Hints {
    let name = plain(&part_camel_case(name));
    let mut hints = Hints::default();
    let words: Vec<&str> = name.split(' ').filter(|word| !word.is_empty()).collect();
    for (at, word) in words.iter().enumerate() {
        for (phrase, hint) in VOCABULARY.phrases.get(*word).into_iter().flatten() {
            let length = phrase.split(' ').count();
            let here = words.get(at..at + length);
            // A single letter means something only where it is the whole name, as in "D/K".
            let is_stray_letter = phrase.len() == 1 && words.len() > 2;
            if here.is_some_and(|here| here.join(" ") == *phrase) && !is_stray_letter {
                hints.add(*hint);
            }
        }
        let longer = |affix: &str| word.len() > affix.len();
        for (start, hint) in &VOCABULARY.starts {
            if word.starts_with(start.as_str()) {
                hints.add(*hint);
            }
        }
        for (end, hint) in &VOCABULARY.ends {
            if longer(end) && word.ends_with(end.as_str()) {
                hints.add(*hint);
            }
        }
    }
    for (inside, hint) in &VOCABULARY.inside {
        if name.contains(inside.as_str()) {
            hints.add(*hint);
        }
    }
    settle_combinations(&mut hints);
    hints
}

/// Names of two meanings have one of their own: "Credit / Debit" is a flag, a "message to the
/// recipient" is no recipient.
fn settle_combinations(hints: &mut Hints) {
    if hints.has(Hint::AmountIn) && hints.has(Hint::AmountOut) {
        hints.add(Hint::Flag);
    }
    if hints.has(Hint::Flag) {
        hints.remove(Hint::AmountIn);
        hints.remove(Hint::AmountOut);
    }
    if hints.has(Hint::Message) {
        [Hint::Payee, Hint::Payer, Hint::Name].into_iter().for_each(|hint| hints.remove(hint));
        hints.add(Hint::Description);
    }
    if hints.has(Hint::Payee) {
        hints.remove(Hint::Payer);
    }
}

/// The most bytes of a cell that can be a direction or a state: longer ones are sentences.
const LONGEST_STATE: usize = 48;

/// The direction that a whole cell names, such as `Dr` or `Gutschrift`.
pub(crate) fn direction(cell: &str) -> Option<Direction> {
    if cell.len() > LONGEST_STATE {
        return None;
    }
    VOCABULARY.direction.get(fold(cell).trim_end_matches('.')).copied()
}

/// Whether a text names income, such as a salary.
pub(crate) fn names_income(text: &str) -> bool {
    let text = plain(text);
    let spaced = text.split(' ').any(|word| VOCABULARY.income.contains(word));
    spaced || VOCABULARY.income.contains(&text)
}

/// Whether a text reads like a remittance rather than a name.
pub(crate) fn is_remittance(text: &str) -> bool {
    let text = plain(text);
    let mut words = text.split(' ');
    let first = words.next().unwrap_or_default();
    let two = words.next().map(|second| format!("{first} {second}"));
    VOCABULARY.remittance.contains(first)
        || two.is_some_and(|two| VOCABULARY.remittance.contains(&two))
}

/// Whether a whole cell says that a row is not booked yet.
pub(crate) fn is_pending(cell: &str) -> bool {
    cell.len() <= LONGEST_STATE && VOCABULARY.pending.contains(&plain(cell))
}

/// Whether a whole cell says that a row is booked.
pub(crate) fn is_done(cell: &str) -> bool {
    cell.len() <= LONGEST_STATE && VOCABULARY.done.contains(&plain(cell))
}

/// Whether a cell is the name of a balance, and nothing else.
pub(crate) fn is_balance(cell: &str) -> bool {
    VOCABULARY.balances.contains(&plain(cell))
}

/// Whether a line that begins with this cell sums up.
pub(crate) fn begins_summary(cell: &str) -> bool {
    let cell = plain(cell);
    let words: Vec<&str> = cell.split(' ').collect();
    (1..=words.len().min(4)).any(|count| {
        let start = words[..count].join(" ");
        VOCABULARY.totals.contains(&start) || VOCABULARY.balances.contains(&start)
    })
}

/// The month that a word names, from 1.
pub(crate) fn month(word: &str) -> Option<u8> {
    VOCABULARY.months.get(&fold(word)).copied()
}

/// Whether a column's name belongs to a language that only writes the day first.
pub(crate) fn is_day_first(name: &str) -> bool {
    let name = plain(name);
    VOCABULARY.day_first.contains(&name)
        || name.split(' ').any(|word| VOCABULARY.day_first.contains(word))
}

/// The currencies that a symbol or code beside an amount can stand for; `None` if it is neither.
pub(crate) fn currencies(mark: &str) -> Option<Vec<Currency>> {
    let mark = mark.trim().trim_matches('.');
    if let Some(found) = VOCABULARY.symbols.get(&fold_symbol(mark)) {
        return Some(found.clone());
    }
    Currency::parse(mark).ok().map(|currency| vec![currency])
}

/// How many known words with letters beyond ASCII a text holds, and signs of currencies beside
/// digits: what a wrong encoding would not show.
pub(crate) fn accented_words(text: &str) -> usize {
    let words = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_ascii() && VOCABULARY.accented.contains(&word.to_lowercase()))
        .count();
    let mut before = ' ';
    let mut signs = 0;
    for c in text.chars() {
        let is_pair = |sign: char, digit: char| {
            matches!(sign, '£' | '€' | '¥' | '￥') && digit.is_ascii_digit()
        };
        signs += usize::from(is_pair(before, c) || is_pair(c, before));
        before = c;
    }
    words + signs
}

/// Folded, with everything that is neither letter nor digit as one blank.
pub(crate) fn plain(text: &str) -> String {
    let folded = if text.is_ascii() { text.to_ascii_lowercase() } else { fold(text) };
    let mut plain = String::with_capacity(folded.len());
    for c in folded.chars() {
        if c.is_alphanumeric() {
            plain.push(c);
        } else if !plain.is_empty() && !plain.ends_with(' ') {
            plain.push(' ');
        }
    }
    plain.truncate(plain.trim_end().len());
    plain
}

/// Folding decomposes some signs (`￥`), so symbols compare in lower case alone.
fn fold_symbol(symbol: &str) -> String {
    symbol.to_lowercase()
}

fn is_unspaced_script(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
}

/// `RunningBalance` and `CreditDebet` as two words each.
fn part_camel_case(name: &str) -> String {
    let mut parted = String::with_capacity(name.len() + 4);
    let mut after_lower = false;
    for c in name.chars() {
        if after_lower && c.is_uppercase() {
            parted.push(' ');
        }
        after_lower = c.is_lowercase();
        parted.push(c);
    }
    parted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_hint_at_what_they_say() {
        for (name, hints) in [
            ("Buchungstag", &[Hint::Date][..]),
            ("Wertstellung (Valuta)", &[Hint::ValueDate]),
            ("Betrag (EUR)", &[Hint::Amount]),
            ("RunningBalance", &[Hint::Balance]),
            ("CreditDebet", &[Hint::Flag]),
            ("D/K", &[Hint::Flag]),
            ("收/支", &[Hint::Flag]),
            ("交易金额", &[Hint::Amount]),
            ("Zahlungsempfänger*in", &[Hint::Payee]),
            ("Zpráva pro příjemce", &[Hint::Description]),
            ("Original Amount", &[Hint::Amount, Hint::Foreign]),
            ("Tegenrekening IBAN/BBAN", &[Hint::Account]),
            ("Debit CHF", &[Hint::AmountOut]),
            ("Withdrawal (-)", &[Hint::AmountOut]),
        ] {
            let found = header_hints(name);
            assert!(hints.iter().all(|hint| found.has(*hint)), "{name}: {found:?}");
        }
        assert!(!header_hints("Zpráva pro příjemce").has(Hint::Payee));
        assert!(!header_hints("Betrag").has(Hint::Date));
        assert!(header_hints("xyz").is_empty());
    }

    #[test]
    fn cells_say_direction_status_and_sums() {
        assert_eq!(direction("Dr"), Some(Direction::Out));
        assert_eq!(direction("贷 Cr"), Some(Direction::In));
        assert_eq!(direction("Tesco"), None);
        assert!(is_pending("Vorgemerkt") && !is_pending("Gebucht") && is_done("Gebucht"));
        assert!(begins_summary("Summe Einnahmen") && is_balance("Closing balance:"));
        assert!(!is_balance("Total") && !is_balance("Balance Yoga"));
        assert!(names_income("Lön Exempel AB") && !names_income("Salon Lilly"));
        assert!(is_remittance("Standing order 12") && !is_remittance("Tesco Stores"));
    }

    #[test]
    fn symbols_and_codes_name_currencies() {
        assert_eq!(currencies("€"), Some(vec![Currency::EUR]));
        assert_eq!(currencies("kr.").map(|all| all.len()), Some(4));
        assert_eq!(currencies("usd"), Some(vec![Currency::USD]));
        assert_eq!(currencies("NOK").map(|all| all.len()), Some(1));
        // A word and not the currency of Albania.
        assert_eq!(currencies("All"), None);
    }
}
