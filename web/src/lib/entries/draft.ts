import type { Account, Money, Transaction, NewTransaction, TransactionStatus } from '$lib/api/types';
import { readDay, type Day } from '$lib/calendar';
import { t, type MessageKey } from '$lib/messages';
import { absolute, decimalsOf, formatMoney, minorOf, moneyOf, negate, readAmount, subtract, sum } from '$lib/money';

/** What a person says an entry is. A refund is an expense that came back. */
export type DraftKind = 'expense' | 'income' | 'transfer' | 'refund';

/** A part of a split, as it is typed. */
export interface DraftLine {
  key: string;
  category: string;
  amount: string;
  note: string;
}

/** An entry as it is typed; it may still be wrong. Choices that are not made are empty. */
export interface DraftFields {
  kind: DraftKind;
  title: string;
  payee: string;
  category: string;
  account: string;
  toAccount: string;
  day: string;
  amount: string;
  toAmount: string;
  note: string;
  status: TransactionStatus;
  lines: DraftLine[];
}

export type DraftField = 'title' | 'category' | 'account' | 'toAccount' | 'day' | 'amount' | 'toAmount' | 'lines' | 'note';
export type Problems = Partial<Record<DraftField, string>>;

export interface DraftContext {
  accounts: ReadonlyMap<string, Pick<Account, 'currency'>>;
  today: Day;
  locale: string;
}

export interface DraftReading {
  day?: Day;
  amount?: Money;
  toAmount?: Money;
  /** What the parts leave over of the amount. */
  rest?: Money;
  /** The amount was typed as a sum. */
  isSum: boolean;
  problems: Problems;
  /** The entry, if nothing is wrong. */
  body?: NewTransaction;
}

export const emptyDraft = (account: string, day: string): DraftFields => ({
  kind: 'expense',
  title: '',
  payee: '',
  category: '',
  account,
  toAccount: '',
  day,
  amount: '',
  toAmount: '',
  note: '',
  status: 'booked',
  lines: [],
});

/** Whether someone has begun to write. */
export const isBegun = ({ title, amount, note, lines }: DraftFields): boolean =>
  title !== '' || amount !== '' || note !== '' || lines.length > 0;

/** Reads what was typed: an entry, or for each field what is wrong and what would be right. */
export function readDraft(fields: DraftFields, context: DraftContext): DraftReading {
  const problems: Problems = {};
  const currency = currencyOf(fields.account, context);
  const day = readDraftDay(fields.day, context, problems);
  const read = currency ? readAmount(fields.amount, currency, context.locale) : undefined;
  const amount = positive(read, currency, problems, 'amount');
  const isTransfer = fields.kind === 'transfer';
  if (!isTransfer && fields.title.trim() === '' && fields.payee.trim() === '') problems.title = t('draft.no_title');
  if (!currency) problems.account = t('draft.no_account');
  const toAmount = isTransfer ? readTransfer(fields, currency, context, problems) : undefined;
  const rest = isTransfer ? undefined : readLines(fields, amount, context, problems);

  const reading: DraftReading = { day, amount, toAmount, rest, isSum: read !== undefined && 'sum' in read && read.sum, problems };
  const isRight = Object.keys(problems).length === 0 && day !== undefined && amount !== undefined;
  return isRight ? { ...reading, body: bodyOf(fields, day, amount, toAmount, context) } : reading;
}

const currencyOf = (account: string, { accounts }: DraftContext): string | undefined => accounts.get(account)?.currency;

function readDraftDay(text: string, { today, locale }: DraftContext, problems: Problems): Day | undefined {
  const read = readDay(text, today, locale);
  if ('day' in read) return read.day;
  if (read.problem === 'no_such_day') problems.day = t('draft.no_such_day', { typed: read.typed, instead: dayText(read.instead, read.typed, locale) });
  else problems.day = t(read.problem === 'empty' ? 'draft.no_day' : 'draft.unreadable_day');
  return undefined;
}

/** The day that exists, with a year if one was typed. */
function dayText(day: Day, typed: string, locale: string): string {
  const year = /\d{4}/.test(typed) ? ({ year: 'numeric' } as const) : {};
  return new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long', ...year, timeZone: 'UTC' }).format(new Date(`${day}T12:00:00Z`));
}

const AMOUNT_PROBLEMS: Record<string, MessageKey> = {
  empty: 'draft.no_amount',
  unreadable: 'draft.unreadable_amount',
  divided_by_zero: 'draft.divided_by_zero',
};

