import { describe, expect, it } from 'vitest';
import type { Transaction } from '$lib/api';
import { compareEntries, withEntry, withNewHead, withPage } from './paging';

const entry = (id: string, day: string, title = ''): Transaction => ({ id, day, title }) as Transaction;
const ids = (list: Transaction[]) => list.map(({ id }) => id).join(' ');

const list = [entry('d', '2026-11-20'), entry('c', '2026-11-20'), entry('b', '2026-11-18'), entry('a', '2026-11-02')];

describe('pages of entries', () => {
  it('keeps newest days first, and what was made last before the others of its day', () => {
    expect(ids(list.toReversed().toSorted(compareEntries))).toBe('d c b a');
  });

  it('adds a page without doubling what moved between two reads', () => {
    expect(ids(withPage(list, [entry('a', '2026-11-02'), entry('9', '2026-11-01')]))).toBe('d c b a 9');
  });

  it('puts an entry at its place', () => {
    expect(ids(withEntry(list, entry('e', '2026-11-20')))).toBe('e d c b a');
    expect(ids(withEntry(list, entry('e', '2026-11-19')))).toBe('d c e b a');
    expect(ids(withEntry(list, entry('e', '2026-10-01')))).toBe('d c b a e');
  });

  it('moves an entry whose day changed, once', () => {
    expect(ids(withEntry(list, entry('d', '2026-11-03')))).toBe('c b d a');
  });

  it('takes a new head and keeps what lies below it', () => {
    const head = [entry('e', '2026-11-21'), entry('c', '2026-11-20')];
    expect(ids(withNewHead(list, head, false))).toBe('e c b a');
  });

  it('keeps the very entries that are as they were', () => {
    const head = [{ ...list[0]!, title: 'changed', version: 2 }, { ...list[1]! }];
    const read = withNewHead(list, head, false);
    expect([read[0] === head[0], read[1] === list[1], read[2] === list[2]]).toEqual([true, true, true]);
  });

  it('drops what is gone when the whole list was read', () => {
    expect(ids(withNewHead(list, [entry('c', '2026-11-20')], true))).toBe('c');
    expect(ids(withNewHead(list, [], true))).toBe('');
  });
});
