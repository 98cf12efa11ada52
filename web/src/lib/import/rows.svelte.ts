import { imports, type Import, type ImportDecision, type ImportRow } from '$lib/api';
import { book } from '$lib/state/book.svelte';
import { decidedDifference, type RowTab } from './reading';

const PAGE = 100;

/** The rows of an import, a page at a time, of one kind or of all. */
export class ImportRows {
  rows = $state.raw<ImportRow[]>([]);
  tab = $state<RowTab>('all');
  next = $state.raw<string | null>(null);
  loading = $state(false);
  error = $state.raw<unknown>();
  shown = $state(false);

  /** What was decided here, so that the button says how many will be written. */
  #decided = $state.raw<ReadonlyMap<number, ImportRow>>(new Map());
  #turn = 0;
  #import = '';

  difference = $derived(decidedDifference([...this.#decided.values()].filter(({ recorded }) => !recorded)));

  /** Begins anew, for a tab or for the same file read in another way. */
  async show(of: Import, tab: RowTab): Promise<void> {
    this.#import = of.id;
    this.tab = tab;
    const turn = ++this.#turn;
    await this.#read(turn, undefined);
  }

  more = (): Promise<void> => (this.next && !this.loading ? this.#read(this.#turn, this.next) : Promise.resolve());

  /** The file was read again: decisions about its rows are gone. */
  forget(): void {
    this.#decided = new Map();
  }

  async #read(turn: number, cursor: string | undefined): Promise<void> {
    this.loading = true;
    this.error = undefined;
    try {
      const status = this.tab === 'all' ? undefined : this.tab;
      const page = await imports.rows(book.id, this.#import, { status, cursor, limit: PAGE });
      if (turn !== this.#turn) return;
      this.rows = cursor ? [...this.rows, ...page.rows] : page.rows;
      this.next = page.next;
      this.shown = true;
      this.#note(page.rows.filter(({ decision }) => decision !== null));
    } catch (error) {
      if (turn === this.#turn) this.error = error;
    } finally {
      if (turn === this.#turn) this.loading = false;
    }
  }

  async decide(row: ImportRow, decision: ImportDecision): Promise<void> {
    const decided = await imports.decide(book.id, this.#import, row.row, decision);
    const changed = { ...row, ...decided, decision };
    this.rows = this.rows.map((other) => (other.row === row.row ? changed : other));
    this.#note([changed]);
  }

  #note(rows: ImportRow[]): void {
    this.#decided = new Map([...this.#decided, ...rows.map((row) => [row.row, row] as const)]);
  }
}
