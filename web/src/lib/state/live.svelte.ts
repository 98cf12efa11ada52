import { invalidate } from '$app/navigation';
import { client, user, type LiveChange } from '$lib/api';
import { base } from '$lib/api/client';
import { book, ENTRIES, IMPORTS } from './book.svelte';
import { affectedBy, BURST_MS, type Affected } from './live';
import { session } from './session.svelte';

type Word = { change: LiveChange } | { status: Status } | { missed: true };
type Status = 'connecting' | 'live' | 'lost';

const RETRY_MS = [1_000, 2_000, 5_000, 15_000, 30_000];

/**
 * Hears what changed anywhere and reloads what is shown. One tab holds the stream (whoever has the
 * lock) and passes each word on to the others; when it closes, the next takes over.
 */
class Live {
  status = $state<Status>('connecting');
  /** Since when there is no answer. */
  lostAt = $state.raw<Date>();
  /** Entries that someone changed a moment ago: they glow. */
  recent = $state.raw<ReadonlySet<string>>(new Set());

  #stop: (() => void) | undefined;
  #channel: BroadcastChannel | undefined;
  #pending = new Set<Affected>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  /** The stream was gone for a while: what it would have said is not known. */
  #mayHaveMissed = false;

  /** Begins to listen; the answer ends it. */
  start(): () => void {
    const ending = new AbortController();
    this.#channel = new BroadcastChannel('live');
    this.#channel.onmessage = ({ data }: MessageEvent<Word>) => this.#hear(data);
    void this.#lead(ending.signal);
    this.#stop = () => {
      ending.abort();
      this.#channel?.close();
      this.#channel = undefined;
    };
    return () => this.#stop?.();
  }

  /** Asks at once, instead of waiting for the next try. */
  async retry(): Promise<void> {
    await user.profile().then(
      () => this.#reloadAll(),
      () => {},
    );
  }

  async #lead(ending: AbortSignal): Promise<void> {
    const hold = () => new Promise<void>((release) => this.#listen(ending, release));
    if (!navigator.locks) return hold();
    await navigator.locks.request('live', { signal: ending }, hold).catch(() => {});
  }

  #listen(ending: AbortSignal, release: () => void): void {
    if (ending.aborted) return release();
    const source = new EventSource(`${base}/web/live`);
    ending.addEventListener('abort', () => {
      source.close();
      release();
    });
    source.onopen = () => {
      if (this.#mayHaveMissed) this.#say({ missed: true });
      this.#mayHaveMissed = false;
      this.#failures = 0;
      this.#say({ status: 'live' });
    };
    source.addEventListener('change', ({ data }) => this.#say({ change: JSON.parse(data as string) as LiveChange }));
    const again = () => {
      source.close();
      this.#mayHaveMissed = true;
      // One interruption is normal life; two in a row are worth a word.
      if (this.#failures > 0) this.#say({ status: 'lost' });
      const wait = RETRY_MS[Math.min(this.#failures++, RETRY_MS.length - 1)];
      setTimeout(() => void this.#reconnect(ending, release), wait);
    };
    source.addEventListener('end', again);
    source.onerror = again;
  }

  /** A stream that ends may mean that the token has run out: a new one is asked for first. */
  async #reconnect(ending: AbortSignal, release: () => void): Promise<void> {
    const signedIn = await client.refresh().catch(() => true);
    if (signedIn) this.#listen(ending, release);
    else {
      client.onSignedOut();
      release();
    }
  }

  #say(word: Word): void {
    this.#channel?.postMessage(word);
    this.#hear(word);
  }

  #hear(word: Word): void {
    if ('status' in word) {
      this.lostAt = word.status === 'lost' ? (this.lostAt ?? new Date()) : undefined;
      this.status = word.status;
    } else if ('missed' in word) void this.#reloadAll();
    else this.#take(word.change);
  }

  #take(change: LiveChange): void {
    if (change.stream.startsWith('user/')) this.#plan('profile');
    if (change.stream !== `ledger/book/${book.current?.id}`) return;
    book.saw(change.number);
    if (book.isOwn(change.number)) return;
    this.#glow(change.ids);
    for (const affected of affectedBy(change.kind)) this.#plan(affected);
  }

  /** Many changes come in bursts, as an import does; they reload once. */
  #plan(affected: Affected): void {
    this.#pending.add(affected);
    this.#timer ??= setTimeout(() => {
      const pending = this.#pending;
      this.#pending = new Set();
      this.#timer = undefined;
      void this.#reload(pending);
    }, BURST_MS);
  }

  async #reload(affected: ReadonlySet<Affected>): Promise<void> {
    const work = [...affected].map((what) => {
      if (what === 'entries') return invalidate(ENTRIES);
      if (what === 'imports') return invalidate(IMPORTS);
      if (what === 'accounts') return book.refreshAccounts();
      if (what === 'categories') return book.refreshCategories();
      if (what === 'settings') return book.refreshSettings();
      return user.profile().then((profile) => session.take(profile));
    });
    await Promise.allSettled(work);
  }

  #reloadAll(): Promise<void> {
    return this.#reload(new Set(['entries', 'imports', 'accounts', 'categories', 'settings']));
  }

  #glow(ids: string[]): void {
    this.recent = new Set([...this.recent, ...ids]);
    setTimeout(() => {
      this.recent = new Set([...this.recent].filter((id) => !ids.includes(id)));
    }, 1_500);
  }
}

export const live = new Live();
