/** Days, the book's periods, how both are written and how they are read. */
export * from './day';
export * from './format';
export * from './input';
export * from './period';
