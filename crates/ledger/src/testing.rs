//! For tests: members beside the owner, whom nobody can invite yet.

use contracts::ledger::{BookChanged, CHANGED, Member, book_stream};
use model::{BookId, ChangeId, Instant, PersonId};
use service::Error;
use store::Db;

use crate::store::books::member_insert;

/// Makes somebody a member of a book, as an invitation will; answers the book's new number.
pub async fn member_join(
    ledger: &Db,
    book: BookId,
    owner: PersonId,
    member: Member,
    now: Instant,
) -> Result<i64, Error> {
    let join = ledger.write(move |tx| {
        let member = member.clone();
        async move {
            let stream = book_stream(book);
            let place = tx.advance(&stream, now).await?;
            member_insert(&tx, book, &member).await?;
            let told = BookChanged {
                change: ChangeId(uuid::Uuid::now_v7()),
                author: owner,
                what: "member_joined".to_owned(),
                book: None,
                members: vec![member],
                accounts: Vec::new(),
                categories: Vec::new(),
                payees: Vec::new(),
                transactions: Vec::new(),
            };
            tx.emit(&stream, place, CHANGED, now, &told).await?;
            Ok::<_, Error>(place.number)
        }
    });
    join.await
}
