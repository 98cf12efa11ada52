import type { Money } from '$lib/api';
import { t } from '$lib/messages';
import { book } from '$lib/state/book.svelte';
import { reader } from '$lib/state/reader.svelte';

/** What a day says of itself: how much, unless amounts are hidden or none is known. */
export function dayText(day: string, spent: Money | undefined): string {
  const name = reader.longDay(day);
  return spent && !reader.amountsHidden ? t('days.bar', { day: name, amount: reader.money(spent) }) : name;
}

/** The days of a week in the order of the book, 1 for Monday. */
export const weekdaysOfBook = (): number[] => Array.from({ length: 7 }, (_, n) => ((book.calendar.first_day_of_week - 1 + n) % 7) + 1);
