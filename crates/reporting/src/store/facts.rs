//! Books, members, accounts, categories and payees, as known at the position.

use std::collections::{BTreeMap, HashMap};

use contracts::ledger::{AccountFacts, BookFacts, CategoryFacts, Member, PayeeFacts, book_stream};
use model::{AccountId, BookId, CategoryId, Currency, PayeeId, PersonId, Role, TimeZone};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel, Iterable, QueryResult,
    QueryTrait, entity::prelude::*,
};
use store::{Error, Tx, ask_together};
use uuid::Uuid;

use super::in_powers_of_two;
use crate::changes::Changes;

mod book {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "book")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub book: Uuid,
        pub name: String,
        pub base_currency: String,
        pub time_zone: String,
        pub first_day_of_week: i64,
        pub first_day_of_month: i64,
        pub fiscal_year_start_month: i64,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod member {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "member")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub book: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub person: Uuid,
        pub name: String,
        pub role: String,
        pub former: bool,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod account {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "account")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub book: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub account: Uuid,
        pub name: String,
        pub currency: String,
        pub holder: Option<Uuid>,
        pub private: bool,
        pub archived: bool,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod category {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "category")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub book: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub category: Uuid,
        pub parent: Option<Uuid>,
        pub name: String,
        pub archived: bool,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod payee {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "payee")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub book: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub payee: Uuid,
        pub name: String,
        pub merged_into: Option<Uuid>,
        /// The end of the chain of merges; the payee itself where it is not merged.
        pub counts_as: Uuid,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

fn unreadable(what: &str, error: impl std::fmt::Display) -> Error {
    Error::Refused(DbErr::Custom(format!("a stored {what} can't be read: {error}")))
}

impl book::Model {
    fn of(book: BookId, facts: &BookFacts) -> book::Model {
        book::Model {
            book: book.0,
            name: facts.name.clone(),
            base_currency: facts.base_currency.code().to_owned(),
            time_zone: facts.time_zone.name().to_owned(),
            first_day_of_week: facts.first_day_of_week.into(),
            first_day_of_month: facts.first_day_of_month.into(),
            fiscal_year_start_month: facts.fiscal_year_start_month.into(),
        }
    }

    fn facts(self) -> Result<BookFacts, Error> {
        let small = |number: i64| i8::try_from(number).map_err(|e| unreadable("day or month", e));
        Ok(BookFacts {
            name: self.name,
            base_currency: currency(&self.base_currency)?,
            time_zone: TimeZone::parse(&self.time_zone).map_err(|e| unreadable("time zone", e))?,
            first_day_of_week: small(self.first_day_of_week)?,
            first_day_of_month: small(self.first_day_of_month)?,
            fiscal_year_start_month: small(self.fiscal_year_start_month)?,
        })
    }
}

fn currency(code: &str) -> Result<Currency, Error> {
    Currency::parse(code).map_err(|error| unreadable("currency", error))
}

impl member::Model {
    fn of(book: BookId, facts: &Member) -> member::Model {
        member::Model {
            book: book.0,
            person: facts.person.0,
            name: facts.name.clone(),
            role: facts.role.as_str().to_owned(),
            former: facts.former,
        }
    }

    fn facts(self) -> Result<Member, Error> {
        let role = Role::parse(&self.role).ok_or_else(|| unreadable("role", &self.role))?;
        let person = PersonId(self.person);
        Ok(Member { person, name: self.name, role, former: self.former })
    }
}

impl account::Model {
    fn of(book: BookId, facts: &AccountFacts) -> account::Model {
        account::Model {
            book: book.0,
            account: facts.id.0,
            name: facts.name.clone(),
            currency: facts.currency.code().to_owned(),
            holder: facts.holder.map(|person| person.0),
            private: facts.private,
            archived: facts.archived,
        }
    }

    fn facts(self) -> Result<AccountFacts, Error> {
        Ok(AccountFacts {
            id: AccountId(self.account),
            name: self.name,
            currency: currency(&self.currency)?,
            holder: self.holder.map(PersonId),
            private: self.private,
            archived: self.archived,
        })
    }
}

impl category::Model {
    fn of(book: BookId, facts: &CategoryFacts) -> category::Model {
        category::Model {
            book: book.0,
            category: facts.id.0,
            parent: facts.parent.map(|parent| parent.0),
            name: facts.name.clone(),
            archived: facts.archived,
        }
    }

    fn facts(self) -> CategoryFacts {
        CategoryFacts {
            id: CategoryId(self.category),
            parent: self.parent.map(CategoryId),
            name: self.name,
            archived: self.archived,
        }
    }
}

