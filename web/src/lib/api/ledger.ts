import { client } from './client';
import type {
  Account,
  AccountBody,
  AccountPatch,
  Book,
  BookBody,
  BookSettings,
  Category,
  CategoryBody,
  CategoryPatch,
  Payee,
  Removed,
  Reverted,
  Suggestion,
  Transaction,
  TransactionBody,
  TransactionFilter,
  TransactionPage,
  TransactionTotals,
  TransactionVersion,
  Written,
} from './types';

const inBook = (book: string, rest: string) => `/ledger/books/${book}${rest}`;

export const books = () => client.get<{ books: Book[] }>('/ledger/books');

export const createBook = (id: string, body: BookBody) => client.put<Book>(inBook(id, ''), body);

export const changeBook = (book: Book, body: Partial<BookSettings>, change?: string) =>
  client.patch<Book>(inBook(book.id, ''), body, { ifMatch: book.version, change });

export const accounts = (book: string) =>
  client.get<{ accounts: Account[]; number: number }>(inBook(book, '/accounts'));

export const createAccount = (book: string, body: AccountBody, change: string) =>
  client.post<{ account: Account; number: number }>(inBook(book, '/accounts'), body, { change });

export const changeAccount = (book: string, account: Account, body: AccountPatch, change: string) =>
  client.patch<{ account: Account; number: number }>(inBook(book, `/accounts/${account.id}`), body, {
    ifMatch: account.version,
    change,
  });

export const categories = (book: string) =>
  client.get<{ categories: Category[]; number: number }>(inBook(book, '/categories'));

export const createCategory = (book: string, body: CategoryBody, change: string) =>
  client.post<{ category: Category; number: number }>(inBook(book, '/categories'), body, { change });

export const changeCategory = (book: string, category: Category, body: CategoryPatch, change: string) =>
  client.patch<{ category: Category; number: number }>(inBook(book, `/categories/${category.id}`), body, {
    ifMatch: category.version,
    change,
  });

export const payees = (book: string, query: { q?: string; cursor?: string; limit?: number }) =>
  client.get<{ payees: Payee[]; next: string | null }>(inBook(book, '/payees'), query);

export const transactions = (
  book: string,
  filter: TransactionFilter & { limit?: number; cursor?: string },
  signal?: AbortSignal,
) => client.get<TransactionPage>(inBook(book, '/transactions'), filter, signal);

export const totals = (book: string, filter: TransactionFilter, signal?: AbortSignal) =>
  client.get<TransactionTotals>(inBook(book, '/transactions/totals'), filter, signal);

export const transaction = (book: string, id: string) =>
  client.get<{ transaction: Transaction }>(inBook(book, `/transactions/${id}`));

export const createTransaction = (book: string, body: TransactionBody, change: string) =>
  client.post<Written>(inBook(book, '/transactions'), body, { change });

export const changeTransaction = (
  book: string,
  transaction: Pick<Transaction, 'id' | 'version'>,
  body: TransactionBody,
  change: string,
) =>
  client.put<Written>(inBook(book, `/transactions/${transaction.id}`), body, {
    ifMatch: transaction.version,
    change,
  });

export const removeTransaction = (
  book: string,
  transaction: Pick<Transaction, 'id' | 'version'>,
  change: string,
) =>
  client.delete<Removed>(inBook(book, `/transactions/${transaction.id}`), {
    ifMatch: transaction.version,
    change,
  });

export const history = (book: string, id: string) =>
  client.get<{ versions: TransactionVersion[] }>(inBook(book, `/transactions/${id}/history`));

/** Undoes a change: what still stands where it left it goes back, the rest is listed. */
export const revert = (book: string, reverted: string, change: string) =>
  client.post<Reverted>(inBook(book, `/changes/${reverted}/revert`), {}, { change });

export const suggestions = (book: string, q: string, limit = 6, signal?: AbortSignal) =>
  client.get<{ suggestions: Suggestion[] }>(inBook(book, '/suggestions'), { q, limit }, signal);
