import { sveltekit } from '@sveltejs/kit/vite';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

const server = process.env.EXPENSE_TRACKER_URL ?? 'http://127.0.0.1:8000';

/** The router's announcer carries a style attribute, which the content policy refuses; base.css has it instead. */
const announcerWithoutStyle: Plugin = {
  name: 'announcer-without-style',
  enforce: 'pre',
  transform: {
    filter: { id: /generated\/root\.svelte$/ },
    handler: (code) => code.replace(/ style="[^"]*"/, ''),
  },
};

export default defineConfig({
  plugins: [announcerWithoutStyle, sveltekit()],
  server: { proxy: { '/api': { target: server, headers: { origin: server } } } },
  build: { target: 'es2022' },
  // Tests take the packages' browser side, as the client does.
  ...(process.env.VITEST ? { resolve: { conditions: ['browser'] } } : {}),
  test: { include: ['src/**/*.test.ts'], environment: './vitest.environment.ts' },
});
