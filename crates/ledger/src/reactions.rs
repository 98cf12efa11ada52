//! The ledger's jobs: what is done while nobody waits for the answer.

use serde::de::DeserializeOwned;
use service::{Error, Service};

use crate::ledger::Ledger;
use crate::ledger::imports::{COMMIT_IMPORT, OfImport, READ_IMPORT, REVERT_IMPORT, ReadImport};

/// Adds the jobs to the service.
pub fn jobs(service: Service, ledger: &Ledger) -> Service {
    let (reading, recording, reverting) = (ledger.clone(), ledger.clone(), ledger.clone());
    service
        .job(READ_IMPORT, move |job| {
            let ledger = reading.clone();
            async move {
                let order: ReadImport = order(&job.body)?;
                ledger.import_read(order.book, order.import, order.reading).await
            }
        })
        .job(COMMIT_IMPORT, move |job| {
            let ledger = recording.clone();
            async move {
                let order: OfImport = order(&job.body)?;
                ledger.import_record(order.book, order.import).await
            }
        })
        .job(REVERT_IMPORT, move |job| {
            let ledger = reverting.clone();
            async move {
                let order: OfImport = order(&job.body)?;
                ledger.import_take_back(order.book, order.import).await
            }
        })
}

fn order<T: DeserializeOwned>(body: &str) -> Result<T, Error> {
    serde_json::from_str(body).map_err(Error::internal)
}
