import { SvelteMap } from 'svelte/reactivity';
import { ledger, type Payee, type Transaction } from '$lib/api';
import { book } from '$lib/state/book.svelte';

/** Names of payees that were met: a book can have too many to load them all. */
export const payeeNames = new SvelteMap<string, string>();

export function meetPayees(entries: Transaction[]): void {
  for (const { payee } of entries) if (payee && !payeeNames.has(payee.id)) payeeNames.set(payee.id, payee.name);
}

/** Payees whose name has the text. */
export async function findPayees(q: string, limit: number): Promise<Payee[]> {
  const { payees } = await ledger.payees(book.id, { q, limit });
  for (const { id, name } of payees) payeeNames.set(id, name);
  return payees;
}
