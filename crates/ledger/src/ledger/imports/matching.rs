//! Which bookings of a statement the account has already.

use std::collections::{BTreeMap, HashMap};

use model::{Day, TransactionId};

use super::texts::alike;

/// An entry of the account.
pub struct Known {
    pub id: TransactionId,
    pub day: Day,
    /// What it adds to the account.
    pub minor: i64,
    /// Title, payee and note, folded.
    pub texts: Vec<String>,
    /// True where its day and amount are the bank's own.
    pub is_from_bank: bool,
}

/// A booking of the statement.
pub struct Booking {
    pub day: Day,
    pub minor: i64,
    /// What the bank calls it and what it becomes, folded.
    pub texts: Vec<String>,
}

/// What comparing came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    New,
    /// The booking is this entry.
    Same(TransactionId),
    /// The booking may be this entry.
    Like(TransactionId),
}

/// How many days a person's entry and the bank's may lie apart.
pub const DAYS_APART: i64 = 3;

/// How many entries of one day and amount a booking is held against: enough for any household,
/// and few enough that a file of one repeated booking is compared in no time.
const MOST_LOOKED_AT: usize = 50;

/// Compares bookings with entries; each entry is found at most once.
///
/// Certain matches come first, so that a doubtful one never takes an entry away from its own
/// booking: same day and amount under the same text, then under a text alike; then the same
/// amount some days apart, or about the same amount under a text alike.
pub fn compare(known: &[Known], bookings: &[Option<Booking>]) -> Vec<Verdict> {
    let mut verdicts = vec![Verdict::New; bookings.len()];
    let mut book = Book::of(known);
    for find in [Book::of_same_text, Book::of_text_alike, Book::of_same_amount, Book::of_about_same]
    {
        for (verdict, booking) in verdicts.iter_mut().zip(bookings) {
            let (Verdict::New, Some(booking)) = (*verdict, booking) else { continue };
            *verdict = find(&mut book, booking);
        }
    }
    verdicts
}

/// The entries that no booking has taken yet.
struct Book<'k> {
    known: &'k [Known],
    is_taken: Vec<bool>,
    by_text: HashMap<(Day, i64), HashMap<&'k str, Vec<usize>>>,
    by_amount: BTreeMap<(Day, i64), Vec<usize>>,
}

impl<'k> Book<'k> {
    fn of(known: &'k [Known]) -> Self {
        let mut by_text: HashMap<_, HashMap<_, Vec<usize>>> = HashMap::new();
        let mut by_amount: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        // The last of a list is taken first, so the oldest entry goes in last.
        for (at, entry) in known.iter().enumerate().rev() {
            by_amount.entry((entry.day, entry.minor)).or_default().push(at);
            for text in &entry.texts {
                let of_amount = by_text.entry((entry.day, entry.minor)).or_default();
                of_amount.entry(text.as_str()).or_default().push(at);
            }
        }
        Self { known, is_taken: vec![false; known.len()], by_text, by_amount }
    }

    fn of_same_text(&mut self, booking: &Booking) -> Verdict {
        let key = (booking.day, booking.minor);
        let Some(of_amount) = self.by_text.get_mut(&key) else { return Verdict::New };
        for text in &booking.texts {
            let Some(list) = of_amount.get_mut(text.as_str()) else { continue };
            while let Some(at) = list.pop() {
                if !self.is_taken[at] {
                    self.is_taken[at] = true;
                    return Verdict::Same(self.known[at].id);
                }
            }
        }
        Verdict::New
    }

    fn of_text_alike(&mut self, booking: &Booking) -> Verdict {
        let found = self.find(booking.day, booking.minor, |known| is_alike(known, booking));
        found.map_or(Verdict::New, Verdict::Same)
    }

    fn of_same_amount(&mut self, booking: &Booking) -> Verdict {
        let days = (0..=DAYS_APART).flat_map(|apart| [-apart, apart]);
        for apart in days {
            // The bank books a thing on one day: another day is another booking.
            let may_be = |known: &Known| apart == 0 || !known.is_from_bank;
            if let Some(id) = self.find(booking.day.plus_days(apart), booking.minor, may_be) {
                return Verdict::Like(id);
            }
        }
        Verdict::New
    }

