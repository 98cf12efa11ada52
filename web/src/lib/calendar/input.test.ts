import { describe, expect, it } from 'vitest';
import { readDay } from './input';

const TODAY = '2026-11-24'; // a Tuesday

describe('typed days', () => {
  it.each([
    ['today', 'en-GB', '2026-11-24'],
    ['Yesterday', 'en-GB', '2026-11-23'],
    ['gestern', 'de-DE', '2026-11-23'],
    ['vorgestern', 'de-DE', '2026-11-22'],
    ['yesterday', 'de-DE', '2026-11-23'],
    ['昨日', 'ja-JP', '2026-11-23'],
    ['-3', 'en-GB', '2026-11-21'],
    ['+2', 'en-GB', '2026-11-26'],
    ['fri', 'en-GB', '2026-11-20'],
    ['Dienstag', 'de-DE', '2026-11-24'],
    ['24', 'en-GB', '2026-11-24'],
    ['25', 'en-GB', '2026-10-25'],
    ['31', 'en-GB', '2026-10-31'],
    ['24.11', 'en-US', '2026-11-24'],
    ['24.11.', 'de-DE', '2026-11-24'],
    ['11/24', 'en-US', '2026-11-24'],
    ['24/11', 'en-US', '2026-11-24'],
    ['3/4', 'en-GB', '2027-04-03'],
    ['4/3/26', 'en-US', '2026-04-03'],
    ['24.11.2025', 'de-DE', '2025-11-24'],
    ['2025-11-24', 'en-GB', '2025-11-24'],
    ['24 Nov', 'en-GB', '2026-11-24'],
    ['Nov 24, 2025', 'en-US', '2025-11-24'],
    ['24. Dezember', 'de-DE', '2026-12-24'],
    ['11月24日', 'ja-JP', '2026-11-24'],
    ['2025年3月4日', 'ja-JP', '2025-03-04'],
  ])('%s in %s is %s', (text, locale, day) => expect(readDay(text, TODAY, locale)).toEqual({ day }));

  it('takes the year before for days that are long ahead', () => {
    expect(readDay('24.12', '2027-01-10', 'de-DE')).toEqual({ day: '2026-12-24' });
    expect(readDay('2.1', '2026-12-30', 'de-DE')).toEqual({ day: '2027-01-02' });
  });

  it('explains a day that does not exist', () => {
    expect(readDay('31.11', TODAY, 'en-GB')).toEqual({ problem: 'no_such_day', typed: '31 November', instead: '2026-11-30' });
    expect(readDay('29 feb 2025', TODAY, 'en-GB')).toEqual({
      problem: 'no_such_day',
      typed: '29 February 2025',
      instead: '2025-02-28',
    });
    expect(readDay('29.2.2024', TODAY, 'en-GB')).toEqual({ day: '2024-02-29' });
  });

  it.each(['soon', '99', '24.13', '1.2.3.4', '0', '2026', '12:30', '24.11.1066'])('does not read %s', (text) =>
    expect(readDay(text, TODAY, 'en-GB')).toEqual({ problem: 'unreadable' }),
  );

  it('knows when nothing was typed', () => expect(readDay('  ', TODAY, 'en-GB')).toEqual({ problem: 'empty' }));
});
