import { redirect } from '@sveltejs/kit';
import { ApiError, auth, ledger, user } from '$lib/api';
import type { PageLoad } from './$types';

/** Who has a book is through; who has only a profile is asked again, with what is known filled in. */
export const load: PageLoad = async () => {
  const missing = (error: unknown) => {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  };
  try {
    const [me, profile, { books }] = await Promise.all([auth.me(), user.profile().catch(missing), ledger.books()]);
    if (profile && books.length > 0) redirect(307, '/');
    return { me, profile };
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) redirect(307, '/sign-in?next=/welcome');
    throw error;
  }
};
