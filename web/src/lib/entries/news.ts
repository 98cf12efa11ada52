import type { Transaction } from '$lib/api';

/** What this tab just wrote: lists take it from the answer, before they read again. */
export type News = { written: Transaction } | { removed: string };

const listeners = new Set<(news: News) => void>();

export function tell(news: News): void {
  for (const listener of listeners) listener(news);
}

/** The answer ends it. */
export function listen(listener: (news: News) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
