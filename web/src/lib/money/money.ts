import type { Money } from '$lib/api/types';

/** Currencies whose minor unit is not a hundredth (ISO 4217). */
const UNUSUAL_DECIMALS: Record<string, number> = Object.fromEntries([
  ...'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'.split(' ').map((code) => [code, 0]),
  ...'BHD IQD JOD KWD LYD OMR TND'.split(' ').map((code) => [code, 3]),
  ...'CLF UYW'.split(' ').map((code) => [code, 4]),
]);

/** How many decimals the currency's minor unit has: 2 for EUR, 0 for JPY. */
export const decimalsOf = (currency: string): number => UNUSUAL_DECIMALS[currency] ?? 2;

/** The amount in minor units: `"-12.30"` EUR is `-1230n`. */
export function minorOf({ amount, currency }: Money): bigint {
  const parts = /^([-+]?)(\d+)(?:\.(\d+))?$/.exec(amount);
  if (!parts) throw new RangeError(`"${amount}" is no amount`);
  const [, sign, whole, fraction = ''] = parts;
  const decimals = decimalsOf(currency);
  if (fraction.length > decimals) throw new RangeError(`${currency} has ${decimals} decimals; ${amount} has more`);
  const minor = BigInt(`${whole}${fraction.padEnd(decimals, '0')}`);
  return sign === '-' ? -minor : minor;
}

/** The money of so many minor units. */
export function moneyOf(minor: bigint, currency: string): Money {
  const decimals = decimalsOf(currency);
  const digits = (minor < 0n ? -minor : minor).toString().padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = decimals > 0 ? `.${digits.slice(-decimals)}` : '';
  return { amount: `${minor < 0n ? '-' : ''}${whole}${fraction}`, currency };
}

export const zero = (currency: string): Money => moneyOf(0n, currency);

export const negate = (money: Money): Money => moneyOf(-minorOf(money), money.currency);

export const absolute = (money: Money): Money => (minorOf(money) < 0n ? negate(money) : money);

/** The sum of amounts of one currency. */
export function sum(amounts: Money[], currency: string): Money {
  const minors = amounts.map((money) => {
    if (money.currency !== currency) throw new RangeError(`${money.currency} among ${currency}`);
    return minorOf(money);
  });
  return moneyOf(minors.reduce((total, minor) => total + minor, 0n), currency);
}

export const subtract = (from: Money, money: Money): Money => sum([from, negate(money)], from.currency);

/** Divides, rounding half away from zero to the minor unit. */
export function divide(money: Money, by: number): Money {
  return moneyOf(divideRounded(minorOf(money), BigInt(by)), money.currency);
}

/** Rounds half away from zero. */
export function divideRounded(dividend: bigint, divisor: bigint): bigint {
  const negative = dividend < 0n !== divisor < 0n;
  const over = dividend < 0n ? -dividend : dividend;
  const under = divisor < 0n ? -divisor : divisor;
  const rounded = (2n * over + under) / (2n * under);
  return negative ? -rounded : rounded;
}

/** How far along a scale: for widths and heights in charts, never for money. */
export function ratio(part: bigint, whole: bigint): number {
  return whole === 0n ? 0 : Number((part * 100_000n) / whole) / 100_000;
}
