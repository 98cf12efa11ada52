import { uuidv7 } from './uuid';

/**
 * What a person means to do once, however often the request has to be sent.
 *
 * The key stays the same while the content does, so that a retry after a lost answer is answered with
 * the recorded outcome; other content is another intent, because the server refuses one key for two.
 */
export class Intent {
  #key = uuidv7();
  #content: string | undefined;

  /** The idempotency key for this content. */
  keyFor(content: unknown): string {
    const text = JSON.stringify(content) ?? '';
    if (this.#content !== undefined && this.#content !== text) this.#key = uuidv7();
    this.#content = text;
    return this.#key;
  }

  /** Call when it succeeded: doing the same again is a new intent. */
  done(): void {
    this.#key = uuidv7();
    this.#content = undefined;
  }
}
