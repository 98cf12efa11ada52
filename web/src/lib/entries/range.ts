/** The ids from one row to another, both included, whichever comes first; the second alone if the first is gone. */
export function idsBetween(list: { id: string }[], from: string, to: string): string[] {
  const start = list.findIndex(({ id }) => id === from);
  const end = list.findIndex(({ id }) => id === to);
  if (end < 0) return [];
  if (start < 0) return [to];
  return list.slice(Math.min(start, end), Math.max(start, end) + 1).map(({ id }) => id);
}
