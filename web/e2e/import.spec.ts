import { expect, test, type Page } from '@playwright/test';
import AxeBuilder from '@axe-core/playwright';
import { Api } from './support/api';
import { arrive } from './support/person';

/** A German bank's export: semicolons, decimal commas, one row that is no booking. */
const STATEMENT = [
  'Buchungstag;Verwendungszweck;Betrag;Währung',
  '20.11.2026;ZALANDO SE BERLIN;-84,90;EUR',
  '19.11.2026;EDEKA SUEDSTERN BERLIN;-66,31;EUR',
  '16.11.2026;NETFLIX INTERNATIONAL B.V.;-13,99;EUR',
  '1211.2026;UEBERTRAG;;EUR',
  '12.11.2026;HOCHSCHULE HONORAR;1.960,00;EUR',
].join('\n');

/** Days that can be read in two ways, in no order. */
const UNCLEAR = ['Date,Payee,Amount', '03/04/2026,Bakery,-4.20', '05/02/2026,Kiosk,-2.50', '04/03/2026,Market,-9.00'].join('\n');

async function choose(page: Page, name: string, text: string) {
  await page.goto('/import');
  await page.getByLabel('Choose a file').setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });
  await expect(page.getByRole('heading', { name })).toBeVisible();
}

const preview = (page: Page) => page.getByRole('table', { name: 'Preview of the rows' });
const tab = (page: Page, name: RegExp) => page.getByRole('group', { name: 'Rows' }).getByRole('button', { name });

test.beforeEach(async ({ page }) => void (await arrive(page)));

test('a statement is looked at, imported and taken back', async ({ page }) => {
  await choose(page, 'statement.csv', STATEMENT);
  await expect(page.getByText('semicolons, dates day.month.year, decimal comma')).toBeVisible();
  await expect(tab(page, /new/)).toContainText('4');
  await expect(tab(page, /can’t be read/)).toContainText('1');
  await expect(preview(page).getByRole('row', { name: /ZALANDO/ })).toContainText('−84.90');
  await expect(preview(page).getByRole('combobox', { name: 'Column 3: Betrag' })).toHaveValue('amount');

  await page.getByRole('button', { name: 'Import 4 entries' }).click();
  await expect(page.getByRole('heading', { name: /^4 entries added to / })).toBeVisible();
  await page.getByRole('link', { name: 'See the entries' }).click();
  const entries = page.getByRole('table', { name: 'Entries' });
  await expect(entries.getByRole('row').filter({ hasText: /honorar/i })).toContainText('+1,960.00');
  await expect(page.getByRole('button', { name: /One import/ })).toBeVisible();

  await page.goBack();
  await page.getByRole('button', { name: 'Take this import back' }).click();
  const dialog = page.getByRole('dialog', { name: 'Take back this import?' });
  await expect(dialog.getByRole('button', { name: 'Keep it' })).toBeFocused();
  await dialog.getByRole('button', { name: 'Take back 4 entries' }).click();
  await expect(page.getByRole('heading', { name: 'This import was taken back' })).toBeVisible();
  await page.goto('/entries');
  await expect(page.getByText('No entries in')).toBeVisible();
});

test('what is there already is left alone, unless someone says otherwise', async ({ page }) => {
  await choose(page, 'first.csv', STATEMENT);
  await page.getByRole('button', { name: 'Import 4 entries' }).click();
  await expect(page.getByRole('heading', { name: /^4 entries added to / })).toBeVisible();

  await choose(page, 'again.csv', STATEMENT);
  await expect(tab(page, /already there/)).toContainText('4');
  await expect(page.getByRole('button', { name: 'Import 0 entries' })).toBeDisabled();
  await tab(page, /already there/).click();
  await preview(page).getByRole('row', { name: /NETFLIX/ }).getByRole('button', { name: /^Import line/ }).click();
  await page.getByRole('button', { name: 'Import one entry' }).click();
  await expect(page.getByRole('heading', { name: /^One entry added to / })).toBeVisible();
});

