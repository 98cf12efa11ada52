import { redirect } from '@sveltejs/kit';
import { ApiError, user } from '$lib/api';
import { book } from '$lib/state/book.svelte';
import { session } from '$lib/state/session.svelte';
import type { LayoutLoad } from './$types';

/** Who reads and which book is open; whoever has not got that far goes on where they stopped. */
export const load: LayoutLoad = async ({ url }) => {
  if (session.profile && book.current) return;
  try {
    const [profile, opened] = await Promise.all([user.profile(), book.load()]);
    session.take(profile);
    if (!opened) redirect(307, '/welcome');
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 401) redirect(307, `/sign-in?next=${encodeURIComponent(url.pathname + url.search)}`);
    if (error.status === 404) redirect(307, '/welcome');
    throw error;
  }
};
