import type { Money } from '$lib/api/types';
import { separators } from './format';
import { decimalsOf, divideRounded, moneyOf } from './money';

/** Why typed text is no amount. */
export type AmountProblem = 'empty' | 'unreadable' | 'too_many_decimals' | 'divided_by_zero';

export type AmountRead = { money: Money; sum: boolean } | { problem: AmountProblem };

interface Fraction {
  over: bigint;
  under: bigint;
}

/**
 * Reads what a person types: `12.40`, `1.234,56` where that is the custom, and sums such as
 * `12.40 + 3 × 1.10`. Exact: fractions of whole numbers, rounded once at the end if there was a division.
 */
export function readAmount(text: string, currency: string, locale: string): AmountRead {
  const tokens = tokenise(text, locale);
  if (tokens === undefined) return { problem: 'unreadable' };
  if (tokens.length === 0) return { problem: 'empty' };
  try {
    return result(new Sum(tokens).value(), tokens, currency);
  } catch (error) {
    if (error instanceof AmountError) return { problem: error.problem };
    throw error;
  }
}

function result(value: Fraction, tokens: string[], currency: string): AmountRead {
  const scale = 10n ** BigInt(decimalsOf(currency));
  const exact = (value.over * scale) % value.under === 0n;
  const divided = tokens.includes('/');
  if (!exact && !divided && !tokens.includes('*')) return { problem: 'too_many_decimals' };
  const sum = tokens.length > 1 && !(tokens.length === 2 && tokens[0] === '-');
  return { money: moneyOf(divideRounded(value.over * scale, value.under), currency), sum };
}

class AmountError extends Error {
  constructor(readonly problem: AmountProblem) {
    super(problem);
  }
}

/** Numbers (as plain decimal text) and operators, or nothing if a sign is unknown. */
function tokenise(text: string, locale: string): string[] | undefined {
  const tokens: string[] = [];
  let rest = text.replace(/[\s\u00a0\u202f]/g, '');
  while (rest !== '') {
    const number = /^[\d.,'’]+/.exec(rest)?.[0];
    if (number) {
      const plain = plainNumber(number, locale);
      if (plain === undefined) return undefined;
      tokens.push(plain);
      rest = rest.slice(number.length);
      continue;
    }
    const operator = OPERATORS[rest[0]!];
    if (!operator) return undefined;
    tokens.push(operator);
    rest = rest.slice(1);
  }
  return tokens;
}

const OPERATORS: Record<string, string> = {
  '+': '+',
  '-': '-',
  '−': '-',
  '–': '-',
  '*': '*',
  '×': '*',
  '/': '/',
  '÷': '/',
};

/** `1.234,56` or `1,234.56` to `1234.56`; a lone separator means decimals unless it can only group. */
function plainNumber(text: string, locale: string): string | undefined {
  const { decimal, group } = separators(locale);
  const marks = [...text].filter((sign) => !/\d/.test(sign));
  const kinds = new Set(marks);
  let point: string | undefined;
  if (kinds.size > 2) return undefined;
  if (kinds.size === 2) point = marks.at(-1);
  else if (marks.length === 1 && !/['’]/.test(marks[0]!)) {
    const groupsOnly = marks[0] === group && marks[0] !== decimal && /^\d{1,3}\D\d{3}$/.test(text);
    point = groupsOnly ? undefined : marks[0];
  }
  if (point !== undefined && marks.filter((mark) => mark === point).length > 1) return undefined;
  const [whole = '', fraction] = point === undefined ? [text] : text.split(point);
  const grouped = /\D/.test(whole);
  if (grouped && !/^\d{1,3}(\D\d{2,3})*\D\d{3}$/.test(whole)) return undefined;
  const digits = whole.replace(/\D/g, '');
  if (digits === '' && !fraction) return undefined;
  return fraction ? `${digits || '0'}.${fraction}` : digits;
}

/** Sums and products, with the products first. */
class Sum {
  #place = 0;

  constructor(readonly tokens: string[]) {}

  value(): Fraction {
    const value = this.#terms();
    if (this.#place < this.tokens.length) throw new AmountError('unreadable');
    return value;
  }

  #terms(): Fraction {
    let left = this.#factors();
    for (let sign = this.#take('+', '-'); sign; sign = this.#take('+', '-')) {
      const right = this.#factors();
      const signed = sign === '-' ? -right.over : right.over;
      left = { over: left.over * right.under + signed * left.under, under: left.under * right.under };
    }
    return left;
  }

  #factors(): Fraction {
    let left = this.#number();
    for (let sign = this.#take('*', '/'); sign; sign = this.#take('*', '/')) {
      const right = this.#number();
      if (sign === '/' && right.over === 0n) throw new AmountError('divided_by_zero');
      const [over, under] = sign === '*' ? [right.over, right.under] : [right.under, right.over];
      left = { over: left.over * over, under: left.under * under };
    }
    return left.under < 0n ? { over: -left.over, under: -left.under } : left;
  }

  #number(): Fraction {
    if (this.#take('-')) {
      const { over, under } = this.#number();
      return { over: -over, under };
    }
    const token = this.tokens[this.#place++];
    if (token === undefined || !/^\d/.test(token)) throw new AmountError('unreadable');
    const [whole, fraction = ''] = token.split('.');
    return { over: BigInt(`${whole}${fraction}`), under: 10n ** BigInt(fraction.length) };
  }

  #take(...operators: string[]): string | undefined {
    const token = this.tokens[this.#place];
    if (token === undefined || !operators.includes(token)) return undefined;
    this.#place++;
    return token;
  }
}
