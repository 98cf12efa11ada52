import { describe, expect, it } from 'vitest';
import { divide, formatCompact, formatMoney, minorOf, moneyOf, moneyParts, ratio, readAmount, subtract, sum } from '.';

const eur = (amount: string) => ({ amount, currency: 'EUR' });
/** Intl uses several kinds of blank; which one is no concern here. */
const blanks = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ');

describe('minor units', () => {
  it.each([
    ['12.34', 'EUR', 1234n],
    ['-0.05', 'EUR', -5n],
    ['5', 'EUR', 500n],
    ['5390', 'JPY', 5390n],
    ['1.234', 'KWD', 1234n],
    ['90071992547409930.15', 'EUR', 9007199254740993015n],
  ])('%s %s', (amount, currency, minor) => {
    expect(minorOf({ amount, currency })).toBe(minor);
    expect(minorOf(moneyOf(minor, currency))).toBe(minor);
  });

  it('refuses what is no amount', () => {
    for (const amount of ['', '1,2', '1e3', '1.234']) expect(() => minorOf(eur(amount))).toThrow(RangeError);
  });

  it('adds without loss and never across currencies', () => {
    expect(sum([eur('0.10'), eur('0.20')], 'EUR').amount).toBe('0.30');
    expect(subtract(eur('0.30'), eur('0.40')).amount).toBe('-0.10');
    expect(() => sum([{ amount: '1', currency: 'JPY' }], 'EUR')).toThrow('JPY among EUR');
  });

  it('rounds half away from zero', () => {
    expect([divide(eur('0.25'), 2).amount, divide(eur('-0.25'), 2).amount]).toEqual(['0.13', '-0.13']);
    expect(divide(eur('10.00'), 3).amount).toBe('3.33');
  });

  it('measures for charts', () => expect([ratio(1n, 4n), ratio(1n, 0n)]).toEqual([0.25, 0]));
});

describe('formats', () => {
  it.each([
    ['en-IE', { as: 'marked' }, '3079.64', '€3,079.64'],
    ['de-DE', { as: 'marked' }, '3079.64', '3.079,64 €'],
    ['en-IE', {}, '-3079.64', '−3,079.64'],
    ['en-IE', { sign: 'both' }, '4850.00', '+4,850.00'],
    ['en-IE', { sign: 'both' }, '0.00', '0.00'],
    ['en-IE', { as: 'marked' }, '-412.37', '−€412.37'],
    ['en-IE', { whole: true }, '188.71', '189'],
    ['en-IE', { sign: 'none' }, '-8.60', '8.60'],
    ['en-IE', { as: 'code' }, '23.47', 'EUR 23.47'],
    ['en-IE', {}, '90071992547409930.15', '90,071,992,547,409,930.15'],
  ] as const)('%s %j %s', (locale, style, amount, text) => {
    expect(blanks(formatMoney(eur(amount), locale, style))).toBe(text);
  });

  it('writes yen with the narrow sign and no decimals', () => {
    expect(formatMoney({ amount: '123456', currency: 'JPY' }, 'ja-JP', { as: 'marked' })).toBe('\u00a5123,456');
  });

  it('keeps the minor units that the book keeps, whatever the locale data says', () => {
    expect(formatMoney({ amount: '1500.50', currency: 'HUF' }, 'en-IE')).toBe('1,500.50');
  });

  it('parts a figure', () => {
    const kinds = moneyParts(eur('3079.64'), 'en-IE', { as: 'marked' }).map(({ kind, text }) => `${kind} ${text}`);
    expect(kinds).toEqual(['mark €', 'text 3', 'text ,', 'text 079', 'minor .', 'minor 64']);
  });

  it('labels axes', () => {
    expect([formatCompact(2000, 'en-IE'), formatCompact(1_500_000, 'en-IE')]).toEqual(['2k', '1.5M']);
  });
});

describe('reading what is typed', () => {
  const read = (text: string, locale = 'en-IE', currency = 'EUR') => {
    const answer = readAmount(text, currency, locale);
    return 'problem' in answer ? answer.problem : answer.money.amount;
  };

  it.each([
    ['12.40', 'en-IE', '12.40'],
    ['12,40', 'en-IE', '12.40'],
    ['1,234', 'en-IE', '1234.00'],
    ['1.234', 'de-DE', '1234.00'],
    ['1.234,56', 'de-DE', '1234.56'],
    ['1,234.56', 'de-DE', '1234.56'],
    ['1 234,56', 'fr-FR', '1234.56'],
    ["1'234.50", 'de-CH', '1234.50'],
    ['.5', 'en-IE', '0.50'],
    ['-3', 'en-IE', '-3.00'],
    ['−3', 'en-IE', '-3.00'],
    ['12.40 + 3.20', 'en-IE', '15.60'],
    ['2 × 3 + 4', 'en-IE', '10.00'],
    ['2 + 3 × 4', 'en-IE', '14.00'],
    ['10 ÷ 3', 'en-IE', '3.33'],
    ['20 - 5 - 5', 'en-IE', '10.00'],
  ])('%s in %s is %s', (text, locale, amount) => expect(read(text, locale)).toBe(amount));

  it('tells what is wrong', () => {
    expect(read('')).toBe('empty');
    expect(read('abc')).toBe('unreadable');
    expect(read('1.2.3')).toBe('unreadable');
    expect(read('5 +')).toBe('unreadable');
    expect(read('12.345')).toBe('too_many_decimals');
    expect(read('12.5', 'ja-JP', 'JPY')).toBe('too_many_decimals');
    expect(read('1 / 0')).toBe('divided_by_zero');
  });

  it('knows a sum from a number', () => {
    expect(readAmount('-3', 'EUR', 'en-IE')).toMatchObject({ sum: false });
    expect(readAmount('1+2', 'EUR', 'en-IE')).toMatchObject({ sum: true });
  });
});
