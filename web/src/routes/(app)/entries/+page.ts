import { ledger } from '$lib/api';
import { filterFromQuery, filterKey, isAllTime } from '$lib/entries/filter';
import { PAGE_SIZE } from '$lib/entries/list.svelte';
import { book, ENTRIES } from '$lib/state/book.svelte';
import { later } from '$lib/state/latest.svelte';
import { periodOfUrl } from '$lib/state/period.svelte';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ url, depends, parent }) => {
  depends(ENTRIES);
  await parent();
  const filter = filterFromQuery(url.searchParams);
  const { first, last } = periodOfUrl(url);
  const asked = isAllTime(url.searchParams) ? filter : { ...filter, from: first, to: last };
  return {
    filter,
    isAllTime: isAllTime(url.searchParams),
    asked: {
      key: `${book.id} ${filterKey(asked)}`,
      filter: asked,
      first: later(ledger.transactions(book.id, { ...asked, limit: PAGE_SIZE })),
    },
    totals: later(ledger.totals(book.id, asked)),
  };
};
