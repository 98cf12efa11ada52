import { call } from './call';
import type {
  Account,
  AccountPatch,
  Book,
  BookPatch,
  Category,
  CategoryPatch,
  NewAccount,
  NewBook,
  NewCategory,
  NewTransaction,
  Transaction,
  TransactionFilter,
} from './types';

const BOOK = '/ledger/books/{book}';

export const books = () => call('get', '/ledger/books', {});

export const createBook = (id: string, body: NewBook) => call('put', BOOK, { path: { book: id }, body });

export const changeBook = (book: Book, body: BookPatch, change?: string) =>
  call('patch', BOOK, { path: { book: book.id }, body, ifMatch: book.version, change });

export const accounts = (book: string) => call('get', `${BOOK}/accounts`, { path: { book } });

export const createAccount = (book: string, body: NewAccount, change: string) =>
  call('post', `${BOOK}/accounts`, { path: { book }, body, change });

export const changeAccount = (book: string, account: Account, body: AccountPatch, change: string) =>
  call('patch', `${BOOK}/accounts/{account}`, { path: { book, account: account.id }, body, ifMatch: account.version, change });

export const categories = (book: string) => call('get', `${BOOK}/categories`, { path: { book } });

export const createCategory = (book: string, body: NewCategory, change: string) =>
  call('post', `${BOOK}/categories`, { path: { book }, body, change });

export const changeCategory = (book: string, category: Category, body: CategoryPatch, change: string) =>
  call('patch', `${BOOK}/categories/{category}`, { path: { book, category: category.id }, body, ifMatch: category.version, change });

export const payees = (book: string, query: { q?: string; cursor?: string; limit?: number }) =>
  call('get', `${BOOK}/payees`, { path: { book }, query });

export const transactions = (book: string, query: TransactionFilter & { limit?: number; cursor?: string }, signal?: AbortSignal) =>
  call('get', `${BOOK}/transactions`, { path: { book }, query, signal });

export const totals = (book: string, query: TransactionFilter, signal?: AbortSignal) =>
  call('get', `${BOOK}/transactions/totals`, { path: { book }, query, signal });

type Versioned = Pick<Transaction, 'id' | 'version'>;
const ENTRY = `${BOOK}/transactions/{transaction}` as const;

export const transaction = (book: string, id: string) => call('get', ENTRY, { path: { book, transaction: id } });

export const createTransaction = (book: string, body: NewTransaction, change: string) =>
  call('post', `${BOOK}/transactions`, { path: { book }, body, change });

export const changeTransaction = (book: string, { id, version }: Versioned, body: NewTransaction, change: string) =>
  call('put', ENTRY, { path: { book, transaction: id }, body, ifMatch: version, change });

export const removeTransaction = (book: string, { id, version }: Versioned, change: string) =>
  call('delete', ENTRY, { path: { book, transaction: id }, ifMatch: version, change });

export const history = (book: string, id: string) => call('get', `${ENTRY}/history`, { path: { book, transaction: id } });

/** Undoes a change: what still stands where it left it goes back, the rest is listed. */
export const revert = (book: string, reverted: string, change: string) =>
  call('post', `${BOOK}/changes/{change}/revert`, { path: { book, change: reverted }, change });

export const suggestions = (book: string, q: string, limit = 6, signal?: AbortSignal) =>
  call('get', `${BOOK}/suggestions`, { path: { book }, query: { q, limit }, signal });
