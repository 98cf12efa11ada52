//! The passwords that are tried first, by the rules that people make them by.
//!
//! Lists of leaked passwords agree on how most of them come about: a well-known word or name,
//! perhaps with some letters replaced by digits and with a year or a few digits or marks at either
//! end; a walk over the keyboard; a sequence; a date; something short, repeated. A list holds some
//! of each. The rules here, with the words in `common_words.txt`, know all of each (some millions),
//! in the size of the words.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Sorted and lower case; a test holds it to that.
static WORDS: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("common_words.txt").lines().collect());

/// Systems that kept eight characters taught people the first eight of longer words.
const CUT: usize = 8;

static BEGINNINGS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let cut = |word: &&'static str| word.char_indices().nth(CUT).map(|(at, _)| &word[..at]);
    WORDS.iter().filter_map(cut).collect()
});

/// True for a password of at least eight characters that guessing begins with.
pub(super) fn is_common(password: &str) -> bool {
    let typed: String = password.to_lowercase().split_whitespace().collect();
    is_decorated_word(&typed)
        || is_repetition(&typed)
        || is_walk(&typed)
        || is_interleaved(&typed)
        || is_date(&typed)
}

/// At most this many characters before and after a word make it no other word.
const DECORATION: usize = 4;

fn is_decorated_word(typed: &str) -> bool {
    let cores = [typed.to_owned(), spelled(typed, 'i'), spelled(typed, 'l')];
    cores.iter().any(|core| {
        let bare = core.trim_matches(|c: char| !c.is_alphabetic());
        let (before, after) = core.split_once(bare).unwrap_or_default();
        is_word(core) || (is_word(bare) && is_decoration(before) && is_decoration(after))
    }) || undecorated(typed).is_some_and(|bare| {
        [spelled(bare, 'i'), spelled(bare, 'l')].iter().any(|core| is_word(core))
    })
}

/// Without up to four digits and marks at the end: they decorate here, and are no letters.
fn undecorated(typed: &str) -> Option<&str> {
    let bare = typed.trim_end_matches(|c: char| !c.is_alphabetic());
    is_decoration(&typed[bare.len()..]).then_some(bare)
}

fn is_decoration(text: &str) -> bool {
    let digits = text.trim_matches(|c: char| !c.is_ascii_digit());
    text.chars().count() <= DECORATION || is_walk(digits) || is_date(digits)
}

/// A word of the list or several of it; its beginning, where an old system cut it; or two words
/// in a row.
fn is_word(text: &str) -> bool {
    let one = text.strip_suffix('s').unwrap_or(text);
    WORDS.contains(text)
        || WORDS.contains(one)
        || (text.chars().count() == CUT && BEGINNINGS.contains(text))
        || are_two_words(text)
        || (text.is_ascii() && WORDS.contains(on_russian_keys(text).as_str()))
}

/// Longer pairs are left to people: there are too many of them to be tried first.
const LONGEST_PAIR: usize = 12;

fn are_two_words(text: &str) -> bool {
    let is_part = |part: &str| part.chars().count() >= 3 && WORDS.contains(part);
    let twice = |(first, second): (&str, &str)| first == second && WORDS.contains(first);
    let short = text.chars().count() <= LONGEST_PAIR;
    let mut cuts = text.char_indices().map(|(at, _)| text.split_at(at));
    cuts.any(|(first, second)| {
        twice((first, second)) || (short && is_part(first) && is_part(second))
    })
}

/// What a text would be if it was typed by someone used to a Russian keyboard.
fn on_russian_keys(text: &str) -> String {
    const LATIN: &str = "qwertyuiop[]asdfghjkl;'zxcvbnm,.";
    const RUSSIAN: &str = "йцукенгшщзхъфывапролджэячсмитьбю";
    let letter = |c: char| {
        let mut keys = LATIN.chars().zip(RUSSIAN.chars());
        keys.find_map(|(latin, russian)| (latin == c).then_some(russian)).unwrap_or(c)
    };
    text.chars().map(letter).collect()
}

