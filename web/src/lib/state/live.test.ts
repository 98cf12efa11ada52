import { expect, it } from 'vitest';
import { affectedBy } from './live';

it.each([
  ['transaction_recorded', ['entries', 'accounts']],
  ['category_changed', ['categories', 'entries']],
  ['account_opened', ['accounts', 'entries']],
  ['import_committed', ['imports', 'entries', 'accounts']],
  ['book_changed', ['settings', 'entries']],
  ['something_new', ['entries', 'accounts']],
])('%s reloads %j', (kind, affected) => expect(affectedBy(kind)).toEqual(affected));
