import { redirect } from '@sveltejs/kit';
import { auth } from '$lib/api';
import type { PageLoad } from './$types';

/** On a server that nobody has joined yet there is nothing to sign in to. */
export const load: PageLoad = async () => {
  const registration = await auth.registration().catch(() => undefined);
  if (registration?.mode === 'first' && registration.open) redirect(307, '/sign-up');
  return { registration };
};
