import { untrack } from 'svelte';
import { ledger, type Transaction, type TransactionFilter, type Transactions } from '$lib/api';
import { book } from '$lib/state/book.svelte';
import { SKELETON_AFTER_MS } from '$lib/state/latest.svelte';
import { listen } from './news';
import { withEntry, withNewHead, withPage } from './paging';

export const PAGE_SIZE = 50;
/** How many of a long list are read again when something changed; what lies below stays until it is reached. */
const REREAD_AT_MOST = 1_000;
const REREAD_PAGE = 200;

export interface Asked {
  /** The same for the same list. */
  key: string;
  filter: TransactionFilter;
  first: Promise<Transactions>;
}

/** A list that grows by pages as one scrolls, and stays where one is when its entries change. */
export class EntryList {
  entries = $state.raw<Transaction[]>([]);
  next = $state.raw<string | null>(null);
  /** Which list the entries are of; nothing before the first answer. */
  key = $state<string>();
  error = $state.raw<unknown>();
  moreError = $state.raw<unknown>();
  slow = $state(false);
  loadingMore = $state(false);

  #filter: TransactionFilter = {};
  #turn = 0;

  constructor(source: () => Asked) {
    $effect(() => {
      const asked = source();
      untrack(() => void this.#show(asked));
    });
    $effect(() =>
      listen((news) => {
        if ('removed' in news) this.entries = this.entries.filter(({ id }) => id !== news.removed);
        else if (this.#isShown(news.written)) this.entries = withEntry(this.entries, news.written);
      }),
    );
  }

  /** Reads the next page, if there is one. */
  async more(): Promise<void> {
    const cursor = this.next;
    if (!cursor || this.loadingMore) return;
    const turn = this.#turn;
    this.loadingMore = true;
    this.moreError = undefined;
    try {
      const page = await ledger.transactions(book.id, { ...this.#filter, cursor, limit: PAGE_SIZE });
      if (turn !== this.#turn) return;
      this.entries = withPage(this.entries, page.transactions);
      this.next = page.next;
    } catch (error) {
      if (turn === this.#turn) this.moreError = error;
    } finally {
      this.loadingMore = false;
    }
  }

  async #show({ key, filter, first }: Asked): Promise<void> {
    const turn = ++this.#turn;
    const timer = setTimeout(() => (this.slow = true), SKELETON_AFTER_MS);
    try {
      const page = await first;
      const isSame = key === this.key;
      const head = isSame ? await this.#headFrom(page, filter, turn) : page;
      if (turn !== this.#turn) return;
      const isWhole = !isSame || head.next === null || head.transactions.length >= this.entries.length;
      if (isWhole) this.next = head.next;
      this.entries = isSame ? withNewHead(this.entries, head.transactions, isWhole) : head.transactions;
      this.key = key;
      this.#filter = filter;
      this.error = undefined;
    } catch (error) {
      if (turn === this.#turn) this.error = error;
    } finally {
      clearTimeout(timer);
      if (turn === this.#turn) this.slow = false;
    }
  }

  /** The first page and as many more as are shown, within reason. */
  async #headFrom(first: Transactions, filter: TransactionFilter, turn: number): Promise<Transactions> {
    let head = first;
    const wanted = Math.min(this.entries.length, REREAD_AT_MOST);
    while (head.next && head.transactions.length < wanted && turn === this.#turn) {
      const page = await ledger.transactions(book.id, { ...filter, cursor: head.next, limit: REREAD_PAGE });
      head = { ...page, transactions: withPage(head.transactions, page.transactions) };
    }
    return head;
  }

  /** Whether an entry just written lies in what is shown; what only the server can tell waits for its answer. */
  #isShown(entry: Transaction): boolean {
    const { from, to, ...rest } = this.#filter;
    if (Object.keys(rest).length > 0) return this.entries.some(({ id }) => id === entry.id);
    return (!from || entry.day >= from) && (!to || entry.day <= to);
  }
}