    /// What a person typed from memory: the right day and payee, and nearly the amount.
    fn of_about_same(&mut self, booking: &Booking) -> Verdict {
        let off = booking.minor.saturating_abs() / 20;
        let (least, most) = (booking.minor.saturating_sub(off), booking.minor.saturating_add(off));
        let amounts: Vec<i64> = self
            .by_amount
            .range((booking.day, least)..=(booking.day, most))
            .take(MOST_LOOKED_AT)
            .map(|((_, minor), _)| *minor)
            .collect();
        let may_be = |known: &Known| !known.is_from_bank && is_alike(known, booking);
        let found = amounts.into_iter().find_map(|minor| self.find(booking.day, minor, may_be));
        found.map_or(Verdict::New, Verdict::Like)
    }

    /// Takes the first entry of a day and amount for which something holds.
    fn find(
        &mut self,
        day: Day,
        minor: i64,
        holds: impl Fn(&Known) -> bool,
    ) -> Option<TransactionId> {
        let list = self.by_amount.get_mut(&(day, minor))?;
        while list.last().is_some_and(|at| self.is_taken[*at]) {
            list.pop();
        }
        let free = list.iter().rev().filter(|at| !self.is_taken[**at]);
        let at = *free.take(MOST_LOOKED_AT).find(|at| holds(&self.known[**at]))?;
        self.is_taken[at] = true;
        Some(self.known[at].id)
    }
}

fn is_alike(known: &Known, booking: &Booking) -> bool {
    known.texts.iter().any(|text| booking.texts.iter().any(|other| alike(text, other)))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn entry(n: u128, on: &str, minor: i64, text: &str, is_from_bank: bool) -> Known {
        let texts = vec![text.to_owned()];
        Known { id: id(n), day: day(on), minor, texts, is_from_bank }
    }

    fn id(n: u128) -> TransactionId {
        TransactionId(Uuid::from_u128(n))
    }

    fn booking(on: &str, minor: i64, text: &str) -> Option<Booking> {
        Some(Booking { day: day(on), minor, texts: vec![text.to_owned()] })
    }

    #[test]
    fn each_entry_is_found_once_and_equal_bookings_stay_two() {
        let known = [entry(1, "2026-11-03", -350, "cafe", true)];
        let twice = [booking("2026-11-03", -350, "cafe"), booking("2026-11-03", -350, "cafe")];
        assert_eq!(compare(&known, &twice), [Verdict::Same(id(1)), Verdict::New]);
    }

    #[test]
    fn a_certain_match_is_never_taken_by_a_doubtful_one() {
        let known = [entry(1, "2026-11-03", -1000, "rewe", false)];
        let bookings =
            [booking("2026-11-02", -1000, "edeka"), booking("2026-11-03", -1000, "rewe 12")];
        assert_eq!(compare(&known, &bookings), [Verdict::New, Verdict::Same(id(1))]);
    }

    #[test]
    fn what_a_person_typed_may_lie_days_or_cents_apart() {
        let known = [
            entry(1, "2026-11-17", -5900, "urban sports", false),
            entry(2, "2026-11-10", -4200, "rewe", false),
        ];
        let bookings = [
            booking("2026-11-18", -5900, "sepa lastschrift urban sports gmbh"),
            booking("2026-11-10", -4187, "rewe sagt danke 4417 berlin"),
            booking("2026-11-21", -5900, "urban sports"),
        ];
        let expected = [Verdict::Like(id(1)), Verdict::Like(id(2)), Verdict::New];
        assert_eq!(compare(&known, &bookings), expected);
    }

    #[test]
    fn what_the_bank_booked_on_another_day_is_another_booking() {
        let known = [entry(1, "2026-10-31", -350, "cafe", true)];
        assert_eq!(compare(&known, &[booking("2026-11-01", -350, "cafe")]), [Verdict::New]);
        // Renamed by a person since, it is still that day and amount.
        let renamed = [booking("2026-10-31", -350, "sumup 4417")];
        assert_eq!(compare(&known, &renamed), [Verdict::Like(id(1))]);
    }
}
