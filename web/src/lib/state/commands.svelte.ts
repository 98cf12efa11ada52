import { untrack } from 'svelte';
import type { IconName } from '$lib/ui/icons';

/** Something that can be done from the palette. */
export interface Command {
  id: string;
  label: string;
  icon: IconName;
  keys?: string;
  run: () => unknown;
}

/** The commands of the shell and of the page that is shown. */
class Commands {
  #layers = $state.raw<(() => Command[])[]>([]);

  all: Command[] = $derived(this.#layers.flatMap((layer) => layer()));

  add(layer: () => Command[]): () => void {
    this.#layers = [...this.#layers, layer];
    return () => (this.#layers = this.#layers.filter((other) => other !== layer));
  }
}

export const commands = new Commands();

/** Offers commands for as long as the component is shown. */
export function useCommands(layer: () => Command[]): void {
  $effect(() => untrack(() => commands.add(layer)));
}
