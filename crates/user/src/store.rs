//! Profiles, a row for each person.

use contracts::user::{Profile, Theme};
use model::{Name, PersonId, TimeZone};
use sea_orm::ActiveValue::Set;
use sea_orm::IntoActiveModel;
use sea_orm::entity::prelude::*;
use store::{Error, Migration, Tx, column, table};

pub const MIGRATIONS: &[Migration] = &[Migration {
    name: "0001_profiles",
    up: |dialect| {
        vec![
            table(dialect, "profile")
                .col(column::id("person").primary_key())
                .col(column::text("name", 120))
                .col(column::text("language", 8))
                .col(column::text("locale", 60))
                .col(column::text("time_zone", 64))
                .col(column::text("theme", 8))
                .col(column::flag("hide_amounts"))
                .col(column::flag("single_keys"))
                .col(column::long_text(dialect, "dashboard"))
                .col(column::number("version"))
                .to_owned()
                .into(),
        ]
    },
}];

mod profile {
    use super::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "profile")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub person: Uuid,
        pub name: String,
        pub language: String,
        pub locale: String,
        pub time_zone: String,
        pub theme: String,
        pub hide_amounts: bool,
        pub single_keys: bool,
        /// JSON of a `Dashboard`.
        pub dashboard: String,
        pub version: i64,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) async fn profile_find(
    conn: &impl ConnectionTrait,
    person: PersonId,
) -> Result<Option<Profile>, Error> {
    profile::Entity::find_by_id(person.0).one(conn).await?.map(read).transpose()
}

/// Where the person has just kept their first profile elsewhere, asks for another look.
pub(crate) async fn profile_insert(tx: &Tx, profile: &Profile) -> Result<(), Error> {
    let row = row(profile)?.into_active_model();
    match profile::Entity::insert(row).exec_without_returning(tx.conn()).await {
        Ok(_) => Ok(()),
        Err(error) => match Error::from(error) {
            Error::Unique(_) => Err(look_again()),
            other => Err(other),
        },
    }
}

/// Replaces the version before this one. Where that has moved on, asks for another look.
pub(crate) async fn profile_update(tx: &Tx, profile: &Profile) -> Result<(), Error> {
    let mut row = row(profile)?.into_active_model().reset_all();
    row.person = Set(profile.id.0);
    let update = profile::Entity::update_many()
        .set(row)
        .filter(profile::Column::Person.eq(profile.id.0))
        .filter(profile::Column::Version.eq(profile.version - 1));
    match update.exec(tx.conn()).await?.rows_affected {
        1 => Ok(()),
        _ => Err(look_again()),
    }
}

fn look_again() -> Error {
    Error::Busy(DbErr::Custom("the profile has just been kept elsewhere".to_owned()))
}

fn row(profile: &Profile) -> Result<profile::Model, Error> {
    Ok(profile::Model {
        person: profile.id.0,
        name: profile.name.as_str().to_owned(),
        language: profile.language.clone(),
        locale: profile.locale.clone(),
        time_zone: profile.time_zone.name().to_owned(),
        theme: profile.theme.as_str().to_owned(),
        hide_amounts: profile.hide_amounts,
        single_keys: profile.single_keys,
        dashboard: serde_json::to_string(&profile.dashboard)?,
        version: profile.version,
    })
}

fn read(row: profile::Model) -> Result<Profile, Error> {
    let strange = |column: &str| Error::Refused(DbErr::Type(format!("profile.{column}")));
    Ok(Profile {
        id: row.person.into(),
        name: Name::parse(&row.name).map_err(|_| strange("name"))?,
        language: row.language,
        locale: row.locale,
        time_zone: TimeZone::parse(&row.time_zone).map_err(|_| strange("time_zone"))?,
        theme: Theme::parse(&row.theme).ok_or_else(|| strange("theme"))?,
        hide_amounts: row.hide_amounts,
        single_keys: row.single_keys,
        dashboard: serde_json::from_str(&row.dashboard)?,
        version: row.version,
    })
}
