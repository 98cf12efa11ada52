import { readRefusal, Unreachable } from './errors';

/** Before every path. */
export const base = '/api/v1';

export interface Options {
  query?: object;
  body?: unknown;
  /** The version that an edit or removal is based on. */
  ifMatch?: number;
  /** The idempotency key: the id of the change. */
  change?: string;
  /** A file, sent as it is. */
  file?: Blob;
  signal?: AbortSignal;
}

type Fetch = typeof fetch;
type Lock = <T>(name: string, work: () => Promise<T>) => Promise<T>;

/** How often a read is tried again when the server says that it will have the answer soon. */
const READ_RETRIES = 3;
const LONGEST_WAIT_SECONDS = 5;

/**
 * Speaks JSON with the server. The tokens are cookies that it never sees; when the short one has run
 * out it asks for a new one once, whoever asks meanwhile waits for that answer, and then tries again.
 */
export class Client {
  /** Called when the session is over: a refresh was refused. */
  onSignedOut: () => void = () => {};
  /** Called with true after an answer, with false when none came. */
  onReach: (reached: boolean) => void = () => {};

  #fetch: Fetch;
  #lock: Lock;
  #wait: (seconds: number) => Promise<void>;
  #refreshing: Promise<boolean> | undefined;

  constructor(
    send: Fetch = (...args) => fetch(...args),
    lock: Lock = amongTabs,
    wait: (seconds: number) => Promise<void> = seconds,
  ) {
    this.#fetch = send;
    this.#lock = lock;
    this.#wait = wait;
  }

  async request<T>(method: string, path: string, options: Options = {}): Promise<T> {
    for (let retries = 0; ; retries++) {
      const answer = await this.#sendSignedIn(method, path, options);
      if (answer.ok) return (await readBody(answer)) as T;

      const refusal = await readRefusal(answer);
      const soon = refusal.status === 503 && (refusal.retryAfterSeconds ?? Infinity) <= LONGEST_WAIT_SECONDS;
      if (method !== 'GET' || !soon || retries === READ_RETRIES) throw refusal;
      await this.#wait(refusal.retryAfterSeconds ?? 1);
    }
  }

  async #sendSignedIn(method: string, path: string, options: Options): Promise<Response> {
    const answer = await this.#send(method, path, options);
    if (answer.status !== 401 || isCredentialCall(path)) return answer;

    if (!(await this.refresh())) {
      this.onSignedOut();
      return answer;
    }
    return this.#send(method, path, options);
  }

  /** Asks for a new access token; true when there is one. */
  refresh(): Promise<boolean> {
    this.#refreshing ??= this.#lock('refresh', async () => {
      const answer = await this.#send('POST', '/auth/refresh', { body: {} });
      return answer.ok;
    }).finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  async #send(method: string, path: string, options: Options): Promise<Response> {
    const headers: Record<string, string> = { accept: 'application/json' };
    if (options.body !== undefined) headers['content-type'] = 'application/json';
    if (options.file) headers['content-type'] = options.file.type || 'application/octet-stream';
    if (options.ifMatch !== undefined) headers['if-match'] = `"${options.ifMatch}"`;
    if (options.change) headers['idempotency-key'] = options.change;
    try {
      const answer = await this.#fetch(`${base}${path}${queryText(options.query)}`, {
        method,
        headers,
        credentials: 'same-origin',
        body: options.file ?? (options.body === undefined ? undefined : JSON.stringify(options.body)),
        signal: options.signal,
      });
      this.onReach(true);
      return answer;
    } catch (cause) {
      if (options.signal?.aborted) throw cause;
      this.onReach(false);
      throw new Unreachable(cause);
    }
  }
}

/** `?a=1&b=2` of what is set, or nothing. */
export function queryText(query: object | undefined): string {
  const set = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== null && value !== '');
  if (set.length === 0) return '';
  return `?${new URLSearchParams(set.map(([name, value]) => [name, String(value)]))}`;
}

/** These answer 401 about what was typed, not about the session. */
function isCredentialCall(path: string): boolean {
  return /^\/auth\/(sign-in|sign-up|refresh|registration)/.test(path);
}

async function readBody(answer: Response): Promise<unknown> {
  if (answer.status === 204 || answer.status === 205) return undefined;
  const text = await answer.text();
  return text === '' ? undefined : JSON.parse(text);
}

/** One tab at a time; a browser without locks does without, and the server forgives it. */
const amongTabs: Lock = (name, work) =>
  typeof navigator !== 'undefined' && navigator.locks
    ? (navigator.locks.request(name, work) as ReturnType<typeof work>)
    : work();

const seconds = (count: number) => new Promise<void>((done) => setTimeout(done, count * 1000));

export const client = new Client();
