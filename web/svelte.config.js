import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';
import adapter from './adapter.js';

/** @type {import('@sveltejs/kit').Config} */
const config = {
  preprocess: vitePreprocess(),
  compilerOptions: { runes: true },
  kit: {
    adapter: adapter(),
    version: { pollInterval: 0 },
    output: { preloadStrategy: 'modulepreload' },
  },
};

export default config;
