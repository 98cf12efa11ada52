import { describe, expect, it } from 'vitest';
import { KeyMap, SEQUENCE_MS, strokeText, type Binding } from './keys';

const press = (key: string, held: Partial<Record<'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey', boolean>> = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...held,
});

const binding = (keys: string | string[], more: Partial<Binding> = {}): Binding => ({
  keys,
  label: String(keys),
  run: () => {},
  ...more,
});

describe('strokes', () => {
  it('are written as the help shows them', () => {
    expect(strokeText(press('n'))).toBe('n');
    expect(strokeText(press('Z', { shiftKey: true }))).toBe('Shift z');
    expect(strokeText(press('?', { shiftKey: true }))).toBe('?');
    expect(strokeText(press('k', { metaKey: true }))).toBe('Ctrl k');
    expect(strokeText(press('Tab', { shiftKey: true }))).toBe('Shift Tab');
    expect(strokeText(press('Shift', { shiftKey: true }))).toBeUndefined();
  });
});

describe('the key map', () => {
  it('finds single keys, chords and sequences', () => {
    const map = new KeyMap();
    map.add([binding('n'), binding('Ctrl k', { whileTyping: true }), binding('g o'), binding('o')]);
    expect(map.match(press('n'), 0)?.label).toBe('n');
    expect(map.match(press('k', { ctrlKey: true }), 0)?.label).toBe('Ctrl k');
    expect(map.match(press('g'), 0)).toBeUndefined();
    expect(map.match(press('o'), 100)?.label).toBe('g o');
    expect(map.match(press('o'), 200)?.label).toBe('o');
  });

  it('forgets a first key that was left alone', () => {
    const map = new KeyMap();
    map.add([binding('g o')]);
    map.match(press('g'), 0);
    expect(map.match(press('o'), SEQUENCE_MS + 1)).toBeUndefined();
  });

  it('rests while typing, but for chords that say so', () => {
    const map = new KeyMap();
    map.add([binding('n'), binding('Ctrl k', { whileTyping: true })]);
    expect(map.match(press('n'), 0, { typing: true })).toBeUndefined();
    expect(map.match(press('k', { ctrlKey: true }), 0, { typing: true })?.label).toBe('Ctrl k');
  });

  it('can do without single keys, and keeps the arrows', () => {
    const map = new KeyMap();
    map.add([binding('n'), binding(['j', 'ArrowDown']), binding('Ctrl Enter')]);
    expect(map.match(press('n'), 0, { singleKeys: false })).toBeUndefined();
    expect(map.match(press('ArrowDown'), 0, { singleKeys: false })?.label).toBe('j,ArrowDown');
    expect(map.match(press('Enter', { ctrlKey: true }), 0, { singleKeys: false })?.label).toBe('Ctrl Enter');
  });

  it('lets the page go before the shell, until it leaves', () => {
    const map = new KeyMap();
    map.add([binding('t', { label: 'today' })]);
    const leave = map.add([binding('t', { label: 'tag' })]);
    expect(map.match(press('t'), 0)?.label).toBe('tag');
    leave();
    expect(map.match(press('t'), 0)?.label).toBe('today');
  });
});
