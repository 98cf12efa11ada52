//! Reading typed values out of the tree, each refusal with its JSON path, line and column.

use std::ops::RangeInclusive;
use std::str::FromStr;

use super::yaml::{Member, Node, Value};
use super::{Environment, LoadError, vault};

/// A value of the file and the JSON path to it.
#[derive(Clone)]
pub(crate) struct Spot<'a> {
    node: &'a Node,
    path: String,
    environment: Environment<'a>,
}

/// The members of a map, all of them known.
pub(crate) struct Fields<'a> {
    spot: Spot<'a>,
    members: &'a [Member],
}

impl<'a> Spot<'a> {
    pub(crate) fn root(node: &'a Node, environment: Environment<'a>) -> Self {
        Spot { node, path: "$".into(), environment }
    }

    pub(crate) fn wrong(&self, problem: impl Into<String>) -> LoadError {
        let Node { line, column, .. } = *self.node;
        LoadError { path: self.path.clone(), line, column, problem: problem.into() }
    }

    fn expected(&self, what: &str) -> LoadError {
        self.wrong(format!("expected {what}, found {}", self.node.value.kind()))
    }

    /// The members of a map that may hold the known names and no other.
    pub(crate) fn fields(&self, known: &[&str]) -> Result<Fields<'a>, LoadError> {
        let members = self.members()?;
        if let Some(stranger) = members.iter().find(|m| !known.contains(&m.name.as_str())) {
            return Err(self.unknown(stranger, known));
        }
        Ok(Fields { spot: self.clone(), members })
    }

    fn unknown(&self, stranger: &Member, known: &[&str]) -> LoadError {
        let name = &stranger.name;
        let nearest = known.iter().max_by(|a, b| {
            let alike = |known: &str| strsim::jaro_winkler(name, known);
            alike(a).total_cmp(&alike(b))
        });
        let hint = match nearest {
            Some(nearest) if strsim::jaro_winkler(name, nearest) > 0.85 => {
                format!("did you mean `{nearest}`?")
            }
            _ => format!("what may stand here: {}", known.join(", ")),
        };
        LoadError {
            path: format!("{}.{name}", self.path),
            line: stranger.line,
            column: stranger.column,
            problem: format!("`{name}` is not in the subset that this gateway runs; {hint}"),
        }
    }

    fn members(&self) -> Result<&'a [Member], LoadError> {
        match &self.node.value {
            Value::Map(members) => Ok(members),
            _ => Err(self.expected("a map")),
        }
    }

    /// The members of a map whose keys are free, such as header names.
    pub(crate) fn entries(&self) -> Result<Vec<(&'a str, Spot<'a>)>, LoadError> {
        Ok(self.members()?.iter().map(|member| (member.name.as_str(), self.at(member))).collect())
    }

    fn at(&self, member: &'a Member) -> Spot<'a> {
        let path = format!("{}.{}", self.path, member.name);
        Spot { node: &member.node, path, ..self.clone() }
    }

    pub(crate) fn list(&self) -> Result<Vec<Spot<'a>>, LoadError> {
        let Value::List(items) = &self.node.value else {
            return Err(self.expected("a list"));
        };
        let item = |(i, node)| Spot { node, path: format!("{}[{i}]", self.path), ..self.clone() };
        Ok(items.iter().enumerate().map(item).collect())
    }

    pub(crate) fn text(&self) -> Result<&'a str, LoadError> {
        match &self.node.value {
            Value::Text(text) if text.is_empty() => Err(self.wrong("must not be empty")),
            Value::Text(text) => Ok(text),
            Value::Number(_) => Err(self.expected("text; put the number in quotes")),
            _ => Err(self.expected("text")),
        }
    }

    /// Text that may stand elsewhere: what it refers to, where it is a reference.
    pub(crate) fn secret(&self) -> Result<String, LoadError> {
        vault::resolve(self.text()?, self.environment).map_err(|problem| self.wrong(problem))
    }

    pub(crate) fn texts(&self) -> Result<Vec<String>, LoadError> {
        self.list()?.iter().map(|item| Ok(item.text()?.to_owned())).collect()
    }

    pub(crate) fn boolean(&self) -> Result<bool, LoadError> {
        match &self.node.value {
            Value::Bool(flag) => Ok(*flag),
            _ => Err(self.expected("true or false")),
        }
    }

    pub(crate) fn integer<N>(&self, range: RangeInclusive<N>) -> Result<N, LoadError>
    where
        N: FromStr + PartialOrd + std::fmt::Display,
    {
        let (least, most) = (range.start(), range.end());
        let what = format!("a whole number from {least} to {most}");
        let Value::Number(digits) = &self.node.value else {
            return Err(self.expected(&what));
        };
        let number = digits.parse().ok().filter(|number| range.contains(number));
        number.ok_or_else(|| self.wrong(format!("expected {what}, found {digits}")))
    }

    /// A number as it is written, for values that may have a fraction.
    pub(crate) fn number(&self) -> Result<&'a str, LoadError> {
        match &self.node.value {
            Value::Number(digits) => Ok(digits),
            _ => Err(self.expected("a number")),
        }
    }

    /// One of a few words, as what it stands for.
    pub(crate) fn choice<T: Copy>(&self, choices: &[(&str, T)]) -> Result<T, LoadError> {
        let word = match &self.node.value {
            Value::Text(word) | Value::Number(word) => word.as_str(),
            _ => return Err(self.expected("a word")),
        };
        let found = choices.iter().find(|(name, _)| *name == word);
        found.map(|(_, value)| *value).ok_or_else(|| {
            let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
            self.wrong(format!("\"{word}\" is not known; use one of: {}", names.join(", ")))
        })
    }

    pub(crate) fn id(&self) -> Result<uuid::Uuid, LoadError> {
        let text = self.text()?;
        uuid::Uuid::try_parse(text)
            .map_err(|_| self.wrong(format!("\"{text}\" is no UUID; leave `id` out to get one")))
    }

    pub(crate) fn header_name(&self) -> Result<http::HeaderName, LoadError> {
        let text = self.text()?;
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        let name = http::HeaderName::from_bytes(text.as_bytes()).ok();
        name.filter(|_| text.bytes().all(plain)).ok_or_else(|| {
            self.wrong(format!("\"{text}\" is no header name; use letters, digits, `-` and `_`"))
        })
    }

    pub(crate) fn header_value(&self) -> Result<http::HeaderValue, LoadError> {
        let text = self.text()?;
        http::HeaderValue::from_bytes(text.as_bytes())
            .map_err(|_| self.wrong("can't be the value of a header; leave out line breaks"))
    }
}

