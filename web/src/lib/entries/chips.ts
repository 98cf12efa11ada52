import { t } from '$lib/messages';
import { book } from '$lib/state/book.svelte';
import { reader } from '$lib/state/reader.svelte';
import type { EntryFilter } from './filter';
import { payeeNames } from './payees.svelte';

export interface FilterChip {
  label: string;
  /** What to change so that this part is gone. */
  without: EntryFilter;
}

/** A chip for each part of the filter but the search, which has a field of its own. */
export function chipsOf(filter: EntryFilter): FilterChip[] {
  const chips: FilterChip[] = [];
  if (filter.account) chips.push({ label: book.accountById.get(filter.account)?.name ?? t('recent.hidden_account'), without: { account: '' } });
  if (filter.category) chips.push({ label: categoryLabel(filter.category), without: { category: '' } });
  if (filter.payee) chips.push({ label: payeeNames.get(filter.payee) ?? t('filter.one_payee'), without: { payee: '' } });
  if (filter.author) chips.push({ label: book.memberById.get(filter.author)?.name ?? filter.author, without: { author: '' } });
  if (filter.kind) chips.push({ label: t(`kind.${filter.kind}`), without: { kind: undefined } });
  if (filter.status) chips.push({ label: t(`filter.${filter.status}`), without: { status: undefined } });
  if (filter.min || filter.max) chips.push({ label: rangeLabel(filter), without: { min: '', max: '' } });
  if (filter.import) chips.push({ label: t('filter.one_import'), without: { import: '' } });
  return chips;
}

const categoryLabel = (id: string): string =>
  id === 'none' ? t('categories.none') : (book.categoryById.get(id)?.name ?? t('categories.none'));

function rangeLabel({ min, max }: EntryFilter): string {
  const text = (amount: string) => reader.money({ amount, currency: book.currency }, { whole: !/\.\d*[1-9]/.test(amount) });
  if (min && max) return t('filter.range_chip', { min: text(min), max: text(max) });
  return min ? t('filter.min_chip', { amount: text(min) }) : t('filter.max_chip', { amount: text(max!) });
}

/** All that is asked for, as words for a sentence. */
export const filterWords = (filter: EntryFilter): string =>
  [...(filter.q ? [`“${filter.q}”`] : []), ...chipsOf(filter).map(({ label }) => label)].join(', ');
