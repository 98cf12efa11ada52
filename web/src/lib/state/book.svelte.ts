import { invalidate } from '$app/navigation';
import { ledger, type Account, type AccountBalance, type Book, type Category } from '$lib/api';

/** What pages depend on: a change of a book's entries reloads their figures and lists. */
export const ENTRIES = 'book:entries';
export const IMPORTS = 'book:imports';

const LAST_BOOK = 'book';

/** The book that is open: its settings, accounts and categories, and how far we know it. */
class BookState {
  all = $state.raw<Book[]>([]);
  current = $state.raw<Book>();
  accounts = $state.raw<Account[]>([]);
  categories = $state.raw<Category[]>([]);
  /** The highest sequence number seen; reads ask for at least this. */
  number = $state(0);

  /** Numbers of this tab's own writes: what they changed is shown already. */
  #own = new Set<number>();

  accountById = $derived(new Map(this.accounts.map((account) => [account.id, account])));
  categoryById = $derived(new Map(this.categories.map((category) => [category.id, category])));
  memberById = $derived(new Map(this.current?.members.map((member) => [member.person, member]) ?? []));
  openAccounts = $derived(this.accounts.filter(({ archived }) => !archived));
  openCategories = $derived(this.categories.filter(({ archived }) => !archived));

  canWrite = $derived(this.current !== undefined && this.current.role !== 'viewer');
  canManage = $derived(this.current?.role === 'owner');
  canArrange = $derived(this.current?.role === 'owner' || this.current?.role === 'editor');
  isShared = $derived((this.current?.members.filter(({ former }) => !former).length ?? 0) > 1);

  get id(): string {
    return this.#open.id;
  }

  get calendar(): Book {
    return this.#open;
  }

  get currency(): string {
    return this.#open.base_currency;
  }

  get #open(): Book {
    if (!this.current) throw new Error('no book is open');
    return this.current;
  }

  /** Loads the person's books and opens the one that was open last; false if there is none yet. */
  async load(): Promise<boolean> {
    const { books } = await ledger.books();
    this.all = books;
    const last = localStorage.getItem(LAST_BOOK);
    const book = books.find(({ id }) => id === (this.current?.id ?? last)) ?? books[0];
    if (!book) return false;
    await this.open(book);
    return true;
  }

  async open(book: Book): Promise<void> {
    const [{ accounts }, { categories }] = await Promise.all([ledger.accounts(book.id), ledger.categories(book.id)]);
    const sameBook = this.current?.id === book.id;
    this.number = sameBook ? Math.max(this.number, book.number) : book.number;
    this.current = book;
    this.accounts = byPosition(accounts);
    this.categories = byPosition(categories);
    localStorage.setItem(LAST_BOOK, book.id);
  }

  /** Leaves nothing of the book in this tab. */
  close(): void {
    this.all = [];
    this.current = undefined;
    this.accounts = [];
    this.categories = [];
    this.number = 0;
  }

  async switchTo(book: Book): Promise<void> {
    await this.open(book);
    await Promise.all([invalidate(ENTRIES), invalidate(IMPORTS)]);
  }

  async refreshAccounts(): Promise<void> {
    const { accounts, number } = await ledger.accounts(this.id);
    this.accounts = byPosition(accounts);
    this.saw(number);
  }

  async refreshCategories(): Promise<void> {
    const { categories, number } = await ledger.categories(this.id);
    this.categories = byPosition(categories);
    this.saw(number);
  }

  async refreshSettings(): Promise<void> {
    const { books } = await ledger.books();
    this.all = books;
    this.current = books.find(({ id }) => id === this.current?.id) ?? this.current;
  }

  /** After every write: takes its balances, and lets what is shown read at least its number. */
  async wrote(...answers: { number: number; balances?: AccountBalance[] }[]): Promise<void> {
    for (const { number, balances = [] } of answers) {
      this.saw(number);
      this.#own.add(number);
      this.#takeBalances(balances);
    }
    await invalidate(ENTRIES);
  }

  #takeBalances(balances: AccountBalance[]): void {
    const changed = new Map(balances.map((balance) => [balance.account, balance]));
    this.accounts = this.accounts.map((account) => {
      const balance = changed.get(account.id);
      return balance ? { ...account, ...balance, id: account.id } : account;
    });
  }

  saw(number: number): void {
    this.number = Math.max(this.number, number);
  }

  isOwn(number: number): boolean {
    return this.#own.has(number);
  }

  takeAccount(account: Account): void {
    this.accounts = byPosition([...this.accounts.filter(({ id }) => id !== account.id), account]);
  }

  takeSettings(changed: Book): void {
    this.current = changed;
    this.all = this.all.map((other) => (other.id === changed.id ? changed : other));
    this.saw(changed.number);
  }

  takeCategory(category: Category): void {
    this.categories = byPosition([...this.categories.filter(({ id }) => id !== category.id), category]);
  }

  /** The category with its ancestors, topmost first. */
  path(category: Category): Category[] {
    const parent = category.parent ? this.categoryById.get(category.parent) : undefined;
    return parent ? [...this.path(parent), category] : [category];
  }
}

const byPosition = <T extends { position: number; name: string }>(items: T[]): T[] =>
  items.toSorted((a, b) => a.position - b.position || a.name.localeCompare(b.name));

export const book = new BookState();
