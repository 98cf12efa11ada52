//! Text to records: fields, quotes and line breaks, and the delimiter that makes sense of them.

use crate::amounts::NumberText;
use crate::dates::DateText;

/// One record of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    /// The line that it begins on, from 1.
    pub(crate) line: usize,
    /// Trimmed, unquoted and without the guards that spreadsheets need (`="00123"`).
    pub(crate) cells: Vec<String>,
}

impl Record {
    /// The cell, empty where the record is shorter.
    pub(crate) fn cell(&self, column: usize) -> &str {
        self.cells.get(column).map_or("", String::as_str)
    }

    pub(crate) fn first_text(&self) -> &str {
        self.cells.iter().find(|cell| !cell.is_empty()).map_or("", String::as_str)
    }

    pub(crate) fn filled(&self) -> usize {
        self.cells.iter().filter(|cell| !cell.is_empty()).count()
    }
}

/// Quoted text with more line breaks than this has lost its closing quote.
const MAX_LINES_IN_A_FIELD: usize = 25;

/// The delimiters that are tried.
const DELIMITERS: [char; 6] = [',', ';', '\t', '|', '^', '~'];

/// How many lines are cut under every delimiter before one is chosen.
const TRIAL_LINES: usize = 250;

/// Finds the delimiter: the one under which most records hold a day and a number in cells of their
/// own, then most a day, then the most regular one.
pub(crate) fn find_delimiter(text: &str) -> char {
    if let Some(named) = named_delimiter(text) {
        return named;
    }
    let trial = head(text, TRIAL_LINES);
    let score = |delimiter: char| {
        let records = records(trial, delimiter);
        let dated =
            |record: &&Record| record.cells.iter().any(|cell| DateText::parse(cell).is_some());
        let complete = |record: &&Record| {
            dated(record) && record.cells.iter().any(|cell| NumberText::parse(cell).is_some())
        };
        let wide = records.iter().filter(|record| record.cells.len() > 1).count();
        (
            records.iter().filter(complete).count(),
            records.iter().filter(dated).filter(|record| record.cells.len() > 1).count(),
            wide,
        )
    };
    // Of equal ones the first wins, so the order of the list is the order of how usual they are.
    let mut best = (score(DELIMITERS[0]), DELIMITERS[0]);
    for delimiter in &DELIMITERS[1..] {
        let next = score(*delimiter);
        if next > best.0 {
            best = (next, *delimiter);
        }
    }
    best.1
}

/// A first line such as `sep=;`, which spreadsheets write for each other.
fn named_delimiter(text: &str) -> Option<char> {
    let first = text.lines().next()?.trim_matches(|c: char| c == '"' || c == ' ');
    let named = first.strip_prefix("sep=").or_else(|| first.strip_prefix("SEP="))?;
    if named.is_empty() { Some('\t') } else { named.chars().next() }
}

fn head(text: &str, lines: usize) -> &str {
    let end = text.match_indices('\n').nth(lines).map_or(text.len(), |(at, _)| at);
    &text[..end]
}

/// Cuts a text into records, leaving out blank lines.
///
/// Quotes follow RFC 4180 as far as the file does. A quote that is never closed, or closed only
/// where another field plainly begins, is a letter of its field: one bad quote costs one record
/// and not the rest of the file.
pub(crate) fn records(text: &str, delimiter: char) -> Vec<Record> {
    let mut cutter = Cutter { text, delimiter, at: 0, line: 1, unclosed_until: 0 };
    let mut records = Vec::new();
    if named_delimiter(text).is_some() {
        cutter.skip_line();
    }
    while cutter.at < text.len() {
        let line = cutter.line;
        let cells = cutter.record();
        if cells.iter().any(|cell| !cell.is_empty()) {
            records.push(Record { line, cells });
        }
    }
    records
}

struct Cutter<'a> {
    text: &'a str,
    delimiter: char,
    at: usize,
    line: usize,
    /// No quote closes before here: what keeps many stray quotes from being searched again and
    /// again.
    unclosed_until: usize,
}

enum Next {
    Field,
    Record,
}