/** An amount above zero; the kind of the entry says which way the money went. */
function positive(
  read: ReturnType<typeof readAmount> | undefined,
  currency: string | undefined,
  problems: Problems,
  field: 'amount' | 'toAmount',
): Money | undefined {
  if (!read || !currency) return undefined;
  if ('problem' in read) {
    problems[field] =
      read.problem === 'too_many_decimals'
        ? t('draft.too_many_decimals', { currency, n: decimalsOf(currency) })
        : t(AMOUNT_PROBLEMS[read.problem]!);
    return undefined;
  }
  if (minorOf(read.money) > 0n) return read.money;
  problems[field] = t(minorOf(read.money) === 0n ? 'draft.amount_zero' : 'draft.amount_below_zero');
  return undefined;
}

/** Where a transfer goes, and what arrives there if the currencies differ. */
function readTransfer(
  fields: DraftFields,
  currency: string | undefined,
  context: DraftContext,
  problems: Problems,
): Money | undefined {
  const other = currencyOf(fields.toAccount, context);
  if (!other) problems.toAccount = t('draft.no_to_account');
  else if (fields.toAccount === fields.account) problems.toAccount = t('draft.same_account');
  if (!other || !currency || other === currency) return undefined;
  return positive(readAmount(fields.toAmount, other, context.locale), other, problems, 'toAmount');
}

/** What the parts leave over; they have to sum to the amount. */
function readLines(
  fields: DraftFields,
  amount: Money | undefined,
  context: DraftContext,
  problems: Problems,
): Money | undefined {
  if (fields.lines.length === 0 || !amount) return undefined;
  const parts = linesOf(fields, amount.currency, context);
  const rest = subtract(amount, sum(parts.flatMap((part) => (part ? [part] : [])), amount.currency));
  if (parts.includes(undefined)) problems.lines = t('draft.unreadable_part', { n: parts.indexOf(undefined) + 1 });
  else if (minorOf(rest) !== 0n) {
    const left = formatMoney(absolute(rest), context.locale, { as: 'code' });
    problems.lines = t(minorOf(rest) > 0n ? 'draft.parts_short' : 'draft.parts_over', { left });
  }
  return rest;
}

const linesOf = (fields: DraftFields, currency: string, { locale }: DraftContext): (Money | undefined)[] =>
  fields.lines.map(({ amount }) => {
    const read = readAmount(amount, currency, locale);
    return 'money' in read && minorOf(read.money) !== 0n ? read.money : undefined;
  });

function bodyOf(
  fields: DraftFields,
  day: Day,
  amount: Money,
  toAmount: Money | undefined,
  context: DraftContext,
): NewTransaction {
  const signed = (money: Money) => (fields.kind === 'refund' ? negate(money) : money);
  const body: NewTransaction = {
    kind: fields.kind === 'refund' ? 'expense' : fields.kind,
    day,
    title: fields.title.trim(),
    amount: signed(amount),
    account: fields.account,
    note: fields.note.trim(),
    status: fields.status,
  };
  if (fields.kind === 'transfer') return { ...body, to_account: fields.toAccount, ...(toAmount ? { to_amount: toAmount } : {}) };
  if (fields.payee.trim() !== '') body.payee = fields.payee.trim();
  if (fields.lines.length === 0) return { ...body, category: fields.category || null };
  const amounts = linesOf(fields, amount.currency, context);
  const lines = fields.lines.map(({ category, note }, n) => ({
    category: category || null,
    amount: signed(amounts[n]!),
    note: note.trim(),
  }));
  return { ...body, lines };
}

/** An entry as it would be typed, to change it. */
export function draftOf(entry: Transaction, dayText: string, locale: string): DraftFields {
  const isRefund = entry.kind === 'expense' && minorOf(entry.amount) < 0n;
  const typed = (money: Money) => formatMoney(isRefund ? negate(money) : money, locale);
  const isSplit = entry.lines.length > 1;
  return {
    kind: isRefund ? 'refund' : entry.kind === 'opening' ? 'income' : entry.kind,
    title: entry.title,
    payee: entry.payee && entry.payee.name !== entry.title ? entry.payee.name : '',
    category: isSplit ? '' : (entry.lines[0]?.category ?? ''),
    account: entry.account,
    toAccount: entry.to_account ?? '',
    day: dayText,
    amount: typed(entry.amount),
    toAmount: entry.to_amount ? formatMoney(entry.to_amount, locale) : '',
    note: entry.note,
    status: entry.status,
    lines: isSplit
      ? entry.lines.map(({ category, amount, note }, n) => ({ key: String(n), category: category ?? '', amount: typed(amount), note }))
      : [],
  };
}

/** What is left of an amount for a new part, as it would be typed; nothing if the parts are enough. */
export function restText({ rest, amount }: DraftReading, locale: string): string {
  const left = rest ?? amount;
  return left && minorOf(left) > 0n ? formatMoney(moneyOf(minorOf(left), left.currency), locale) : '';
}
