import { describe, expect, it } from 'vitest';
import {
  addDays, addMonths, dayRange, daysFrom, daysUntil, isDay, longDay, periodFromQuery, periodName, periodOf, periodQuery,
  relativeDay, shift, shortDay, today, weekday, weekdayName,
} from '.';

const calendar = (week = 1, month = 1, year = 1) => ({
  first_day_of_week: week,
  first_day_of_month: month,
  fiscal_year_start_month: year,
});

describe('days', () => {
  it('counts over months and leap years', () => {
    expect(addDays('2024-02-28', 1)).toBe('2024-02-29');
    expect(addMonths('2026-01-31', 1)).toBe('2026-02-28');
    expect(addMonths('2026-01-15', -1)).toBe('2025-12-15');
    expect(daysUntil('2026-11-24', '2026-12-01')).toBe(7);
    expect(daysFrom('2026-11-29', '2026-12-01')).toEqual(['2026-11-29', '2026-11-30', '2026-12-01']);
  });

  it('knows the weekday, also before 1970', () => {
    expect([weekday('2026-11-22'), weekday('2026-11-23'), weekday('1969-12-29')]).toEqual([7, 1, 1]);
  });

  it('refuses days that do not exist', () => {
    expect(['2026-02-29', '2026-11-31', '2026-1-1', ''].map(isDay)).toEqual([false, false, false, false]);
    expect(isDay('2024-02-29')).toBe(true);
  });

  it('takes today from the time zone', () => {
    const at = new Date('2026-11-24T23:30:00Z');
    expect([today('Europe/Berlin', at), today('America/New_York', at)]).toEqual(['2026-11-25', '2026-11-24']);
  });
});

describe('periods', () => {
  it.each([
    ['week', calendar(1), '2026-11-24', '2026-11-23..2026-11-29'],
    ['week', calendar(7), '2026-11-24', '2026-11-22..2026-11-28'],
    ['month', calendar(), '2024-02-10', '2024-02-01..2024-02-29'],
    ['month', calendar(1, 25), '2026-11-24', '2026-10-25..2026-11-24'],
    ['month', calendar(1, 25), '2026-11-25', '2026-11-25..2026-12-24'],
    ['month', calendar(1, 28), '2026-03-01', '2026-02-28..2026-03-27'],
    ['year', calendar(), '2026-11-24', '2026-01-01..2026-12-31'],
    ['year', calendar(1, 1, 4), '2026-03-31', '2025-04-01..2026-03-31'],
    ['year', calendar(1, 25), '2026-01-10', '2025-01-25..2026-01-24'],
  ] as const)('the %s of %j around %s', (kind, book, day, expected) => {
    const { first, last } = periodOf(kind, day, book);
    expect(`${first}..${last}`).toBe(expected);
  });

  it('steps to its neighbours and back', () => {
    for (const kind of ['week', 'month', 'year'] as const) {
      const period = periodOf(kind, '2026-01-31', calendar(1, 25, 4));
      const next = shift(period, 1, calendar(1, 25, 4));
      expect(next.first).toBe(addDays(period.last, 1));
      expect(shift(next, -1, calendar(1, 25, 4))).toEqual(period);
    }
    const custom = { kind: 'custom', first: '2026-11-03', last: '2026-11-12' } as const;
    expect(shift(custom, -1, calendar())).toEqual({ kind: 'custom', first: '2026-10-24', last: '2026-11-02' });
  });

  it('survives an address, and nonsense in it', () => {
    const read = (text: string) => periodFromQuery(new URLSearchParams(text), '2026-11-24', calendar());
    for (const kind of ['week', 'month', 'year'] as const) {
      const period = periodOf(kind, '2026-03-05', calendar());
      expect(read(new URLSearchParams(periodQuery(period) as Record<string, string>).toString())).toEqual(period);
    }
    expect(read('')).toEqual({ kind: 'month', first: '2026-11-01', last: '2026-11-30' });
    expect(read('period=decade&day=31.12.')).toEqual(read(''));
    expect(read('period=custom&from=2026-11-09&to=2026-11-03')).toMatchObject({ first: '2026-11-03', last: '2026-11-09' });
  });
});

describe('writing days', () => {
  const now = '2026-11-24';
  it('names what is near and leaves out this year', () => {
    expect(relativeDay('2026-11-24', now, 'en-IE')).toBe('Today');
    expect(relativeDay('2026-11-23', now, 'de-DE')).toBe('Gestern');
    expect(relativeDay('2026-11-20', now, 'en-IE')).toBeUndefined();
    expect(longDay('2026-11-20', now, 'en-GB')).toBe('Friday 20 November');
    expect(shortDay('2025-11-20', now, 'en-GB')).toBe('20 Nov 2025');
  });

  it('joins ranges with an en dash', () => {
    expect(dayRange('2026-10-01', '2026-10-22', now, 'en-GB')).toBe('1–22 Oct');
    expect(periodName(periodOf('month', now, calendar()), 'en-GB')).toBe('November 2026');
    expect(periodName(periodOf('year', now, calendar()), 'en-GB')).toBe('2026');
    expect(periodName(periodOf('week', now, calendar()), 'en-GB')).toBe('23–29 Nov 2026');
  });

  it('names weekdays from Monday', () => {
    expect([weekdayName(1, 'en'), weekdayName(7, 'de', 'short')]).toEqual(['Monday', 'So']);
  });
});