/// With the digits and marks that stand for letters read as those; `1` is read as `one`.
fn spelled(text: &str, one: char) -> String {
    let letter = |c: char| match c {
        '0' => 'o',
        '1' | '!' | '|' => one,
        '3' | '€' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' | '+' => 't',
        '8' => 'b',
        '9' => 'g',
        other => other,
    };
    text.chars().map(letter).collect()
}

/// One to four characters, again and again.
fn is_repetition(typed: &str) -> bool {
    let letters: Vec<char> = typed.chars().collect();
    (1..=4).any(|period| {
        let repeats = letters.iter().zip(letters.iter().skip(period)).all(|(a, b)| a == b);
        letters.len() >= 2 * period && repeats
    })
}

/// From key to neighbouring key, or along the alphabet or the digits, lifting the finger at most
/// once in four steps.
fn is_walk(typed: &str) -> bool {
    let letters: Vec<char> = typed.chars().collect();
    let lifted = letters.windows(2).filter(|pair| !is_step(pair[0], pair[1])).count();
    letters.len() >= 3 && lifted <= (letters.len() - 1) / 4
}

fn is_step(from: char, to: char) -> bool {
    follows(from, to) || is_neighbour(from, to)
}

/// The same character, or the next or last one of the alphabet or the digits.
fn follows(from: char, to: char) -> bool {
    let beside = from.is_ascii_alphanumeric() && u32::from(from).abs_diff(u32::from(to)) == 1;
    from == to || beside || matches!((from, to), ('9', '0') | ('0', '9'))
}

