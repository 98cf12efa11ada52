import type { Transaction } from '$lib/api';

/** A list's order: newest day first, and within a day what was made last. */
export function compareEntries(a: Transaction, b: Transaction): number {
  if (a.day !== b.day) return a.day < b.day ? 1 : -1;
  return a.id < b.id ? 1 : a.id > b.id ? -1 : 0;
}

/** The list with the next page at its end; what was there already is not doubled. */
export function withPage(list: Transaction[], page: Transaction[]): Transaction[] {
  const known = new Set(list.map(({ id }) => id));
  return [...list, ...page.filter(({ id }) => !known.has(id))];
}

/** The list with an entry at its place, in place of its older version. */
export function withEntry(list: Transaction[], entry: Transaction): Transaction[] {
  const others = list.filter(({ id }) => id !== entry.id);
  const at = others.findIndex((other) => compareEntries(entry, other) < 0);
  return at < 0 ? [...others, entry] : others.toSpliced(at, 0, entry);
}

/**
 * The list after its beginning was read again: what lies further down stays as it is, so that nothing
 * jumps for someone who has scrolled there.
 */
export function withNewHead(list: Transaction[], head: Transaction[], isWhole: boolean): Transaction[] {
  const known = new Map(list.map((entry) => [entry.id, entry]));
  const fresh = head.map((entry) => (isAsBefore(known.get(entry.id), entry) ? known.get(entry.id)! : entry));
  const last = head.at(-1);
  if (isWhole || !last) return fresh;
  const ids = new Set(head.map(({ id }) => id));
  return [...fresh, ...list.filter((entry) => compareEntries(entry, last) > 0 && !ids.has(entry.id))];
}

/** An entry of the same version shows the same, but for the balance after it and names of its payee. */
const isAsBefore = (before: Transaction | undefined, entry: Transaction): boolean =>
  before !== undefined &&
  before.version === entry.version &&
  before.running_balance?.amount === entry.running_balance?.amount &&
  before.payee?.name === entry.payee?.name;
