//! Migrations: schema changes written once with the schema builder, run in order, once.
//!
//! A migration is a list of statements and no code, so the SQL of each dialect can be printed
//! without a database and is committed for reviewers to read.

use sea_orm::sea_query::{
    Alias, ColumnDef, Expr, IndexCreateStatement, MysqlQueryBuilder, Order, PostgresQueryBuilder,
    Query, SqliteQueryBuilder, Table, TableCreateStatement,
};
use sea_orm::{ConnectionTrait, DbErr, Statement, TransactionTrait};

use crate::db::{Db, Dialect};
use crate::error::Error;

/// One named step of a service's schema.
pub struct Migration {
    /// Sorts in the order in which migrations run: `0001_books`.
    pub name: &'static str,
    pub up: fn(Dialect) -> Vec<Step>,
}

/// One statement of a migration. What it does to a table can be read from it, which is how a backup
/// knows the columns of every version of the schema.
pub enum Step {
    Create(Box<TableCreateStatement>),
    Index(Box<IndexCreateStatement>),
    AddColumn { table: &'static str, column: Box<ColumnDef> },
    Drop { table: &'static str },
}

impl Step {
    /// The SQL of one dialect, without a closing semicolon.
    pub fn sql(&self, dialect: Dialect) -> String {
        macro_rules! built {
            ($statement:expr) => {
                match dialect {
                    Dialect::Sqlite => $statement.to_string(SqliteQueryBuilder),
                    Dialect::Postgres => $statement.to_string(PostgresQueryBuilder),
                    Dialect::Mysql => $statement.to_string(MysqlQueryBuilder),
                }
            };
        }
        match self {
            Step::Create(create) => built!(create),
            Step::Index(index) => built!(index),
            Step::AddColumn { table, column } => {
                let mut alter = Table::alter();
                built!(alter.table(*table).add_column(column.as_ref().clone()))
            }
            Step::Drop { table } => built!(Table::drop().table(*table)),
        }
    }
}

impl From<TableCreateStatement> for Step {
    fn from(statement: TableCreateStatement) -> Self {
        Step::Create(Box::new(statement))
    }
}

impl From<IndexCreateStatement> for Step {
    fn from(statement: IndexCreateStatement) -> Self {
        Step::Index(Box::new(statement))
    }
}

/// A new table as every dialect should have it: found by its primary key alone on SQLite, and
/// comparing text by code point on MySQL.
pub fn table(dialect: Dialect, name: &str) -> TableCreateStatement {
    let mut table = Table::create();
    table.table(Alias::new(name));
    match dialect {
        Dialect::Sqlite => table.extra("WITHOUT ROWID"),
        Dialect::Postgres => &mut table,
        Dialect::Mysql => table.extra("CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"),
    };
    table
}

/// Columns by what they mean, so that a meaning has one type on each database.
pub mod column {
    use super::{Alias, ColumnDef, Dialect};

    fn column(name: &str) -> ColumnDef {
        let mut column = ColumnDef::new(Alias::new(name));
        column.not_null();
        column
    }

    /// A UUID: 16 bytes.
    pub fn id(name: &str) -> ColumnDef {
        let mut column = column(name);
        column.uuid();
        column
    }

    /// A UUID that may be absent.
    pub fn maybe_id(name: &str) -> ColumnDef {
        let mut column = id(name);
        column.null();
        column
    }

    /// Text that can be a key: with a greatest length in characters.
    pub fn text(name: &str, length: u32) -> ColumnDef {
        let mut column = column(name);
        column.string_len(length);
        column
    }

    /// Short text that may be absent.
    pub fn maybe_text(name: &str, length: u32) -> ColumnDef {
        let mut column = text(name, length);
        column.null();
        column
    }

    /// Text of any length, such as JSON; never a key.
    pub fn long_text(dialect: Dialect, name: &str) -> ColumnDef {
        let mut column = column(name);
        match dialect {
            Dialect::Sqlite | Dialect::Postgres => column.text(),
            Dialect::Mysql => column.custom(Alias::new("longtext")),
        };
        column
    }

    /// Long text that may be absent.
    pub fn maybe_long_text(dialect: Dialect, name: &str) -> ColumnDef {
        let mut column = long_text(dialect, name);
        column.null();
        column
    }

    /// An instant: microseconds since 1970, UTC.
    pub fn instant(name: &str) -> ColumnDef {
        number(name)
    }

    /// A day: `YYYY-MM-DD`.
    pub fn day(name: &str) -> ColumnDef {
        text(name, 10)
    }

    /// Minor units of a currency.
    pub fn minor(name: &str) -> ColumnDef {
        number(name)
    }

    /// A currency code.
    pub fn currency(name: &str) -> ColumnDef {
        text(name, 3)
    }

    /// A 64-bit integer.
    pub fn number(name: &str) -> ColumnDef {
        let mut column = column(name);
        column.big_integer();
        column
    }

    /// An integer that may be absent.
    pub fn maybe_number(name: &str) -> ColumnDef {
        let mut column = number(name);
        column.null();
        column
    }

    /// True or false.
    pub fn flag(name: &str) -> ColumnDef {
        let mut column = column(name);
        column.boolean();
        column
    }
}

/// The tables that every service has.
pub const FRAME_MIGRATIONS: &[Migration] = &[
    crate::streams::MIGRATION,
    crate::positions::MIGRATION,
    crate::jobs::MIGRATION,
    crate::schedules::MIGRATION,
    crate::outbox::MIGRATION,
    crate::leases::MIGRATION,
];

fn applied_table(dialect: Dialect) -> TableCreateStatement {
    table(dialect, "migration")
        .if_not_exists()
        .col(column::text("name", 60).primary_key())
        .to_owned()
}

impl Db {
    /// Brings the schema up to date: the frame's tables, then the service's own.
    ///
    /// A second replica that starts at the same time waits and then finds nothing to do.
    pub async fn migrate(&self, own: &[Migration]) -> Result<(), Error> {
        let all: Vec<&Migration> = FRAME_MIGRATIONS.iter().chain(own).collect();
        self.migrate_with(&all).await
    }

    /// Brings the schema as far as these migrations and no further.
    pub async fn migrate_with(&self, migrations: &[&Migration]) -> Result<(), Error> {
        match self.dialect() {
            // The writer's transaction is the lock, and DDL is part of it.
            Dialect::Sqlite => {
                let steps = plan(migrations, self.dialect());
                self.write(move |tx| {
                    let steps = steps.clone();
                    async move { run(tx.conn(), &steps, tx.dialect()).await }
                })
                .await
            }
            Dialect::Postgres | Dialect::Mysql => self.migrate_server(migrations).await,
        }
    }

    /// Under a lock of the database, and without the time limit of a request: a change of a large
    /// table takes what it takes, and so does waiting for the replica that makes it.
    async fn migrate_server(&self, migrations: &[&Migration]) -> Result<(), Error> {
        let plan = plan(migrations, self.dialect());
        let tx = self.reader().begin().await?;
        match self.dialect() {
            Dialect::Mysql => run_locked(&tx, &plan).await?,
            // Both end with the transaction.
            _ => {
                tx.execute_unprepared("SET LOCAL statement_timeout = 0").await?;
                tx.execute_unprepared("SELECT pg_advisory_xact_lock(7013)").await?;
                run(&tx, &plan, self.dialect()).await?;
            }
        }
        Ok(tx.commit().await?)
    }
}

/// On MySQL a change of the schema ends the transaction, so the lock is the connection's.
async fn run_locked(conn: &impl ConnectionTrait, plan: &Plan) -> Result<(), Error> {
    // Only MariaDB has the variable, and only it reads this kind of comment.
    let unlimited = "SET @limit = 0 \
         /*M! , @limit = @@SESSION.max_statement_time , SESSION max_statement_time = 0 */";
    let limited = "SET @locked = 0 /*M! , SESSION max_statement_time = @limit */";
    conn.execute_unprepared(unlimited).await?;
    let lock = Statement::from_string(
        conn.get_database_backend(),
        format!("SELECT GET_LOCK(CONCAT(DATABASE(), '.migrate'), {MYSQL_LOCK_SECONDS})"),
    );
    let locked = conn.query_one_raw(lock).await?;
    let locked = locked.map(|row| row.try_get_by_index::<Option<i64>>(0)).transpose()?.flatten();
    if locked != Some(1) {
        let waited = format!("another replica has been changing it for {MYSQL_LOCK_SECONDS} s");
        return Err(Error::Slow(DbErr::Custom(waited)));
    }
    let outcome = run(conn, plan, Dialect::Mysql).await;
    conn.execute_unprepared("DO RELEASE_ALL_LOCKS()").await?;
    conn.execute_unprepared(limited).await?;
    outcome
}

/// MySQL knows no lock that is waited for without end.
const MYSQL_LOCK_SECONDS: u32 = 3600;

/// The statements of each migration, by name.
type Plan = Vec<(&'static str, Vec<String>)>;

fn plan(migrations: &[&Migration], dialect: Dialect) -> Plan {
    migrations
        .iter()
        .map(|m| (m.name, (m.up)(dialect).iter().map(|step| step.sql(dialect)).collect()))
        .collect()
}

/// The names of the migrations that made a database what it is.
pub(crate) async fn applied(conn: &impl ConnectionTrait) -> Result<Vec<String>, Error> {
    let select =
        Query::select().column("name").from("migration").order_by("name", Order::Asc).to_owned();
    let rows = conn.query_all(&select).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}

async fn run(conn: &impl ConnectionTrait, plan: &Plan, dialect: Dialect) -> Result<(), Error> {
    conn.execute_unprepared(&Step::from(applied_table(dialect)).sql(dialect)).await?;
    let known = applied(conn).await?;
    for (name, statements) in plan.iter().filter(|(name, _)| !known.iter().any(|k| k == name)) {
        for statement in statements {
            conn.execute_unprepared(statement).await?;
        }
        let note = Query::insert()
            .into_table(Alias::new("migration"))
            .columns([Alias::new("name")])
            .values_panic([Expr::val(*name)])
            .to_owned();
        conn.execute(&note).await?;
        tracing::debug!(migration = name, "schema changed");
    }
    Ok(())
}

/// The SQL that a dialect runs for these migrations, as it is committed for reviewers.
pub fn print(migrations: &[Migration], dialect: Dialect) -> String {
    let mut text = String::new();
    for (name, statements) in plan(&migrations.iter().collect::<Vec<_>>(), dialect) {
        text.push_str(&format!("-- {name}\n"));
        for statement in statements {
            text.push_str(&statement.replace(", \"", ",\n  \"").replace(", `", ",\n  `"));
            text.push_str(";\n");
        }
        text.push('\n');
    }
    text
}
