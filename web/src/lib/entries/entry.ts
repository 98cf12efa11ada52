import type { Money, Transaction } from '$lib/api';
import { t } from '$lib/messages';
import { minorOf, negate } from '$lib/money';
import { book } from '$lib/state/book.svelte';

/**
 * The amount as a list shows it: expenses −, income and refunds +. A transfer has no sign, except in
 * the list of one of its accounts.
 */
export function signedAmount(entry: Transaction, seenFrom?: string): Money {
  if (entry.kind === 'expense') return negate(entry.amount);
  if (entry.kind === 'transfer' && seenFrom === entry.account) return negate(entry.amount);
  if (entry.kind === 'transfer' && seenFrom === entry.to_account) return entry.to_amount ?? entry.amount;
  return entry.amount;
}

/** Green is for money that came in: income, and expenses that came back. */
export function isIncoming(entry: Transaction): boolean {
  return entry.kind === 'income' || (entry.kind === 'expense' && minorOf(entry.amount) < 0n);
}

export const isRefund = (entry: Transaction): boolean => entry.kind === 'expense' && minorOf(entry.amount) < 0n;

export const isSplit = (entry: Transaction): boolean => entry.lines.length > 1;

/** The title, or what stands for it: the payee, the two accounts of a transfer. */
export function titleOf(entry: Transaction): string {
  if (entry.title) return entry.title;
  if (entry.payee) return entry.payee.name;
  if (entry.kind === 'transfer') return `${accountName(entry.account)} → ${accountName(entry.to_account)}`;
  if (entry.kind === 'opening') return t('recent.opening');
  return categoryName(entry);
}

export function accountName(id: string | null): string {
  return (id && book.accountById.get(id)?.name) || t('recent.hidden_account');
}

/** The category's name, or what the entry is instead. */
export function categoryName(entry: Transaction): string {
  if (entry.kind === 'transfer') return t('recent.transfer');
  if (entry.kind === 'opening') return t('recent.opening');
  if (isSplit(entry)) return t('recent.split', { n: entry.lines.length });
  const category = entry.lines[0]?.category;
  return (category && book.categoryById.get(category)?.name) || t('categories.none');
}

/** The icon of the entry's category, or of what it is instead. */
export function iconOf(entry: Transaction): string {
  if (entry.kind === 'transfer') return 'arrow-left-right';
  if (entry.kind === 'opening') return 'landmark';
  if (isSplit(entry)) return 'split';
  const category = entry.lines[0]?.category;
  return (category && book.categoryById.get(category)?.icon) || 'circle-help';
}
