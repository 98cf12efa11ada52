import type { Report, ReportBy, ReportRow } from '$lib/api';
import { t } from '$lib/messages';
import { reader } from '$lib/state/reader.svelte';
import { subtract } from '$lib/money';
import { csvText, download } from './csv';
import { previousName, rowName } from './names';
import { amountOf, averageOf, linesOf, previousOf, treeOf, type Side } from './tree';

/** The table that is shown, with exact amounts: what is closed on the page is not in the file. */
export function exportReport(report: Report, by: ReportBy, side: Side, open: ReadonlySet<string>): void {
  const head = [t(`reports.${by}`), reader.periodName(report.period), previousName(report), t('reports.change'), t('reports.average')];
  const line = (name: string, row: Parameters<typeof amountOf>[0] & Pick<ReportRow, 'previous_spent' | 'previous_income' | 'average_spent' | 'average_income'>) => [
    name,
    amountOf(row, side).amount,
    previousOf(row, side).amount,
    subtract(amountOf(row, side), previousOf(row, side)).amount,
    averageOf(row, side).amount,
  ];
  const rows = linesOf(treeOf(report.rows, side), open).map(({ node, depth }) => line('  '.repeat(depth) + rowName(node.row, by), node.row));
  const rest = report.rest ? [line(t('reports.rest_payees'), report.rest)] : [];
  const table = [[...head.slice(0, 1), ...head.slice(1).map((name) => `${name}, ${report.currency}`)], ...rows, ...rest, line(t('reports.total'), report.totals)];
  download(t('reports.file', { by, period: report.period.first }), csvText(table));
}
