import type { DaySpent, Money } from '$lib/api/types';
import { moneyOf, minorOf } from '$lib/money';

/** A bar: one day, or a month where days would be hairs. */
export interface Bar {
  first: string;
  last: string;
  spent: Money;
}

/** More days than this are shown as months. */
const DAYS_AS_BARS = 62;

export const showsMonths = (days: DaySpent[]): boolean => days.length > DAYS_AS_BARS;

/** A bar per day, or per month that begins on the same date as the period. */
export function barsOf(days: DaySpent[], currency: string): Bar[] {
  if (!showsMonths(days)) return days.map(({ day, spent }) => ({ first: day, last: day, spent }));
  const startsOn = days[0]?.day.slice(8);
  const bars: Bar[] = [];
  for (const { day, spent } of days) {
    const current = bars.at(-1);
    if (!current || day.slice(8) === startsOn) bars.push({ first: day, last: day, spent });
    else bars[bars.length - 1] = { ...current, last: day, spent: moneyOf(minorOf(current.spent) + minorOf(spent), currency) };
  }
  return bars;
}
