import type { PeriodKind, Report, ReportBy, ReportRow, TrendPeriod } from '$lib/api';
import { isDay, periodName, shortMonth, type Period } from '$lib/calendar';
import type { EntryFilter } from '$lib/entries/filter';
import { t } from '$lib/messages';
import { entriesLink } from '$lib/shell/links';
import { book } from '$lib/state/book.svelte';
import { reader } from '$lib/state/reader.svelte';
import type { TrendKey, Trending } from './trend';

export const BYS: ReportBy[] = ['category', 'payee', 'account'];

export const asBy = (text: string | null): ReportBy => BYS.find((by) => by === text) ?? 'category';

/** What a row is called; one without a key is what has no category or payee. */
export function rowName(row: Pick<ReportRow, 'key' | 'name'>, by: ReportBy): string {
  if (row.key === null) return t(by === 'payee' ? 'reports.no_payee' : 'reports.none');
  return row.name || (by === 'category' ? book.categoryById.get(row.key)?.name : book.accountById.get(row.key)?.name) || row.key;
}

/** The name of a key of the trend. */
export function keyName(report: Report, key: string | null, by: ReportBy): string {
  const row = report.rows.find((one) => one.key === key);
  return rowName({ key, name: row?.name ?? '' }, by);
}

/** The entries behind a row, in a period. */
export function rowLink(key: string | null, by: ReportBy, of: Period, filter: Omit<EntryFilter, 'q'> = {}): string {
  const own = by === 'category' ? { category: key ?? 'none' } : key === null ? {} : { [by]: key };
  return entriesLink({ ...filter, ...own }, of);
}

/** The entries behind a piece of the trend: of a key, in one of its periods. */
export function pieceLink({ report, by, filter }: Trending, { key }: TrendKey, { first, last }: TrendPeriod): string {
  const period = { kind: report.period.kind, first, last };
  return key === undefined ? entriesLink({ ...filter, kind: 'expense' }, period) : rowLink(key, by, period, filter);
}

/** The compared part of the period before: `1–24 Oct` while this one is not over, else its name. */
export function previousName({ period, previous }: Report): string {
  if (period.elapsed_last >= period.last) return periodText({ kind: period.kind, ...previous });
  const days = elapsedDays(period.first, period.elapsed_last);
  const last = sameDayIn(previous, days, period.kind, period.elapsed_last);
  return reader.dayRange(previous.first, last < previous.last ? last : previous.last);
}

const DAY_MS = 86_400_000;
const elapsedDays = (first: string, last: string): number => Math.round((Date.parse(last) - Date.parse(first)) / DAY_MS);

/** The same point of the period before: the same date of a month, else as many days in. */
function sameDayIn(previous: { first: string; last: string }, days: number, kind: PeriodKind, elapsed: string): string {
  if (kind === 'year') {
    const day = `${Number(elapsed.slice(0, 4)) - 1}${elapsed.slice(4)}`;
    return isDay(day) ? day : `${day.slice(0, 8)}28`;
  }
  return new Date(Date.parse(`${previous.first}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

const periodText = (period: Period): string => reader.periodShortName(period);

/** Short, for under a bar: `Nov`, `2026`, `23 Nov`. */
export function barName(kind: PeriodKind, first: string, last: string): string {
  if (kind === 'month' && first.endsWith('-01')) return shortMonth(first, reader.locale);
  if (kind === 'year') return periodName({ kind, first, last }, reader.locale);
  return reader.shortDay(first);
}
