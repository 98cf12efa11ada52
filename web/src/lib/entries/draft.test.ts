import { describe, expect, it } from 'vitest';
import type { Transaction } from '$lib/api';
import { draftOf, emptyDraft, isBegun, readDraft, restText, type DraftFields } from './draft';

const context = {
  accounts: new Map([
    ['giro', { currency: 'EUR' }],
    ['cash', { currency: 'EUR' }],
    ['yen', { currency: 'JPY' }],
  ]),
  today: '2026-11-24',
  locale: 'en-IE',
};
const draft = (fields: Partial<DraftFields>): DraftFields => ({ ...emptyDraft('giro', 'today'), title: 'Edeka', amount: '12.40', ...fields });
const read = (fields: Partial<DraftFields>) => readDraft(draft(fields), context);
const line = (amount: string, category = '') => ({ key: amount, category, amount, note: '' });

describe('a typed entry', () => {
  it('needs a title and an amount, nothing more', () => {
    expect(read({}).body).toEqual({
      kind: 'expense',
      day: '2026-11-24',
      title: 'Edeka',
      amount: { amount: '12.40', currency: 'EUR' },
      account: 'giro',
      category: null,
      note: '',
      status: 'booked',
    });
  });

  it('does sums, exactly', () => {
    const reading = read({ amount: '0.1 + 0.2' });
    expect([reading.body?.amount.amount, reading.isSum]).toEqual(['0.30', true]);
  });

  it('says what is wrong with every field at once', () => {
    expect(read({ title: ' ', amount: '', day: '31.11' }).problems).toEqual({
      title: 'Give it a title, or say who was paid.',
      amount: 'How much was it?',
      day: '31 November does not exist. Did you mean 30 November?',
    });
  });

  it.each([
    ['abc', 'This is no amount. Write 12.40, or a sum such as 12.40 + 3.20.'],
    ['1.234', 'EUR has 2 decimals.'],
    ['0', 'The amount must not be zero.'],
    ['-3', 'Write the amount without a minus. For money that came back, choose Refund.'],
    ['3/0', 'Nothing can be divided by zero.'],
  ])('explains the amount %s', (amount, problem) => expect(read({ amount }).problems.amount).toBe(problem));

  it('knows that yen have no decimals', () => {
    expect(read({ account: 'yen', amount: '12.5' }).problems.amount).toBe('JPY has no decimals.');
    expect(read({ account: 'yen', amount: '5390' }).body?.amount).toEqual({ amount: '5390', currency: 'JPY' });
  });

  it('writes a refund as an expense below zero', () => {
    const body = read({ kind: 'refund', lines: [line('10'), line('2.40', 'food')] }).body;
    expect([body?.kind, body?.amount.amount, body?.lines?.map(({ amount }) => amount.amount)]).toEqual([
      'expense',
      '-12.40',
      ['-10.00', '-2.40'],
    ]);
  });
});

describe('a split', () => {
  it('has to come to the amount', () => {
    expect(read({ lines: [line('10'), line('2')] }).problems.lines).toMatch(/EUR\s0\.40 is not given to a category yet/);
    expect(read({ lines: [line('10'), line('3')] }).problems.lines).toMatch(/EUR\s0\.60 more than the amount/);
    expect(read({ lines: [line('10'), line('x')] }).problems.lines).toBe('Part 2 is no amount.');
  });

  it('replaces the category', () => {
    const body = read({ category: 'food', lines: [line('10', 'home'), line('2.40')] }).body;
    expect(body).not.toHaveProperty('category');
    expect(body?.lines).toEqual([
      { category: 'home', amount: { amount: '10.00', currency: 'EUR' }, note: '' },
      { category: null, amount: { amount: '2.40', currency: 'EUR' }, note: '' },
    ]);
  });

  it('offers what is left for the next part', () => {
    expect([restText(read({ lines: [line('10')] }), 'de-DE'), restText(read({}), 'en-IE'), restText(read({ lines: [line('20')] }), 'en-IE')]).toEqual(['2,40', '12.40', '']);
  });
});

describe('a transfer', () => {
  it('needs another account', () => {
    expect(read({ kind: 'transfer' }).problems.toAccount).toBe('Choose where the money went.');
    expect(read({ kind: 'transfer', toAccount: 'giro' }).problems.toAccount).toBe('Choose two different accounts.');
  });

  it('needs no title', () => {
    const body = read({ kind: 'transfer', title: '', toAccount: 'cash' }).body;
    expect([body?.to_account, body && 'category' in body, body && 'to_amount' in body]).toEqual(['cash', false, false]);
  });

  it('asks what arrived where the currencies differ', () => {
    expect(read({ kind: 'transfer', toAccount: 'yen' }).problems.toAmount).toBe('How much was it?');
    expect(read({ kind: 'transfer', toAccount: 'yen', toAmount: '2,030' }).body?.to_amount).toEqual({ amount: '2030', currency: 'JPY' });
  });
});

describe('an entry to change', () => {
  const entry = {
    kind: 'expense',
    status: 'pending',
    title: 'Ikea',
    payee: { id: 'p', name: 'IKEA Deutschland' },
    account: 'giro',
    amount: { amount: '-1187.95', currency: 'EUR' },
    to_account: null,
    to_amount: null,
    note: 'shelf',
    lines: [
      { category: 'home', amount: { amount: '-1142.95', currency: 'EUR' }, note: 'a' },
      { category: null, amount: { amount: '-45.00', currency: 'EUR' }, note: '' },
    ],
  } as unknown as Transaction;

  it('is typed as it was, and reads back the same', () => {
    const fields = draftOf(entry, '2026-11-19', 'en-IE');
    expect([fields.kind, fields.amount, fields.payee]).toEqual(['refund', '1,187.95', 'IKEA Deutschland']);
    const body = readDraft(fields, context).body;
    expect(body).toMatchObject({ kind: 'expense', amount: entry.amount, day: '2026-11-19', status: 'pending', note: 'shelf', lines: entry.lines });
  });
});

it('knows whether someone has begun to write', () => {
  expect([isBegun(emptyDraft('giro', 'today')), isBegun(draft({}))]).toEqual([false, true]);
});
