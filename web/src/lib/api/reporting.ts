import { client } from './client';
import type { Dashboard, PeriodKind, Report } from './types';

export type ReportBy = 'category' | 'account' | 'payee';

export interface PeriodQuery {
  period: PeriodKind;
  day?: string;
  from?: string;
  to?: string;
  /** The book's number that the answer must have reached: one reads what one wrote. */
  at_least?: number;
}

export const dashboard = (book: string, query: PeriodQuery) =>
  client.get<Dashboard>(`/reporting/books/${book}/dashboard`, query);

export const report = (
  book: string,
  query: PeriodQuery & { by: ReportBy; account?: string; limit?: number },
) => client.get<Report>(`/reporting/books/${book}/report`, query);
