import { describe, expect, it } from 'vitest';
import { axisTicks, cutScale, labelEvery } from './scale';

describe('axes', () => {
  it.each([
    [3842, [0, 1000, 2000, 3000, 4000]],
    [182, [0, 50, 100, 150, 200]],
    [0.7, [0, 0.2, 0.4, 0.6, 0.8]],
    [100, [0, 25, 50, 75, 100]],
    [0, [0, 1]],
    [-5, [0, 1]],
  ])('up to %s', (most, ticks) => expect(axisTicks(most)).toEqual(ticks));

  it('covers what it shows, with few lines', () => {
    for (let most = 0.013; most < 1e9; most *= 1.37) {
      const ticks = axisTicks(most);
      expect(ticks.at(-1)! >= most * 0.999).toBe(true);
      expect(ticks.length).toBeLessThanOrEqual(6);
    }
  });

  it('does not let the rent flatten the month', () => {
    expect(cutScale([1483, 190, 80])).toEqual({ most: 190 * 1.15, cut: true });
    expect(cutScale([200, 190])).toEqual({ most: 200, cut: false });
    expect(cutScale([200, 0])).toEqual({ most: 200, cut: false });
  });

  it('labels few days', () => expect([labelEvery(7), labelEvery(30), labelEvery(365)]).toEqual([1, 7, 61]));
});
