//! A Rust file taken apart: its code without comments and text, its comments, its test parts.

/// All lists have one entry per line of the file.
pub struct Source {
    /// With comments and the inside of literals blanked out, so that a word found is code.
    pub code: Vec<String>,
    pub comments: Vec<String>,
    /// Whether the line is inside `#[cfg(test)]`.
    pub is_test: Vec<bool>,
    /// Whether the file's first line that is not empty is a `//!` sentence.
    pub opens_with_sentence: bool,
}

impl Source {
    pub fn parse(text: &str) -> Self {
        let (code, comments) = split(text);
        let is_test = test_lines(&code);
        let opens_with_sentence = text
            .lines()
            .find(|line| !line.trim().is_empty())
            .and_then(|line| line.strip_prefix("//! "))
            .is_some_and(|sentence| sentence.split_whitespace().nth(1).is_some());
        let lines = |text: &str| text.lines().map(str::to_owned).collect();
        Self { code: lines(&code), comments: lines(&comments), is_test, opens_with_sentence }
    }

    /// The lines (from 1) whose code mentions `path`, which may be a name or a `a::b`.
    pub fn mentions<'a>(&'a self, path: &'a str) -> impl Iterator<Item = usize> + 'a {
        let has = move |line: &String| contains_word(line, path);
        self.code.iter().enumerate().filter(move |(_, line)| has(line)).map(|(index, _)| index + 1)
    }

    pub fn is_test_line(&self, line: usize) -> bool {
        self.is_test.get(line - 1).copied().unwrap_or(false)
    }
}

/// Whether `word` is in `text` with no letter, digit or `_` on either side.
pub fn contains_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Code,
    LineComment,
    BlockComment { depth: usize },
    Text { hashes: Option<usize> },
}

/// The code and the comments of a file, both with the lines of the whole.
fn split(text: &str) -> (String, String) {
    let characters: Vec<char> = text.chars().collect();
    let at = |index: usize| characters.get(index).copied().unwrap_or('\0');
    let (mut code, mut comments) = (String::new(), String::new());
    let mut state = State::Code;
    let mut index = 0;
    while index < characters.len() {
        let length = match state {
            State::Code => {
                let (next, length) = leave_code(&characters, index);
                state = next;
                length
            }
            State::LineComment => {
                if at(index) == '\n' {
                    state = State::Code;
                }
                1
            }
            State::BlockComment { depth } => match (at(index), at(index + 1)) {
                ('*', '/') => {
                    state = match depth {
                        1 => State::Code,
                        _ => State::BlockComment { depth: depth - 1 },
                    };
                    2
                }
                ('/', '*') => {
                    state = State::BlockComment { depth: depth + 1 };
                    2
                }
                _ => 1,
            },
            State::Text { hashes: None } => match at(index) {
                '\\' => 2,
                '"' => {
                    state = State::Code;
                    1
                }
                _ => 1,
            },
            State::Text { hashes: Some(hashes) } => {
                let closes = at(index) == '"' && (1..=hashes).all(|step| at(index + step) == '#');
                if closes {
                    state = State::Code;
                }
                if closes { hashes + 1 } else { 1 }
            }
        };
        // A longer step that ends in code was a literal or the end of a text.
        let is_code = state == State::Code && length == 1;
        let is_comment = matches!(state, State::LineComment | State::BlockComment { .. });
        for &character in characters.iter().skip(index).take(length) {
            let or_blank = |keep: bool| match character {
                '\n' => '\n',
                other if keep => other,
                _ => ' ',
            };
            code.push(or_blank(is_code));
            comments.push(or_blank(is_comment));
        }
        index += length;
    }
    (code, comments)
}

/// What begins at `index`, and how many characters its opening takes.
fn leave_code(characters: &[char], index: usize) -> (State, usize) {
    let at = |index: usize| characters.get(index).copied().unwrap_or('\0');
    match (at(index), at(index + 1)) {
        ('/', '/') => (State::LineComment, 2),
        ('/', '*') => (State::BlockComment { depth: 1 }, 2),
        ('"', _) => (State::Text { hashes: None }, 1),
        ('r', '"' | '#') if !is_inside_word(characters, index) => {
            let hashes = characters[index + 1..].iter().take_while(|&&c| c == '#').count();
            match at(index + 1 + hashes) {
                '"' => (State::Text { hashes: Some(hashes) }, hashes + 2),
                // A raw identifier.
                _ => (State::Code, 1),
            }
        }
        // A character literal, as opposed to a lifetime.
        ('\'', '\\') => {
            let end = characters.iter().skip(index + 3).position(|&c| c == '\'');
            (State::Code, end.map_or(1, |end| end + 4))
        }
        ('\'', _) if at(index + 2) == '\'' => (State::Code, 3),
        _ => (State::Code, 1),
    }
}

fn is_inside_word(characters: &[char], index: usize) -> bool {
    // `br"…"` is a literal too; a name that ends in `r` is not.
    let before = index.checked_sub(1).and_then(|before| characters.get(before));
    before.is_some_and(|&c| (c.is_alphanumeric() && c != 'b') || c == '_')
}

/// For each line, whether it is in an item under `#[cfg(test)]`.
fn test_lines(code: &str) -> Vec<bool> {
    let mut lines = Vec::new();
    let mut waiting = false;
    let mut depth_in_test = 0_usize;
    for line in code.lines() {
        waiting |= line.contains("#[cfg(test)]");
        let mut is_test = waiting || depth_in_test > 0;
        for character in line.chars() {
            match character {
                '{' if waiting || depth_in_test > 0 => {
                    waiting = false;
                    depth_in_test += 1;
                    is_test = true;
                }
                '}' => depth_in_test = depth_in_test.saturating_sub(1),
                // `#[cfg(test)] mod tests;`: the other file is told by its name.
                ';' => waiting = false,
                _ => {}
            }
        }
        lines.push(is_test);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_in_comments_and_texts_are_not_code() {
        let source = Source::parse(concat!(
            "use axum::Router; // axum\n",
            "/* axum /* axum */ axum */ let a = \"axum \\\" axum\";\n",
            "let b = r#\"axum \" axum\"#; let c = br\"axum\"; let d = '\"'; axum::serve();\n",
            "let e = '\\''; fn f<'axum>() {} let g: &'static str = \"axum\";\n",
        ));
        assert_eq!(source.mentions("axum").collect::<Vec<_>>(), [1, 3, 4]);
        assert!(source.comments[0].contains("axum"));
        assert!(source.comments[1].contains("axum"));
        assert!(!source.comments[2].contains("axum"));
    }

    #[test]
    fn a_raw_identifier_does_not_open_a_text() {
        let source = Source::parse("let r#type = 1;\nlet axum = 2;\nlet var\"\";\n");
        assert_eq!(source.mentions("axum").collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn a_word_is_whole() {
        assert!(contains_word("let x = Uuid::now_v7();", "Uuid::now_v7"));
        assert!(!contains_word("let axum_extra = 1;", "axum"));
        assert!(!contains_word("MyUuid::now_v7()", "Uuid::now_v7"));
    }

    #[test]
    fn test_parts_end_with_their_braces() {
        let source = Source::parse(concat!(
            "fn a() {}\n",
            "#[cfg(test)]\n",
            "mod tests {\n",
            "    fn b() { if true {} }\n",
            "}\n",
            "#[cfg(test)]\n",
            "mod other;\n",
            "fn c() {}\n",
        ));
        assert_eq!(source.is_test, [false, true, true, true, true, true, true, false]);
    }
}
