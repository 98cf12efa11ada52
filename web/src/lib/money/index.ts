/** Amounts: exact arithmetic on minor units, reading what is typed, writing for a locale. */
export * from './format';
export * from './input';
export * from './money';
