import { view } from '$lib/state/view.svelte';

/** Opens the way to write down an entry: the pad on a phone, the entry row at a desk. */
export function startAdding(title = ''): void {
  view.addingTitle = title;
  view.adding = true;
}
