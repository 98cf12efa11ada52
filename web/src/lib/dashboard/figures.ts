import type { CategorySpent, Category, Dashboard, DaySpent, Money } from '$lib/api/types';
import { addDays, daysUntil, weekday, type Day } from '$lib/calendar/day';
import { decimalsOf, divide, minorOf, moneyOf, sum } from '$lib/money';

/** A top-level category with what its sub-categories had, now and before. */
export interface CategoryFigure {
  id: string | null;
  spent: Money;
  previous: Money;
}

/** Spending by main category, the largest first. */
export function byMainCategory(
  rows: CategorySpent[],
  categories: Map<string, Category>,
  currency: string,
): CategoryFigure[] {
  const sums = new Map<string | null, CategoryFigure>();
  for (const row of rows) {
    const id = mainOf(row.category, categories);
    const known = sums.get(id);
    sums.set(id, {
      id,
      spent: sum([row.spent, ...(known ? [known.spent] : [])], currency),
      previous: sum([row.previous, ...(known ? [known.previous] : [])], currency),
    });
  }
  const all = [...sums.values()].filter(({ spent, previous }) => minorOf(spent) !== 0n || minorOf(previous) !== 0n);
  return all.toSorted((a, b) => compare(minorOf(b.spent), minorOf(a.spent)) || compare(minorOf(b.previous), minorOf(a.previous)));
}

function mainOf(id: string | null, categories: Map<string, Category>): string | null {
  let category = id === null ? undefined : categories.get(id);
  while (category?.parent && categories.has(category.parent)) category = categories.get(category.parent);
  return category?.id ?? id;
}

const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

/** What was spent up to and including each day. */
export function running(days: DaySpent[], currency: string): Money[] {
  let total = 0n;
  return days.map(({ spent }) => moneyOf((total += minorOf(spent)), currency));
}

/** The last day that the previous period is compared up to. */
export function samePointBefore({ period, previous }: Pick<Dashboard, 'period' | 'previous'>): Day {
  if (isOver({ period })) return previous.last;
  const point = addDays(previous.first, daysUntil(period.first, period.elapsed_last));
  return point < previous.last ? point : previous.last;
}

/** Whether all days of the period have passed, today included. */
export const isOver = ({ period }: Pick<Dashboard, 'period'>): boolean => period.elapsed_last >= period.last;

export const elapsedDays = ({ period }: Pick<Dashboard, 'period'>): number =>
  daysUntil(period.first, period.elapsed_last) + 1;

export const remainingDays = ({ period }: Pick<Dashboard, 'period'>): number =>
  Math.max(0, daysUntil(period.elapsed_last, period.last));

/** Before this many days a pace would say more about chance than about habits. */
const PACE_FROM_DAYS = 5;

/** What an ordinary day costs: the average without the dearest one, which is often the rent. */
export function ordinaryDay(dashboard: Dashboard): Money | undefined {
  const past = dashboard.days.filter(({ day }) => day <= dashboard.period.elapsed_last);
  if (past.length < PACE_FROM_DAYS) return undefined;
  const dearest = past.reduce((most, { spent }) => (minorOf(spent) > most ? minorOf(spent) : most), 0n);
  const total = past.reduce((all, { spent }) => all + minorOf(spent), 0n);
  if (total <= 0n) return undefined;
  return divide(moneyOf(total - dearest, dashboard.currency), past.length - 1);
}

/** Where the period ends if its remaining days are ordinary ones; nothing when it is over. */
export function atThisPace(dashboard: Dashboard): Money | undefined {
  const day = ordinaryDay(dashboard);
  const remaining = remainingDays(dashboard);
  if (!day || remaining === 0) return undefined;
  return moneyOf(minorOf(dashboard.spent) + minorOf(day) * BigInt(remaining), dashboard.currency);
}

/** The dearest day, if anything was spent. */
export function dearestDay(days: DaySpent[]): DaySpent | undefined {
  const most = days.reduce<DaySpent | undefined>(
    (best, day) => (!best || minorOf(day.spent) > minorOf(best.spent) ? day : best),
    undefined,
  );
  return most && minorOf(most.spent) > 0n ? most : undefined;
}

/** Major units as a number: for the height of bars and the figures of axes, never for money. */
export function magnitude(money: Money): number {
  return Number(minorOf(money)) / 10 ** decimalsOf(money.currency);
}

/** Limits of the heat's steps: the 25th, 50th, 75th and 95th percentile of the days with spending. */
export function heatLimits(days: DaySpent[]): bigint[] {
  const spent = days
    .map((day) => minorOf(day.spent))
    .filter((minor) => minor > 0n)
    .toSorted(compare);
  if (spent.length === 0) return [];
  return [25, 50, 75, 95].map((percent) => spent[Math.min(spent.length - 1, Math.floor((spent.length * percent) / 100))]!);
}

/** 0 for nothing, then 1 to 4 by the limits. */
export function heatStep(spent: Money, limits: bigint[]): 0 | 1 | 2 | 3 | 4 {
  const minor = minorOf(spent);
  if (minor <= 0n || limits.length === 0) return 0;
  const [, half, threeQuarters, most] = limits as [bigint, bigint, bigint, bigint];
  if (minor >= most) return 4;
  if (minor >= threeQuarters) return 3;
  return minor >= half ? 2 : 1;
}

export interface WeekdayCost {
  weekday: number;
  average: Money;
}

/** What each weekday costs on average, the dearest first. */
export function weekdayCosts(days: DaySpent[], currency: string): WeekdayCost[] {
  const byWeekday = new Map<number, bigint[]>();
  for (const { day, spent } of days) byWeekday.set(weekday(day), [...(byWeekday.get(weekday(day)) ?? []), minorOf(spent)]);
  return [...byWeekday]
    .map(([number, minors]) => ({
      weekday: number,
      average: divide(moneyOf(minors.reduce((all, minor) => all + minor, 0n), currency), minors.length),
    }))
    .toSorted((a, b) => compare(minorOf(b.average), minorOf(a.average)));
}

export const daysWithout = (days: DaySpent[]): number => days.filter(({ spent }) => minorOf(spent) <= 0n).length;
