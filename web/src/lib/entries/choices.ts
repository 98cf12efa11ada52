import type { Category, CategoryKind } from '$lib/api';
import { t } from '$lib/messages';
import { book } from '$lib/state/book.svelte';
import type { DraftKind } from './draft';

export interface Choice {
  value: string;
  label: string;
}

const INDENT = '\u2003';

/** The categories of a kind as a tree written in one column: sub-categories stand further in. */
export function categoryChoices(kind: CategoryKind, chosen = ''): Choice[] {
  const shown = (category: Category) => category.kind === kind && (!category.archived || category.id === chosen);
  const under = (parent: string | null, depth: number): Choice[] =>
    book.categories
      .filter((category) => category.parent === parent && shown(category))
      .flatMap(({ id, name }) => [{ value: id, label: INDENT.repeat(depth) + name }, ...under(id, depth + 1)]);
  return under(null, 0);
}

export const categoryKindOf = (kind: DraftKind): CategoryKind => (kind === 'income' ? 'income' : 'expense');

/** Open accounts, and the one that is chosen even if it is hidden. */
export const accountChoices = (chosen = ''): Choice[] =>
  book.accounts
    .filter(({ id, archived }) => !archived || id === chosen)
    .map(({ id, name, currency }) => ({ value: id, label: currency === book.currency ? name : `${name} (${currency})` }));

export const draftKinds = (['expense', 'income', 'transfer', 'refund'] as const).map((value) => ({ value, label: t(`kind.${value}`) }));
