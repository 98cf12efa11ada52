//! Books and what is in them.

use contracts::ledger::{
    AccountWritten, Accounts, Book, Books, Categories, CategoryWritten, History, NewAccount,
    NewBook, NewCategory, NewTransaction, OneTransaction, Removed, Reverted, Totals, Transactions,
    Written,
};
use model::{BookId, ChangeId, TransactionId};
use reqwest::Method;

use crate::{Client, Error, Precondition};

impl Client {
    /// The books that one is a member of.
    pub async fn books(&self) -> Result<Books, Error> {
        self.get("/ledger/books").await
    }

    /// Makes a book; sending it again changes nothing.
    pub async fn make_book(&self, book: BookId, new: &NewBook) -> Result<Book, Error> {
        self.send(Method::PUT, &format!("/ledger/books/{book}"), Precondition::default(), new).await
    }

    pub async fn accounts(&self, book: BookId) -> Result<Accounts, Error> {
        self.get(&format!("/ledger/books/{book}/accounts")).await
    }

    pub async fn open_account(
        &self,
        book: BookId,
        new: &NewAccount,
    ) -> Result<AccountWritten, Error> {
        let path = format!("/ledger/books/{book}/accounts");
        self.send(Method::POST, &path, Precondition::default(), new).await
    }

    pub async fn categories(&self, book: BookId) -> Result<Categories, Error> {
        self.get(&format!("/ledger/books/{book}/categories")).await
    }

    pub async fn add_category(
        &self,
        book: BookId,
        new: &NewCategory,
    ) -> Result<CategoryWritten, Error> {
        let path = format!("/ledger/books/{book}/categories");
        self.send(Method::POST, &path, Precondition::default(), new).await
    }

    /// Records a transaction; the same change sent again records nothing more.
    pub async fn record(
        &self,
        book: BookId,
        change: ChangeId,
        new: &NewTransaction,
    ) -> Result<Written, Error> {
        let path = format!("/ledger/books/{book}/transactions");
        self.send(Method::POST, &path, Precondition::change(change), new).await
    }

    /// Replaces a transaction that still stands at a version.
    pub async fn edit(
        &self,
        book: BookId,
        transaction: TransactionId,
        precondition: Precondition,
        new: &NewTransaction,
    ) -> Result<Written, Error> {
        let path = format!("/ledger/books/{book}/transactions/{transaction}");
        self.send(Method::PUT, &path, precondition, new).await
    }

    /// Removes a transaction that still stands at a version.
    pub async fn remove(
        &self,
        book: BookId,
        transaction: TransactionId,
        precondition: Precondition,
    ) -> Result<Removed, Error> {
        self.delete(&format!("/ledger/books/{book}/transactions/{transaction}"), precondition).await
    }

    pub async fn transaction(
        &self,
        book: BookId,
        transaction: TransactionId,
    ) -> Result<OneTransaction, Error> {
        self.get(&format!("/ledger/books/{book}/transactions/{transaction}")).await
    }

    /// A page of entries; `query` is such as `account=…&limit=50`.
    pub async fn transactions(&self, book: BookId, query: &str) -> Result<Transactions, Error> {
        self.get(&format!("/ledger/books/{book}/transactions?{query}")).await
    }

    /// What the entries of a filter come to.
    pub async fn totals(&self, book: BookId, query: &str) -> Result<Totals, Error> {
        self.get(&format!("/ledger/books/{book}/transactions/totals?{query}")).await
    }

    pub async fn history(
        &self,
        book: BookId,
        transaction: TransactionId,
    ) -> Result<History, Error> {
        self.get(&format!("/ledger/books/{book}/transactions/{transaction}/history")).await
    }

    /// Undoes a change where what it touched still stands as it left it.
    pub async fn revert(&self, book: BookId, change: ChangeId) -> Result<Reverted, Error> {
        let path = format!("/ledger/books/{book}/changes/{change}/revert");
        self.send(Method::POST, &path, Precondition::default(), &serde_json::json!({})).await
    }
}
