//! Who asks, and what a member of a book may do.

use serde::{Deserialize, Serialize};

use crate::{PersonId, SessionId};

/// The person behind a request, as their access token says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Caller {
    pub person: PersonId,
    pub session: SessionId,
}

/// What a member may do in a book; each role may do all that the ones below it may, except that
/// a viewer sees balances and entries that a contributor does not.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything, members and settings included.
    Owner,
    /// All entries, accounts, categories and payees.
    Editor,
    /// Own entries only; sees no balances.
    Contributor,
    /// Sees everything that is shared, changes nothing.
    Viewer,
}

impl Role {
    /// The word that is stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Owner => "owner",
            Role::Editor => "editor",
            Role::Contributor => "contributor",
            Role::Viewer => "viewer",
        }
    }

    pub fn parse(text: &str) -> Option<Role> {
        [Role::Owner, Role::Editor, Role::Contributor, Role::Viewer]
            .into_iter()
            .find(|role| role.as_str() == text)
    }

    /// May record entries of one's own.
    pub fn may_write(self) -> bool {
        self != Role::Viewer
    }

    /// May change what others entered, and accounts, categories and payees.
    pub fn may_edit_all(self) -> bool {
        matches!(self, Role::Owner | Role::Editor)
    }

    /// May change members and settings of the book.
    pub fn may_manage(self) -> bool {
        self == Role::Owner
    }

    /// Sees balances and the entries of others.
    pub fn sees_all(self) -> bool {
        self != Role::Contributor
    }
}
