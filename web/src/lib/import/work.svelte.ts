import { ApiError, type Import } from '$lib/api';
import { reasonOf } from '$lib/messages/reason';
import { toasts } from '$lib/state/toasts.svelte';

/** What is done with an import, one thing at a time; what comes of it is passed on, and a refusal said. */
export class ImportWork {
  busy = $state(false);
  readonly #onanswer: (answer: Import) => void;

  constructor(onanswer: (answer: Import) => void) {
    this.#onanswer = onanswer;
  }

  async run(call: () => Promise<Import | void>): Promise<void> {
    this.busy = true;
    try {
      const answer = await call();
      if (answer) this.#onanswer(answer);
    } catch (error) {
      toasts.problem(fieldOf(error) ?? reasonOf(error));
    } finally {
      this.busy = false;
    }
  }
}

/** Of a wrong field what is wrong with it: the person typed none, so that its name says nothing. */
const fieldOf = (error: unknown): string | undefined => (error instanceof ApiError ? error.fields[0]?.message : undefined);
