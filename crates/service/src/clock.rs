//! Time and ids: from the system in production, from the test in tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use model::Instant;
use uuid::Uuid;

/// Where a service reads the time.
#[derive(Clone)]
pub enum Clock {
    System,
    /// Stands still until a test moves it.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that shows this moment until it is moved.
    pub fn manual(start: Instant) -> Clock {
        Clock::Manual(Arc::new(AtomicI64::new(start.0)))
    }

    pub fn now(&self) -> Instant {
        match self {
            Clock::System => {
                let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
                let micros = since.map_or(0, |elapsed| elapsed.as_micros());
                Instant(i64::try_from(micros).unwrap_or(i64::MAX))
            }
            Clock::Manual(micros) => Instant(micros.load(Ordering::SeqCst)),
        }
    }

    /// Moves a manual clock on; the system's moves by itself.
    pub fn advance_seconds(&self, seconds: i64) {
        if let Clock::Manual(micros) = self {
            micros.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
        }
    }
}

/// Where a service gets new ids.
#[derive(Clone)]
pub enum Ids {
    /// UUIDs of version 7: sorted by time, unique everywhere.
    System,
    /// 1, 2, 3, … in the form of a UUID, so that a test sees the same ids each time.
    Counted(Arc<AtomicU64>),
}

impl Ids {
    pub fn counted() -> Ids {
        Ids::Counted(Arc::new(AtomicU64::new(1)))
    }

    pub fn next<T: From<Uuid>>(&self) -> T {
        match self {
            Ids::System => Uuid::now_v7().into(),
            Ids::Counted(count) => {
                let count = count.fetch_add(1, Ordering::SeqCst);
                let bits = 0x0190_0000_0000_7000_8000_0000_0000_0000_u128 | u128::from(count);
                Uuid::from_u128(bits).into()
            }
        }
    }
}
