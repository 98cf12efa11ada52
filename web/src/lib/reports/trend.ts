import type { Money, Report, ReportBy, TrendPeriod } from '$lib/api/types';
import type { EntryFilter } from '$lib/entries/filter';
import { minorOf, subtract, sum } from '$lib/money';

/** What a picture of the trend is made of. */
export interface Trending {
  report: Report;
  by: ReportBy;
  keys: TrendKey[];
  filter: EntryFilter;
}

/** One piece of a bar. Nothing for a key: what is left over. */
export interface TrendKey {
  /** `rest` for all that has no colour of its own. */
  id: string;
  key: string | null | undefined;
  name: string;
  /** 1 to 8, as in the tokens. */
  colour: number;
}

const REST_COLOUR = 8;

/** The keys of the trend from the bottom of the bars up, the rest at the top. */
export function trendKeys(report: Report, nameOf: (key: string | null) => string, restName: string): TrendKey[] {
  const keys = [...new Set(report.trend.flatMap(({ by_key }) => by_key.map(({ key }) => key)))];
  const total = (key: string | null) => report.trend.reduce((all, period) => all + minorOf(spentOn(period, key, report.currency)), 0n);
  const ordered = keys.toSorted((a, b) => (total(a) < total(b) ? 1 : total(a) > total(b) ? -1 : 0));
  const named = ordered.map((key, n) => ({ id: key ?? 'none', key, name: nameOf(key), colour: n + 1 }));
  const isRest = report.trend.some((period) => minorOf(restOf(period, report.currency)) !== 0n);
  return isRest ? [...named, { id: 'rest', key: undefined, name: restName, colour: REST_COLOUR }] : named;
}

/** What went to a key in a period; without a key, what no other key has. */
export function spentOn(period: TrendPeriod, key: string | null | undefined, currency: string): Money {
  if (key === undefined) return restOf(period, currency);
  return period.by_key.find((part) => part.key === key)?.spent ?? { amount: '0', currency };
}

const restOf = (period: TrendPeriod, currency: string): Money =>
  subtract(period.spent, sum(period.by_key.map(({ spent }) => spent), currency));

export interface Slice {
  key: TrendKey;
  from: number;
  to: number;
}

/** The pieces of a bar as shares of the scale's top; what came back is not drawn. */
export function slices(period: TrendPeriod, keys: TrendKey[], currency: string, top: number, magnitude: (money: Money) => number): Slice[] {
  let from = 0;
  return keys.flatMap((key) => {
    const part = Math.max(0, magnitude(spentOn(period, key.key, currency))) / top;
    const slice = { key, from, to: from + part };
    from += part;
    return part > 0 ? [slice] : [];
  });
}

/** How dark a cell of the cross table is: 0 to 2, within its row. */
export function shade(value: bigint, row: bigint[]): 0 | 1 | 2 {
  if (value <= 0n) return 0;
  const sorted = row.filter((other) => other > 0n).toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const least = sorted[0]!;
  const most = sorted.at(-1)!;
  // A row that hardly changes has no dark cells.
  if (most * 10n <= least * 11n) return 0;
  const place = sorted.findIndex((other) => other >= value);
  if (place * 4 >= sorted.length * 3) return 2;
  return place * 2 >= sorted.length ? 1 : 0;
}
