import { ledger, uuidv7, type Reverted } from '$lib/api';
import { t } from '$lib/messages';
import { reasonOf } from '$lib/messages/reason';
import { book } from './book.svelte';
import { toasts } from './toasts.svelte';

interface Change {
  /** One, or several that were one thing for the person, such as a category for many entries. */
  ids: string[];
  book: string;
  label: string;
}

/** What was done to the book from this tab, newest last: `z` takes it back, `Shift z` does it again. */
class UndoStack {
  #done = $state.raw<Change[]>([]);
  #undone = $state.raw<Change[]>([]);

  canUndo = $derived(this.#done.length > 0);
  canRedo = $derived(this.#undone.length > 0);

  /** Remembers what was done and says so, with the way back. */
  push(changes: string | string[], label: string): void {
    this.#done = [...this.#done, { ids: [changes].flat(), book: book.id, label }];
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

  /** Taking back is a change of its own; the answer is that one. The latest change goes first. */
  async #revert(change: Change): Promise<Change | undefined> {
    const answers: Reverted[] = [];
    try {
      for (const id of change.ids.toReversed()) answers.push(await ledger.revert(change.book, id, uuidv7()));
    } catch (error) {
      toasts.problem(reasonOf(error));
    }
    if (change.book === book.id && answers.length > 0) await book.wrote(...answers);
    const conflicts = answers.reduce((count, answer) => count + answer.conflicts.length, 0);
    if (conflicts > 0) toasts.problem(t('undo.conflict', { n: conflicts }));
    return answers.length > 0 ? { ...change, ids: answers.map((answer) => answer.change) } : undefined;
  }
}

export const undo = new UndoStack();
