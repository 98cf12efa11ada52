//! What persons do with their profile: read it, and keep another.

use std::collections::HashSet;

use contracts::user::{Dashboard, LANGUAGES, Profile, ProfileBody, Theme};
use model::{Name, PersonId, TimeZone};
use service::{Context, Error, Fields};

use crate::locale;
use crate::store;

pub(crate) async fn profile(ctx: &Context, person: PersonId) -> Result<Profile, Error> {
    let found = store::profile_find(ctx.db().reader(), person).await?;
    found.ok_or_else(|| Error::not_found("profile"))
}

/// Keeps a profile, if it still is at the version that it is `based_on`. The same profile again
/// changes nothing.
pub(crate) async fn keep_profile(
    ctx: &Context,
    person: PersonId,
    body: &ProfileBody,
    based_on: Option<i64>,
) -> Result<Profile, Error> {
    let wanted = parse(person, body)?;
    ctx.db()
        .write(move |tx| {
            let wanted = wanted.clone();
            async move {
                let known = store::profile_find(tx.conn(), person).await?;
                let version = known.as_ref().map_or(0, |known| known.version);
                if based_on.is_some_and(|based_on| based_on != version) {
                    return Err(Error::stale("profile", version));
                }
                let next = Profile { version: version + 1, ..wanted };
                match known {
                    None => store::profile_insert(&tx, &next).await?,
                    Some(known) if known == (Profile { version, ..next.clone() }) => {
                        return Ok(known);
                    }
                    Some(_) => store::profile_update(&tx, &next).await?,
                }
                Ok(next)
            }
        })
        .await
}

/// The profile that a body describes, without its version.
fn parse(person: PersonId, body: &ProfileBody) -> Result<Profile, Error> {
    let mut fields = Fields::default();
    let name = fields.check("name", Name::parse(&body.name));
    if !LANGUAGES.contains(&body.language.as_str()) {
        fields.wrong("language", format!("must be one of {}", LANGUAGES.join(", ")));
    }
    fields.check("locale", locale::check(&body.locale));
    let time_zone = fields.check("time_zone", TimeZone::parse(&body.time_zone));
    let theme = Theme::parse(&body.theme);
    if theme.is_none() {
        fields
            .wrong("theme", format!("must be one of {}", Theme::ALL.map(Theme::as_str).join(", ")));
    }
    check_dashboard(&mut fields, &body.dashboard);
    let (Some(name), Some(time_zone), Some(theme), true) =
        (name, time_zone, theme, fields.is_empty())
    else {
        return Err(fields.into_error());
    };
    Ok(Profile {
        id: person,
        name,
        language: body.language.clone(),
        locale: body.locale.clone(),
        time_zone,
        theme,
        hide_amounts: body.hide_amounts,
        single_keys: body.single_keys,
        dashboard: body.dashboard.clone(),
        version: 0,
    })
}

/// A page has about ten blocks.
const MOST_BLOCKS: usize = 50;
const LONGEST_BLOCK: usize = 40;

fn check_dashboard(fields: &mut Fields, dashboard: &Dashboard) {
    for (field, blocks) in
        [("dashboard.order", &dashboard.order), ("dashboard.hidden", &dashboard.hidden)]
    {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        let is_name = |block: &String| {
            !block.is_empty() && block.len() <= LONGEST_BLOCK && block.chars().all(plain)
        };
        let once: HashSet<&String> = blocks.iter().collect();
        if blocks.len() > MOST_BLOCKS {
            fields.wrong(field, format!("must have at most {MOST_BLOCKS} blocks"));
        } else if let Some(block) = blocks.iter().find(|block| !is_name(block)) {
            let shown: String = block.chars().take(LONGEST_BLOCK).collect();
            let right = "letters, digits, - and _, at most 40 of them";
            fields.wrong(field, format!("\"{shown}\" is no block's name; it has {right}"));
        } else if once.len() < blocks.len() {
            fields.wrong(field, "must name each block once");
        }
    }
}
