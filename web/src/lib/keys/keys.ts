/** A key as it is written in help and bindings: `n`, `Shift z`, `Ctrl k`, `g o`, `Backspace`. */
export type KeyText = string;

export interface Binding {
  keys: KeyText | KeyText[];
  /** What it does, for the help. */
  label: string;
  run: (event: KeyboardEvent) => void;
  /** Also while typing: only for chords that no text needs. */
  whileTyping?: boolean;
  /** Not listed in the help. */
  quiet?: boolean;
}

type Stroke = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>;

const MODIFIERS = new Set(['Shift', 'Control', 'Alt', 'Meta', 'CapsLock', 'AltGraph']);

/** What was pressed, in the writing of bindings; nothing for a modifier alone. */
export function strokeText(event: Stroke): KeyText | undefined {
  if (MODIFIERS.has(event.key)) return undefined;
  const chord = event.ctrlKey || event.metaKey;
  const letter = event.key.length === 1;
  const key = letter ? (event.shiftKey && !/[a-z]/i.test(event.key) ? event.key : event.key.toLowerCase()) : event.key;
  const withShift = event.shiftKey && (!letter || /[a-z]/i.test(event.key));
  return [chord && 'Ctrl', event.altKey && 'Alt', withShift && 'Shift', key].filter(Boolean).join(' ');
}

/** Single keys can be switched off and rest while typing; chords with Ctrl work always. */
export const isSingle = (text: KeyText): boolean => !/^(Ctrl|Alt) /.test(text);

/** How long the second key of `g o` may take. */
export const SEQUENCE_MS = 1200;

/** Follows strokes and finds the binding that they complete; the latest layer goes first. */
export class KeyMap {
  #layers: Binding[][] = [];
  #prefix: { text: KeyText; at: number } | undefined;

  /** Adds bindings above those already there; call the answer to take them away. */
  add(bindings: Binding[]): () => void {
    this.#layers.push(bindings);
    return () => {
      this.#layers = this.#layers.filter((layer) => layer !== bindings);
    };
  }

  get bindings(): Binding[] {
    return this.#layers.flat();
  }

  /** The binding that this stroke completes, if any. */
  match(event: Stroke, at: number, { typing = false, singleKeys = true } = {}): Binding | undefined {
    const stroke = strokeText(event);
    if (stroke === undefined) return undefined;
    const prefix = this.#prefix && at - this.#prefix.at <= SEQUENCE_MS ? `${this.#prefix.text} ${stroke}` : undefined;
    this.#prefix = undefined;

    const usable = this.#usable(typing, singleKeys);
    const found = (prefix && find(usable, prefix)) || find(usable, stroke);
    if (!found && startsSequence(usable, stroke)) this.#prefix = { text: stroke, at };
    return found;
  }

  #usable(typing: boolean, singleKeys: boolean): Binding[] {
    return this.#layers
      .toReversed()
      .flat()
      .filter((binding) => {
        if (typing) return binding.whileTyping ?? false;
        return singleKeys || !asList(binding.keys).every(isSingle) || isNavigation(binding);
      });
  }
}

/** Arrows, Enter and Escape are no characters: they stay when single keys are off. */
const isNavigation = ({ keys }: Binding): boolean => asList(keys).some((text) => /(Arrow|Enter|Escape|Home|End)/.test(text));

const asList = (keys: KeyText | KeyText[]): KeyText[] => (Array.isArray(keys) ? keys : [keys]);

const find = (bindings: Binding[], text: KeyText) => bindings.find(({ keys }) => asList(keys).includes(text));

const startsSequence = (bindings: Binding[], stroke: KeyText) =>
  bindings.some(({ keys }) => asList(keys).some((text) => text.startsWith(`${stroke} `) && isSingle(text) && !text.startsWith('Shift ')));

/** Whether keys are text for this element. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable) return true;
  if (target instanceof HTMLInputElement) return !/^(checkbox|radio|button|submit|range|file)$/.test(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}
