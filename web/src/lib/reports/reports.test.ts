import { describe, expect, it } from 'vitest';
import type { Report, ReportRow, TrendPeriod } from '$lib/api';
import { csvText } from './csv';
import { linesOf, treeOf } from './tree';
import { shade, slices, spentOn, trendKeys } from './trend';

const eur = (amount: string) => ({ amount, currency: 'EUR' });
const row = (key: string | null, parent: string | null, spent: string, income = '0.00', previous = '0.00'): ReportRow => ({
  key,
  name: key ?? '',
  parent,
  spent: eur(spent),
  income: eur(income),
  previous_spent: eur(previous),
  previous_income: eur('0.00'),
  average_spent: eur('0.00'),
  average_income: eur('0.00'),
  trend: [],
});

describe('rows of a report', () => {
  const rows = [
    row('food', null, '50.00'),
    row('market', 'food', '20.00'),
    row('shop', 'food', '30.00'),
    row('home', null, '90.00'),
    row('salary', null, '0.00', '2890.00'),
    row('old', null, '0.00', '0.00', '5.00'),
    row('never', null, '0.00'),
    row('orphan', 'gone', '60.00'),
    row(null, null, '1.00'),
  ];
  const names = (open: string[], side: 'spent' | 'income' = 'spent') =>
    linesOf(treeOf(rows, side), new Set(open)).map(({ node, depth }) => '>'.repeat(depth) + (node.row.key ?? 'none'));

  it('are a tree, most first, with what never moved left out', () => {
    expect(names([])).toEqual(['home', 'orphan', 'food', 'none', 'old']);
  });
  it('show what is open', () => expect(names(['food'])).toEqual(['home', 'orphan', 'food', '>shop', '>market', 'none', 'old']));
  it('have two sides', () => expect(names([], 'income')).toEqual(['salary']));
});

describe('the trend', () => {
  const period = (spent: string, parts: Record<string, string>): TrendPeriod => ({
    first: '2026-11-01',
    last: '2026-11-30',
    spent: eur(spent),
    income: eur('0.00'),
    by_key: Object.entries(parts).map(([key, amount]) => ({ key, spent: eur(amount) })),
  });
  const trend = [period('100.00', { a: '10.00', b: '60.00' }), period('50.00', { a: '45.00', b: '-5.00' })];
  const report = { currency: 'EUR', trend } as Report;
  const keys = trendKeys(report, (key) => `name of ${key}`, 'Other');

  it('has most at the bottom and the rest at the top', () => {
    expect(keys.map(({ name, colour }) => [name, colour])).toEqual([
      ['name of a', 1],
      ['name of b', 2],
      ['Other', 8],
    ]);
  });

  it('has no rest where everything has a key', () => {
    const whole = { currency: 'EUR', trend: [period('70.00', { a: '10.00', b: '60.00' })] } as Report;
    expect(trendKeys(whole, String, 'Other').map(({ id }) => id)).toEqual(['b', 'a']);
  });

  it('adds up to what was spent', () => {
    expect(trend.map((one) => spentOn(one, undefined, 'EUR').amount)).toEqual(['30.00', '10.00']);
  });

  it('stacks its pieces and leaves out what came back', () => {
    const pieces = slices(trend[1]!, keys, 'EUR', 100, ({ amount }) => Number(amount));
    expect(pieces.map(({ key, from, to }) => [key.id, from, to])).toEqual([
      ['a', 0, 0.45],
      ['rest', 0.45, 0.55],
    ]);
  });

  it('shades within a row, and not where nothing changes', () => {
    const values = [88n, 33n, 27n, 204n, 41n, 130n];
    expect(values.map((value) => shade(value, values))).toEqual([1, 0, 0, 2, 0, 1]);
    expect([100n, 105n, 109n].map((value) => shade(value, [100n, 105n, 109n]))).toEqual([0, 0, 0]);
    expect(shade(0n, [0n, 0n])).toBe(0);
  });
});

describe('CSV', () => {
  it('keeps amounts exact and text as it is', () => {
    expect(csvText([['Name', 'EUR'], ['Café "Süd", Berlin', '-1234.50'], ['two\nlines', null]])).toBe(
      '\ufeffName,EUR\r\n"Café ""Süd"", Berlin",-1234.50\r\n"two\nlines",\r\n',
    );
  });
  it.each(['=1+1', '+49', '@sum', '-x'])('does not let a spreadsheet run %s', (text) => expect(csvText([[text]])).toContain(`'${text}`));
});
