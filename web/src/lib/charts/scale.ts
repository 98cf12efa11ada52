/** Round values for an axis from 0: three to five steps of 1, 2, 2.5 or 5 times a power of ten. */
export function axisTicks(most: number, count = 4): number[] {
  if (!(most > 0)) return [0, 1];
  const rough = most / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((times) => times * power).find((size) => size >= rough * 0.999) ?? 10 * power;
  const steps = Math.ceil(most / step - 0.001);
  return Array.from({ length: steps + 1 }, (_, n) => Number((n * step).toPrecision(12)));
}

/** Where one value dwarfs the others: the scale ends at the second, and the first is cut. */
export function cutScale(values: number[], dwarf = 2): { most: number; cut: boolean } {
  const [largest = 0, second = 0] = values.toSorted((a, b) => b - a);
  const cut = second > 0 && largest > second * dwarf;
  return { most: cut ? second * 1.15 : largest, cut };
}

/** Every how many days the axis has a label, so that about five fit. */
export function labelEvery(days: number): number {
  if (days <= 7) return 1;
  if (days <= 31) return 7;
  if (days <= 100) return 14;
  return Math.ceil(days / 6);
}
