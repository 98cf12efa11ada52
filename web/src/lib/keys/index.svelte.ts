import { isTyping, KeyMap, type Binding } from './keys';

export type { Binding } from './keys';

export const keyMap = new KeyMap();

/** Whether single keys do something; the person can switch them off. */
export const keySettings = $state({ single: true });

/** Binds keys for as long as the component is shown. Call while it is set up. */
export function useKeys(bindings: () => Binding[]): void {
  $effect(() => keyMap.add(bindings()));
}

/** One listener on the window serves all bindings. */
export function handleKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  // Under an open dialog the page rests, as it does while someone types.
  const typing = isTyping(event.target) || document.querySelector('dialog:modal') !== null;
  const found = keyMap.match(event, event.timeStamp, { typing, singleKeys: keySettings.single });
  if (!found) return;
  event.preventDefault();
  found.run(event);
}
