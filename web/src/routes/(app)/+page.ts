import { reporting } from '$lib/api';
import { periodQuery } from '$lib/calendar';
import { book, ENTRIES } from '$lib/state/book.svelte';
import { later } from '$lib/state/latest.svelte';
import { periodOfUrl } from '$lib/state/period.svelte';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ url, depends, parent }) => {
  depends(ENTRIES);
  await parent();
  const query = { ...periodQuery(periodOfUrl(url)), at_least: book.number };
  return { board: later(reporting.dashboard(book.id, query)) };
};
