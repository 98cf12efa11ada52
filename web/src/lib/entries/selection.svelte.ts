import type { Transaction } from '$lib/api';
import { idsBetween } from './range';

/** The rows that are chosen, and the one where the keyboard is. */
export class Selection {
  ids = $state.raw<ReadonlySet<string>>(new Set());
  /** The row where the keyboard is. */
  at = $state<string>();

  /** From where a range reaches. */
  #anchor: string | undefined;
  readonly #list: () => Transaction[];

  constructor(list: () => Transaction[]) {
    this.#list = list;
  }

  chosen: Transaction[] = $derived.by(() => this.#list().filter(({ id }) => this.ids.has(id)));

  has(id: string): boolean {
    return this.ids.has(id);
  }

  toggle(id: string): void {
    const ids = new Set(this.ids);
    if (!ids.delete(id)) ids.add(id);
    this.ids = ids;
    this.#anchor = id;
    this.at = id;
  }

  /** Everything from the row that was chosen last to this one. */
  extendTo(id: string): void {
    this.ids = new Set([...this.ids, ...idsBetween(this.#list(), this.#anchor ?? this.at ?? id, id)]);
    this.at = id;
  }

  all(): void {
    this.ids = new Set(this.#list().map(({ id }) => id));
  }

  clear(): void {
    this.ids = new Set();
    this.#anchor = undefined;
  }

  /** Moves the keyboard by some rows; from nowhere it begins at the top. */
  move(by: number, extending = false): string | undefined {
    const list = this.#list();
    const from = list.findIndex(({ id }) => id === this.at);
    const next = list[from < 0 ? 0 : Math.min(list.length - 1, Math.max(0, from + by))];
    if (!next) return undefined;
    if (extending) {
      this.#anchor ??= this.at ?? next.id;
      this.extendTo(next.id);
    }
    this.at = next.id;
    return next.id;
  }

  /** The chosen rows, or the one where the keyboard is. */
  get meant(): Transaction[] {
    if (this.ids.size > 0) return this.chosen;
    return this.#list().filter(({ id }) => id === this.at);
  }
}
