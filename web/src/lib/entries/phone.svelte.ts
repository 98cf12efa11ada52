import { MediaQuery } from 'svelte/reactivity';
import { PHONE } from '$lib/state/view.svelte';

/** Whether the phone layout is shown, as it changes. */
export const phone = new MediaQuery(PHONE);
