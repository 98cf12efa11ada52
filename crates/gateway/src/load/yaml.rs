//! A YAML document as a tree in which every node knows where it stands.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span, StrInput};

use super::LoadError;

/// One value of the document, with the line and column (from 1) of its first character.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// Numbers stay as written: a limit of `1.5` is exact, and no float is needed to read it.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Node>),
    Map(Vec<Member>),
}

/// A key of a map with its place, and what it holds.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) node: Node,
}

impl Value {
    /// What this is, in words for an error message.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Value::Null => "nothing",
            Value::Bool(_) => "a true or false",
            Value::Number(_) => "a number",
            Value::Text(_) => "text",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        }
    }
}

/// Reads the one document of the text.
pub(crate) fn parse(text: &str) -> Result<Node, LoadError> {
    let mut reader = Reader { parser: Parser::new_from_str(text), anchors: HashMap::new() };
    let root = reader.document()?;
    reader.expect_end()?;
    Ok(root)
}

struct Reader<'a> {
    parser: Parser<'a, StrInput<'a>>,
    anchors: HashMap<usize, Node>,
}

impl<'a> Reader<'a> {
    fn document(&mut self) -> Result<Node, LoadError> {
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::Nothing | Event::StreamStart | Event::DocumentStart(_) => {}
                Event::StreamEnd => {
                    return Err(wrong(
                        span,
                        "the file is empty; it needs at least `_format_version: \"3.0\"`",
                    ));
                }
                event => return self.node(event, span),
            }
        }
    }

    fn expect_end(&mut self) -> Result<(), LoadError> {
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => return Ok(()),
                Event::DocumentStart(_) => {
                    return Err(wrong(span, "a second document; the file must hold one"));
                }
                _ => {}
            }
        }
    }

    fn node(&mut self, event: Event<'a>, span: Span) -> Result<Node, LoadError> {
        let (anchor, value) = match event {
            Event::Scalar(text, style, anchor, _) => (anchor, scalar(&text, style)),
            Event::SequenceStart(anchor, _) => (anchor, self.list()?),
            Event::MappingStart(anchor, _) => (anchor, self.map()?),
            Event::Alias(anchor) => {
                let target = self.anchors.get(&anchor).cloned();
                return target.ok_or_else(|| wrong(span, "an alias to something not yet complete"));
            }
            _ => return Err(wrong(span, "a value was expected here")),
        };
        let (line, column) = place(span);
        let node = Node { value, line, column };
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn list(&mut self) -> Result<Value, LoadError> {
        let mut items = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::SequenceEnd) {
                return Ok(Value::List(items));
            }
            items.push(self.node(event, span)?);
        }
    }

    fn map(&mut self) -> Result<Value, LoadError> {
        let mut members: Vec<Member> = Vec::new();
        loop {
            let (event, span) = self.next()?;
            let name = match event {
                Event::MappingEnd => return Ok(Value::Map(members)),
                Event::Scalar(name, ..) => name.into_owned(),
                _ => return Err(wrong(span, "a key must be plain text")),
            };
            if members.iter().any(|member| member.name == name) {
                return Err(wrong(span, format!("`{name}` is given twice")));
            }
            let (line, column) = place(span);
            let (event, span) = self.next()?;
            let node = self.node(event, span)?;
            members.push(Member { name, line, column, node });
        }
    }

    fn next(&mut self) -> Result<(Event<'a>, Span), LoadError> {
        match self.parser.next_event() {
            Some(Ok(found)) => Ok(found),
            Some(Err(error)) => Err(LoadError {
                path: "$".into(),
                line: error.marker().line(),
                column: error.marker().col() + 1,
                problem: format!("this is no YAML: {}", error.info()),
            }),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }
}

/// The YAML 1.2 core schema: `yes` and `on` are text, so a field that wants a flag refuses them.
fn scalar(text: &str, style: ScalarStyle) -> Value {
    if style != ScalarStyle::Plain {
        return Value::Text(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ if is_number(text) => Value::Number(text.to_owned()),
        _ => Value::Text(text.to_owned()),
    }
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    all_digits(whole) && all_digits(fraction)
}

fn place(span: Span) -> (usize, usize) {
    (span.start.line(), span.start.col() + 1)
}

fn wrong(span: Span, problem: impl Into<String>) -> LoadError {
    let (line, column) = place(span);
    LoadError { path: "$".into(), line, column, problem: problem.into() }
}
