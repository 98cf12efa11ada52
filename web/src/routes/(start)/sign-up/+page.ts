import { auth } from '$lib/api';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ url }) => ({
  registration: await auth.registration(),
  /** The set-up link that the server prints carries the code. */
  setupToken: url.searchParams.get('setup') ?? '',
});
