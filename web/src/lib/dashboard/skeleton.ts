import type { Dashboard, Money, Transaction } from '$lib/api/types';
import { addDays, daysFrom, type Day, type Period } from '$lib/calendar';
import { moneyOf } from '$lib/money';

/** A page full of nothing, so that the boxes of the real one are there before its figures. */
export function skeletonOf(period: Period, today: Day, currency: string, categories: string[], account: string): Dashboard {
  const some: Money = moneyOf(123_456n, currency);
  const none: Money = moneyOf(0n, currency);
  const days = daysFrom(period.first, period.last).map((day) => ({ day, spent: none }));
  const entry = (n: number): Transaction => ({
    id: `skeleton-${n}`,
    kind: 'expense',
    status: 'booked',
    day: today,
    title: 'Markthalle',
    payee: null,
    account,
    amount: some,
    to_account: null,
    to_amount: null,
    lines: [],
    note: '',
    author: '',
    import: null,
    created_at: '',
    version: 0,
  });
  return {
    as_of: 0,
    currency,
    today,
    period: { ...period, elapsed_last: period.last < today ? period.last : today },
    previous: { first: addDays(period.first, -days.length), last: addDays(period.first, -1) },
    spent: some,
    previous_spent: moneyOf(100_000n, currency),
    income: some,
    previous_income: some,
    left: some,
    spent_pending: none,
    income_pending: none,
    categories: categories.slice(0, 8).map((category) => ({ category, spent: some, previous: none })),
    days,
    previous_days: days,
    heat: daysFrom(addDays(today, -181), today).map((day) => ({ day, spent: none })),
    accounts: [],
    net_worth: [some],
    recent: Array.from({ length: 8 }, (_, n) => entry(n)),
    other_currencies: [],
  };
}
