import { ApiError, ledger, uuidv7 } from '$lib/api';
import { t } from '$lib/messages';
import { book } from './book.svelte';
import { toasts } from './toasts.svelte';

interface Change {
  id: string;
  book: string;
  label: string;
}

/** What was done to the book from this tab, newest last: `z` takes it back, `Shift z` does it again. */
class UndoStack {
  #done = $state.raw<Change[]>([]);
  #undone = $state.raw<Change[]>([]);

  canUndo = $derived(this.#done.length > 0);
  canRedo = $derived(this.#undone.length > 0);

  /** Remembers a change and says what was done, with the way back. */
  push(change: string, label: string): void {
    this.#done = [...this.#done, { id: change, book: book.id, label }];
    this.#undone = [];
    toasts.done(label, () => this.undo());
  }

  async undo(): Promise<void> {
    const change = this.#done.at(-1);
    if (!change) return;
    const reverting = await this.#revert(change);
    if (!reverting) return;
    this.#done = this.#done.slice(0, -1);
    this.#undone = [...this.#undone, reverting];
    toasts.done(t('undo.undone', { label: change.label }));
  }

  async redo(): Promise<void> {
    const change = this.#undone.at(-1);
    if (!change) return;
    const reverting = await this.#revert(change);
    if (!reverting) return;
    this.#undone = this.#undone.slice(0, -1);
    this.#done = [...this.#done, reverting];
    toasts.done(t('undo.redone', { label: change.label }), () => this.undo());
  }

  /** Taking back is a change of its own; the answer is that one. */
  async #revert(change: Change): Promise<Change | undefined> {
    try {
      const answer = await ledger.revert(change.book, change.id, uuidv7());
      if (change.book === book.id) await book.wrote(answer);
      if (answer.conflicts.length > 0) {
        toasts.problem(t('undo.conflict', { n: answer.conflicts.length }));
      }
      return { ...change, id: answer.change };
    } catch (error) {
      toasts.problem(error instanceof ApiError ? error.message : t('error.unreachable'));
      return undefined;
    }
  }
}

export const undo = new UndoStack();
