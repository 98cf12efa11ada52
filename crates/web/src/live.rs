//! The live stream: tells browsers *what* changed, never the data, and only to those who may see
//! it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use contracts::ledger::{self, Audience};
use model::{BookId, Caller, Moved, PersonId};
use serde::Serialize;
use service::Context;
use tokio::sync::mpsc;
use uuid::Uuid;

/// How many notices may wait for a slow browser; one that falls behind further is cut off, and
/// reads everything anew when it comes back.
const LENGTH: usize = 64;

/// Something changed that this person may see.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = LiveChange)]
pub struct Notice {
    pub stream: String,
    /// The stream's number after the change.
    pub number: i64,
    /// What happened, in the words of the owner: `transaction_recorded`, …
    pub kind: String,
    /// Of what changed, the ids that this person may see.
    pub ids: Vec<Uuid>,
}

/// Everybody who listens on this replica. Cheap to clone.
#[derive(Clone)]
pub struct Live {
    listeners: Arc<Mutex<Listeners>>,
    ledger: ledger::Client,
    ctx: Context,
}

#[derive(Default)]
struct Listeners {
    next: u64,
    by_person: HashMap<PersonId, Vec<(u64, mpsc::Sender<Notice>)>>,
}

/// One browser's place among the listeners; leaving it ends with the value.
pub struct Seat {
    pub caller: Caller,
    pub notices: mpsc::Receiver<Notice>,
    number: u64,
    live: Live,
}

impl Live {
    pub fn new(ctx: &Context) -> Live {
        let ledger = ledger::Client::new(ctx.peers.clone());
        Live { listeners: Arc::default(), ledger, ctx: ctx.clone() }
    }

    /// Listens for a person from now on.
    pub fn listen(&self, caller: Caller) -> Seat {
        let (sender, notices) = mpsc::channel(LENGTH);
        let mut listeners = self.lock();
        listeners.next += 1;
        let number = listeners.next;
        listeners.by_person.entry(caller.person).or_default().push((number, sender));
        Seat { caller, notices, number, live: self.clone() }
    }

    /// True once a person's session has ended.
    pub async fn has_ended(&self, caller: Caller) -> bool {
        self.ctx.is_revoked(caller.session).await
    }

    /// Cancelled when the process is to stop.
    pub fn stopping(&self) -> tokio_util::sync::CancellationToken {
        self.ctx.stop.clone()
    }

    /// Passes on a notice of the bus. What was missed is missed: browsers compare numbers when
    /// they read.
    pub async fn hear(&self, heard: bus::Heard) {
        let Some(moved) = heard.moved() else { return };
        if self.lock().by_person.is_empty() {
            return;
        }
        let book = BookId(moved.stream.id());
        match self.ledger.audience(book, moved.number).await {
            Ok(audience) => self.tell(&moved, audience),
            Err(error) => tracing::debug!(%error, "nobody was told of a change"),
        }
    }

    fn tell(&self, moved: &Moved, audience: Audience) {
        let mut listeners = self.lock();
        for member in audience.members {
            let Some(seats) = listeners.by_person.get_mut(&member.person) else { continue };
            let notice = Notice {
                stream: moved.stream.to_string(),
                number: moved.number,
                kind: audience.what.clone(),
                ids: member.ids,
            };
            seats.retain(|(_, sender)| sender.try_send(notice.clone()).is_ok());
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Listeners> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut listeners = self.live.lock();
        let Some(seats) = listeners.by_person.get_mut(&self.caller.person) else { return };
        seats.retain(|(number, _)| *number != self.number);
        if seats.is_empty() {
            listeners.by_person.remove(&self.caller.person);
        }
    }
}
