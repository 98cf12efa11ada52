import type { ColumnRole, Import, ImportDetected, ImportRow, ImportRowStatus } from '$lib/api';
import { t, type MessageKey } from '$lib/messages';

export const ROLES: ColumnRole[] = [
  'date',
  'value_date',
  'amount',
  'amount_in',
  'amount_out',
  'flag',
  'balance',
  'currency',
  'payee',
  'payer',
  'description',
  'reference',
  'status',
  'ignore',
];

const DELIMITERS: Record<string, MessageKey> = {
  ',': 'delimiter.comma',
  ';': 'delimiter.semicolon',
  '\t': 'delimiter.tab',
  '|': 'delimiter.pipe',
};

export const delimiterName = (delimiter: string): string => (DELIMITERS[delimiter] ? t(DELIMITERS[delimiter]) : `“${delimiter}”`);

export const delimiterChoices = () => Object.entries(DELIMITERS).map(([value, key]) => ({ value, label: t(key) }));

const ENCODINGS: Record<string, string> = {
  'utf-8': 'UTF-8',
  'windows-1252': 'Windows-1252',
  'iso-8859-15': 'ISO 8859-15',
  'windows-1250': 'Windows-1250',
  'windows-1251': 'Windows-1251',
  shift_jis: 'Shift JIS',
  gbk: 'GBK',
  big5: 'Big5',
  'euc-kr': 'EUC-KR',
  'utf-16le': 'UTF-16',
};

export const encodingName = (encoding: string): string => ENCODINGS[encoding] ?? encoding.toUpperCase();

export function encodingChoices(detected: string | null) {
  const choices = Object.entries(ENCODINGS).map(([value, label]) => ({ value, label }));
  return detected === null || detected in ENCODINGS ? choices : [{ value: detected, label: encodingName(detected) }, ...choices];
}

/** How the file was read, as words with commas between; what is not known is left out. */
export function readingWords({ encoding, delimiter, date_order, decimal }: ImportDetected): string {
  const words = [
    encoding && encodingName(encoding),
    delimiter && delimiterName(delimiter),
    date_order && t('import.dates', { order: t(`order.${date_order}`) }),
    decimal && t('import.decimals', { decimal: t(decimal === ',' ? 'decimal.comma' : 'decimal.point') }),
  ];
  return words.filter(Boolean).join(', ');
}

/** The roles of all columns, with one changed. A role that only one column can have leaves the column that had it. */
export function withRole(detected: ImportDetected, index: number, role: ColumnRole): ColumnRole[] {
  const single = role !== 'ignore' && role !== 'description';
  return detected.columns.map((column) => {
    if (column.index === index) return role;
    return single && column.role === role ? 'ignore' : column.role;
  });
}

export type RowTab = 'all' | ImportRowStatus;

/** The tabs that have rows, and how many. */
export function tabsOf({ counts }: Pick<Import, 'counts'>): { tab: RowTab; n: number }[] {
  const tabs: { tab: RowTab; n: number }[] = [
    { tab: 'all', n: counts.rows },
    { tab: 'new', n: counts.new },
    { tab: 'pending', n: counts.pending },
    { tab: 'duplicate', n: counts.duplicate },
    { tab: 'check', n: counts.check },
    { tab: 'unreadable', n: counts.unreadable },
  ];
  return tabs.filter(({ tab, n }) => tab === 'all' || tab === 'new' || n > 0);
}

/** Whether a row is imported when nothing is said about it. */
export const isImportedByItself = (status: ImportRowStatus): boolean => status === 'new' || status === 'pending';

export function willImport({ status, decision }: Pick<ImportRow, 'status' | 'decision'>): boolean {
  if (status === 'unreadable') return false;
  return decision === null ? isImportedByItself(status) : decision === 'import';
}

/** How many more or fewer rows are imported because of what a person decided. */
export function decidedDifference(rows: Iterable<Pick<ImportRow, 'status' | 'decision'>>): number {
  let difference = 0;
  for (const row of rows) {
    const itself = isImportedByItself(row.status);
    if (willImport(row) !== itself) difference += itself ? -1 : 1;
  }
  return difference;
}

/** Something is under way on the server. */
export const isBusy = ({ state }: Pick<Import, 'state'>): boolean => state === 'reading' || state === 'importing' || state === 'taking_back';

/** Which of the four steps an import is at, from 1; 5 when all are behind it. */
export function stepOf(state: Import['state'] | undefined): number {
  if (state === undefined) return 1;
  if (state === 'reading' || state === 'asking' || state === 'ready') return 2;
  if (state === 'importing' || state === 'failed') return 3;
  return 4;
}
