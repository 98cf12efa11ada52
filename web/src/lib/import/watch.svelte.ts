import { imports, type Import } from '$lib/api';
import { book } from '$lib/state/book.svelte';
import { isBusy } from './reading';

const ASK_AGAIN_MS = 400;

/** Keeps an import up to date: asks again while something is under way, and takes what others say. */
export class ImportWatch {
  current = $state.raw<Import>();
  error = $state.raw<unknown>();
  /** What this tab was told by a write is newer than what a read began before. */
  #turn = 0;

  constructor(source: () => Promise<Import>) {
    $effect(() => {
      const promise = source();
      const turn = ++this.#turn;
      promise.then(
        (answer) => this.#take(answer, turn),
        (error: unknown) => (this.error = error),
      );
    });
    $effect(() => {
      const of = this.current;
      if (!of || !isBusy(of)) return;
      const timer = setTimeout(() => void this.#ask(of.id), ASK_AGAIN_MS);
      return () => clearTimeout(timer);
    });
  }

  take(answer: Import): void {
    this.#take(answer, ++this.#turn);
  }

  #take(answer: Import, turn: number): void {
    if (turn !== this.#turn) return;
    const wasBusy = this.current && isBusy(this.current) && this.current.id === answer.id;
    this.current = answer;
    this.error = undefined;
    // It wrote entries: balances and everything that reads the book follow.
    if (wasBusy && !isBusy(answer) && answer.number !== null) {
      book.saw(answer.number);
      void book.refreshAccounts();
    }
  }

  async #ask(id: string): Promise<void> {
    const turn = ++this.#turn;
    try {
      this.#take(await imports.importOf(book.id, id), turn);
    } catch {
      // The next time, then: an import goes on without anybody watching. A new value starts the clock again.
      if (turn === this.#turn && this.current) this.current = { ...this.current };
    }
  }
}
