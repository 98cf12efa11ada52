//! What the user service offers: a person's name and how they like to see things.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The languages that there are texts in.
pub const LANGUAGES: [&str; 5] = ["de", "en", "es", "fr", "ja"];

/// Whether pages are light or dark.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the device is.
    System,
    Light,
    Dark,
}

impl Theme {
    pub const ALL: [Theme; 3] = [Theme::System, Theme::Light, Theme::Dark];

    /// The word that is stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Theme::System => "system",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    pub fn parse(text: &str) -> Option<Theme> {
        Theme::ALL.into_iter().find(|theme| theme.as_str() == text)
    }
}

/// Which blocks the first page shows, by their names, and in which order.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
// Reports have a dashboard of their own in the same API document.
#[schema(as = DashboardLayout)]
pub struct Dashboard {
    /// Blocks that are not in it follow in their usual order.
    pub order: Vec<String>,
    pub hidden: Vec<String>,
}

/// A person as they want to be called and served.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Profile {
    pub id: model::PersonId,
    pub name: model::Name,
    /// Of texts: `de`, `en`, `es`, `fr` or `ja`.
    pub language: String,
    /// How numbers and days are written (BCP 47), such as `en-GB`.
    pub locale: String,
    /// Where "today" is, and when messages come.
    pub time_zone: model::TimeZone,
    pub theme: Theme,
    /// Amounts are shown only when asked for.
    pub hide_amounts: bool,
    /// Single keys are shortcuts.
    pub single_keys: bool,
    pub dashboard: Dashboard,
    pub version: i64,
}

/// A profile to be kept. Texts are as typed, so that all that are wrong are named at once.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileBody {
    #[schema(min_length = 1, max_length = 120)]
    pub name: String,
    /// Of texts: `de`, `en`, `es`, `fr` or `ja`.
    pub language: String,
    /// How numbers and days are written (BCP 47), such as `en-GB`.
    pub locale: String,
    /// A time zone of the IANA database, such as `Europe/Berlin`.
    pub time_zone: String,
    #[schema(value_type = Theme)]
    pub theme: String,
    pub hide_amounts: bool,
    pub single_keys: bool,
    pub dashboard: Dashboard,
}
