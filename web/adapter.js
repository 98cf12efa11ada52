import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import adapterStatic from '@sveltejs/adapter-static';

/**
 * Static files without a single inline script, so that the server may send `default-src 'self'`
 * without hashes: each inline script of the page becomes a file named by its content.
 */
export default function adapterStrict({ out = 'build', page = 'index.html' } = {}) {
  const files = adapterStatic({ pages: out, assets: out, fallback: page });
  return {
    name: 'adapter-strict',
    /** @param {import('@sveltejs/kit').Builder} builder */
    async adapt(builder) {
      await files.adapt(builder);
      moveInlineScripts(out, page);
      await builder.compress(out);
    },
  };
}

/** @param {string} out @param {string} page */
function moveInlineScripts(out, page) {
  const html = readFileSync(`${out}/${page}`, 'utf8');
  const moved = html.replace(/<script>([\s\S]*?)<\/script>/g, (_, /** @type {string} */ code) => {
    const hash = createHash('sha256').update(code).digest('hex').slice(0, 12);
    const path = `_app/immutable/inline.${hash}.js`;
    writeFileSync(`${out}/${path}`, code.trim());
    return `<script src="/${path}"></script>`;
  });
  writeFileSync(`${out}/${page}`, moved);
}
