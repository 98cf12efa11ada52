import type { Transaction, NewTransaction } from '$lib/api';
import { t } from '$lib/messages';
import { book } from '$lib/state/book.svelte';
import { reader } from '$lib/state/reader.svelte';
import { accountName } from './entry';

/** What two versions of an entry are compared by, as the person reads it. */
const FIELDS = ['kind', 'title', 'payee', 'day', 'amount', 'category', 'account', 'to_account', 'to_amount', 'note', 'status'] as const;
export type ComparedField = (typeof FIELDS)[number];

export interface Difference {
  field: ComparedField;
  before: string;
  after: string;
}

type Version = Transaction | NewTransaction;

/** Only the fields that differ, from one version to another. */
export function differences(before: Version, after: Version): Difference[] {
  return FIELDS.map((field) => ({ field, before: textOf(before, field), after: textOf(after, field) })).filter(
    (difference) => difference.before !== difference.after,
  );
}

function textOf(version: Version, field: ComparedField): string {
  if (field === 'kind') return t(`kind.${version.kind}`);
  if (field === 'day') return reader.plainDay(version.day);
  if (field === 'amount') return reader.amountsHidden ? '' : reader.money(version.amount, { as: 'code' });
  if (field === 'to_amount') return version.to_amount && !reader.amountsHidden ? reader.money(version.to_amount, { as: 'code' }) : '';
  if (field === 'payee') return payeeOf(version);
  if (field === 'category') return categoriesOf(version);
  if (field === 'account') return accountName(version.account);
  if (field === 'to_account') return version.to_account ? accountName(version.to_account) : '';
  if (field === 'status') return t(`filter.${version.status ?? 'booked'}`);
  return version[field] ?? '';
}

/** A payee who is the title is not worth a word. */
function payeeOf(version: Version): string {
  const name = typeof version.payee === 'string' ? version.payee : version.payee?.name;
  return name === version.title ? '' : (name ?? '');
}

function categoriesOf(version: Version): string {
  const name = (id: string | null | undefined) => (id && book.categoryById.get(id)?.name) || t('categories.none');
  const lines = version.lines ?? [];
  if (lines.length > 1) {
    return lines
      .map(({ category, amount }) => (reader.amountsHidden ? name(category) : `${name(category)} ${reader.money(amount)}`))
      .join(', ');
  }
  if (version.kind === 'transfer' || version.kind === 'opening') return '';
  return name('category' in version ? version.category : lines[0]?.category);
}