impl<'a> Fields<'a> {
    /// The member, unless it is absent or null.
    pub(crate) fn get(&self, name: &str) -> Option<Spot<'a>> {
        let member = self.members.iter().find(|member| member.name == name)?;
        (!matches!(member.node.value, Value::Null)).then(|| self.spot.at(member))
    }

    /// The member even if it is null, for fields that may be absent but not null.
    pub(crate) fn present(&self, name: &str) -> Option<Spot<'a>> {
        self.members.iter().find(|member| member.name == name).map(|member| self.spot.at(member))
    }

    pub(crate) fn required(&self, name: &str) -> Result<Spot<'a>, LoadError> {
        self.get(name).ok_or_else(|| LoadError {
            path: format!("{}.{name}", self.spot.path),
            ..self.spot.wrong(format!("`{name}` is missing"))
        })
    }

    /// What the member holds, or the default.
    pub(crate) fn read<T>(
        &self,
        name: &str,
        default: T,
        read: impl FnOnce(&Spot<'a>) -> Result<T, LoadError>,
    ) -> Result<T, LoadError> {
        self.get(name).map_or(Ok(default), |spot| read(&spot))
    }

    pub(crate) fn maybe<T>(
        &self,
        name: &str,
        read: impl FnOnce(&Spot<'a>) -> Result<T, LoadError>,
    ) -> Result<Option<T>, LoadError> {
        self.get(name).map(|spot| read(&spot)).transpose()
    }

    /// Items of a list that may be absent.
    pub(crate) fn items(&self, name: &str) -> Result<Vec<Spot<'a>>, LoadError> {
        self.read(name, Vec::new(), Spot::list)
    }

    pub(crate) fn spot(&self) -> &Spot<'a> {
        &self.spot
    }
}
