import { call } from './call';
import type { PeriodKind, ReportBy } from './types';

export interface PeriodQuery {
  period: PeriodKind;
  day?: string;
  from?: string;
  to?: string;
  /** The book's number that the answer must have reached: one reads what one wrote. */
  at_least?: number;
}

export const dashboard = (book: string, query: PeriodQuery) =>
  call('get', '/reporting/books/{book}/dashboard', { path: { book }, query });

export const report = (book: string, query: PeriodQuery & { by: ReportBy; account?: string; limit?: number }) =>
  call('get', '/reporting/books/{book}/report', { path: { book }, query });
