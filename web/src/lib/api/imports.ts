import { call } from './call';
import { client } from './client';
import type { Import, ImportDecision, ImportPatch, ImportRowStatus } from './types';

const IMPORT = '/ledger/books/{book}/imports/{import}';

export const imports = (book: string) => call('get', '/ledger/books/{book}/imports', { path: { book } });

/** The body is the file and no JSON, so it does not go the way of the others. */
export const upload = (book: string, account: string, file: File, change: string) =>
  client.request<Import>('POST', `/ledger/books/${book}/imports`, { query: { account, name: file.name }, file, change });

export const importOf = (book: string, id: string) => call('get', IMPORT, { path: { book, import: id } });

export const readAgain = (book: string, id: string, body: ImportPatch) => call('patch', IMPORT, { path: { book, import: id }, body });

export const rows = (book: string, id: string, query: { status?: ImportRowStatus; cursor?: string; limit?: number }) =>
  call('get', `${IMPORT}/rows`, { path: { book, import: id }, query });

export const decide = (book: string, id: string, row: number, decision: ImportDecision) =>
  call('patch', `${IMPORT}/rows/{row}`, { path: { book, import: id, row }, body: { decision } });

/** Sent again it is the same order, so that it needs no key. */
export const commit = (book: string, id: string) => call('post', `${IMPORT}/commit`, { path: { book, import: id } });

export const takeBack = (book: string, id: string) => call('post', `${IMPORT}/revert`, { path: { book, import: id } });

export const discard = (book: string, id: string) => call('delete', IMPORT, { path: { book, import: id } });