impl Cutter<'_> {
    fn record(&mut self) -> Vec<String> {
        let mut cells = Vec::new();
        loop {
            let (cell, next) = self.field();
            cells.push(clean(cell));
            if matches!(next, Next::Record) {
                return cells;
            }
        }
    }

    fn field(&mut self) -> (String, Next) {
        let rest = &self.text[self.at..];
        let blanks =
            rest.len() - rest.trim_start_matches(|c| c == ' ' && c != self.delimiter).len();
        let is_quoted = rest[blanks..].starts_with('"');
        let quoted = if is_quoted { self.quoted(self.at + blanks + 1) } else { None };
        match quoted {
            Some((text, end)) => {
                self.line += text.matches('\n').count();
                self.at = end;
                (text, self.separator())
            }
            None => self.plain(),
        }
    }

    /// The text between quotes and where it ends, or nothing if no closing quote belongs to it.
    fn quoted(&mut self, start: usize) -> Option<(String, usize)> {
        if start < self.unclosed_until {
            return None;
        }
        let mut text = String::new();
        let mut lines = 0;
        let mut before = '"';
        let whole = self.text;
        let mut chars = whole[start..].char_indices().peekable();
        while let Some((offset, c)) = chars.next() {
            if c == '"' {
                let follows = chars.peek().map(|(_, c)| *c);
                if follows == Some('"') {
                    chars.next();
                } else if self.ends_field(start + offset + 1) {
                    return Some((text, start + offset + 1));
                } else if lines > 0 && (before == self.delimiter || before == '\n') {
                    self.unclosed_until = start + offset;
                    return None;
                }
            }
            if c == '\n' {
                lines += 1;
            }
            if lines > MAX_LINES_IN_A_FIELD {
                self.unclosed_until = start + offset;
                return None;
            }
            text.push(c);
            before = c;
        }
        self.unclosed_until = self.text.len();
        None
    }

    /// Whether only blanks lie between here and the next separator.
    fn ends_field(&self, at: usize) -> bool {
        let rest = self.text[at..].trim_start_matches(|c| c == ' ' && c != self.delimiter);
        rest.is_empty() || rest.starts_with([self.delimiter, '\n', '\r'])
    }

    fn plain(&mut self) -> (String, Next) {
        let rest = &self.text[self.at..];
        let length = rest.find([self.delimiter, '\n', '\r']).unwrap_or(rest.len());
        let cell = rest[..length].to_owned();
        self.at += length;
        (cell, self.separator())
    }

    /// Steps over blanks and the separator at the end of a field.
    fn separator(&mut self) -> Next {
        let rest = &self.text[self.at..];
        let trimmed = rest.trim_start_matches(|c| c == ' ' && c != self.delimiter);
        self.at += rest.len() - trimmed.len();
        if trimmed.starts_with(self.delimiter) {
            self.at += self.delimiter.len_utf8();
            return Next::Field;
        }
        let break_length = if trimmed.starts_with("\r\n") { 2 } else { trimmed.len().min(1) };
        self.at += break_length;
        self.line += 1;
        Next::Record
    }

    fn skip_line(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.find('\n').map_or(rest.len(), |at| at + 1);
        self.line += 1;
    }
}

/// A cell without surrounding blanks, marks of order and spreadsheet guards.
fn clean(cell: String) -> String {
    let invisible =
        |c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200e}' | '\u{200f}');
    let trimmed = cell.trim_matches(invisible);
    let guarded = trimmed.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'));
    let bare = guarded.unwrap_or(trimmed);
    if bare.len() == cell.len() { cell } else { bare.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str, delimiter: char) -> Vec<Vec<String>> {
        records(text, delimiter).into_iter().map(|record| record.cells).collect()
    }

    #[test]
    fn cuts_fields_and_lines() {
        let text =
            "a,\"b, c\",\"say \"\"hi\"\"\"\r\n\r\n1,\"two\nlines\", x \n\"=\"\"007\"\"\",=\"8\",\n";
        let found = records(text, ',');
        assert_eq!(found[0].cells, ["a", "b, c", "say \"hi\""]);
        assert_eq!((found[1].line, &found[1].cells[1]), (3, &"two\nlines".to_owned()));
        assert_eq!(
            (found[2].line, &found[2].cells[..]),
            (5, &["007", "8", ""].map(String::from)[..])
        );
    }

    #[test]
    fn a_quote_that_is_never_closed_costs_one_record() {
        let text = "a;\"b;c\nd;e;f\ng;\"h\";i\n";
        assert_eq!(
            cells(text, ';'),
            [vec!["a", "\"b", "c"], vec!["d", "e", "f"], vec!["g", "h", "i"]]
        );
        assert_eq!(cells("a,Bar \"Zur\" x,b\n", ','), [vec!["a", "Bar \"Zur\" x", "b"]]);
        assert_eq!(cells("a,\"Bar \"Zur\" x\",b\n", ','), [vec!["a", "Bar \"Zur\" x", "b"]]);
    }

    #[test]
    fn finds_the_delimiter() {
        for (text, delimiter) in [
            ("Date,Text,Amount\n2024-01-02,a;b;c;d,12.50\n", ','),
            ("Datum;Text;Betrag\n02.01.2024;a, b, c;12,50\n", ';'),
            ("2024-01-02\tx\t12,50\n", '\t'),
            ("20240102|x, y|12.50\n", '|'),
            ("sep=;\n1;2\n", ';'),
        ] {
            assert_eq!(find_delimiter(text), delimiter, "{text}");
        }
    }
}
