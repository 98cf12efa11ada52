/** The typed HTTP API, a module per service: `ledger.createTransaction(…)`. */
export * as auth from './auth';
export * as imports from './imports';
export * as ledger from './ledger';
export * as reporting from './reporting';
export * as user from './user';
export { client } from './client';
export { ApiError, Unreachable } from './errors';
export { Intent } from './intent';
export { uuidv7 } from './uuid';
export type * from './types';
