import { queryText } from '$lib/api/client';
import type { TransactionFilter } from '$lib/api/types';
import type { Period } from '$lib/calendar';
import { periodQuery } from '$lib/calendar';
import { period } from '$lib/state/period.svelte';
import type { Page } from './pages';

/** Where a page is, with the period that is shown now. */
export const linkTo = (page: Page): string => page.path + (page.ofPeriod ? period.search : '');

/** The entries behind a figure: everything on a page leads to them. */
export function entriesLink(filter: Omit<TransactionFilter, 'from' | 'to'> = {}, of: Period = period.current): string {
  return `/entries${queryText({ ...periodQuery(of), ...filter })}`;
}

/** The entries of one day. */
export const dayLink = (day: string): string => `/entries${queryText({ period: 'custom', from: day, to: day })}`;
