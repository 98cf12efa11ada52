import { describe, expect, it } from 'vitest';
import type { Transaction } from '$lib/api';
import { groupByDay, rowsIn, sumByCurrency } from './days';

let made = 0;
const entry = (day: string, kind: Transaction['kind'], amount: string, currency = 'EUR', lines = 1): Transaction =>
  ({ id: String(++made), day, kind, amount: { amount, currency }, lines: Array.from({ length: lines }, () => ({})) }) as Transaction;

const list = [
  entry('2026-11-21', 'expense', '66.31'),
  entry('2026-11-21', 'expense', '-29.95'),
  entry('2026-11-21', 'transfer', '400.00', 'EUR', 0),
  entry('2026-11-20', 'income', '10.00'),
  entry('2026-11-19', 'expense', '5390', 'JPY', 3),
];

describe('days of a list', () => {
  const groups = groupByDay(list, 'EUR', true);

  it('parts entries by day and keeps their order', () => {
    expect(groups.map(({ day, entries }) => [day, entries.length])).toEqual([
      ['2026-11-21', 3],
      ['2026-11-20', 1],
      ['2026-11-19', 1],
    ]);
  });

  it('takes refunds off what was spent; transfers, income and other currencies do not count', () => {
    expect(groups.map(({ spent }) => spent?.amount)).toEqual(['-36.36', undefined, undefined]);
  });

  it('keeps a day that is as it was', () => {
    const longer = groupByDay([...list, entry('2026-11-18', 'expense', '1.00')], 'EUR', true, groups);
    expect(longer.map((group, n) => group === groups[n])).toEqual([true, true, false, false]);
    expect(groupByDay(list, 'JPY', true, groups).some((group) => groups.includes(group))).toBe(false);
  });

  it('knows which day may go on', () => expect(groups.map(({ isOpen }) => isOpen)).toEqual([false, false, true]));

  it('counts rows and the parts of splits', () => expect(rowsIn(groups[2]!)).toEqual({ entries: 1, parts: 3 }));

  it('sums what is chosen by currency', () => {
    expect(sumByCurrency(list)).toEqual([
      { amount: '-26.36', currency: 'EUR' },
      { amount: '-5390', currency: 'JPY' },
    ]);
  });
});
