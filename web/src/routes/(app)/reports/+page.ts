import { reporting } from '$lib/api';
import { periodQuery } from '$lib/calendar';
import { asBy } from '$lib/reports/names';
import { payeesShown } from '$lib/reports/payees';
import { book, ENTRIES } from '$lib/state/book.svelte';
import { later } from '$lib/state/latest.svelte';
import { periodOfUrl } from '$lib/state/period.svelte';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ url, depends, parent }) => {
  depends(ENTRIES);
  await parent();
  const by = asBy(url.searchParams.get('by'));
  const account = url.searchParams.get('account') ?? undefined;
  const payees = payeesShown(url.searchParams.get('payees'));
  const limit = by === 'payee' ? payees : undefined;
  const query = { ...periodQuery(periodOfUrl(url)), by, account, limit, at_least: book.number };
  return { account, payees, shown: later(reporting.report(book.id, query).then((report) => ({ report, by }))) };
};
