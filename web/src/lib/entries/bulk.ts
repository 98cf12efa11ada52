import { ledger, Unreachable, type NewTransaction, type Transaction } from '$lib/api';
import { t } from '$lib/messages';
import { reasonOf } from '$lib/messages/reason';
import { book } from '$lib/state/book.svelte';
import { toasts } from '$lib/state/toasts.svelte';
import { undo } from '$lib/state/undo.svelte';
import { titleOf } from './entry';
import { tell } from './news';

export interface Done {
  changed: number;
  failed: unknown[];
}

type Answer = Awaited<ReturnType<typeof ledger.removeTransaction>>;
type Progress = (done: number) => void;

/** The body that an entry has now, to send it again with something changed. */
export function bodyOf(entry: Transaction): NewTransaction {
  const { kind, day, title, amount, account, note, status } = entry;
  const body: NewTransaction = { kind, day, title, amount, account, note, status };
  if (entry.payee) body.payee = entry.payee.name;
  if (entry.to_account) body.to_account = entry.to_account;
  if (entry.to_amount) body.to_amount = entry.to_amount;
  if (entry.lines.length > 1) body.lines = entry.lines;
  else if (entry.lines[0]) body.category = entry.lines[0].category;
  return body;
}

/** A category for all that have one: parts of splits and transfers stay. */
export const takesCategory = (entry: Transaction): boolean =>
  (entry.kind === 'expense' || entry.kind === 'income') && entry.lines.length <= 1;

export const changeEntries = (
  entries: Transaction[],
  patch: Partial<Pick<NewTransaction, 'category' | 'account'>>,
  newId: () => string,
  onprogress: Progress = () => {},
): Promise<Done> =>
  each(entries, t('bulk.changed', { n: entries.length }), onprogress, async (entry) => {
    const written = await ledger.changeTransaction(book.id, entry, { ...bodyOf(entry), ...patch }, newId());
    tell({ written: written.transaction });
    return written;
  });

export function removeEntries(entries: Transaction[], newId: () => string, onprogress: Progress = () => {}): Promise<Done> {
  const [only] = entries;
  const label = entries.length === 1 && only ? t('entry.removed', { title: titleOf(only) }) : t('bulk.removed', { n: entries.length });
  return each(entries, label, onprogress, async (entry) => {
    const removed = await ledger.removeTransaction(book.id, entry, newId());
    tell({ removed: entry.id });
    return removed;
  });
}

/** One after the other; together they are one thing to undo. What fails stays as it was and is said. */
async function each(entries: Transaction[], label: string, onprogress: Progress, work: (entry: Transaction) => Promise<Answer>): Promise<Done> {
  const answers: Answer[] = [];
  const failed: unknown[] = [];
  for (const entry of entries) {
    try {
      answers.push(await work(entry));
    } catch (error) {
      failed.push(error);
      if (error instanceof Unreachable) break;
    }
    onprogress(answers.length + failed.length);
  }
  if (answers.length > 0) {
    void book.wrote(...answers);
    undo.push(answers.map(({ change }) => change), label);
  }
  if (failed.length > 0) toasts.problem(t('bulk.some_failed', { n: entries.length - answers.length, reason: reasonOf(failed[0]) }));
  return { changed: answers.length, failed };
}