impl payee::Model {
    fn facts(self) -> PayeeFacts {
        PayeeFacts {
            id: PayeeId(self.payee),
            name: self.name,
            merged_into: self.merged_into.map(PayeeId),
        }
    }
}

/// Writes rows that may be there already; by key, so that two writers lock them in one order.
async fn upsert<E>(tx: &Tx, rows: Vec<E::Model>) -> Result<(), Error>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel> + Clone + Sync,
    E::ActiveModel: Send,
{
    for piece in in_powers_of_two(&rows) {
        let changed = OnConflict::columns(E::PrimaryKey::iter().map(|key| key.into_column()))
            .update_columns(E::Column::iter())
            .to_owned();
        let models = piece.iter().map(|row| row.clone().into_active_model().reset_all());
        E::insert_many(models).on_conflict(changed).exec_without_returning(tx.conn()).await?;
    }
    Ok(())
}

/// Writes every fact that changes tell of.
pub(crate) async fn changes_write(tx: &Tx, book: BookId, changes: &Changes) -> Result<(), Error> {
    let books = changes.book.iter().map(|facts| book::Model::of(book, facts)).collect();
    upsert::<book::Entity>(tx, books).await?;
    let members = changes.members.values().map(|facts| member::Model::of(book, facts)).collect();
    upsert::<member::Entity>(tx, members).await?;
    let accounts = changes.accounts.values().map(|facts| account::Model::of(book, facts)).collect();
    upsert::<account::Entity>(tx, accounts).await?;
    let categories =
        changes.categories.values().map(|facts| category::Model::of(book, facts)).collect();
    upsert::<category::Entity>(tx, categories).await?;
    payees_write(tx, book, &changes.payees).await
}

/// Writes payees, and what every payee counts as where a merge was made or undone.
async fn payees_write(
    tx: &Tx,
    book: BookId,
    told: &BTreeMap<PayeeId, PayeeFacts>,
) -> Result<(), Error> {
    if told.is_empty() {
        return Ok(());
    }
    let merges = told.values().any(|payee| payee.merged_into.is_some())
        || any_is_merged(tx.conn(), book, told.keys()).await?;
    if !merges {
        let rows = told.values().map(|facts| payee::Model {
            book: book.0,
            payee: facts.id.0,
            name: facts.name.clone(),
            merged_into: None,
            counts_as: facts.id.0,
        });
        return upsert::<payee::Entity>(tx, rows.collect()).await;
    }
    let before: Vec<payee::Model> =
        payee::Entity::find().filter(payee::Column::Book.eq(book.0)).all(tx.conn()).await?;
    let mut payees: BTreeMap<PayeeId, PayeeFacts> =
        before.iter().cloned().map(|row| (PayeeId(row.payee), row.facts())).collect();
    payees.extend(told.iter().map(|(id, facts)| (*id, facts.clone())));
    let before: HashMap<Uuid, payee::Model> =
        before.into_iter().map(|row| (row.payee, row)).collect();
    let rows = payees.values().map(|facts| payee::Model {
        book: book.0,
        payee: facts.id.0,
        name: facts.name.clone(),
        merged_into: facts.merged_into.map(|into| into.0),
        counts_as: end_of_merges(&payees, facts.id).0,
    });
    let changed = rows.filter(|row| before.get(&row.payee) != Some(row)).collect();
    upsert::<payee::Entity>(tx, changed).await
}

