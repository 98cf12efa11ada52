/** How long a page may stay as it is before it shows that it waits. */
export const SKELETON_AFTER_MS = 150;

/**
 * What a promise last brought. While the next is under way the old value stays, so that nothing jumps;
 * `waiting` says so, and `slow` turns true when it takes long enough to be worth showing.
 */
export class Latest<T> {
  value = $state.raw<T>();
  error = $state.raw<unknown>();
  waiting = $state(true);
  slow = $state(false);

  constructor(source: () => Promise<T>) {
    $effect(() => {
      const promise = source();
      let current = true;
      this.waiting = true;
      const timer = setTimeout(() => (this.slow = true), SKELETON_AFTER_MS);
      promise
        .then((value) => {
          if (!current) return;
          this.value = value;
          this.error = undefined;
        })
        .catch((error: unknown) => {
          if (current) this.error = error;
        })
        .finally(() => {
          clearTimeout(timer);
          if (!current) return;
          this.waiting = false;
          this.slow = false;
        });
      return () => {
        current = false;
        clearTimeout(timer);
      };
    });
  }
}

/** A promise that a `load` hands to the page unawaited; its failure is shown there, not thrown here. */
export function later<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
