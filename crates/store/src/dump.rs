//! Rows as lines of JSON that every kind of database gives and takes.
//!
//! What a column holds is read from the migrations, so a row that left SQLite enters PostgreSQL or
//! MySQL as the same value.

use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use sea_orm::entity::prelude::Uuid;
use sea_orm::sea_query::{ColumnType, Expr, Query};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult, StreamTrait, Value};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::db::{Db, Dialect, Tx};
use crate::error::Error;
use crate::migrate::{Migration, Step, applied};

/// The frame's tables that say something of this moment only: how far the service has followed the
/// logs of others, which have another epoch after a restore; what the bus was yet to hear of the old
/// one; and who was at work.
pub const PASSING_TABLES: &[&str] = &["position", "unsent", "lease"];

/// A table with its columns, as migrations make it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shape {
    pub table: String,
    pub columns: Vec<(String, Kind)>,
}

/// What a column holds; any of it may be absent.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Id,
    Text,
    Number,
    Flag,
}

/// The tables that migrations leave behind, in the order in which they were made.
///
/// # Panics
/// On a column that `store::column` did not make.
pub fn shapes(migrations: &[&Migration]) -> Vec<Shape> {
    let mut shapes: Vec<Shape> = Vec::new();
    // What a column means is the same for every dialect; this one has a type for each meaning.
    for step in migrations.iter().flat_map(|migration| (migration.up)(Dialect::Postgres)) {
        match step {
            Step::Create(create) => {
                let table = create.get_table_name().map(|name| name.sea_orm_table().to_string());
                let columns = create.get_columns().iter().map(column).collect();
                shapes.push(Shape { table: table.unwrap_or_default(), columns });
            }
            Step::AddColumn { table, column: added } => {
                let grown = shapes.iter_mut().find(|shape| shape.table == table);
                grown.into_iter().for_each(|shape| shape.columns.push(column(&added)));
            }
            Step::Drop { table } => shapes.retain(|shape| shape.table != table),
            Step::Index(_) => {}
        }
    }
    shapes
}

fn column(definition: &sea_orm::sea_query::ColumnDef) -> (String, Kind) {
    let name = definition.get_column_name();
    let kind = match definition.get_column_type() {
        Some(ColumnType::Uuid) => Kind::Id,
        Some(ColumnType::String(_) | ColumnType::Text) => Kind::Text,
        Some(ColumnType::BigInteger) => Kind::Number,
        Some(ColumnType::Boolean) => Kind::Flag,
        other => panic!("the column {name} is {other:?}; make it with store::column"),
    };
    (name, kind)
}

/// A database as it was at one moment, however long it takes to read.
pub struct Snapshot {
    conn: DatabaseTransaction,
    migrations: Vec<String>,
}

/// Snapshots of the databases of several services.
///
/// Where they are files of SQLite, nobody writes while they are opened, so all show one instant.
/// Servers can't be held together: there they follow one another within milliseconds, and a
/// service must come before those whose ids it keeps, so that no snapshot names what another lacks.
pub async fn snapshots(dbs: &[Db]) -> Result<Vec<Snapshot>, Error> {
    let files = dbs.iter().filter(|db| db.dialect() == Dialect::Sqlite).cloned().rev().collect();
    while_nobody_writes(files, dbs.into()).await
}

/// Takes the lock of each file, the last one first, inside of the one before.
fn while_nobody_writes(
    mut files: Vec<Db>,
    all: Arc<[Db]>,
) -> BoxFuture<'static, Result<Vec<Snapshot>, Error>> {
    async move {
        let Some(file) = files.pop() else { return open_each(&all).await };
        file.write(move |_| while_nobody_writes(files.clone(), Arc::clone(&all))).await
    }
    .boxed()
}

async fn open_each(dbs: &[Db]) -> Result<Vec<Snapshot>, Error> {
    let mut snapshots = Vec::new();
    for db in dbs {
        snapshots.push(Snapshot::open(db).await?);
    }
    Ok(snapshots)
}

/// Lines are handed on when there are about so many bytes of them.
const PART_BYTES: usize = 4 << 20;

impl Snapshot {
    pub async fn open(db: &Db) -> Result<Snapshot, Error> {
        let conn = db.begin_snapshot().await?;
        // The first read is the moment of the snapshot.
        let migrations = applied(&conn).await?;
        Ok(Snapshot { conn, migrations })
    }

    /// The names of the migrations that made the database.
    pub fn migrations(&self) -> &[String] {
        &self.migrations
    }

    pub async fn count(&self, table: &str) -> Result<u64, Error> {
        let select = Query::select().expr(Expr::cust("COUNT(*)")).from(table.to_owned()).to_owned();
        let row = self.conn.query_one(&select).await?;
        let count = row.map(|row| row.try_get_by_index::<i64>(0)).transpose()?;
        Ok(count.unwrap_or_default().unsigned_abs())
    }

