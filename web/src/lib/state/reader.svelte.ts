import type { Money, Profile } from '$lib/api/types';
import * as calendar from '$lib/calendar';
import type { Day } from '$lib/calendar';
import * as money from '$lib/money';
import type { AmountStyle } from '$lib/money';

/** Who reads this page: how amounts and days are written for them, and whether amounts are shown at all. */
class Reader {
  locale = $state(typeof navigator === 'undefined' ? 'en' : navigator.language);
  timeZone = $state(Intl.DateTimeFormat().resolvedOptions().timeZone);
  /** Amounts are left out of the page, for someone looking over the shoulder. */
  amountsHidden = $state(false);
  /** Moves on every half minute, so that "today" does not stay yesterday. */
  now = $state.raw(new Date());

  today: Day = $derived(calendar.today(this.timeZone, this.now));

  follow(profile: Profile): void {
    this.locale = profile.locale;
    this.timeZone = profile.time_zone;
    this.amountsHidden = profile.hide_amounts;
  }

  money = (amount: Money, style?: AmountStyle): string => money.formatMoney(amount, this.locale, style);
  compact = (value: number): string => money.formatCompact(value, this.locale);
  percent = (share: number): string => money.formatPercent(share, this.locale);
  count = (count: number): string => money.formatCount(count, this.locale);

  longDay = (day: Day): string => calendar.longDay(day, this.today, this.locale);
  plainDay = (day: Day): string => calendar.plainDay(day, this.today, this.locale);
  shortDay = (day: Day): string => calendar.shortDay(day, this.today, this.locale);
  nearDay = (day: Day): string => calendar.nearDay(day, this.today, this.locale);
  dayRange = (first: Day, last: Day): string => calendar.dayRange(first, last, this.today, this.locale);
  periodName = (period: calendar.Period): string => calendar.periodName(period, this.locale);
  periodShortName = (period: calendar.Period): string => calendar.periodShortName(period, this.today, this.locale);
  instant = (text: string): string => calendar.instant(text, this.timeZone, this.locale);
}

export const reader = new Reader();
