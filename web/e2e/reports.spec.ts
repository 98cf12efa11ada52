import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { addDays, today as todayIn } from '../src/lib/calendar';
import { Api } from './support/api';
import { arrive } from './support/person';
import { markup } from './support/page';

const TODAY = todayIn('Europe/Berlin');

test.beforeEach(async ({ page }) => {
  await arrive(page);
  const api = new Api(page);
  const book = await api.book();
  const [cash] = await api.accounts(book);
  const categories = await api.categories(book);
  const of = (name: string) => categories.find((category) => category.name === name)!.id;
  const record = (title: string, amount: string, category: string, day = TODAY, kind: 'expense' | 'income' = 'expense') =>
    api.record(book, { kind, title, day, account: cash!.id, amount: { amount, currency: book.base_currency }, category: of(category) });
  await record('Salary', '2890.00', 'Salary', TODAY, 'income');
  await record('Edeka', '66.31', 'Groceries');
  await record('Ban Mai', '27.00', 'Eating out');
  await record('Edeka', '40.00', 'Groceries', addDays(TODAY, -366));
  await page.goto('/reports?period=year');
});

test('figures stand against the year before', async ({ page }) => {
  await expect(page.getByRole('region', { name: 'Spent' })).toContainText('€93.31');
  await expect(page.getByRole('region', { name: 'Spent' })).toContainText('53.31 more than');
  await expect(page.getByRole('region', { name: 'Saved' })).toContainText('€2,796.69');
});

test('categories open, and everything leads to its entries', async ({ page }) => {
  const table = page.getByRole('table', { name: /By category/ });
  await expect(table.getByRole('row', { name: /Food/ })).toContainText('93.31');
  await expect(table.getByRole('row', { name: /Groceries/ })).toHaveCount(0);
  await table.getByRole('button', { name: 'Show what is in Food' }).click();
  await expect(table.getByRole('row', { name: /Groceries/ })).toContainText('66.31');
  await table.getByRole('link', { name: 'Groceries' }).click();
  await expect(page).toHaveURL(/\/entries\?period=year.*category=/);
  await expect(page.getByRole('table', { name: 'Entries' }).getByRole('row').filter({ hasText: 'Edeka' })).toHaveCount(1);
});

test('by payee and by account, spending and income', async ({ page }) => {
  await page.getByRole('link', { name: 'By payee' }).click();
  await expect(page.getByRole('table', { name: /By payee/ }).getByRole('row', { name: /Ban Mai/ })).toContainText('27.00');
  await page.getByRole('button', { name: 'Income', exact: true }).click();
  await expect(page.getByRole('table', { name: /By payee/ }).getByRole('row', { name: /Salary/ })).toContainText('2,890.00');
  await page.getByRole('link', { name: 'By account' }).click();
  await expect(page.getByRole('table', { name: /By account/ }).getByRole('row', { name: /Total/ })).toContainText('2,890.00');
});

test('no payee stays behind the others', async ({ page }) => {
  const api = new Api(page);
  const book = await api.book();
  const [cash] = await api.accounts(book);
  for (let n = 1; n <= 32; n++) {
    await api.record(book, { kind: 'expense', title: `Kiosk ${n}`, day: TODAY, account: cash!.id, amount: { amount: `${n}.50`, currency: book.base_currency } });
  }
  await page.goto('/reports?period=year&by=payee');
  const table = page.getByRole('table', { name: /By payee/ });
  await expect(table.getByRole('row', { name: /All other payees/ })).toContainText('17.50');
  await expect(table.getByRole('row', { name: /Kiosk 1 / })).toHaveCount(0);
  await table.getByRole('link', { name: 'Show more' }).click();
  await expect(table.getByRole('row', { name: /Kiosk 1 / })).toContainText('1.50');
  await expect(table.getByRole('row', { name: /All other payees/ })).toHaveCount(0);

  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Search and commands' }).fill('kiosk 1');
  await page.getByRole('option', { name: /^Kiosk 1 All/ }).click();
  await expect(page.getByRole('table', { name: 'Entries' }).getByRole('row').filter({ hasText: 'Kiosk 1' })).toHaveCount(1);
});

test('behind the chart is a table', async ({ page }) => {
  const trend = page.getByRole('region', { name: 'Trend', exact: true });
  await expect(trend.getByRole('img', { name: /^Spending, .* Highest 20\d\d, 93/ })).toBeVisible();
  await trend.getByRole('button', { name: 'Table' }).click();
  await expect(trend.getByRole('table').getByRole('row', { name: /Food/ })).toContainText('93');
});

test('the table is saved as CSV, exact to the cent', async ({ page }) => {
  await page.getByRole('button', { name: 'Show what is in Food' }).click();
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export CSV' }).click()]);
  expect(file.suggestedFilename()).toBe(`report-category-${TODAY.slice(0, 4)}-01-01.csv`);
  const text = readFileSync(await file.path(), 'utf8');
  expect(text).toContain('Food,93.31,40.00,53.31,40.00\r\n  Groceries,66.31,40.00,26.31,40.00\r\n');
  expect(text).toContain('Total,93.31');
});

test('hidden amounts are in no chart either', async ({ page }) => {
  await expect(page.getByRole('region', { name: 'Spent' })).toContainText('93');
  await page.keyboard.press('h');
  await expect(page.getByRole('region', { name: 'Spent' })).not.toContainText('93');
  expect(await markup(page)).not.toMatch(/93\.31|66\.31|2,?890/);
});
