//! The columns of words: who, what for, under which reference, and in which state.

use crate::columns::Layout;
use crate::profile::Profile;
use crate::statement::{Overrides, Role};
use crate::words::Hint;

/// Which columns say what a booking is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TextPlan {
    pub(crate) payee: Option<usize>,
    pub(crate) payer: Option<usize>,
    pub(crate) descriptions: Vec<usize>,
    pub(crate) reference: Option<usize>,
    pub(crate) status: Option<usize>,
}

impl TextPlan {
    pub(crate) fn columns(&self) -> Vec<usize> {
        self.payee.into_iter().chain(self.payer).chain(self.descriptions.iter().copied()).collect()
    }
}

/// Finds them by what is in them; names rank what is alike.
pub(crate) fn find_texts(layout: &Layout, overrides: &Overrides) -> TextPlan {
    if let Some(roles) = &overrides.roles {
        return named(roles);
    }
    let status = find_status(layout);
    let texts: Vec<&Profile> = layout
        .profiles
        .iter()
        .filter(|profile| {
            let is_named = profile.hints.has_any(&[Hint::Payee, Hint::Payer, Hint::Description])
                && profile.texts > 0;
            profile.mostly(profile.texts, 50) || is_named
        })
        .filter(|profile| Some(profile.index) != status)
        .filter(|profile| !is_direction(profile))
        .collect();
    let named_payer = texts.iter().find(|profile| is_payer(profile));
    let payee = texts
        .iter()
        .filter(|profile| !is_payer(profile))
        .max_by_key(|profile| (payee_score(profile), usize::MAX - profile.index))
        .map(|profile| profile.index);
    let is_description = |profile: &&&Profile| {
        Some(profile.index) != payee && !is_payer(profile) && description_score(profile) > 0
    };
    let mut descriptions: Vec<&&Profile> = texts.iter().filter(is_description).collect();
    descriptions.sort_by_key(|profile| (-description_score(profile), profile.index));
    let mut descriptions: Vec<usize> =
        descriptions.into_iter().take(3).map(|profile| profile.index).collect();
    descriptions.sort_unstable();
    let payer = named_payer.map(|profile| profile.index);
    let is_payee_by_name = |index: usize| {
        layout.profiles[index].hints.has_any(&[Hint::Payee, Hint::Counter, Hint::Name])
    };
    let (payee, payer) = match (payee, payer) {
        // A sender beside texts that only describe is the other side of every row.
        (Some(payee), Some(payer)) if !is_payee_by_name(payee) => {
            descriptions.push(payee);
            (Some(payer), None)
        }
        (None, payer) => (payer, None),
        both => both,
    };
    TextPlan { payee, payer, descriptions, reference: find_reference(layout), status }
}

fn named(roles: &[Role]) -> TextPlan {
    let column = |role: Role| roles.iter().position(|other| *other == role);
    let descriptions =
        roles.iter().enumerate().filter(|(_, role)| **role == Role::Description).map(|(at, _)| at);
    TextPlan {
        payee: column(Role::Payee),
        payer: column(Role::Payer),
        descriptions: descriptions.collect(),
        reference: column(Role::Reference),
        status: column(Role::Status),
    }
}

fn is_direction(profile: &Profile) -> bool {
    profile.directions == profile.filled && !profile.hints.has(Hint::Payee)
}

fn is_payer(profile: &Profile) -> bool {
    profile.hints.has(Hint::Payer) && !profile.hints.has(Hint::Payee)
}

/// How much a column is like the names of the other side.
fn payee_score(profile: &Profile) -> i64 {
    let hints = profile.hints;
    let named = if hints.has(Hint::Payee) {
        60
    } else if hints.has(Hint::Counter) {
        50
    } else if hints.has(Hint::Name) && !hints.has(Hint::Owner) {
        45
    } else if hints.has(Hint::Description) {
        20
    } else if hints.has(Hint::Account) {
        15
    } else {
        10
    };
    let lesser = [
        (Hint::Owner, -60),
        (Hint::Type, -25),
        (Hint::Category, -25),
        (Hint::Status, -30),
        (Hint::Place, -12),
        (Hint::Reference, -15),
        (Hint::Card, -15),
        (Hint::Identifier, -10),
    ];
    let lesser: i64 =
        lesser.iter().filter(|(hint, _)| hints.has(*hint)).map(|(_, points)| points).sum();
    // The same in every row is the account's holder and not the other side.
    let constant = if profile.is_constant() && profile.rows > 2 { -45 } else { 0 };
    named + lesser + constant + value_score(profile)
}

/// What the values alone say: names differ, begin with a capital and hold no line breaks.
fn value_score(profile: &Profile) -> i64 {
    let share = |count: usize| i64::try_from(count * 10 / profile.filled.max(1)).unwrap_or(0);
    let fullness = i64::try_from(profile.filled * 10 / profile.rows.max(1)).unwrap_or(0);
    let lines = if profile.multi_line > 0 { 20 } else { 0 };
    share(profile.distinct) + share(profile.names) + 2 * fullness
        - 2 * share(profile.remittances)
        - lines
}

fn description_score(profile: &Profile) -> i64 {
    let hints = profile.hints;
    let named = if hints.has(Hint::Description) { 20 } else { 0 };
    let other = [
        Hint::Owner,
        Hint::Category,
        Hint::Status,
        Hint::Account,
        Hint::Card,
        Hint::Place,
        Hint::Type,
    ];
    let lesser = if hints.has_any(&other) { -30 } else { 0 };
    let unnamed = if hints.is_empty() { 8 } else { 0 };
    let remittance = if profile.remittances > 0 { 10 } else { 0 };
    let constant = if profile.is_constant() && profile.rows > 2 { -10 } else { 0 };
    named + lesser + unnamed + remittance + constant
}

/// A column of nothing but states, or one named so that holds some.
fn find_status(layout: &Layout) -> Option<usize> {
    let is_status = |profile: &&Profile| {
        let all = profile.filled > 0 && profile.statuses == profile.filled;
        all || (profile.hints.has(Hint::Status) && profile.statuses > 0)
    };
    let states = layout.profiles.iter().filter(is_status);
    states.max_by_key(|profile| profile.hints.has(Hint::Status)).map(|profile| profile.index)
}

fn find_reference(layout: &Layout) -> Option<usize> {
    let named = layout.profiles.iter().filter(|profile| {
        let hints = profile.hints;
        let is_named = hints.has_any(&[Hint::Reference, Hint::Identifier]);
        let is_other =
            hints.has_any(&[Hint::Account, Hint::Card, Hint::Payee, Hint::Name, Hint::Amount]);
        is_named && !is_other && !profile.is_empty() && profile.dates == 0
    });
    named
        .max_by_key(|profile| {
            (profile.hints.has(Hint::Reference), profile.distinct, usize::MAX - profile.index)
        })
        .map(|profile| profile.index)
}
