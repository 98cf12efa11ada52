import type { Money } from '$lib/api/types';
import { decimalsOf } from './money';

export interface AmountStyle {
  /** `digits` for columns that name their currency once, `marked` with the mark, `code` with its code. */
  as?: 'digits' | 'marked' | 'code';
  /** Which signs are written: only minus, both, or none. */
  sign?: 'minus' | 'both' | 'none';
  /** Without minor units, rounded. */
  whole?: boolean;
}

export interface AmountPart {
  kind: 'mark' | 'minor' | 'text';
  text: string;
}

const formats = new Map<string, Intl.NumberFormat>();

function numberFormat(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = locale + JSON.stringify(options);
  let format = formats.get(key);
  if (!format) formats.set(key, (format = new Intl.NumberFormat(locale, options)));
  return format;
}

/** The amount as a reader of the locale expects it, exact to the last digit. */
export function formatMoney(money: Money, locale: string, style: AmountStyle = {}): string {
  return moneyParts(money, locale, style).map(({ text }) => text).join('');
}

/** The same in parts, so that mark and minor units can be quieter. */
export function moneyParts(money: Money, locale: string, style: AmountStyle = {}): AmountPart[] {
  const { as = 'digits', sign = 'minus', whole = false } = style;
  const decimals = whole ? 0 : decimalsOf(money.currency);
  const format = numberFormat(locale, {
    ...(as === 'digits' ? {} : { style: 'currency', currency: money.currency }),
    ...(as === 'marked' ? { currencyDisplay: 'narrowSymbol' } : {}),
    ...(as === 'code' ? { currencyDisplay: 'code' } : {}),
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
    signDisplay: sign === 'both' ? 'exceptZero' : sign === 'none' ? 'never' : 'negative',
  });
  // Decimal text is formatted exactly; a number would round what a double cannot hold.
  return quieten(format.formatToParts(money.amount as Intl.StringNumericLiteral), money.currency);
}

function quieten(parts: Intl.NumberFormatPart[], currency: string): AmountPart[] {
  return parts.map(({ type, value }) => {
    if (type === 'minusSign') return { kind: 'text', text: '−' };
    // The wide yen sign of Japanese fonts tears a gap.
    if (type === 'currency') return { kind: 'mark', text: currency === 'JPY' ? value.replace('\uffe5', '\u00a5') : value };
    if (type === 'decimal' || type === 'fraction') return { kind: 'minor', text: value };
    return { kind: 'text', text: value };
  });
}

/** A round figure for an axis: `2k`, `1.5M`, `2万`. */
export function formatCompact(value: number, locale: string): string {
  const text = numberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 }).format(value);
  return text.replace('K', 'k').replace('-', '−');
}

/** A share of 100, without decimals: `63 %` where the locale sets it so. */
export function formatPercent(share: number, locale: string): string {
  return numberFormat(locale, { style: 'percent', maximumFractionDigits: 0 }).format(share).replace('-', '−');
}

export function formatCount(count: number, locale: string): string {
  return numberFormat(locale, {}).format(count);
}

/** What parts whole from fraction, and groups of three, where this reader lives. */
export function separators(locale: string): { decimal: string; group: string } {
  const parts = numberFormat(locale, { useGrouping: true }).formatToParts(12345.6);
  const find = (type: string, otherwise: string) => parts.find((part) => part.type === type)?.value ?? otherwise;
  return { decimal: find('decimal', '.'), group: find('group', ',') };
}

/** The currency's name for the reader: `Euro`. */
export function currencyName(currency: string, locale: string): string {
  return new Intl.DisplayNames([locale], { type: 'currency' }).of(currency) ?? currency;
}
