import { ApiError, Intent, ledger, Unreachable, uuidv7, type Suggestion, type Transaction, type Written } from '$lib/api';
import { numericDay, relativeDay } from '$lib/calendar';
import { t } from '$lib/messages';
import { book } from '$lib/state/book.svelte';
import { reader } from '$lib/state/reader.svelte';
import { undo } from '$lib/state/undo.svelte';
import { draftOf, emptyDraft, isBegun, readDraft, restText, type DraftField, type DraftFields, type Problems } from './draft';
import { signedAmount, titleOf } from './entry';
import { tell } from './news';

/** Which field of the form a field of the request is. */
const FIELDS: Record<string, DraftField> = {
  day: 'day',
  title: 'title',
  payee: 'title',
  amount: 'amount',
  account: 'account',
  category: 'category',
  to_account: 'toAccount',
  to_amount: 'toAmount',
  lines: 'lines',
  note: 'note',
};

/** An entry while it is written or changed: what is typed, what is wrong with it, and its saving. */
export class EntryForm {
  fields: DraftFields = $state(emptyDraft('', ''));
  /** The entry that is changed; nothing for a new one. */
  editing = $state.raw<Transaction>();
  saving = $state(false);
  /** Problems are shown of fields that were left, and of all after a try to save. */
  tried = $state(false);
  /** What the server refused, and what no field is to blame for. */
  refused = $state.raw<Problems>({});
  failure = $state<string>();
  /** The version in the book, when someone else changed the same entry; null if they deleted it. */
  conflict = $state.raw<Transaction | null>();
  /** What a suggestion cost last time. */
  ghost = $state('');

  #left = $state.raw<ReadonlySet<DraftField>>(new Set());
  #id = uuidv7();
  #intent = new Intent();

  reading = $derived(
    readDraft(this.fields, { accounts: book.accountById, today: reader.today, locale: reader.locale }),
  );
  problems: Problems = $derived.by(() => {
    const found = Object.entries(this.reading.problems).filter(([field]) => this.tried || this.#left.has(field as DraftField));
    return { ...Object.fromEntries(found), ...this.refused };
  });
  currency = $derived(book.accountById.get(this.fields.account)?.currency ?? book.currency);
  toCurrency = $derived(book.accountById.get(this.fields.toAccount)?.currency ?? this.currency);
  isBegun = $derived(isBegun(this.fields));

  /** A new entry, or one to change. */
  constructor(editing?: Transaction, account?: string) {
    if (editing) this.edit(editing);
    else this.startNew(account ?? lastAccount());
  }

  edit(entry: Transaction): void {
    this.editing = entry;
    this.fields = draftOf(entry, dayText(entry.day), reader.locale);
    this.#settle();
  }

  startNew(account: string, day = dayText(reader.today)): void {
    this.editing = undefined;
    this.fields = emptyDraft(account, day);
    this.#id = uuidv7();
    this.#settle();
  }

  /** The same again, today. */
  startLike(entry: Transaction): void {
    this.editing = undefined;
    this.fields = { ...draftOf(entry, dayText(reader.today), reader.locale), status: 'booked' };
    this.#id = uuidv7();
    this.#settle();
  }

  #settle(): void {
    this.tried = false;
    this.refused = {};
    this.failure = undefined;
    this.conflict = undefined;
    this.ghost = '';
    this.#left = new Set();
  }

  /** A field that was left with something in it is worth a word. */
  leave(field: DraftField): void {
    const value = this.fields[field];
    if (value.length > 0) this.#left = new Set([...this.#left, field]);
    if (this.refused[field]) this.refused = { ...this.refused, [field]: undefined };
  }

  take(suggestion: Suggestion): void {
    if (suggestion.kind === 'expense' || suggestion.kind === 'income') this.fields.kind = suggestion.kind;
    this.fields.title = suggestion.title;
    this.fields.payee = suggestion.payee && suggestion.payee !== suggestion.title ? suggestion.payee : '';
    this.fields.category = suggestion.category ?? '';
    if (book.accountById.has(suggestion.account)) this.fields.account = suggestion.account;
    this.ghost = reader.money(suggestion.amount, { sign: 'none' });
  }