async fn any_is_merged(
    conn: &impl ConnectionTrait,
    book: BookId,
    payees: impl Iterator<Item = &PayeeId>,
) -> Result<bool, Error> {
    let ids: Vec<Uuid> = payees.map(|id| id.0).collect();
    for piece in in_powers_of_two(&ids) {
        let merged = payee::Entity::find()
            .filter(payee::Column::Book.eq(book.0))
            .filter(payee::Column::Payee.is_in(piece.iter().copied()))
            .filter(payee::Column::MergedInto.is_not_null())
            .one(conn)
            .await?;
        if merged.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The payee that another counts as after all merges. The ledger allows no circle; where one came
/// in all the same, the walk ends at the payee that it began with.
pub(crate) fn end_of_merges(payees: &BTreeMap<PayeeId, PayeeFacts>, start: PayeeId) -> PayeeId {
    let mut end = start;
    for _ in 0..=payees.len() {
        match payees.get(&end).and_then(|payee| payee.merged_into) {
            Some(next) => end = next,
            None => return end,
        }
    }
    start
}

/// What a reader must know of a book before reading its totals.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Known {
    /// Everything up to this number is in the answer.
    pub position: i64,
    pub book: BookFacts,
    pub role: Role,
    pub accounts: Vec<AccountFacts>,
}

/// A book as one of its members knows it; `None` where it is not known, or the person is no
/// member of it.
pub(crate) async fn known_find(
    conn: &impl ConnectionTrait,
    consumer: &str,
    book: BookId,
    person: PersonId,
) -> Result<Option<Known>, Error> {
    let stream = book_stream(book);
    let [position, member, facts, accounts] = ask_together(
        conn,
        [
            store::positions::query(consumer, &stream),
            member::Entity::find_by_id((book.0, person.0)).into_query(),
            book::Entity::find_by_id(book.0).into_query(),
            accounts_of(book).into_query(),
        ],
    )
    .await?;
    let member = rows_read(&member, member::Model::facts)?.pop().filter(|member| !member.former);
    let facts = rows_read(&facts, book::Model::facts)?.pop();
    let position = store::positions::read(&position)?;
    let (Some(position), Some(member), Some(book)) = (position, member, facts) else {
        return Ok(None);
    };
    let accounts = rows_read(&accounts, account::Model::facts)?;
    Ok(Some(Known { position: position.number, book, role: member.role, accounts }))
}

/// What an outline is made of.
pub(crate) async fn outline_find(
    conn: &impl ConnectionTrait,
    book: BookId,
) -> Result<(Option<BookFacts>, Vec<AccountFacts>), Error> {
    let queries = [book::Entity::find_by_id(book.0).into_query(), accounts_of(book).into_query()];
    let [facts, accounts] = ask_together(conn, queries).await?;
    let facts = rows_read(&facts, book::Model::facts)?.pop();
    Ok((facts, rows_read(&accounts, account::Model::facts)?))
}

fn accounts_of(book: BookId) -> Select<account::Entity> {
    account::Entity::find().filter(account::Column::Book.eq(book.0))
}

fn rows_read<M: FromQueryResult, T>(
    rows: &[QueryResult],
    read: impl Fn(M) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    rows.iter().map(|row| read(M::from_query_result(row, "")?)).collect()
}

/// Every book that is known.
pub(crate) async fn book_list(conn: &impl ConnectionTrait) -> Result<Vec<BookId>, Error> {
    let rows = book::Entity::find().all(conn).await?;
    Ok(rows.into_iter().map(|row| BookId(row.book)).collect())
}

pub(crate) async fn book_find(
    conn: &impl ConnectionTrait,
    book: BookId,
) -> Result<Option<BookFacts>, Error> {
    book::Entity::find_by_id(book.0).one(conn).await?.map(book::Model::facts).transpose()
}

pub(crate) async fn member_list(
    conn: &impl ConnectionTrait,
    book: BookId,
) -> Result<Vec<Member>, Error> {
    let find = member::Entity::find().filter(member::Column::Book.eq(book.0));
    find.all(conn).await?.into_iter().map(member::Model::facts).collect()
}

pub(crate) async fn account_list(
    conn: &impl ConnectionTrait,
    book: BookId,
) -> Result<Vec<AccountFacts>, Error> {
    accounts_of(book).all(conn).await?.into_iter().map(account::Model::facts).collect()
}

pub(crate) async fn category_list(
    conn: &impl ConnectionTrait,
    book: BookId,
) -> Result<Vec<CategoryFacts>, Error> {
    let find = category::Entity::find().filter(category::Column::Book.eq(book.0));
    Ok(find.all(conn).await?.into_iter().map(category::Model::facts).collect())
}

/// A payee with the one that it counts as.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct CountedPayee {
    pub facts: PayeeFacts,
    pub counts_as: PayeeId,
}

/// The payees that count as one of these, themselves included.
pub(crate) async fn payee_list_counted_as(
    conn: &impl ConnectionTrait,
    book: BookId,
    roots: &[Uuid],
) -> Result<Vec<CountedPayee>, Error> {
    let find = payee::Entity::find()
        .filter(payee::Column::Book.eq(book.0))
        .filter(payee::Column::CountsAs.is_in(roots.iter().copied()));
    Ok(find.all(conn).await?.into_iter().map(counted).collect())
}

pub(crate) async fn payee_list(
    conn: &impl ConnectionTrait,
    book: BookId,
) -> Result<Vec<CountedPayee>, Error> {
    let find = payee::Entity::find().filter(payee::Column::Book.eq(book.0));
    Ok(find.all(conn).await?.into_iter().map(counted).collect())
}

fn counted(row: payee::Model) -> CountedPayee {
    let counts_as = PayeeId(row.counts_as);
    CountedPayee { facts: row.facts(), counts_as }
}
