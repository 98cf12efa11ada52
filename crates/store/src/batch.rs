//! Statements that travel to the database together.

use sea_orm::sea_query::{Expr, SelectStatement};
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement, StatementBuilder, Values};

use crate::error::Error;

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

/// What the column is called that tells which query of several a row answers.
const ASKED: &str = "asked";

/// The rows of several queries, in the order of the queries. On SQLite they travel as one.
pub async fn ask_together<const N: usize>(
    conn: &impl ConnectionTrait,
    mut queries: [SelectStatement; N],
) -> Result<[Vec<QueryResult>; N], Error> {
    let mut answers = [const { Vec::new() }; N];
    if conn.get_database_backend() != DbBackend::Sqlite {
        for (answer, query) in answers.iter_mut().zip(&queries) {
            *answer = conn.query_all(query).await?;
        }
        return Ok(answers);
    }
    for (index, query) in (0_i64..).zip(&mut queries) {
        query.expr_as(Expr::val(index), ASKED);
    }
    let statements = queries.iter().map(|query| DbBackend::Sqlite.build(query)).collect();
    for row in conn.query_all_raw(joined(DbBackend::Sqlite, statements)).await? {
        let index: i64 = row.try_get("", ASKED)?;
        let answer = usize::try_from(index).ok().and_then(|index| answers.get_mut(index));
        answer.expect("a query's own number").push(row);
    }
    Ok(answers)
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
