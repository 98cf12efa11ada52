import { describe, expect, it } from 'vitest';
import { Client, queryText } from './client';
import { ApiError, Unreachable } from './errors';
import { Intent } from './intent';
import { uuidv7 } from './uuid';

type Sent = { url: string; method: string; headers: Record<string, string>; body: unknown };

/** A client whose server is a list of answers; what it sent is kept. */
function clientWith(...answers: (Response | Error)[]) {
  const sent: Sent[] = [];
  const waited: number[] = [];
  const send = async (url: unknown, init: RequestInit = {}) => {
    sent.push({
      url: String(url),
      method: init.method ?? '',
      headers: init.headers as Record<string, string>,
      body: init.body,
    });
    const answer = answers.shift();
    if (!answer) throw new Error(`no answer prepared for ${init.method} ${url}`);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const client = new Client(
    send as typeof fetch,
    (_, work) => work(),
    async (seconds) => void waited.push(seconds),
  );
  return { client, sent, waited };
}

const json = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers });

describe('the client', () => {
  it('sends what a guarded write needs', async () => {
    const { client, sent } = clientWith(json({ ok: true }));
    await client.request('PUT', '/ledger/books/b/transactions/t', { body: { a: 1 }, ifMatch: 3, change: 'key' });
    expect(sent[0]).toMatchObject({
      url: '/api/v1/ledger/books/b/transactions/t',
      method: 'PUT',
      headers: { 'if-match': '"3"', 'idempotency-key': 'key', 'content-type': 'application/json' },
      body: '{"a":1}',
    });
  });

  it('refreshes once for all who wait, then repeats with the same key', async () => {
    const { client, sent } = clientWith(json({}, 401), json({}, 401), json({ session: 's' }), json(1), json(2));
    const both = [client.request('POST', '/a', { body: {}, change: 'k1' }), client.request('POST', '/b', { body: {}, change: 'k2' })];
    expect(await Promise.all(both)).toEqual([1, 2]);
    const paths = sent.map(({ url }) => url.replace('/api/v1', ''));
    expect(paths.filter((path) => path === '/auth/refresh')).toHaveLength(1);
    expect(sent.filter(({ url }) => url.endsWith('/a')).map((s) => s.headers['idempotency-key'])).toEqual(['k1', 'k1']);
  });

  it('says that the session is over when a refresh is refused', async () => {
    const { client } = clientWith(json({ title: 'Unauthorized', status: 401 }, 401), json({}, 401));
    let over = false;
    client.onSignedOut = () => (over = true);
    await expect(client.request('GET', '/user/me')).rejects.toMatchObject({ status: 401 });
    expect(over).toBe(true);
  });

  it('takes a wrong password for what it is', async () => {
    const { client, sent } = clientWith(
      json({ title: 'Unauthorized', status: 401, detail: 'E-mail or password is wrong.' }, 401),
    );
    await expect(client.request('POST', '/auth/sign-in', { body: {} })).rejects.toThrow('E-mail or password is wrong.');
    expect(sent).toHaveLength(1);
  });

  it('gives the sentence of each field', async () => {
    const problem = {
      title: 'Unprocessable',
      status: 422,
      fields: [{ field: 'amount.amount', message: 'EUR has 2 decimals; 12.345 has 3' }],
    };
    const { client } = clientWith(json(problem, 422));
    const refusal = (await client.request('POST', '/x', { body: {} }).catch((error: unknown) => error)) as ApiError;
    expect(refusal.field('amount')).toBe('EUR has 2 decimals; 12.345 has 3');
    expect(refusal.field('title')).toBeUndefined();
  });

  it("reads the gateway's own form", async () => {
    const { client } = clientWith(json({ message: 'API rate limit exceeded' }, 429, { 'retry-after': '7' }));
    const refusal = (await client.request('GET', '/x').catch((error: unknown) => error)) as ApiError;
    expect([refusal.message, refusal.status, refusal.retryAfterSeconds]).toEqual(['API rate limit exceeded', 429, 7]);
  });

  it('waits for a projection that is behind, and never repeats a write', async () => {
    const behind = () => json({ title: 'Behind', status: 503 }, 503, { 'retry-after': '1' });
    const read = clientWith(behind(), json('there'));
    expect(await read.client.request('GET', '/reporting')).toBe('there');
    expect(read.waited).toEqual([1]);
    const write = clientWith(behind());
    await expect(write.client.request('POST', '/x', { body: {} })).rejects.toMatchObject({ status: 503 });
  });

  it('tells silence from refusal', async () => {
    const { client } = clientWith(new TypeError('failed to fetch'));
    const reach: boolean[] = [];
    client.onReach = (reached) => reach.push(reached);
    await expect(client.request('GET', '/x')).rejects.toBeInstanceOf(Unreachable);
    expect(reach).toEqual([false]);
  });

  it('leaves out of a query what is not set', () => {
    expect(queryText({ q: 'Süd', from: undefined, to: '', limit: 0, account: null })).toBe('?q=S%C3%BCd&limit=0');
    expect(queryText({})).toBe('');
  });
});

describe('an intent', () => {
  it('keeps its key while the content stays, also over failures', () => {
    const intent = new Intent();
    const key = intent.keyFor({ amount: '1.00' });
    expect(intent.keyFor({ amount: '1.00' })).toBe(key);
    const other = intent.keyFor({ amount: '2.00' });
    expect(other).not.toBe(key);
    intent.done();
    expect(intent.keyFor({ amount: '2.00' })).not.toBe(other);
  });
});

describe('uuidv7', () => {
  it('has its version, its variant and its time', () => {
    const id = uuidv7(Date.UTC(2026, 10, 24));
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(parseInt(id.replace('-', '').slice(0, 12), 16)).toBe(Date.UTC(2026, 10, 24));
  });
});
