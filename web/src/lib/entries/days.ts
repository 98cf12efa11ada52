import type { Money, Transaction } from '$lib/api/types';
import type { Day } from '$lib/calendar';
import { minorOf, negate, sum } from '$lib/money';

/** The entries of one day, and what was spent on it: refunds are taken off, transfers do not count. */
export interface DayGroup {
  day: Day;
  entries: Transaction[];
  /** What the day is summed in. */
  currency: string;
  /** Signed as in the list: what was spent is negative. Nothing if no money was spent in that currency. */
  spent: Money | undefined;
  /** Whether more entries of the day may follow on the next page. */
  isOpen: boolean;
}

/**
 * Entries in the order of the list, by day. A day that is as it was is the same object as before, so that
 * a list of thousands does not draw itself anew for one of them.
 */
export function groupByDay(entries: Transaction[], currency: string, hasMore: boolean, before: DayGroup[] = []): DayGroup[] {
  const days: { day: Day; entries: Transaction[] }[] = [];
  for (const entry of entries) {
    const last = days.at(-1);
    if (last?.day === entry.day) last.entries.push(entry);
    else days.push({ day: entry.day, entries: [entry] });
  }
  const known = new Map(before.map((group) => [group.day, group]));
  return days.map((group, n) => {
    const isOpen = hasMore && n === days.length - 1;
    const old = known.get(group.day);
    const isSame = old?.isOpen === isOpen && old.currency === currency && hasSameEntries(old.entries, group.entries);
    return isSame ? old : { ...group, currency, spent: spentOf(group.entries, currency), isOpen };
  });
}

const hasSameEntries = (a: Transaction[], b: Transaction[]): boolean =>
  a.length === b.length && a.every((entry, n) => entry === b[n]);

function spentOf(entries: Transaction[], currency: string): Money | undefined {
  const expenses = entries.filter(({ kind, amount }) => kind === 'expense' && amount.currency === currency);
  return expenses.length === 0 ? undefined : negate(sum(expenses.map(({ amount }) => amount), currency));
}

/** What the chosen entries come to, for each currency: expenses −, income +; transfers do not count. */
export function sumByCurrency(entries: Transaction[]): Money[] {
  const counted = entries.filter(({ kind }) => kind === 'expense' || kind === 'income');
  const currencies = [...new Set(counted.map(({ amount }) => amount.currency))];
  return currencies.map((currency) =>
    sum(
      counted
        .filter(({ amount }) => amount.currency === currency)
        .map(({ kind, amount }) => (kind === 'expense' ? negate(amount) : amount)),
      currency,
    ),
  );
}

/** Rows and half rows that a day takes, so that a place can be kept for it before it is drawn. */
export function rowsIn(group: DayGroup): { entries: number; parts: number } {
  const parts = group.entries.filter(({ lines }) => lines.length > 1).map(({ lines }) => lines.length);
  return { entries: group.entries.length, parts: parts.reduce((total, count) => total + count, 0) };
}

export const isZero = (money: Money): boolean => minorOf(money) === 0n;
