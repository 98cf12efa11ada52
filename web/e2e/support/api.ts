import { expect, type APIResponse, type Page } from '@playwright/test';
import type { Account, Book, Category, NewTransaction, Written } from '../../src/lib/api/types';
import { uuidv7 } from '../../src/lib/api/uuid';

/** The API as the signed-in browser of a page uses it, for what a test needs but does not test. */
export class Api {
  constructor(readonly page: Page) {}

  async get<T>(path: string): Promise<T> {
    return read<T>(await this.page.request.get(`/api/v1${path}`));
  }

  async post<T>(path: string, data: unknown): Promise<T> {
    const headers = { origin: new URL(this.page.url()).origin, 'idempotency-key': uuidv7() };
    return read<T>(await this.page.request.post(`/api/v1${path}`, { data, headers }));
  }

  async put<T>(path: string, data: unknown, version: number): Promise<T> {
    const headers = { origin: new URL(this.page.url()).origin, 'idempotency-key': uuidv7(), 'if-match': `"${version}"` };
    return read<T>(await this.page.request.put(`/api/v1${path}`, { data, headers }));
  }

  async book(): Promise<Book> {
    const { books } = await this.get<{ books: Book[] }>('/ledger/books');
    return books[0]!;
  }

  async accounts(book: Book): Promise<Account[]> {
    return (await this.get<{ accounts: Account[] }>(`/ledger/books/${book.id}/accounts`)).accounts;
  }

  async categories(book: Book): Promise<Category[]> {
    return (await this.get<{ categories: Category[] }>(`/ledger/books/${book.id}/categories`)).categories;
  }

  record(book: Book, body: NewTransaction): Promise<Written> {
    return this.post<Written>(`/ledger/books/${book.id}/transactions`, body);
  }

  /** Some expenses of the last days, and a salary. */
  async someEntries(): Promise<void> {
    const book = await this.book();
    const [account] = await this.accounts(book);
    const [category] = (await this.categories(book)).filter(({ kind }) => kind === 'expense');
    const today = new Date().toISOString().slice(0, 10);
    const entry = (kind: 'expense' | 'income', title: string, amount: string): NewTransaction => ({
      kind,
      title,
      day: today,
      account: account!.id,
      amount: { amount, currency: book.base_currency },
      ...(kind === 'expense' ? { category: category!.id } : {}),
    });
    await this.record(book, entry('income', 'Salary', '2890.00'));
    await this.record(book, entry('expense', 'Edeka Südstern', '66.31'));
    await this.record(book, entry('expense', 'Zeit für Brot', '8.60'));
  }
}

async function read<T>(answer: APIResponse): Promise<T> {
  expect(answer.ok(), `${answer.url()}: ${answer.status()} ${await answer.text()}`).toBe(true);
  return (await answer.json()) as T;
}
