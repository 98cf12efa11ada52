//! The table within the file: where it begins, what its columns are called, which one is the day.

use crate::ReadError;
use crate::amounts::NumberText;
use crate::dates::DateText;
use crate::profile::Profile;
use crate::statement::{Overrides, Role};
use crate::table::Record;
use crate::words::{Hint, begins_summary, header_hints, is_balance, is_pending};

/// The table of a file.
pub(crate) struct Layout {
    /// The record that names the columns.
    pub(crate) header: Option<usize>,
    /// The first record that can be a booking.
    pub(crate) body: usize,
    /// The column of the day.
    pub(crate) day: usize,
    pub(crate) profiles: Vec<Profile>,
    /// The records that have a day and a number: what columns and marks are judged by.
    pub(crate) complete: Vec<usize>,
    /// Records that have a word such as "pending" where the others have their day.
    pub(crate) waiting: Vec<usize>,
}

/// Finds the table.
pub(crate) fn find_layout(records: &[Record], overrides: &Overrides) -> Result<Layout, ReadError> {
    let complete: Vec<usize> = (0..records.len()).filter(|at| is_complete(&records[*at])).collect();
    let with_day = || -> Vec<usize> {
        let has_day = |at: &usize| records[*at].cells.iter().any(|cell| is_day(cell));
        (0..records.len()).filter(has_day).collect()
    };
    let judged = match (complete.is_empty(), &overrides.roles) {
        (false, _) => complete,
        // A person who named the columns gets every line read under those names.
        (true, Some(_)) => (usize::from(records.len() > 1)..records.len()).collect(),
        (true, None) => with_day(),
    };
    let Some(first) = judged.first().copied() else {
        return Err(ReadError::NoDateColumn { columns: describe(records) });
    };
    let width = usual_width(records, &judged);
    let header = find_header(records, first, width, overrides.has_header);
    let judged: Vec<usize> = judged.into_iter().filter(|at| Some(*at) != header).collect();
    let body = header.map_or(first, |at| at + 1);
    let width = header.map_or(width, |at| width.max(records[at].cells.len()));
    let day = day_column(records, &judged, header, width, overrides)
        .ok_or_else(|| ReadError::NoDateColumn { columns: describe(records) })?;
    let judged = without_cut_end(records, judged, width);
    let has_chosen_day = |at: &usize| is_day(records[*at].cell(day));
    let complete: Vec<usize> = match judged.iter().any(has_chosen_day) {
        true => judged.into_iter().filter(has_chosen_day).collect(),
        false => judged,
    };
    let rows: Vec<&Record> = complete.iter().map(|at| &records[*at]).collect();
    let name = |column| header.map_or("", |at: usize| records[at].cell(column));
    let profiles =
        (0..width).map(|column| Profile::of(column, name(column), &rows)).collect::<Vec<_>>();
    let body = if header.is_some() { body } else { first_booking(records, body) };
    let waiting = (body..records.len()).filter(|at| is_pending(records[*at].cell(day))).collect();
    Ok(Layout { header, body, day, profiles, complete, waiting })
}

/// Without a last record that the file was cut within: it is shorter than all others, or a quote
/// stays open.
fn without_cut_end(records: &[Record], mut judged: Vec<usize>, width: usize) -> Vec<usize> {
    let is_short = |at: &usize| records[*at].cells.len() < width;
    let is_open = |cell: &String| cell.starts_with('"') && !cell.ends_with('"');
    if let [others @ .., last] = judged.as_slice()
        && *last + 1 == records.len()
        && !others.is_empty()
    {
        let has_open_quote = records[*last].cells.iter().any(is_open);
        if has_open_quote || (is_short(last) && !others.iter().any(is_short)) {
            judged.pop();
        }
    }
    judged
}

/// Without a header, rows that wait above the first complete one belong to the table where they
/// are as wide as it.
fn first_booking(records: &[Record], first: usize) -> usize {
    let width = records[first].cells.len();
    let holds_number =
        |record: &Record| record.cells.iter().any(|cell| NumberText::parse(cell).is_some());
    let above = records[..first]
        .iter()
        .rev()
        .take_while(|record| record.cells.len() == width && record.cells.len() > 2)
        .take_while(|record| holds_number(record))
        .count();
    first - above
}

