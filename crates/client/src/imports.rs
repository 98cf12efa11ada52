//! Bringing statements into books.

use contracts::ledger::{
    Import, ImportDecision, ImportPatch, ImportRow, ImportRowPatch, ImportRows, Imports,
};
use model::{AccountId, BookId, ImportId};
use reqwest::Method;

use crate::{Client, Error, Precondition};

impl Client {
    /// Uploads a file of an account; it is read at once or soon.
    pub async fn upload_statement(
        &self,
        book: BookId,
        account: AccountId,
        name: &str,
        file: Vec<u8>,
    ) -> Result<Import, Error> {
        let account = account.to_string();
        let query = [("account", account.as_str()), ("name", name)];
        let query: String =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        self.upload(&format!("{}?{query}", imports(book)), file).await
    }

    pub async fn imports(&self, book: BookId) -> Result<Imports, Error> {
        self.get(&imports(book)).await
    }

    pub async fn import(&self, book: BookId, import: ImportId) -> Result<Import, Error> {
        self.get(&of(book, import, "")).await
    }

    /// Answers questions, or has the file read in another way.
    pub async fn read_again(
        &self,
        book: BookId,
        import: ImportId,
        patch: &ImportPatch,
    ) -> Result<Import, Error> {
        self.send(Method::PATCH, &of(book, import, ""), Precondition::default(), patch).await
    }

    /// A page of rows; `query` is such as `status=check&limit=50`.
    pub async fn import_rows(
        &self,
        book: BookId,
        import: ImportId,
        query: &str,
    ) -> Result<ImportRows, Error> {
        self.get(&of(book, import, &format!("/rows?{query}"))).await
    }

    pub async fn decide_row(
        &self,
        book: BookId,
        import: ImportId,
        row: i64,
        decision: ImportDecision,
    ) -> Result<ImportRow, Error> {
        let path = of(book, import, &format!("/rows/{row}"));
        self.send(Method::PATCH, &path, Precondition::default(), &ImportRowPatch { decision }).await
    }

    /// Has the rows recorded; the answer comes before they are.
    pub async fn commit_import(&self, book: BookId, import: ImportId) -> Result<Import, Error> {
        self.order(&of(book, import, "/commit")).await
    }

    /// Has an import taken back; the answer comes before it is.
    pub async fn revert_import(&self, book: BookId, import: ImportId) -> Result<Import, Error> {
        self.order(&of(book, import, "/revert")).await
    }

    /// Forgets an import of which nothing was recorded.
    pub async fn discard_import(&self, book: BookId, import: ImportId) -> Result<(), Error> {
        self.delete(&of(book, import, ""), Precondition::default()).await
    }

    async fn order(&self, path: &str) -> Result<Import, Error> {
        self.send(Method::POST, path, Precondition::default(), &serde_json::json!({})).await
    }
}

fn imports(book: BookId) -> String {
    format!("/ledger/books/{book}/imports")
}

fn of(book: BookId, import: ImportId, rest: &str) -> String {
    format!("{}/{import}{rest}", imports(book))
}