const KEYBOARD: [&str; 4] = ["1234567890-=", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./"];
const KEYPAD: [&str; 4] = ["789", "456", "123", "0"];

fn is_neighbour(from: char, to: char) -> bool {
    [KEYBOARD, KEYPAD].iter().any(|rows| {
        let (Some(from), Some(to)) = (place(rows, unshifted(from)), place(rows, unshifted(to)))
        else {
            return false;
        };
        from.0.abs_diff(to.0) <= 1 && from.1.abs_diff(to.1) <= 1
    })
}

fn place(rows: &[&str; 4], key: char) -> Option<(usize, usize)> {
    rows.iter().enumerate().find_map(|(row, keys)| Some((row, keys.find(key)?)))
}

/// The key of a mark on the digits' row.
fn unshifted(key: char) -> char {
    let digits = "1234567890".chars();
    digits
        .zip("!@#$%^&*()".chars())
        .find_map(|(digit, mark)| (mark == key).then_some(digit))
        .unwrap_or(key)
}

/// Two sequences in turns, such as `a1b2c3d4` or `1z2x3c4v`.
fn is_interleaved(typed: &str) -> bool {
    let every_second = |from: usize| typed.chars().skip(from).step_by(2).collect::<Vec<_>>();
    let smooth = |letters: &[char]| {
        letters.len() >= 4
            && letters.windows(2).all(|pair| follows(pair[0], pair[1]) || in_a_row(pair))
    };
    smooth(&every_second(0)) && smooth(&every_second(1))
}

/// Two keys beside each other.
fn in_a_row(pair: &[char]) -> bool {
    let places = pair.iter().map(|key| place(&KEYBOARD, *key)).collect::<Option<Vec<_>>>();
    places
        .is_some_and(|places| places[0].0 == places[1].0 && places[0].1.abs_diff(places[1].1) == 1)
}

/// Eight digits in the order of a date, with or without marks between.
fn is_date(typed: &str) -> bool {
    let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
    let marks = typed.chars().filter(|c| !c.is_ascii_digit()).all(|c| "./-_".contains(c));
    if !marks || digits.len() != 8 {
        return false;
    }
    let number = |from: usize, to: usize| digits[from..to].parse::<u32>().unwrap_or_default();
    let is_day_and_month = |a: u32, b: u32| {
        let (day, month) = if b <= 12 { (a, b) } else { (b, a) };
        (1..=31).contains(&day) && (1..=12).contains(&month)
    };
    let is_year = |year: u32| (1900..=2099).contains(&year);
    (is_year(number(4, 8)) && is_day_and_month(number(0, 2), number(2, 4)))
        || (is_year(number(0, 4)) && is_day_and_month(number(4, 6), number(6, 8)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_sorted_lower_case_and_many() {
        let words: Vec<&str> = include_str!("common_words.txt").lines().collect();
        assert!(words.windows(2).all(|pair| pair[0] < pair[1]), "sort the file, without doubles");
        let plain =
            |word: &&str| word.chars().all(char::is_alphanumeric) && word.to_lowercase() == **word;
        assert_eq!(words.iter().find(|word| !plain(word)), None);
        // With only the last century's years at their end they are as many as any list asks for.
        assert!(words.len() * 100 > 3_000, "{}", words.len());
    }

    #[test]
    fn what_every_list_begins_with_is_common() {
        for password in [
            "password",
            "Password1",
            "passw0rd",
            "P@ssw0rd",
            "p@$$w0rd",
            "PASSWORD123",
            "password1234",
            "password!",
            "Password123!",
            "pa55word",
            "123password",
            "passwordpassword",
            "12345678",
            "123456789",
            "1234567890",
            "87654321",
            "0987654321",
            "11111111",
            "00000000",
            "12121212",
            "123123123",
            "12341234",
            "147258369",
            "qwertyuiop",
            "qwerty123",
            "Qwerty123!",
            "qwerty12345",
            "1q2w3e4r",
            "1q2w3e4r5t",
            "1qaz2wsx",
            "zaq12wsx",
            "qazwsxedc",
            "!QAZ2wsx",
            "asdfghjkl",
            "asdfasdf",
            "zxcvbnm123",
            "abcd1234",
            "abc12345",
            "abcdefgh",
            "a1b2c3d4",
            "aaaaaaaa",
            "iloveyou",
            "iloveyou2",
            "ILoveYou!",
            "sunshine",
            "princess1",
            "football",
            "baseball1",
            "superman",
            "batman123",
            "starwars",
            "trustno1",
            "letmein1",
            "welcome1",
            "Welcome2024",
            "dragon12",
            "monkey123",
            "shadow123",
            "master123",
            "michael1",
            "Jennifer1987",
            "jordan23",
            "charlie1",
            "computer",
            "internet",
            "whatever",
            "Summer2024!",
            "Winter2025",
            "januar2020",
            "liverpool",
            "chelsea1",
            "arsenal1",
            "pokemon1",
            "samsung1",
            "mercedes",
            "ferrari1",
            "administrator",
            "admin123",
            "admin1234",
            "root1234",
            "changeme",
            "changeme123",
            "secret123",
            "passwort",
            "passwort1",
            "hallo123",
            "schatz123",
            "motdepasse",
            "contraseña1",
            "24121987",
            "1987-12-24",
            "12/24/1987",
            "hunter2hunter2",
            "liverpoo",
            "chocolat",
            "bluebird",
            "redwings7",
            "bluebirds",
            "mustangs",
            "1z2x3c4v",
            "a1s2d3f4",
            "cjkysirj",
            "fktrcfylh",
            "солнышко",
            "test1234",
            "testtest",
            "guest123",
            "letmein!!",
        ] {
            assert!(is_common(password), "{password}");
        }
    }

    #[test]
    fn what_is_hard_to_guess_is_not() {
        for password in [
            "purple walrus",
            "correct walrus battery",
            "tGh7#qLp",
            "vX9!mmKe2",
            "sandkuchen-am-dienstag",
            "8302 5517 2290",
            "48151623",
            "zebra fish lantern",
            "Ich mag keine Oliven",
            "kJ3-pq8-Zz0",
            "my dog ate 3 carrots",
            "пароль-ёлка",
            "ノートパソコン",
            "teapot9871x",
            "93725518",
            "princess of the northern lakes",
            "qwerty is not my password",
        ] {
            assert!(!is_common(password), "{password}");
        }
    }

    proptest::proptest! {
        /// Letters of several bytes must not be cut in two, wherever a rule cuts.
        #[test]
        fn any_text_can_be_judged(text in "\\PC{0,40}", mixed in "[a0üщ💶 .-]{0,20}") {
            for text in [text, mixed] {
                let _judged = is_common(&text);
            }
        }

        /// Twenty characters at random are not known to anybody.
        #[test]
        fn random_text_is_not_common(text in "[a-z][A-Z0-9a-z]{6}[#%~][A-Za-z0-9]{12}") {
            proptest::prop_assert!(!is_common(&text), "{}", text);
        }
    }
}
