import { labelEvery } from '$lib/charts/scale';
import { addDays, shortMonth, type Day } from '$lib/calendar';
import type { PeriodKind } from '$lib/api/types';
import { weekday, weekdayName } from '$lib/calendar';

export interface AxisMark {
  /** The day's place in the period, from 0. */
  at: number;
  text: string;
  strong?: boolean;
}

/** What stands under the days: dates in a month, weekday names in a week, months in a year. */
export function dayAxis(kind: PeriodKind, first: Day, count: number, today: Day, locale: string): AxisMark[] {
  const days = Array.from({ length: count }, (_, at) => ({ at, day: addDays(first, at) }));
  if (kind === 'week') {
    return days.map(({ at, day }) => ({ at, text: weekdayName(weekday(day), locale, 'short'), strong: day === today }));
  }
  if (count > 100) {
    return days
      .filter(({ at, day }) => day.slice(8) === first.slice(8) || at === 0)
      .map(({ at, day }) => ({ at, text: shortMonth(day, locale) }))
      .filter((_, n) => n % 2 === 0);
  }
  return days
    .filter(({ at }) => at % labelEvery(count) === 0)
    .map(({ at, day }) => ({ at, text: String(Number(day.slice(8))), strong: day === today }));
}
