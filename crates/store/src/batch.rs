//! Statements that travel to the database together.

use sea_orm::{DbBackend, Statement, StatementBuilder, Values};

/// Statements whose results nobody reads, to be run in their order by [`crate::Tx::run`].
///
/// On SQLite, what a small statement costs is its way to the thread of the connection and back, so
/// small ones go as one. Servers prepare each statement by itself.
pub struct Batch {
    backend: DbBackend,
    statements: Vec<Statement>,
}

/// Statements with more values than this go alone: their text differs with each number of rows,
/// and a prepared statement is worth keeping only if it comes again.
const MOST_VALUES_TOGETHER: usize = 500;

impl Batch {
    pub(crate) fn new(backend: DbBackend) -> Batch {
        Batch { backend, statements: Vec::new() }
    }

    pub fn add(&mut self, statement: &impl StatementBuilder) {
        self.statements.push(self.backend.build(statement));
    }

    pub(crate) fn into_statements(self) -> Vec<Statement> {
        let values = self.statements.iter().map(count_values).sum::<usize>();
        let together = self.backend == DbBackend::Sqlite && values <= MOST_VALUES_TOGETHER;
        if !together || self.statements.len() < 2 {
            return self.statements;
        }
        vec![joined(self.backend, self.statements)]
    }
}

fn count_values(statement: &Statement) -> usize {
    statement.values.as_ref().map_or(0, |values| values.0.len())
}

/// One text and one list of values: SQLite gives each statement its own, from left to right.
fn joined(backend: DbBackend, statements: Vec<Statement>) -> Statement {
    let mut texts = Vec::with_capacity(statements.len());
    let mut values = Vec::new();
    for statement in statements {
        texts.push(statement.sql);
        values.extend(statement.values.into_iter().flat_map(|values| values.0));
    }
    Statement { sql: texts.join("; "), values: Some(Values(values)), db_backend: backend }
}
