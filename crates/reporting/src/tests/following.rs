//! Forgetting, and verifying.

use std::sync::{Arc, Mutex};

use contracts::ledger::book_stream;
use model::{BookId, Currency, Role};
use service::Error;
use service::testing::{TestDeployment, on_each_database, person};
use uuid::Uuid;

use super::SERVICES;
use super::ledger::{account, added, change, expense, facts, member, record};
use crate::reactions::CONSUMER;
use crate::store::{book_list, read_book, totals_add};
use crate::totals::{Grain, Split};

async fn book(deployment: &TestDeployment) -> BookId {
    let (book, owner) = (BookId(Uuid::now_v7()), person());
    let mut opened = change(owner);
    opened.book = Some(facts());
    opened.members = vec![member(owner, Role::Owner)];
    opened.accounts = vec![account(1, Currency::EUR)];
    opened.transactions =
        vec![added(expense(owner, &account(1, Currency::EUR), "2026-11-10", 100, None))];
    record(deployment, book, &opened).await;
    book
}

#[tokio::test]
async fn verification_finds_what_is_off() {
    on_each_database(SERVICES, async |deployment: TestDeployment| {
        let (right, wrong) = (book(&deployment).await, book(&deployment).await);
        deployment.settle().await;
        let db = deployment.database("reporting");
        let totals = read_book(db, wrong, async |reads| Ok::<_, Error>(reads.totals().await?));
        let totals = totals.await.unwrap();
        let year = totals
            .into_iter()
            .find(|(cell, _)| (cell.grain, cell.split) == (Grain::Year, Split::PoolCategory));
        let (cell, sums) = year.unwrap();
        db.write(move |tx| async move {
            Ok::<_, Error>(totals_add(&tx, wrong, &[(cell, sums)]).await?)
        })
        .await
        .unwrap();

        let heard = Arc::new(Mutex::new(Vec::new()));
        let progress = Arc::clone(&heard);
        let (_, verifier) = &deployment.deployment.verifiers()[0];
        let verified =
            verifier(Arc::new(move |done, of| progress.lock().unwrap().push((done, of))));
        let verified = verified.await.unwrap();
        assert_eq!(*heard.lock().unwrap(), [(0, 2), (1, 2), (2, 2)]);
        let of = |book| verified.iter().find(|one| one.stream == book_stream(book)).unwrap();
        assert_eq!((of(right).number, of(right).differences.len()), (1, 0));
        let [difference] = of(wrong).differences.as_slice() else { panic!("{verified:?}") };
        assert!(
            difference.starts_with("the year from 2026-01-01 by pool_category")
                && difference
                    .ends_with("differs from its events in what was spent, how many expenses"),
            "{difference}"
        );
    })
    .await;
}

#[tokio::test]
async fn forgetting_a_book_leaves_the_others() {
    on_each_database(SERVICES, async |deployment: TestDeployment| {
        let (kept, gone) = (book(&deployment).await, book(&deployment).await);
        deployment.settle().await;
        let stream = book_stream(gone);
        let db = deployment.database("reporting");
        db.write(move |tx| {
            let stream = stream.clone();
            async move {
                use service::Consumer;
                tx.forget_position(CONSUMER, &stream).await?;
                crate::reactions::Totals.forget(&tx, &stream).await
            }
        })
        .await
        .unwrap();
        assert_eq!(book_list(db).await.unwrap(), [kept]);
        let count = async |book| {
            let totals = read_book(db, book, async |reads| Ok::<_, Error>(reads.totals().await?));
            totals.await.unwrap().len()
        };
        assert_eq!((count(kept).await, count(gone).await), (13, 0));
    })
    .await;
}
