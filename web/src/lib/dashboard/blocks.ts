import type { DashboardLayout } from '$lib/api/types';
import type { MessageKey } from '$lib/messages';

export type BlockId = 'spent' | 'left' | 'categories' | 'recent' | 'days' | 'heat' | 'accounts';

interface BlockShape {
  name: MessageKey;
  /** Columns of twelve that it likes to have. */
  span: number;
}

export const blocks: Record<BlockId, BlockShape> = {
  spent: { name: 'overview.spent', span: 8 },
  left: { name: 'block.left', span: 4 },
  categories: { name: 'block.categories', span: 5 },
  recent: { name: 'block.recent', span: 7 },
  days: { name: 'block.days', span: 7 },
  heat: { name: 'block.heat', span: 5 },
  accounts: { name: 'block.accounts', span: 12 },
};

const DESK_ORDER: BlockId[] = ['spent', 'left', 'categories', 'recent', 'days', 'heat', 'accounts'];
/** The day bars say little on a narrow page; the calendar stands for both. */
const PHONE_ORDER: BlockId[] = ['spent', 'left', 'recent', 'categories', 'heat', 'accounts'];

const COLUMNS = 12;

export interface Placed {
  id: BlockId;
  span: number;
}

/** The blocks in the person's order; new ones come where they are by default, unknown ones are left out. */
export function orderOf(layout: DashboardLayout, phone = false): BlockId[] {
  const known = layout.order.filter((id): id is BlockId => id in blocks);
  const standard = phone ? PHONE_ORDER : DESK_ORDER;
  if (known.length === 0) return standard;
  const missing = standard.filter((id) => !known.includes(id));
  return [...known, ...missing].filter((id) => standard.includes(id));
}

export const visible = (layout: DashboardLayout, phone = false): BlockId[] =>
  orderOf(layout, phone).filter((id) => !layout.hidden.includes(id));

/** Puts blocks into rows of twelve columns; the last of a row takes what is left of it. */
export function place(ids: BlockId[]): Placed[] {
  const rows: Placed[][] = [];
  for (const id of ids) {
    const { span } = blocks[id];
    const row = rows.at(-1);
    const used = row?.reduce((sum, block) => sum + block.span, 0) ?? COLUMNS;
    if (row && used + span <= COLUMNS) row.push({ id, span });
    else rows.push([{ id, span }]);
  }
  return rows.flatMap((row) => {
    const free = COLUMNS - row.reduce((sum, block) => sum + block.span, 0);
    return row.map((block, n) => (n === row.length - 1 ? { ...block, span: block.span + free } : block));
  });
}

/** The order after a block moved by some places. */
export function moved(order: BlockId[], id: BlockId, by: number): BlockId[] {
  const from = order.indexOf(id);
  const to = Math.max(0, Math.min(order.length - 1, from + by));
  const others = order.filter((other) => other !== id);
  return [...others.slice(0, to), id, ...others.slice(to)];
}
