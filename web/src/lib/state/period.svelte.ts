import { goto } from '$app/navigation';
import { page } from '$app/state';
import type { PeriodKind } from '$lib/api';
import { queryText } from '$lib/api/client';
import { contains, periodFromQuery, periodOf, periodQuery, shift, type Period } from '$lib/calendar';
import { book } from './book.svelte';
import { reader } from './reader.svelte';

/** The one period of the page. It lives in the address, so it survives reloads and can be shared. */
class PeriodState {
  current: Period = $derived(periodFromQuery(page.url.searchParams, reader.today, book.calendar));
  next: Period = $derived(shift(this.current, 1, book.calendar));
  previous: Period = $derived(shift(this.current, -1, book.calendar));
  isCurrent = $derived(contains(this.current, reader.today));
  /** Nothing has happened yet in a period that lies wholly ahead. */
  canGoOn = $derived(this.next.first <= reader.today);
  /** For links to other pages: empty for this month, which needs no naming. */
  search = $derived(this.current.kind === 'month' && this.isCurrent ? '' : queryText(periodQuery(this.current)));

  go(period: Period): Promise<void> {
    const url = new URL(page.url);
    for (const name of ['period', 'day', 'from', 'to']) url.searchParams.delete(name);
    const isDefault = period.kind === 'month' && contains(period, reader.today);
    if (!isDefault) for (const [name, value] of Object.entries(periodQuery(period))) url.searchParams.set(name, value);
    return goto(url, { keepFocus: true, noScroll: true });
  }

  goBack = () => this.go(this.previous);
  goOn = () => (this.canGoOn ? this.go(this.next) : Promise.resolve());
  goToday = () => this.go(periodOf(this.current.kind, reader.today, book.calendar));

  /** The period of another kind around the same days, or around today if it is among them. */
  choose(kind: PeriodKind): Promise<void> {
    const around = this.isCurrent ? reader.today : this.current.first;
    if (kind === 'custom') return this.go({ ...this.current, kind });
    return this.go(periodOf(kind, around, book.calendar));
  }
}

export const period = new PeriodState();

/** The period that an address asks for; for `load`, where the page's own state is not there yet. */
export const periodOfUrl = (url: URL): Period => periodFromQuery(url.searchParams, reader.today, book.calendar);
