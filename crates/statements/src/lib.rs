//! Bank files: bytes and a context in, rows or questions out; pure, no I/O.
//!
//! [`read`] takes the bytes of a CSV export and says what is in it. It knows no bank: it finds
//! encoding, delimiter, header, columns, dates, marks and the sign rule by itself, and where the
//! file leaves one of them open it asks a [`Question`] instead of guessing. A person's answers come
//! back as [`Overrides`], under which the same bytes are read again.
//!
//! # How it decides
//!
//! 1. `decode`: a byte order mark, else valid UTF-8, else the legacy encoding whose
//!    letters fit, preferred where it makes known column names appear.
//! 2. `table`: records are cut under each delimiter; the one that gives most records with a whole
//!    cell that is a day beside a whole cell that is a number wins.
//! 3. `columns`: the day column is the one most such records share; the header is the last line
//!    before them that holds names alone. Each column's values say what it can be, and its name
//!    only ranks what is left (`words`).
//! 4. `money`: the columns of money. A running balance that adds up proves amount, balance and
//!    sign at once; without one, the rest of the file is weighed (a direction column, suffixes, two
//!    columns of which one is always empty, how many amounts are negative) and a narrow result is a
//!    question.
//! 5. `day_order`: day and month, from the format, a day above 12, the order of the rows, then
//!    the file's own language and currency; else a question.
//! 6. `rows`: every record becomes booked, pending or unreadable with its line and reason; what
//!    stands before, after or between without being a booking is set aside, and listed.

mod amounts;
mod balance;
mod columns;
mod currency;
mod dates;
mod day_order;
mod decode;
mod money;
mod profile;
mod questions;
mod read;
mod rows;
mod statement;
mod table;
mod texts;
mod words;

pub use read::{ReadError, read};
pub use statement::{
    Column, Context, DateEvidence, DateOrder, Decimal, Detected, Outcome, Overrides, Period,
    Question, QuestionId, QuestionOption, Role, Row, Sign, Skipped, Statement,
};
