//! Money, days, periods and ids: what every part of the system means by the same word; pure, no I/O.

mod caller;
mod day;
mod ids;
mod money;
mod period;
mod stream;
mod text;
mod time;

pub use caller::{Caller, Role};
pub use day::{Day, DayError};
pub use ids::{
    AccountId, BookId, CategoryId, ChangeId, ImportId, PayeeId, PersonId, SessionId, TransactionId,
};
pub use money::{Currency, CurrencyError, Money, MoneyError};
pub use period::{BookCalendar, Period, PeriodKind};
pub use stream::{Event, Logged, Moved, StreamName};
pub use text::{Name, NameError, fold};
pub use time::{Instant, TimeZone, TimeZoneError};
