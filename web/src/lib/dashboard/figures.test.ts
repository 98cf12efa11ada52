import { describe, expect, it } from 'vitest';
import type { Category, Dashboard } from '$lib/api/types';
import { moved, orderOf, place, visible, type BlockId } from './blocks';
import {
  atThisPace, byMainCategory, daysWithout, dearestDay, heatLimits, heatStep, ordinaryDay, running, samePointBefore, weekdayCosts,
} from './figures';

const eur = (amount: string) => ({ amount, currency: 'EUR' });
const days = (first: number, ...amounts: string[]) =>
  amounts.map((amount, n) => ({ day: `2026-11-${String(first + n).padStart(2, '0')}`, spent: eur(amount) }));

const november = (elapsed: string, ...amounts: string[]): Dashboard => ({
  as_of: 1,
  currency: 'EUR',
  today: elapsed,
  period: { kind: 'month', first: '2026-11-01', last: '2026-11-30', elapsed_last: elapsed },
  previous: { first: '2026-10-01', last: '2026-10-31' },
  spent: running(days(1, ...amounts), 'EUR').at(-1) ?? eur('0.00'),
  previous_spent: eur('0.00'),
  income: eur('0.00'),
  previous_income: eur('0.00'),
  left: eur('0.00'),
  spent_pending: eur('0.00'),
  income_pending: eur('0.00'),
  categories: [],
  days: days(1, ...amounts),
  previous_days: [],
  heat: [],
  accounts: [],
  net_worth: [],
  recent: [],
  other_currencies: [],
});

describe('categories', () => {
  const category = (id: string, parent: string | null) => ({ id, parent }) as Category;
  const tree = new Map([category('food', null), category('bread', 'food'), category('rolls', 'bread')].map((c) => [c.id, c]));

  it('add up in their main category, the largest first', () => {
    const rows = [
      { category: 'rolls', spent: eur('1.10'), previous: eur('0.00') },
      { category: 'food', spent: eur('2.20'), previous: eur('5.00') },
      { category: null, spent: eur('9.00'), previous: eur('0.00') },
      { category: 'unknown', spent: eur('0.00'), previous: eur('0.00') },
    ];
    expect(byMainCategory(rows, tree, 'EUR')).toEqual([
      { id: null, spent: eur('9.00'), previous: eur('0.00') },
      { id: 'food', spent: eur('3.30'), previous: eur('5.00') },
    ]);
  });
});

describe('the pace', () => {
  it('leaves out the dearest day', () => {
    const board = november('2026-11-06', '10.00', '1400.00', '10.00', '10.00', '10.00', '10.00');
    expect(ordinaryDay(board)).toEqual(eur('10.00'));
    expect(atThisPace(board)).toEqual(eur('1690.00'));
  });

  it('is silent when there is too little, or nothing ahead', () => {
    expect(atThisPace(november('2026-11-02', '10.00', '20.00'))).toBeUndefined();
    expect(atThisPace(november('2026-11-30', ...Array<string>(30).fill('5.00')))).toBeUndefined();
    expect(ordinaryDay(november('2026-11-06', ...Array<string>(6).fill('0.00')))).toBeUndefined();
  });
});

describe('the same point before', () => {
  it.each([
    ['2026-11-22', '2026-10-22'],
    ['2026-11-30', '2026-10-31'],
  ])('of %s is %s', (elapsed, before) => expect(samePointBefore(november(elapsed))).toBe(before));

  it('ends with a shorter month', () => {
    const march = { kind: 'month' as const, first: '2026-03-01', last: '2026-03-31', elapsed_last: '2026-03-30' };
    expect(samePointBefore({ period: march, previous: { first: '2026-02-01', last: '2026-02-28' } })).toBe('2026-02-28');
  });
});

describe('days', () => {
  it('run up, and have a dearest', () => {
    const some = days(1, '1.50', '0.00', '2.50');
    expect(running(some, 'EUR').map(({ amount }) => amount)).toEqual(['1.50', '1.50', '4.00']);
    expect(dearestDay(some)?.day).toBe('2026-11-03');
    expect(dearestDay(days(1, '0.00'))).toBeUndefined();
    expect(daysWithout(some)).toBe(1);
  });

  it('are heated by the percentiles of the book, whatever its currency', () => {
    const spread = Array.from({ length: 100 }, (_, n) => ({ day: '2026-11-01', spent: { amount: String(n + 1), currency: 'JPY' } }));
    const limits = heatLimits(spread);
    const step = (amount: string) => heatStep({ amount, currency: 'JPY' }, limits);
    expect(['0', '1', '50', '51', '75', '76', '95', '96'].map(step)).toEqual([0, 1, 1, 2, 2, 3, 3, 4]);
    expect(heatStep(eur('5.00'), [])).toBe(0);
  });

  it('cost by weekday', () => {
    const costs = weekdayCosts(days(21, '90.00', '10.00', '5.00', '0.00', '0.00', '0.00', '0.00', '30.00'), 'EUR');
    expect(costs[0]).toEqual({ weekday: 6, average: eur('60.00') });
  });
});

describe('blocks', () => {
  const layout = (order: string[] = [], hidden: string[] = []) => ({ order, hidden });

  it('fill whole rows', () => {
    for (const hidden of [[], ['left'], ['recent', 'days'], ['spent', 'heat', 'accounts']]) {
      const spans = place(visible(layout([], hidden))).map(({ span }) => span);
      let filled = 0;
      for (const span of spans) filled = (filled + span) % 12;
      expect(filled, hidden.join()).toBe(0);
    }
  });

  it('keep the order of the person, with new and unknown ones', () => {
    const order = orderOf(layout(['heat', 'nonsense', 'spent']));
    expect(order.slice(0, 2)).toEqual(['heat', 'spent']);
    expect(order).toHaveLength(7);
    expect(visible(layout([], ['heat']))).not.toContain('heat');
    expect(orderOf(layout(['days', 'left']), true)).not.toContain('days');
  });

  it('move and stop at the ends', () => {
    const order: BlockId[] = ['spent', 'left', 'heat'];
    expect(moved(order, 'left', 1)).toEqual(['spent', 'heat', 'left']);
    expect(moved(order, 'left', -9)).toEqual(['left', 'spent', 'heat']);
  });
});
