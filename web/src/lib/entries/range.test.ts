import { describe, expect, it } from 'vitest';
import { idsBetween } from './range';

const list = ['a', 'b', 'c', 'd'].map((id) => ({ id }));

describe('a range of rows', () => {
  it.each([
    ['b', 'd', 'b c d'],
    ['d', 'b', 'b c d'],
    ['c', 'c', 'c'],
    ['gone', 'c', 'c'],
    ['b', 'gone', ''],
  ])('from %s to %s', (from, to, ids) => expect(idsBetween(list, from, to).join(' ')).toBe(ids));
});
