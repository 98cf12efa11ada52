import { error } from '@sveltejs/kit';
import { t } from '$lib/messages';
import type { PageLoad } from './$types';

/** Every address that no page has, so that whoever is signed in keeps the navigation. */
export const load: PageLoad = async ({ parent }) => {
  await parent();
  error(404, t('failure.not_found_text'));
};
