import type { TransactionFilter, TransactionKind, TransactionStatus } from '$lib/api/types';

/** What a list shows, apart from its period. It lives in the address, so it can be shared and goes back. */
export type EntryFilter = Omit<TransactionFilter, 'from' | 'to'>;

export const FILTER_NAMES = [
  'account',
  'category',
  'payee',
  'min',
  'max',
  'q',
  'kind',
  'status',
  'author',
  'import',
] as const satisfies (keyof EntryFilter)[];

const KINDS: TransactionKind[] = ['expense', 'income', 'transfer', 'opening'];
const STATUSES: TransactionStatus[] = ['booked', 'pending'];

/** What an address asks for; what it cannot mean is left out. */
export function filterFromQuery(query: URLSearchParams): EntryFilter {
  const filter: EntryFilter = {};
  for (const name of FILTER_NAMES) {
    const value = query.get(name)?.trim();
    if (value && isPossible(name, value)) Object.assign(filter, { [name]: value });
  }
  return filter;
}

function isPossible(name: (typeof FILTER_NAMES)[number], value: string): boolean {
  if (name === 'kind') return (KINDS as string[]).includes(value);
  if (name === 'status') return (STATUSES as string[]).includes(value);
  if (name === 'min' || name === 'max') return /^\d+(\.\d+)?$/.test(value);
  return true;
}

/** The address with parts of the filter set, or taken away where they are empty. */
export function withFilter(url: URL, patch: EntryFilter): URL {
  const changed = new URL(url);
  for (const [name, value] of Object.entries(patch)) {
    if (value) changed.searchParams.set(name, value);
    else changed.searchParams.delete(name);
  }
  changed.searchParams.delete('entry');
  return changed;
}

/** The address without any filter, in the same period. */
export const withoutFilter = (url: URL): URL =>
  withFilter(url, Object.fromEntries(FILTER_NAMES.map((name) => [name, ''])));

export const isFiltered = (filter: EntryFilter): boolean => Object.keys(filter).length > 0;

/** Two filters are the same list if they ask for the same; the order of their parts does not matter. */
export const filterKey = (filter: TransactionFilter): string => JSON.stringify(Object.entries(filter).toSorted());

/** An address with a custom period and no days asks for all of them. */
export const isAllTime = (query: URLSearchParams): boolean => query.get('period') === 'custom' && !query.has('from');

/** The same list, whenever its entries were. */
export function inAllTime(url: URL): URL {
  const changed = new URL(url);
  for (const name of ['day', 'from', 'to', 'entry']) changed.searchParams.delete(name);
  changed.searchParams.set('period', 'custom');
  return changed;
}