    /// Hands on the rows of a table, some thousands at a time: an array a line, with how many.
    pub async fn read<E: From<Error>>(
        &self,
        shape: &Shape,
        mut hand_on: impl FnMut(&[u8], u64) -> Result<(), E>,
    ) -> Result<(), E> {
        let names = shape.columns.iter().map(|(name, _)| name.clone());
        let select = Query::select().columns(names).from(shape.table.clone()).to_owned();
        let mut rows = self.conn.stream(&select).await.map_err(Error::from)?;
        let (mut part, mut count) = (Vec::new(), 0);
        while let Some(row) = rows.next().await {
            write_line(&mut part, shape, &row.map_err(Error::from)?)?;
            count += 1;
            if part.len() >= PART_BYTES {
                hand_on(&part, count)?;
                (part, count) = (Vec::new(), 0);
            }
        }
        if count > 0 { hand_on(&part, count) } else { Ok(()) }
    }
}

fn write_line(part: &mut Vec<u8>, shape: &Shape, row: &QueryResult) -> Result<(), Error> {
    let cells = shape.columns.iter().enumerate();
    let cells = cells.map(|(index, (_, kind))| cell(row, index, *kind));
    let cells = cells.collect::<Result<Vec<Json>, Error>>()?;
    serde_json::to_writer(&mut *part, &cells)?;
    part.push(b'\n');
    Ok(())
}

fn cell(row: &QueryResult, index: usize, kind: Kind) -> Result<Json, Error> {
    Ok(match kind {
        Kind::Id => row.try_get_by_index::<Option<Uuid>>(index)?.map(|id| id.to_string()).into(),
        Kind::Text => row.try_get_by_index::<Option<String>>(index)?.into(),
        Kind::Number => row.try_get_by_index::<Option<i64>>(index)?.into(),
        Kind::Flag => row.try_get_by_index::<Option<bool>>(index)?.into(),
    })
}

/// How many rows and how many values one statement brings in: SQLite takes 32,766 values.
const MOST_ROWS: usize = 500;
const MOST_VALUES: usize = 30_000;

impl Db {
    /// Brings lines of [`Snapshot::read`] into a table, all or none; answers how many.
    pub async fn load(&self, shape: &Shape, lines: Vec<u8>) -> Result<u64, Error> {
        let (shape, lines) = (Arc::new(shape.clone()), Arc::new(lines));
        self.write(move |tx| {
            let (shape, lines) = (Arc::clone(&shape), Arc::clone(&lines));
            async move { load(&tx, &shape, &lines).await }
        })
        .await
    }

    /// Begins another life on rows that were brought in: every stream has another epoch, since what
    /// others have applied of it may never have happened here, and jobs that somebody was at wait
    /// for somebody again.
    pub async fn begin_anew(&self) -> Result<(), Error> {
        self.write(|tx| async move {
            tx.renew_epochs().await?;
            tx.release_jobs().await
        })
        .await
    }
}

async fn load(tx: &Tx, shape: &Shape, lines: &[u8]) -> Result<u64, Error> {
    let lines: Vec<&[u8]> = lines.split_inclusive(|byte| *byte == b'\n').collect();
    let most = MOST_ROWS.min(MOST_VALUES / shape.columns.len().max(1));
    let mut loaded = 0;
    for lines in lines.chunks(most) {
        let mut insert = Query::insert();
        insert
            .into_table(shape.table.clone())
            .columns(shape.columns.iter().map(|(name, _)| name.clone()));
        for line in lines {
            insert.values_panic(values(shape, line)?.into_iter().map(Expr::val));
        }
        loaded += tx.conn().execute(&insert).await?.rows_affected();
    }
    Ok(loaded)
}

fn values(shape: &Shape, line: &[u8]) -> Result<Vec<Value>, Error> {
    let cells: Vec<Json> = serde_json::from_slice(line)?;
    if cells.len() != shape.columns.len() {
        let told = format!("{} cells for {} columns", cells.len(), shape.columns.len());
        return Err(misfit(shape, told));
    }
    let columns = shape.columns.iter().zip(cells);
    columns.map(|((name, kind), cell)| value(*kind, cell, || misfit(shape, name))).collect()
}

fn value(kind: Kind, cell: Json, wrong: impl Fn() -> Error) -> Result<Value, Error> {
    Ok(match (kind, cell) {
        (Kind::Id, Json::Null) => None::<Uuid>.into(),
        (Kind::Id, Json::String(text)) => Uuid::parse_str(&text).map_err(|_| wrong())?.into(),
        (Kind::Text, Json::Null) => None::<String>.into(),
        (Kind::Text, Json::String(text)) => text.into(),
        (Kind::Number, Json::Null) => None::<i64>.into(),
        (Kind::Number, Json::Number(number)) => number.as_i64().ok_or_else(wrong)?.into(),
        (Kind::Flag, Json::Null) => None::<bool>.into(),
        (Kind::Flag, Json::Bool(flag)) => flag.into(),
        _ => return Err(wrong()),
    })
}

fn misfit(shape: &Shape, what: impl fmt::Display) -> Error {
    Error::Json(format!("a row does not fit the table {}: {what}", shape.table))
}

#[cfg(test)]
mod tests;
