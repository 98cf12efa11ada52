import type { Day } from './day';
import { addDays } from './day';
import type { Period } from './period';

const formats = new Map<string, Intl.DateTimeFormat>();

function dateFormat(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale + JSON.stringify(options);
  let format = formats.get(key);
  if (!format) formats.set(key, (format = new Intl.DateTimeFormat(locale, options)));
  return format;
}

const noon = (day: Day): Date => new Date(`${day}T12:00:00Z`);
const sameYear = (day: Day, today: Day): boolean => day.slice(0, 4) === today.slice(0, 4);
const year = (day: Day, today: Day) => (sameYear(day, today) ? {} : ({ year: 'numeric' } as const));

/** `Friday 20 November`, with the year only when it is not this one. */
export function longDay(day: Day, today: Day, locale: string): string {
  const options = { weekday: 'long', day: 'numeric', month: 'long', ...year(day, today) } as const;
  return dateFormat(locale, { ...options, timeZone: 'UTC' }).format(noon(day));
}

/** `20 November`. */
export function plainDay(day: Day, today: Day, locale: string): string {
  return dateFormat(locale, { day: 'numeric', month: 'long', ...year(day, today), timeZone: 'UTC' }).format(noon(day));
}

/** `20 Nov`. */
export function shortDay(day: Day, today: Day, locale: string): string {
  return dateFormat(locale, { day: 'numeric', month: 'short', ...year(day, today), timeZone: 'UTC' }).format(noon(day));
}

/** `20/11/2026`. */
export function numericDay(day: Day, locale: string): string {
  return dateFormat(locale, { day: '2-digit', month: '2-digit', year: 'numeric', timeZone: 'UTC' }).format(noon(day));
}

/** `today` and `yesterday` as the reader's language says them, capitalised; nothing for other days. */
export function relativeDay(day: Day, today: Day, locale: string): string | undefined {
  const away = day === today ? 0 : day === addDays(today, -1) ? -1 : day === addDays(today, 1) ? 1 : undefined;
  if (away === undefined) return undefined;
  const word = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(away, 'day');
  return word.charAt(0).toLocaleUpperCase(locale) + word.slice(1);
}

/** `Today`, `Yesterday`, else `20 Nov`. */
export function nearDay(day: Day, today: Day, locale: string): string {
  return relativeDay(day, today, locale) ?? shortDay(day, today, locale);
}

/** `1–22 Oct`. */
export function dayRange(first: Day, last: Day, today: Day, locale: string): string {
  const withYear = sameYear(first, today) && sameYear(last, today) ? {} : ({ year: 'numeric' } as const);
  const format = dateFormat(locale, { day: 'numeric', month: 'short', ...withYear, timeZone: 'UTC' });
  return tight(format.formatRange(noon(first), noon(last)));
}

/** The period's name: `November 2026`, `2026`, `23–29 Nov 2026`. */
export function periodName({ kind, first, last }: Period, locale: string): string {
  const whole = first.endsWith('-01');
  if (kind === 'month' && whole) return monthName(first, locale, true);
  if (kind === 'year' && first.endsWith('-01-01')) return first.slice(0, 4);
  const format = dateFormat(locale, { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });
  return tight(format.formatRange(noon(first), noon(last)));
}

/** The period's name without the year, for a sentence: `November`, `2026`, `this week`'s days. */
export function periodShortName(period: Period, today: Day, locale: string): string {
  if (period.kind === 'month' && period.first.endsWith('-01')) return monthName(period.first, locale, !sameYear(period.first, today));
  if (period.kind === 'year') return periodName(period, locale);
  return dayRange(period.first, period.last, today, locale);
}

export function monthName(day: Day, locale: string, withYear = false): string {
  return dateFormat(locale, { month: 'long', ...(withYear ? { year: 'numeric' } : {}), timeZone: 'UTC' }).format(noon(day));
}

export function shortMonth(day: Day, locale: string): string {
  return dateFormat(locale, { month: 'short', timeZone: 'UTC' }).format(noon(day));
}

/** The weekday's name; a Monday is 1. */
export function weekdayName(number: number, locale: string, width: 'long' | 'short' | 'narrow' = 'long'): string {
  // 5 January 1970 was a Monday.
  return dateFormat(locale, { weekday: width, timeZone: 'UTC' }).format(new Date(Date.UTC(1970, 0, 4 + number)));
}

/** An instant in the person's zone: `24 Nov, 18:04`. */
export function instant(text: string, timeZone: string, locale: string): string {
  const options = { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' } as const;
  return dateFormat(locale, { ...options, timeZone }).format(new Date(text));
}

/** The day and time in full: `Sunday 22 November 2026 at 18:04`. */
export function fullInstant(at: Date, timeZone: string, locale: string): string {
  return dateFormat(locale, { dateStyle: 'full', timeStyle: 'short', timeZone }).format(at);
}

export function timeOfDay(at: Date, timeZone: string, locale: string): string {
  return dateFormat(locale, { timeStyle: 'short', timeZone }).format(at);
}

/** Some locales set thin blanks around the en dash; between days of one month they only tear it. */
const tight = (range: string): string => range.replace(/\u2009–\u2009/g, '–').replace(/(\d)\s–\s(\d{1,2}\s)/, '$1–$2');
