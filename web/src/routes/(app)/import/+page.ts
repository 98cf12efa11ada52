import { imports } from '$lib/api';
import { book, IMPORTS } from '$lib/state/book.svelte';
import { later } from '$lib/state/latest.svelte';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ depends, parent }) => {
  depends(IMPORTS);
  await parent();
  return { earlier: later(imports.imports(book.id)) };
};
