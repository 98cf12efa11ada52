import type { Book, PeriodKind } from '$lib/api/types';
import { addDays, addMonths, daysUntil, firstOfMonth, isDay, weekday, type Day } from './day';

/** Where a book's weeks, months and years begin. */
export type BookCalendar = Pick<Book, 'first_day_of_week' | 'first_day_of_month' | 'fiscal_year_start_month'>;

/** A run of days, both ends included, and what it is a whole one of. */
export interface Period {
  kind: PeriodKind;
  first: Day;
  last: Day;
}

/** The whole period of a kind that a day lies in. */
export function periodOf(kind: PeriodKind, day: Day, calendar: BookCalendar): Period {
  if (kind === 'week') {
    const first = addDays(day, -((weekday(day) - calendar.first_day_of_week + 7) % 7));
    return { kind, first, last: addDays(first, 6) };
  }
  if (kind === 'month') return { kind, ...monthOf(day, calendar) };
  if (kind === 'year') return { kind, ...yearOf(day, calendar) };
  return { kind, first: day, last: day };
}

function monthOf(day: Day, { first_day_of_month }: BookCalendar): { first: Day; last: Day } {
  const startIn = (of: Day) => addDays(firstOfMonth(of), first_day_of_month - 1);
  const first = day < startIn(day) ? startIn(addMonths(firstOfMonth(day), -1)) : startIn(day);
  return { first, last: addDays(addMonths(first, 1), -1) };
}

function yearOf(day: Day, calendar: BookCalendar): { first: Day; last: Day } {
  const month = monthOf(day, calendar).first;
  const monthsIn = (Number(month.slice(5, 7)) - calendar.fiscal_year_start_month + 12) % 12;
  const first = addMonths(month, -monthsIn);
  return { first, last: addDays(addMonths(first, 12), -1) };
}

/** The neighbour before (−1) or after (+1); a custom one moves by its own length. */
export function shift(period: Period, steps: number, calendar: BookCalendar): Period {
  const { kind, first, last } = period;
  if (kind === 'week') return { kind, first: addDays(first, 7 * steps), last: addDays(last, 7 * steps) };
  if (kind === 'month') return periodOf(kind, addMonths(first, steps), calendar);
  if (kind === 'year') return periodOf(kind, addMonths(first, 12 * steps), calendar);
  const days = daysUntil(first, last) + 1;
  return { kind, first: addDays(first, days * steps), last: addDays(last, days * steps) };
}

export const contains = ({ first, last }: Period, day: Day): boolean => first <= day && day <= last;

export const lengthInDays = ({ first, last }: Pick<Period, 'first' | 'last'>): number => daysUntil(first, last) + 1;

/** The period that an address names; this month if it names none. */
export function periodFromQuery(query: URLSearchParams, today: Day, calendar: BookCalendar): Period {
  const kind = asKind(query.get('period'));
  if (kind === 'custom') {
    const from = asDay(query.get('from'), today);
    const to = asDay(query.get('to'), from);
    return { kind, first: from < to ? from : to, last: from < to ? to : from };
  }
  return periodOf(kind, asDay(query.get('day'), today), calendar);
}

/** What to put in an address or a request so that the period is found again. */
export function periodQuery(period: Period): { period: PeriodKind; day?: Day; from?: Day; to?: Day } {
  return period.kind === 'custom'
    ? { period: period.kind, from: period.first, to: period.last }
    : { period: period.kind, day: period.first };
}

function asKind(text: string | null): PeriodKind {
  return text === 'week' || text === 'year' || text === 'custom' ? text : 'month';
}

const asDay = (text: string | null, otherwise: Day): Day => (text !== null && isDay(text) ? text : otherwise);
