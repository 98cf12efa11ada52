import { client } from './client';
import type { Import, ImportPatch, ImportRow, ImportRowStatus } from './types';

const path = (book: string, rest = '') => `/ledger/books/${book}/imports${rest}`;

export const imports = (book: string) => client.get<{ imports: Import[] }>(path(book));

export const upload = (book: string, account: string, file: File, change: string) =>
  client.request<Import>('POST', path(book), { query: { account, name: file.name }, file, change });

export const importOf = (book: string, id: string) => client.get<Import>(path(book, `/${id}`));

export const readAgain = (book: string, id: string, body: ImportPatch) =>
  client.patch<Import>(path(book, `/${id}`), body);

export const rows = (
  book: string,
  id: string,
  query: { status?: ImportRowStatus; cursor?: string; limit?: number },
) => client.get<{ rows: ImportRow[]; next: string | null }>(path(book, `/${id}/rows`), query);

export const decide = (book: string, id: string, row: number, decision: 'import' | 'skip') =>
  client.patch<ImportRow>(path(book, `/${id}/rows/${row}`), { decision });

export const commit = (book: string, id: string, change: string) =>
  client.post<Import>(path(book, `/${id}/commit`), {}, { change });

export const takeBack = (book: string, id: string, change: string) =>
  client.post<Import>(path(book, `/${id}/revert`), {}, { change });

export const discard = (book: string, id: string) => client.delete<void>(path(book, `/${id}`));
