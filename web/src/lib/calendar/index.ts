/** Days, the book's periods, and how both are written. */
export * from './day';
export * from './format';
export * from './period';
