import { error, redirect } from '@sveltejs/kit';
import { ApiError, ledger } from '$lib/api';
import { t } from '$lib/messages';
import { book } from '$lib/state/book.svelte';
import type { PageLoad } from './$types';

/** An entry is shown among those of its month. */
export const load: PageLoad = async ({ params, parent }) => {
  await parent();
  const { transaction } = await ledger.transaction(book.id, params.id).catch((refusal: unknown) => {
    if (refusal instanceof ApiError && refusal.status === 404) error(404, t('entry.gone'));
    throw refusal;
  });
  redirect(307, `/entries?period=month&day=${transaction.day}&entry=${transaction.id}`);
};
