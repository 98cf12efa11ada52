/** A day of the calendar as `2026-11-24`, without time or zone; text order is the order of days. */
export type Day = string;

const MS_PER_DAY = 86_400_000;

const epochDay = (day: Day): number => Math.round(Date.parse(`${day}T00:00:00Z`) / MS_PER_DAY);
const ofEpochDay = (number: number): Day => new Date(number * MS_PER_DAY).toISOString().slice(0, 10);

/** The day in a time zone, now or at an instant. */
export function today(timeZone: string, now: Date = new Date()): Day {
  // Sweden writes dates as ISO 8601 does.
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(now);
}

export const isDay = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`)) && ofEpochDay(epochDay(text)) === text;

export const addDays = (day: Day, days: number): Day => ofEpochDay(epochDay(day) + days);

/** How many days from one to the other; negative if the other is earlier. */
export const daysUntil = (from: Day, to: Day): number => epochDay(to) - epochDay(from);

/** 1 for Monday to 7 for Sunday. */
export const weekday = (day: Day): number => ((((epochDay(day) + 3) % 7) + 7) % 7) + 1;

export const firstOfMonth = (day: Day): Day => `${day.slice(0, 7)}-01`;

/** The same day some months on; the last of the month if it has no such day. */
export function addMonths(day: Day, months: number): Day {
  const [year, month, date] = day.split('-').map(Number) as [number, number, number];
  const index = year * 12 + (month - 1) + months;
  const first = new Date(Date.UTC(Math.floor(index / 12), ((index % 12) + 12) % 12, 1)).toISOString().slice(0, 10);
  return addDays(first, Math.min(date, daysInMonth(first)) - 1);
}

export function daysInMonth(day: Day): number {
  const [year, month] = day.split('-').map(Number) as [number, number];
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** Every day from first to last. */
export function daysFrom(first: Day, last: Day): Day[] {
  return Array.from({ length: Math.max(0, daysUntil(first, last) + 1) }, (_, n) => addDays(first, n));
}
