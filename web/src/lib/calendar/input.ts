import { addDays, addMonths, daysInMonth, firstOfMonth, isDay, weekday, type Day } from './day';
import { monthName, plainDay, weekdayName } from './format';

/** Why typed text is no day; of one that does not exist, what was typed and the nearest that does. */
export type DayProblem = { problem: 'empty' | 'unreadable' } | { problem: 'no_such_day'; typed: string; instead: Day };

export type DayRead = { day: Day } | DayProblem;

type Order = 'dmy' | 'mdy' | 'ymd';
type Parts = { year?: number; month?: number; date: number };

/**
 * Reads a day as people write it: `yesterday`, `fri`, `-3`, `24`, `24.11`, `24 Nov 2025`, `2026-11-24`, in the
 * order of the reader's locale. A date alone is the last such day; one without year the nearest.
 */
export function readDay(text: string, today: Day, locale: string): DayRead {
  const typed = text.trim().toLocaleLowerCase(locale);
  if (typed === '') return { problem: 'empty' };
  const known = relativeWord(typed, today, locale) ?? distance(typed, today) ?? lastWeekday(typed, today, locale);
  if (known) return { day: known };
  const parts = partsOf(typed, locale);
  return parts ? dayOf(parts, today, locale) : { problem: 'unreadable' };
}

/** `today`, `gestern`, `vorgestern`: the words that the language has for near days, and English ones. */
function relativeWord(typed: string, today: Day, locale: string): Day | undefined {
  for (const language of [locale, 'en']) {
    const words = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
    for (const away of [0, -1, 1, -2, 2]) {
      if (words.format(away, 'day').toLocaleLowerCase(locale) === typed) return addDays(today, away);
    }
  }
  return undefined;
}

/** `-3` is three days ago. */
function distance(typed: string, today: Day): Day | undefined {
  const found = /^([-+−])(\d{1,3})$/.exec(typed);
  if (!found) return undefined;
  return addDays(today, found[1] === '+' ? Number(found[2]) : -Number(found[2]));
}

/** A weekday's name, or its beginning, is the last such day; today's own name is today. */
function lastWeekday(typed: string, today: Day, locale: string): Day | undefined {
  const wanted = typed.replace(/\.$/, '');
  if (wanted.length < 2) return undefined;
  for (const language of [locale, 'en']) {
    for (let back = 0; back < 7; back++) {
      const name = weekdayName(weekday(addDays(today, -back)), language).toLocaleLowerCase(locale);
      if (name.startsWith(wanted)) return addDays(today, -back);
    }
  }
  return undefined;
}

function partsOf(typed: string, locale: string): Parts | undefined {
  if (isDay(typed)) return inOrder(typed.split('-').map(Number), 'ymd');
  const named = withMonthName(typed, locale);
  if (named) return named;
  const found = /^(\d{1,4})(?:\s*[./\-年月\s]\s*(\d{1,2}))?(?:\s*[./\-月\s]\s*(\d{1,4}))?[.日]?$/.exec(typed);
  if (!found) return undefined;
  const numbers = found.slice(1).filter((part) => part !== undefined);
  if (numbers.length === 1 && numbers[0]!.length > 2) return undefined;
  const order = numbers[0]!.length === 4 ? 'ymd' : typed.includes('.') ? 'dmy' : localeOrder(locale);
  return inOrder(numbers.map(Number), order);
}

/** Where a month can only be one of two numbers, it is that one, whatever the order. */
function inOrder(numbers: number[], order: Order): Parts | undefined {
  const [a, b, c] = numbers;
  if (b === undefined) return { date: a! };
  if (c === undefined) {
    const monthFirst = order !== 'dmy';
    const [month, date] = monthFirst ? [a!, b] : [b, a!];
    return month > 12 && date <= 12 ? { month: date, date: month } : { month, date };
  }
  if (order === 'ymd') return { year: fullYear(a!), month: b, date: c };
  const [month, date] = order === 'mdy' ? [a!, b] : [b, a!];
  return { year: fullYear(c), month, date };
}

const fullYear = (year: number): number => (year < 100 ? 2000 + year : year);

/** `24 nov`, `nov 24`, `24. November 2025`: three letters of the month are enough. */
function withMonthName(typed: string, locale: string): Parts | undefined {
  const word = /[\p{L}]{3,}/u.exec(typed)?.[0];
  const numbers = [...typed.matchAll(/\d+/g)].map((found) => Number(found[0]));
  const [date, year] = numbers;
  if (!word || date === undefined || numbers.length > 2) return undefined;
  for (const language of [locale, 'en']) {
    for (let month = 1; month <= 12; month++) {
      const name = monthName(`2026-${String(month).padStart(2, '0')}-01`, language).toLocaleLowerCase(locale);
      if (name.startsWith(word)) return { date, month, year: year === undefined ? undefined : fullYear(year) };
    }
  }
  return undefined;
}

function dayOf({ year, month, date }: Parts, today: Day, locale: string): DayRead {
  if (date < 1 || date > 31) return { problem: 'unreadable' };
  if (month === undefined) return { day: lastSuchDate(date, today) };
  if (month < 1 || month > 12) return { problem: 'unreadable' };
  if (year !== undefined && (year < 1900 || year > 2199)) return { problem: 'unreadable' };
  const first = firstOf(year ?? nearestYear(month, date, today), month);
  const last = daysInMonth(first);
  if (date <= last) return { day: addDays(first, date - 1) };
  const instead = addDays(first, last - 1);
  const typed = plainDay(instead, year === undefined ? instead : today, locale).replace(String(last), String(date));
  return { problem: 'no_such_day', typed, instead };
}

const firstOf = (year: number, month: number): Day => `${year}-${String(month).padStart(2, '0')}-01`;

/** The last such date that is not ahead. */
function lastSuchDate(date: number, today: Day): Day {
  for (let back = 0; ; back++) {
    const first = addMonths(firstOfMonth(today), -back);
    const day = addDays(first, date - 1);
    if (date <= daysInMonth(first) && day <= today) return day;
  }
}

/** Without a year it is this one, unless that is more than half a year away. */
function nearestYear(month: number, date: number, today: Day): number {
  const year = Number(today.slice(0, 4));
  const day = firstOf(year, month).slice(0, 8) + String(date).padStart(2, '0');
  if (day > addMonths(today, 6)) return year - 1;
  if (day < addMonths(today, -6)) return year + 1;
  return year;
}

function localeOrder(locale: string): Order {
  const parts = new Intl.DateTimeFormat(locale).formatToParts(new Date()).map(({ type }) => type);
  const kinds = parts.filter((type) => type === 'day' || type === 'month' || type === 'year');
  return kinds[0] === 'year' ? 'ymd' : kinds[0] === 'month' ? 'mdy' : 'dmy';
}
