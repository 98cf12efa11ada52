//! What a new book begins with, in the language of its owner: data files that are part of the
//! program.

use contracts::ledger::{Category, CategoryKind};
use model::CategoryId;
use serde::Deserialize;
use service::{Error, Ids};

macro_rules! languages {
    ($($language:literal),+ $(,)?) => {
        &[$(($language, include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"), "/../../config/categories/", $language, ".toml"
        )))),+]
    };
}

/// The first is for everybody whose language is not here.
const LANGUAGES: &[(&str, &str)] = languages!["en", "de", "es", "fr", "ja"];

/// A file of `config/categories/`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Defaults {
    pub first_account: String,
    expense: Vec<Top>,
    income: Vec<Top>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Top {
    name: String,
    icon: String,
    #[serde(default)]
    children: Vec<Child>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Child {
    name: String,
    icon: String,
}

impl Defaults {
    /// Those of a language such as `de` or `de-AT`.
    pub fn of(language: &str) -> Result<Defaults, Error> {
        let wanted = language.split(['-', '_']).next().unwrap_or_default().to_lowercase();
        let found = LANGUAGES.iter().find(|(language, _)| *language == wanted);
        let (language, text) = found.unwrap_or(&LANGUAGES[0]);
        toml::from_str(text).map_err(|error| {
            Error::internal(anyhow::anyhow!("config/categories/{language}.toml: {error}"))
        })
    }

    /// The tree, parents before their children.
    pub fn categories(&self, ids: &Ids) -> Vec<Category> {
        let mut categories: Vec<Category> = Vec::new();
        let mut add = |kind, parent: Option<CategoryId>, name: &str, icon: &str| {
            let id = ids.next();
            let position = i64::try_from(categories.len()).unwrap_or(i64::MAX);
            categories.push(Category {
                id,
                parent,
                name: name.to_owned(),
                kind,
                icon: icon.to_owned(),
                archived: false,
                position,
                version: 1,
            });
            id
        };
        let kinds = [(CategoryKind::Expense, &self.expense), (CategoryKind::Income, &self.income)];
        for (kind, tops) in kinds {
            for top in tops {
                let parent = add(kind, None, &top.name, &top.icon);
                for child in &top.children {
                    add(kind, Some(parent), &child.name, &child.icon);
                }
            }
        }
        categories
    }
}

#[cfg(test)]
mod tests {
    use model::Name;

    use super::*;

    #[test]
    fn every_language_has_the_same_tree_and_names_that_are_names() {
        let shape = |language: &str| {
            let defaults = Defaults::of(language).unwrap();
            let categories = defaults.categories(&Ids::counted());
            for name in categories.iter().map(|c| &c.name).chain([&defaults.first_account]) {
                assert_eq!(Name::parse(name).unwrap().as_str(), name, "{language}");
            }
            categories.into_iter().map(|c| (c.id, c.parent, c.icon)).collect::<Vec<_>>()
        };
        for (language, _) in LANGUAGES {
            assert_eq!(shape(language), shape("en"), "{language}");
        }
    }

    #[test]
    fn regions_find_their_language_and_others_english() {
        assert_eq!(Defaults::of("de-AT").unwrap().first_account, "Bargeld");
        assert_eq!(Defaults::of("pt").unwrap().first_account, "Cash");
    }
}
