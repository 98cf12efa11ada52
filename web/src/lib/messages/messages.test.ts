import { describe, expect, it } from 'vitest';
import { fill, parse } from './format';

const catalogues = import.meta.glob<Record<string, string>>('./en/*.json', { eager: true, import: 'default' });

describe('messages', () => {
  it('fills in values and plurals', () => {
    const message = '{n, plural, =0 {No entries} one {# entry} other {# entries}} for {name}';
    expect([0, 1, 1234].map((n) => fill(message, { n, name: 'Clara' }, 'en'))).toEqual([
      'No entries for Clara',
      '1 entry for Clara',
      '1,234 entries for Clara',
    ]);
  });

  it('keeps tags for the page and drops them in text', () => {
    expect(fill('<b>{a} more</b> than <link>before</link>', { a: '1' }, 'en')).toBe('1 more than before');
    expect(parse('<b>x</b>')).toEqual([{ kind: 'tag', name: 'b', inside: [{ kind: 'text', text: 'x' }] }]);
  });

  it('says where a message is broken', () => {
    expect(() => parse('{n, plural, one}')).toThrow(SyntaxError);
    expect(() => parse('{a b}')).toThrow(SyntaxError);
  });

  it('can be read in every file, and no key is in two', () => {
    const seen = new Map<string, string>();
    for (const [file, texts] of Object.entries(catalogues)) {
      for (const [key, text] of Object.entries(texts)) {
        expect(() => parse(text), key).not.toThrow();
        expect(seen.get(key), `${key} in ${file}`).toBeUndefined();
        seen.set(key, file);
      }
    }
    expect(seen.size).toBeGreaterThan(100);
  });

  it('keeps to the voice: no exclamation marks, no oops', () => {
    for (const texts of Object.values(catalogues)) {
      for (const text of Object.values(texts)) expect(text).not.toMatch(/!|oops|sorry|please/i);
    }
  });
});
