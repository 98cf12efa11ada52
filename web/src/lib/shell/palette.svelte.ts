import { ledger, type Money, type Transaction } from '$lib/api';
import { categoryName, iconOf, signedAmount, titleOf } from '$lib/entries/entry';
import { t } from '$lib/messages';
import { book } from '$lib/state/book.svelte';
import type { Command } from '$lib/state/commands.svelte';
import { reader } from '$lib/state/reader.svelte';

/** One line of the palette: it goes somewhere or does something. */
export interface Found {
  group: 'entries' | 'payees' | 'commands';
  id: string;
  label: string;
  icon: string;
  text?: string;
  amount?: Money;
  keys?: string;
  href?: string;
  run?: () => unknown;
}

const ENTRIES_SHOWN = 5;
const PAYEES_SHOWN = 3;
const TYPING_PAUSE_MS = 120;

/** Commands whose words begin with what is typed go before those that only contain it. */
export function matching(commands: Command[], text: string): Command[] {
  const wanted = text.toLocaleLowerCase();
  if (wanted === '') return commands;
  const rank = ({ label }: Command) => {
    const place = label.toLocaleLowerCase().indexOf(wanted);
    return place === 0 ? 0 : place > 0 && label[place - 1] === ' ' ? 1 : place > 0 ? 2 : 3;
  };
  return commands.filter((command) => rank(command) < 3).toSorted((a, b) => rank(a) - rank(b));
}

/** Looks for entries and payees while someone types; a newer question cancels the older. */
export class Finder {
  found = $state.raw<Found[]>([]);

  /** For use in an effect: the answer stops the search. */
  look(text: string): () => void {
    const ending = new AbortController();
    if (text.length < 2) this.found = [];
    else setTimeout(() => void this.#search(text, ending.signal), TYPING_PAUSE_MS);
    return () => ending.abort();
  }

  async #search(text: string, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    try {
      const [entries, payees] = await Promise.all([
        ledger.transactions(book.id, { q: text, limit: ENTRIES_SHOWN }, signal),
        ledger.payees(book.id, { q: text, limit: PAYEES_SHOWN }),
      ]);
      if (signal.aborted) return;
      this.found = [
        ...entries.transactions.map(entryFound),
        ...payees.payees.map(({ id, name }) => ({
          group: 'payees' as const,
          id,
          label: name,
          icon: 'store',
          text: t('palette.all_of'),
          href: `/entries?period=custom&payee=${id}`,
        })),
      ];
    } catch {
      // Without an answer there are still the commands.
      if (!signal.aborted) this.found = [];
    }
  }
}

function entryFound(entry: Transaction): Found {
  return {
    group: 'entries',
    id: entry.id,
    label: titleOf(entry),
    icon: iconOf(entry),
    text: [reader.shortDay(entry.day), categoryName(entry)].filter(Boolean).join(' · '),
    amount: signedAmount(entry),
    href: `/entries/${entry.id}`,
  };
}