test('a row that may be an entry already can be decided when the rest is done', async ({ page }) => {
  const api = new Api(page);
  const book = await api.book();
  const [account] = await api.accounts(book);
  const typed = (title: string, day: string, amount: string) =>
    api.record(book, { kind: 'expense', title, day, account: account!.id, amount: { amount, currency: book.base_currency } });
  await typed('Weekly shop', '2026-11-18', '66.31');
  await typed('Series', '2026-11-15', '13.99');
  await choose(page, 'statement.csv', STATEMENT);
  await expect(tab(page, /to check/)).toContainText('2');
  await page.getByRole('button', { name: 'Import 2 entries' }).click();
  await expect(page.getByRole('heading', { name: /^2 entries added to / })).toBeVisible();

  const left = page.getByRole('region', { name: '2 rows are still to check' });
  await expect(left.getByRole('row', { name: /EDEKA/ })).toContainText('like Weekly shop, 18 Nov');
  await expect(left.getByRole('button', { name: /^Import/ })).toBeDisabled();
  await left.getByRole('button', { name: 'Line 4 is the same entry: leave it out' }).click();
  await expect(page.getByRole('region', { name: 'One row is still to check' })).toBeVisible();
  await page.getByRole('button', { name: 'Line 3 is another entry: import it' }).click();
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);

  await page.reload();
  const decided = page.getByRole('region', { name: 'Rows that you have checked' });
  await expect(decided.getByRole('button', { name: 'Line 3 is another entry: import it' })).toHaveAttribute('aria-pressed', 'true');
  await decided.getByRole('button', { name: 'Import one entry' }).click();
  await expect(page.getByRole('heading', { name: /^3 entries added to / })).toBeVisible();
  await expect(decided.getByRole('row', { name: /EDEKA/ })).toHaveCount(0);
  await expect(decided.getByRole('row', { name: /NETFLIX/ })).toBeVisible();
  await expect(page.getByRole('row', { name: 'To check, left out 1' })).toBeVisible();
});

test('a row can be left out', async ({ page }) => {
  await choose(page, 'statement.csv', STATEMENT);
  const row = preview(page).getByRole('row', { name: /ZALANDO/ });
  await row.getByRole('button', { name: /^Leave out line/ }).click();
  await expect(row).toContainText('left out');
  await expect(page.getByRole('button', { name: 'Import 3 entries' })).toBeVisible();
});

test('what the file leaves open is asked, with samples', async ({ page }) => {
  await choose(page, 'unclear.csv', UNCLEAR);
  const question = page.getByRole('form', { name: 'One question before the rows are certain' });
  await expect(question.getByRole('radio')).toHaveCount(2);
  await expect(page.getByRole('button', { name: 'Answer the question first' })).toBeDisabled();
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
  await question.getByRole('radio').nth(1).check();
  await question.getByRole('button', { name: 'Answer' }).click();
  await expect(question).toBeHidden();
  await expect(page.getByRole('button', { name: 'Import 3 entries' })).toBeEnabled();
});

test('a column can be something else', async ({ page }) => {
  await choose(page, 'statement.csv', STATEMENT);
  await preview(page).getByRole('combobox', { name: 'Column 2: Verwendungszweck' }).selectOption('payee');
  await expect(preview(page).getByRole('combobox', { name: 'Column 2: Verwendungszweck' })).toHaveValue('payee');
  await expect(tab(page, /new/)).toContainText('4');
});

test('a file put aside leaves nothing behind', async ({ page }) => {
  await choose(page, 'statement.csv', STATEMENT);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page).toHaveURL('/import');
  await expect(page.getByText('None yet.')).toBeVisible();
  const api = new Api(page);
  const { transactions } = await api.get<{ transactions: unknown[] }>(`/ledger/books/${(await api.book()).id}/transactions`);
  expect(transactions).toEqual([]);
});

test('a file that is no statement is refused with a reason', async ({ page }) => {
  await page.goto('/import');
  await page.getByLabel('Choose a file').setInputFiles({ name: 'letter.csv', mimeType: 'text/csv', buffer: Buffer.from('Dear all,\nhello\n') });
  await expect(page.getByRole('main').getByRole('alert')).toHaveText(/\w+/);
});
