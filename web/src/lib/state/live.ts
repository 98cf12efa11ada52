/** What on a page a change can touch. */
export type Affected = 'entries' | 'accounts' | 'categories' | 'settings' | 'imports' | 'profile';

/** Changes within this time reload the page once. */
export const BURST_MS = 80;

/** What to reload for an event's kind. An unknown kind reloads the figures: better once too often. */
export function affectedBy(kind: string): Affected[] {
  if (kind.startsWith('category')) return ['categories', 'entries'];
  if (kind.startsWith('account')) return ['accounts', 'entries'];
  if (kind.startsWith('import')) return ['imports', 'entries', 'accounts'];
  if (kind.startsWith('book') || kind.startsWith('member')) return ['settings', 'entries'];
  return ['entries', 'accounts'];
}
