import { ledger, type Suggestion } from '$lib/api';
import { book } from '$lib/state/book.svelte';

const TYPING_PAUSE_MS = 60;
const LEAST_LETTERS = 2;
export const SHOWN = 6;

/** Entries of before that begin like what is typed; a newer question cancels the older. */
export class Suggesting {
  found = $state.raw<Suggestion[]>([]);
  /** The one that Tab takes; after the last comes the title as typed. */
  at = $state(0);
  open = $state(false);

  #ending: AbortController | undefined;

  chosen = $derived(this.open ? this.found[this.at] : undefined);

  look(text: string): void {
    this.#ending?.abort();
    if (text.trim().length < LEAST_LETTERS) return this.close();
    const ending = new AbortController();
    this.#ending = ending;
    setTimeout(() => void this.#ask(text.trim(), ending.signal), TYPING_PAUSE_MS);
  }

  async #ask(text: string, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    try {
      const { suggestions } = await ledger.suggestions(book.id, text, SHOWN, signal);
      if (signal.aborted) return;
      this.found = suggestions;
      this.at = 0;
      this.open = suggestions.length > 0;
    } catch {
      // Without suggestions one can still write.
      if (!signal.aborted) this.close();
    }
  }

  move(by: number): void {
    const places = this.found.length + 1;
    this.at = (this.at + by + places) % places;
  }

  close(): void {
    this.#ending?.abort();
    this.open = false;
    this.found = [];
    this.at = 0;
  }
}