fn is_day(cell: &str) -> bool {
    DateText::parse(cell).is_some_and(DateText::exists)
}

/// A day and a number in cells of their own, and not the line of a total.
fn is_complete(record: &Record) -> bool {
    let is_number = |cell: &String| !is_day(cell) && NumberText::parse(cell).is_some();
    let has_day = record.cells.iter().any(|cell| is_day(cell));
    let is_sum =
        begins_summary(record.first_text()) || record.cells.iter().any(|cell| is_balance(cell));
    has_day && record.cells.iter().any(is_number) && !is_sum
}

/// The width of most records; of equally many, that of the first.
fn usual_width(records: &[Record], judged: &[usize]) -> usize {
    let mut counts: Vec<(usize, usize)> = Vec::new();
    for at in judged {
        let width = records[*at].cells.len();
        match counts.iter_mut().find(|(other, _)| *other == width) {
            Some((_, count)) => *count += 1,
            None => counts.push((width, 1)),
        }
    }
    let most = counts.iter().map(|(_, count)| *count).max();
    counts.into_iter().find(|(_, count)| Some(*count) == most).map_or(0, |(width, _)| width)
}

/// The last line before the bookings that holds names alone and is as wide as they are; a known
/// vocabulary makes up for another width.
fn find_header(
    records: &[Record],
    first: usize,
    width: usize,
    decided: Option<bool>,
) -> Option<usize> {
    match decided {
        Some(false) => return None,
        Some(true) if first == 0 => return Some(0),
        _ => {}
    }
    let known = |record: &Record| {
        let is_known = |cell: &&String| !header_hints(cell).is_empty();
        record.cells.iter().filter(is_known).count()
    };
    let candidates = (0..first).filter(|at| {
        let record = &records[*at];
        let known = known(record);
        let enough = match record.cells.len().abs_diff(width) {
            0 => known >= 1 || record.filled() * 2 >= width,
            1 => known >= 2,
            _ => known >= 3 && known * 2 >= record.filled(),
        };
        record.filled() >= 2 && enough && record.cells.iter().all(|cell| is_name(cell))
    });
    let best = candidates.max_by_key(|at| (known(&records[*at]), *at));
    match (best, decided) {
        (None, Some(true)) => first.checked_sub(1),
        (best, _) => best,
    }
}

fn is_name(cell: &str) -> bool {
    let is_value = is_day(cell) || NumberText::parse(cell).is_some();
    let has_letter_or_sign = cell.chars().any(|c| !c.is_ascii_digit());
    cell.is_empty() || (!is_value && has_letter_or_sign && cell.chars().count() <= 60)
}

/// The column in which most of the judged records have a day. Where several have one in nearly
/// all, the name decides: the day of the booking or purchase rather than that of the value.
fn day_column(
    records: &[Record],
    judged: &[usize],
    header: Option<usize>,
    width: usize,
    overrides: &Overrides,
) -> Option<usize> {
    if let Some(roles) = &overrides.roles {
        return roles.iter().position(|role| *role == Role::Date);
    }
    let count =
        |column: usize| judged.iter().filter(|at| is_day(records[**at].cell(column))).count();
    let counts: Vec<usize> = (0..width).map(count).collect();
    let most = counts.iter().max().copied().filter(|most| *most > 0)?;
    let rank = |column: &usize| {
        let hints = header.map(|at| header_hints(records[at].cell(*column))).unwrap_or_default();
        let is_value_date = hints.has(Hint::ValueDate);
        let is_other = hints.has_any(&[Hint::Identifier, Hint::Reference]);
        (!is_other, !is_value_date, hints.has(Hint::Date), counts[*column], usize::MAX - column)
    };
    (0..width).filter(|column| counts[*column] * 5 >= most * 4).max_by_key(rank)
}

/// The columns of a file that could not be read, so that a person can name them.
fn describe(records: &[Record]) -> Vec<crate::Column> {
    let rows: Vec<&Record> = records.iter().skip(1).collect();
    let width = records.iter().map(|record| record.cells.len()).max().unwrap_or(0);
    let first = records.first();
    (0..width)
        .map(|index| {
            let profile = Profile::of(index, first.map_or("", |record| record.cell(index)), &rows);
            crate::Column {
                index,
                name: profile.name,
                role: Role::Ignore,
                samples: profile.samples,
            }
        })
        .collect()
}
