import type { DraftFields } from './draft';
import { isBegun } from './draft';

const key = (book: string) => `draft:${book}`;

/** A new entry that was left half-way waits in this tab until it is saved or emptied. */
export function keepDraft(book: string, fields: DraftFields): void {
  if (isBegun(fields)) sessionStorage.setItem(key(book), JSON.stringify(fields));
  else sessionStorage.removeItem(key(book));
}

export function keptDraft(book: string): DraftFields | undefined {
  const text = sessionStorage.getItem(key(book));
  return text === null ? undefined : (JSON.parse(text) as DraftFields);
}
