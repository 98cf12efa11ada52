import { flushSync } from 'svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Latest, SKELETON_AFTER_MS } from './latest.svelte';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A `Latest` whose promises are settled by hand. */
function latest() {
  let times = $state(0);
  const settle: { resolve: (value: string) => void; reject: (error: unknown) => void }[] = [];
  let result!: Latest<string>;
  const end = $effect.root(() => {
    result = new Latest(() => {
      void times;
      return new Promise<string>((resolve, reject) => settle.push({ resolve, reject }));
    });
  });
  flushSync();
  const again = () => {
    times++;
    flushSync();
  };
  return { result, settle, again, end };
}

const settled = () => vi.advanceTimersByTimeAsync(0);

it('turns slow only after a while, and not when the answer is there', async () => {
  const { result, settle, end } = latest();
  expect([result.waiting, result.slow]).toEqual([true, false]);
  await vi.advanceTimersByTimeAsync(SKELETON_AFTER_MS);
  expect(result.slow).toBe(true);
  settle[0]!.resolve('first');
  await settled();
  expect([result.value, result.waiting, result.slow]).toEqual(['first', false, false]);
  end();
});

it('keeps the old value while the next is under way, and when it fails', async () => {
  const { result, settle, again, end } = latest();
  settle[0]!.resolve('first');
  await settled();
  again();
  expect([result.value, result.waiting]).toEqual(['first', true]);
  settle[1]!.reject(new Error('away'));
  await settled();
  expect([result.value, String(result.error)]).toEqual(['first', 'Error: away']);
  end();
});

it('does not let a late answer replace a newer one', async () => {
  const { result, settle, again, end } = latest();
  again();
  settle[1]!.resolve('second');
  await settled();
  settle[0]!.resolve('first');
  await settled();
  expect(result.value).toBe('second');
  end();
});
