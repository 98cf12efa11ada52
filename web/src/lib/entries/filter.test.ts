import { describe, expect, it } from 'vitest';
import { filterFromQuery, filterKey, inAllTime, isAllTime, isFiltered, withFilter, withoutFilter } from './filter';

const at = (query: string) => new URL(`http://book.test/entries${query}`);
const read = (query: string) => filterFromQuery(at(query).searchParams);

describe('the filter in the address', () => {
  it('reads what it knows', () => {
    expect(read('?account=a1&category=none&q=S%C3%BCd&min=10&max=20.50&kind=expense&status=pending&period=week')).toEqual({
      account: 'a1',
      category: 'none',
      q: 'Süd',
      min: '10',
      max: '20.50',
      kind: 'expense',
      status: 'pending',
    });
  });

  it('leaves out what cannot be meant', () => {
    expect(read('?kind=gift&status=maybe&min=-3&max=1e9&q=%20')).toEqual({});
    expect(isFiltered(read('?kind=gift'))).toBe(false);
  });

  it('sets and takes away parts, and keeps the period', () => {
    const url = withFilter(at('?period=week&day=2026-11-02&q=x&entry=e1'), { q: '', category: 'c1' });
    expect(url.search).toBe('?period=week&day=2026-11-02&category=c1');
    expect(withoutFilter(url).search).toBe('?period=week&day=2026-11-02');
  });

  it('does not mind the order of its parts', () => {
    expect(filterKey({ q: 'a', kind: 'expense' })).toBe(filterKey({ kind: 'expense', q: 'a' }));
    expect(filterKey({ q: 'a' })).not.toBe(filterKey({ q: 'b' }));
  });

  it('can ask for all time', () => {
    const url = inAllTime(at('?period=month&day=2026-11-02&payee=p1'));
    expect(url.search).toBe('?period=custom&payee=p1');
    expect([isAllTime(url.searchParams), isAllTime(at('?period=custom&from=2026-01-01').searchParams)]).toEqual([true, false]);
  });
});
