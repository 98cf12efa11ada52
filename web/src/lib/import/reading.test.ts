import { describe, expect, it } from 'vitest';
import type { Import, ImportDetected } from '$lib/api';
import { decidedDifference, encodingChoices, readingWords, stepOf, tabsOf, willImport, withRole } from './reading';

const detected = {
  encoding: 'windows-1252',
  delimiter: ';',
  date_order: 'dmy',
  decimal: ',',
  columns: ['date', 'description', 'amount', 'ignore'].map((role, index) => ({ index, role, name: '', samples: [] })),
} as unknown as ImportDetected;

describe('how a file is read', () => {
  it('is said in words', () => {
    expect(readingWords(detected)).toBe('Windows-1252, semicolons, dates day.month.year, decimal comma');
    expect(readingWords({ ...detected, delimiter: '^', encoding: 'ibm866', date_order: null })).toBe('IBM866, “^”, decimal comma');
  });

  it('offers an encoding that is none of the usual', () => {
    expect(encodingChoices('ibm866')[0]).toEqual({ value: 'ibm866', label: 'IBM866' });
    expect(encodingChoices('utf-8').filter(({ value }) => value === 'utf-8')).toHaveLength(1);
  });

  it('gives a role to one column, and to several only where that makes sense', () => {
    expect(withRole(detected, 3, 'amount')).toEqual(['date', 'description', 'ignore', 'amount']);
    expect(withRole(detected, 3, 'description')).toEqual(['date', 'description', 'amount', 'description']);
    expect(withRole(detected, 2, 'ignore')).toEqual(['date', 'description', 'ignore', 'ignore']);
  });
});

describe('rows', () => {
  it('are imported by themselves only if they are new', () => {
    expect((['new', 'pending', 'duplicate', 'check', 'unreadable'] as const).map((status) => willImport({ status, decision: null }))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(willImport({ status: 'check', decision: 'import' })).toBe(true);
    expect(willImport({ status: 'unreadable', decision: 'import' })).toBe(false);
  });

  it('count as decided', () => {
    const rows = [
      { status: 'new', decision: 'skip' },
      { status: 'new', decision: 'import' },
      { status: 'check', decision: 'import' },
      { status: 'duplicate', decision: 'import' },
      { status: 'duplicate', decision: 'skip' },
    ] as const;
    expect(decidedDifference(rows)).toBe(1);
  });

  it('have a tab for each kind that there is', () => {
    const counts = { rows: 214, new: 175, duplicate: 38, check: 0, unreadable: 1, pending: 0 };
    expect(tabsOf({ counts } as Import).map(({ tab }) => tab)).toEqual(['all', 'new', 'duplicate', 'unreadable']);
  });
});

it('goes through four steps', () => {
  expect([stepOf(undefined), stepOf('asking'), stepOf('importing'), stepOf('done'), stepOf('taken_back')]).toEqual([1, 2, 3, 4, 4]);
});
