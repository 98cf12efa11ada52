import type { Environment } from 'vitest/runtime';

/** Code as the browser gets it, so that effects take place, but without a page: no test needs one. */
export default {
  name: 'client',
  viteEnvironment: 'client',
  setup: () => ({ teardown: () => {} }),
} satisfies Environment;
