import { MediaQuery } from 'svelte/reactivity';
import { t } from '$lib/messages';
import { session } from '$lib/state/session.svelte';
import { toasts } from '$lib/state/toasts.svelte';
import { PHONE } from '$lib/state/view.svelte';
import { blocks, moved, orderOf, visible, type BlockId } from './blocks';

/** The person's own order of the first page, kept in the profile. */
export class Arrangement {
  /** The phone has an order of its own until the person makes one. */
  #phone = new MediaQuery(PHONE);

  active = $state(false);
  /** For those who do not see it move. */
  announcement = $state('');
  dragged = $state<BlockId>();

  layout = $derived(session.profile?.dashboard ?? { order: [], hidden: [] });
  shown: BlockId[] = $derived(visible(this.layout, this.#phone.current));
  hidden: BlockId[] = $derived(orderOf(this.layout).filter((id) => this.layout.hidden.includes(id)));

  /** Moves among the shown blocks; the hidden ones keep their neighbours. */
  move(id: BlockId, by: number): void {
    const target = this.shown[this.shown.indexOf(id) + by];
    if (!target) return;
    this.#moveTo(id, target);
    const place = this.shown.indexOf(id) + 1;
    this.announcement = t('arrange.moved', { block: t(blocks[id].name), place, n: this.shown.length });
  }

  /** While dragging: takes the place of the block under the pointer. */
  dragOver(target: BlockId): void {
    if (this.dragged && this.dragged !== target) this.#moveTo(this.dragged, target);
  }

  #moveTo(id: BlockId, target: BlockId): void {
    const order = orderOf(this.layout);
    this.#save({ order: moved(order, id, order.indexOf(target) - order.indexOf(id)) });
  }

  hide(id: BlockId): void {
    this.#save({ hidden: [...this.layout.hidden, id] });
  }

  show(id: BlockId): void {
    this.#save({ hidden: this.layout.hidden.filter((other) => other !== id) });
  }

  reset(): void {
    this.#save({ order: [], hidden: [] });
  }

  #save(change: Partial<{ order: string[]; hidden: string[] }>): void {
    const dashboard = { ...this.layout, ...change };
    session.prefer({ dashboard }).catch(() => toasts.problem(t('error.unreachable')));
  }
}