  /** Begins a split, or adds to it; what is left of the amount is proposed. */
  addPart(): void {
    if (this.fields.lines.length === 0) {
      this.fields.lines.push({ key: uuidv7(), category: this.fields.category, amount: this.fields.amount, note: '' });
      this.fields.lines.push({ key: uuidv7(), category: '', amount: '', note: '' });
      return;
    }
    this.fields.lines.push({ key: uuidv7(), category: '', amount: restText(this.reading, reader.locale), note: '' });
  }

  /** A split of one part is none. */
  removePart(key: string): void {
    const rest = this.fields.lines.filter((line) => line.key !== key);
    if (rest.length === 1) this.fields.category = rest[0]!.category;
    this.fields.lines = rest.length > 1 ? rest : [];
  }

  /** Saves it once, however often it has to be sent; the answer is what was written. */
  async save(): Promise<Written | undefined> {
    this.tried = true;
    const body = this.reading.body;
    if (!body || this.saving) return undefined;
    this.saving = true;
    this.refused = {};
    this.failure = undefined;
    try {
      const written = this.editing
        ? await ledger.changeTransaction(book.id, this.editing, body, this.#intent.keyFor([this.editing.version, body]))
        : await ledger.createTransaction(book.id, { id: this.#id, ...body }, this.#intent.keyFor(body));
      this.#intent.done();
      this.#announce(written);
      return written;
    } catch (error) {
      return await this.#refusedWith(error);
    } finally {
      this.saving = false;
    }
  }

  #announce(written: Written): void {
    tell({ written: written.transaction });
    void book.wrote(written);
    const title = titleOf(written.transaction);
    if (this.editing) undo.push(written.change, t('entry.changed', { title }));
    else if (reader.amountsHidden) undo.push(written.change, t('entry.saved_hidden', { title }));
    else {
      const amount = reader.money(signedAmount(written.transaction), { as: 'marked' });
      undo.push(written.change, t('entry.saved', { title, amount }));
    }
  }

  async #refusedWith(error: unknown): Promise<Written | undefined> {
    if (error instanceof ApiError && error.status === 412 && this.editing) this.conflict = await current(this.editing.id);
    else if (error instanceof ApiError && error.status === 409 && !this.editing) return this.#saveAsChange(error);
    else if (error instanceof ApiError) this.#takeRefusal(error);
    else if (error instanceof Unreachable) this.failure = t('error.unreachable');
    else throw error;
    return undefined;
  }

  /** An earlier try was recorded though its answer was lost, and was changed since: it is a change of that entry. */
  async #saveAsChange(refusal: ApiError): Promise<Written | undefined> {
    const recorded = await current(this.#id);
    if (!recorded) {
      this.#takeRefusal(refusal);
      return undefined;
    }
    this.editing = recorded;
    this.saving = false;
    return this.save();
  }

  #takeRefusal(error: ApiError): void {
    const refused: Problems = {};
    for (const { field, message } of error.fields) {
      const known = FIELDS[field.split(/[.[]/)[0]!];
      if (known) refused[known] = message;
    }
    this.refused = refused;
    if (Object.keys(refused).length === 0) this.failure = error.message;
  }

  /** Saves this version over the other one. */
  async saveMine(): Promise<Written | undefined> {
    if (this.conflict) this.editing = this.conflict;
    else if (this.conflict === null) this.editing = undefined;
    this.conflict = undefined;
    return this.save();
  }

  keepTheirs(): void {
    if (this.conflict) this.edit(this.conflict);
    this.conflict = undefined;
  }
}

/** The entry as the book has it now; null if it is gone. */
async function current(id: string): Promise<Transaction | null> {
  try {
    return (await ledger.transaction(book.id, id)).transaction;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

/** `Today`, `Yesterday`, else digits, so that it can be typed over. */
export const dayText = (day: string): string => relativeDay(day, reader.today, reader.locale) ?? numericDay(day, reader.locale);

const LAST_ACCOUNT = 'entry-account';

/** New entries go to the account that the last one went to. */
export function lastAccount(): string {
  const last = localStorage.getItem(LAST_ACCOUNT);
  return book.openAccounts.find(({ id }) => id === last)?.id ?? book.openAccounts[0]?.id ?? '';
}

export const rememberAccount = (account: string): void => localStorage.setItem(LAST_ACCOUNT, account);
