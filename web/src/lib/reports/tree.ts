import type { Money, ReportRow } from '$lib/api/types';
import { minorOf } from '$lib/money';

/** Which side of a report a row is looked at from. */
export type Side = 'spent' | 'income';

/** A row with the rows that lie in it; its figures hold theirs. */
export interface ReportNode {
  row: ReportRow;
  below: ReportNode[];
}

export const amountOf = (row: Pick<ReportRow, Side>, side: Side): Money => row[side];

export const previousOf = (row: Pick<ReportRow, 'previous_spent' | 'previous_income'>, side: Side): Money =>
  side === 'spent' ? row.previous_spent : row.previous_income;

export const averageOf = (row: Pick<ReportRow, 'average_spent' | 'average_income'>, side: Side): Money =>
  side === 'spent' ? row.average_spent : row.average_income;

/** The rows of a side as a tree, most first. A row is there if anything in it ever moved. */
export function treeOf(rows: ReportRow[], side: Side): ReportNode[] {
  const shown = rows.filter((row) => isOf(row, side));
  const keys = new Set(shown.map(({ key }) => key));
  const under = (parent: string | null): ReportNode[] =>
    shown
      .filter((row) => (row.parent !== null && keys.has(row.parent) ? row.parent : null) === parent)
      .toSorted((a, b) => byAmount(a, b, side))
      .map((row) => ({ row, below: row.key === null ? [] : under(row.key) }));
  return under(null);
}

function isOf(row: ReportRow, side: Side): boolean {
  return [amountOf(row, side), previousOf(row, side), averageOf(row, side)].some((money) => minorOf(money) !== 0n);
}

function byAmount(a: ReportRow, b: ReportRow, side: Side): number {
  const [x, y] = [minorOf(amountOf(a, side)), minorOf(amountOf(b, side))];
  return x === y ? a.name.localeCompare(b.name) : x < y ? 1 : -1;
}

export interface ShownRow {
  node: ReportNode;
  depth: number;
}

/** The tree as lines, with only what is open. */
export function linesOf(tree: ReportNode[], open: ReadonlySet<string>, depth = 0): ShownRow[] {
  return tree.flatMap((node) => [
    { node, depth },
    ...(node.row.key !== null && open.has(node.row.key) ? linesOf(node.below, open, depth + 1) : []),
  ]);
}
