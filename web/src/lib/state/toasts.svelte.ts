export interface Toast {
  id: number;
  text: string;
  tone: 'done' | 'problem';
  undo?: () => Promise<unknown> | void;
}

const SHOWN_MS = 5_000;
const UNDO_SHOWN_MS = 10_000;

/** Short word of what was done, with the way back while it is shown. One at a time. */
class Toasts {
  current = $state.raw<Toast>();

  #lastId = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  done(text: string, undo?: Toast['undo']): void {
    this.#show({ id: ++this.#lastId, text, tone: 'done', undo });
  }

  problem(text: string): void {
    this.#show({ id: ++this.#lastId, text, tone: 'problem' });
  }

  hide(): void {
    clearTimeout(this.#timer);
    this.current = undefined;
  }

  /** While the pointer or the focus is on it, it stays. */
  hold(): void {
    clearTimeout(this.#timer);
  }

  release(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.hide(), this.current?.undo ? UNDO_SHOWN_MS : SHOWN_MS);
  }

  #show(toast: Toast): void {
    this.current = toast;
    this.release();
  }
}

export const toasts = new Toasts();
