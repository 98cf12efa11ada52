import { expect, test, type Page } from '@playwright/test';
import type { Account, Book, Category, NewTransaction } from '../src/lib/api/types';
import { addDays, plainDay, today as todayIn } from '../src/lib/calendar';
import { Api } from './support/api';
import { arrive } from './support/person';

const TODAY = todayIn('Europe/Berlin');
const PHONE = { width: 390, height: 844 };

interface Place {
  api: Api;
  book: Book;
  cash: Account;
  categories: Category[];
}

/** An empty book, with the list of its entries open. */
async function place(page: Page): Promise<Place> {
  await arrive(page);
  const api = new Api(page);
  const book = await api.book();
  const [cash] = await api.accounts(book);
  return { api, book, cash: cash!, categories: await api.categories(book) };
}

const expense = ({ cash, book }: Place, title: string, amount: string, more: Partial<NewTransaction> = {}): NewTransaction => ({
  kind: 'expense',
  title,
  day: TODAY,
  account: cash.id,
  amount: { amount, currency: book.base_currency },
  ...more,
});

const list = (page: Page) => page.getByRole('table', { name: 'Entries' });
const rowOf = (page: Page, title: string) => list(page).getByRole('row').filter({ hasText: title });
const titleField = (page: Page) => page.getByRole('combobox', { name: 'Title' });
const amountField = (page: Page) => page.getByRole('textbox', { name: /^Amount, / });

test('title, Tab, amount, Enter is enough', async ({ page }) => {
  await place(page);
  await page.goto('/entries');
  await expect(page.getByText('No entries yet')).toBeVisible();
  await page.keyboard.press('n');
  await page.keyboard.type('Zeit für Brot');
  await page.keyboard.press('Tab');
  await page.keyboard.type('5 + 2 × 1.80');
  await expect(page.getByText('= €8.60')).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(rowOf(page, 'Zeit für Brot')).toContainText('−8.60');
  await expect(page.getByRole('status').filter({ hasText: 'Zeit für Brot saved, −€8.60' })).toBeVisible();
  await expect(titleField(page)).toBeFocused();
  await expect(titleField(page)).toHaveValue('');
});

test('what is wrong is said, and stays as typed', async ({ page }) => {
  await place(page);
  await page.goto('/entries');
  await titleField(page).fill('Rent');
  await amountField(page).fill('12.345');
  await amountField(page).press('Enter');
  await expect(page.getByRole('alert')).toContainText('EUR has 2 decimals.');
  await amountField(page).fill('12.34');
  const date = page.getByRole('textbox', { name: 'Date' });
  await date.fill('31.11');
  await date.press('Control+Enter');
  await expect(page.getByText('31 November does not exist. Did you mean 30 November?')).toBeVisible();
  await expect(date).toHaveValue('31.11');
  // Of any other day the list may not tell: on the first of a month, yesterday is in another period.
  await date.fill('today');
  await date.press('Control+Enter');
  await expect(rowOf(page, 'Rent')).toContainText('−12.34');
  await expect(list(page)).toContainText('Today');
});

test('a draft waits until it is saved', async ({ page }) => {
  await place(page);
  await page.goto('/entries');
  await titleField(page).fill('Half a thought');
  await page.keyboard.press('Escape');
  await page.goto('/reports');
  await page.goto('/entries');
  await expect(titleField(page)).toHaveValue('Half a thought');
});

test('a lost answer does not make a second entry', async ({ page }) => {
  const { api, book } = await place(page);
  await page.goto('/entries');
  let lost = false;
  await page.route('**/transactions', async (route) => {
    if (route.request().method() !== 'POST' || lost) return route.continue();
    lost = true;
    await route.fetch();
    await route.abort('connectionreset');
  });
  await titleField(page).fill('Edeka');
  await amountField(page).fill('66.31');
  await amountField(page).press('Enter');
  await expect(page.getByText('The server did not answer')).toBeVisible();
  await amountField(page).press('Enter');
  await expect(rowOf(page, 'Edeka')).toHaveCount(1);
  const { transactions } = await api.get<{ transactions: unknown[] }>(`/ledger/books/${book.id}/transactions`);
  expect(transactions).toHaveLength(1);
});

test('suggestions fill in what belongs to a title', async ({ page }) => {
  const at = await place(page);
  const groceries = at.categories.find(({ name }) => name === 'Groceries')!;
  await at.api.record(at.book, expense(at, 'Edeka Südstern', '66.31', { category: groceries.id }));
  await page.goto('/entries');
  await titleField(page).pressSequentially('Ede');
  const suggestions = page.getByRole('listbox', { name: 'Entries like this before' });
  await expect(suggestions.getByRole('option', { name: /Edeka Südstern/ })).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('Tab');
  await expect(titleField(page)).toHaveValue('Edeka Südstern');
  await expect(page.getByRole('combobox', { name: 'Category' })).toHaveValue(groceries.id);
  await expect(amountField(page)).toHaveAttribute('placeholder', '66.31');
  await page.keyboard.press('Enter');
  await expect(amountField(page)).toHaveValue('66.31');
  await page.keyboard.press('Enter');
  await expect(rowOf(page, 'Edeka Südstern')).toHaveCount(2);
});

test('a split has to come to its amount', async ({ page }) => {
  await place(page);
  await page.goto('/entries');
  await titleField(page).fill('IKEA Tempelhof');
  await amountField(page).fill('187.95');
  await page.getByRole('button', { name: 'Split', exact: true }).click();
  await page.getByRole('textbox', { name: 'Amount of part 1' }).fill('142.95');
  await page.getByRole('textbox', { name: 'Note of part 1' }).fill('Shelf, bedding');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Part 2 is no amount.')).toBeVisible();
  await page.getByRole('textbox', { name: 'Amount of part 2' }).fill('40');
  await expect(page.getByText(/EUR\s5\.00 is not given to a category yet/)).toBeVisible();
  await page.getByRole('textbox', { name: 'Amount of part 2' }).fill('45');
  await page.keyboard.press('Control+Enter');
  await expect(rowOf(page, 'IKEA Tempelhof')).toContainText('Split in 2');
  await expect(rowOf(page, 'Shelf, bedding')).toContainText('−142.95');
});

test('a transfer moves money between two accounts', async ({ page }) => {
  const { api, book } = await place(page);
  await api.post(`/ledger/books/${book.id}/accounts`, { name: 'Savings', kind: 'savings', currency: 'EUR', private: false });
  await page.goto('/entries');
  await titleField(page).focus();
  await page.getByRole('button', { name: 'Transfer', exact: true }).click();
  await amountField(page).fill('400');
  await page.keyboard.press('Control+Enter');
  await expect(page.getByText('Choose where the money went.')).toBeVisible();
  await page.getByRole('combobox', { name: 'To', exact: true }).selectOption({ label: 'Savings' });
  await titleField(page).fill('Put aside');
  await page.keyboard.press('Control+Enter');
  await expect(rowOf(page, 'Put aside')).toContainText('Transfer');
  await expect(rowOf(page, 'Put aside')).toContainText('400.00');
});

test('an entry is changed, and its history tells', async ({ page }) => {
  const at = await place(page);
  const { transaction } = await at.api.record(at.book, expense(at, 'REWE', '36.40'));
  await page.goto(`/entries/${transaction.id}`);
  const dialog = page.getByRole('dialog', { name: 'Entry' });
  await dialog.getByRole('textbox', { name: /^Amount/ }).fill('36.90');
  await dialog.getByRole('button', { name: 'Save changes' }).click();
  await expect(dialog).toBeHidden();
  await expect(rowOf(page, 'REWE')).toContainText('−36.90');
  await rowOf(page, 'REWE').getByRole('button', { name: 'REWE' }).click();
  await dialog.getByText('History').click();
  await expect(dialog.getByText(/Amount: EUR\s36\.40 → EUR\s36\.90/)).toBeVisible();
});

test('two versions of one entry: only what differs, and the choice', async ({ page }) => {
  const at = await place(page);
  const { transaction } = await at.api.record(at.book, expense(at, 'REWE', '34.60'));
  await page.goto(`/entries?entry=${transaction.id}`);
  const dialog = page.getByRole('dialog', { name: 'Entry' });
  await dialog.getByRole('textbox', { name: /^Amount/ }).fill('36.40');
  await at.api.put(`/ledger/books/${at.book.id}/transactions/${transaction.id}`, expense(at, 'REWE', '36.00'), transaction.version);
  await dialog.getByRole('button', { name: 'Save changes' }).click();
  const conflict = dialog.getByRole('alert', { name: '“REWE” was not saved' });
  await expect(conflict.getByRole('columnheader')).toHaveText(['', 'Amount']);
  await expect(conflict).toContainText(/EUR\s36\.00/);
  await expect(conflict).toContainText(/EUR\s36\.40/);
  await conflict.getByRole('button', { name: 'Save mine' }).click();
  await expect(rowOf(page, 'REWE')).toContainText('−36.40');
});

test('many entries are deleted at once, and brought back', async ({ page }) => {
  const at = await place(page);
  for (const title of ['Bakery', 'Kiosk', 'Market']) await at.api.record(at.book, expense(at, title, '4.20'));
  await page.goto('/entries');
  await expect(rowOf(page, 'Bakery')).toBeVisible();
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await page.keyboard.press('Shift+J');
  await expect(page.getByRole('toolbar', { name: '2 entries selected' })).toContainText('−8.40');
  await page.keyboard.press('Backspace');
  await expect(page.getByText('2 entries deleted')).toBeVisible();
  await expect(list(page).getByRole('checkbox')).toHaveCount(2);
  await page.keyboard.press('z');
  await expect(list(page).getByRole('checkbox')).toHaveCount(4);
});

test('many entries get a category at once', async ({ page }) => {
  const at = await place(page);
  for (const title of ['Bakery', 'Kiosk']) await at.api.record(at.book, expense(at, title, '4.20'));
  await page.goto('/entries');
  await page.getByRole('checkbox', { name: 'Select all' }).check();
  await page.keyboard.press('c');
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('combobox', { name: 'Category' }).selectOption(at.categories.find(({ name }) => name === 'Groceries')!.id);
  await dialog.getByRole('button', { name: 'Change 2 entries' }).click();
  await expect(rowOf(page, 'Bakery')).toContainText('Groceries');
  await expect(rowOf(page, 'Kiosk')).toContainText('Groceries');
});

test('filters are in the address, and the totals are theirs', async ({ page }) => {
  const at = await place(page);
  await at.api.record(at.book, expense(at, 'Edeka Südstern', '66.31'));
  await at.api.record(at.book, expense(at, 'Apotheke am Südstern', '17.45'));
  await at.api.record(at.book, expense(at, 'Kino', '9.00'));
  await page.goto('/entries');
  await expect(page.getByText('3 entries', { exact: true })).toBeVisible();
  await page.keyboard.press('/');
  await page.keyboard.type('südstern');
  await expect(rowOf(page, 'Kino')).toHaveCount(0);
  await expect(page).toHaveURL(/q=s%C3%BCdstern/);
  await expect(page.getByText('−83.76').first()).toBeVisible();

  await page.getByRole('button', { name: 'Filter', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Filter entries' });
  await dialog.getByLabel('Amount from').fill('20');
  await dialog.getByRole('button', { name: 'Show entries' }).click();
  await expect(rowOf(page, 'Apotheke')).toHaveCount(0);
  await expect(rowOf(page, 'Edeka')).toHaveCount(1);
  await page.getByRole('button', { name: 'from 20 remove' }).click();
  await expect(rowOf(page, 'Apotheke')).toHaveCount(1);
});

test('the list of one account carries its balance', async ({ page }) => {
  const at = await place(page);
  await at.api.record(at.book, expense(at, 'Salary', '100.00', { kind: 'income', day: addDays(TODAY, -1) }));
  await at.api.record(at.book, expense(at, 'Kino', '9.00'));
  await page.goto(`/entries?account=${at.cash.id}&period=year`);
  await expect(page.getByRole('heading', { name: at.cash.name })).toBeVisible();
  await expect(rowOf(page, 'Kino')).toContainText('91.00');
  await expect(rowOf(page, 'Salary').first()).toContainText('100.00');
});

test('the list goes on as one scrolls', async ({ page }) => {
  const at = await place(page);
  for (let n = 0; n < 60; n++) await at.api.record(at.book, expense(at, `Entry ${n}`, '1.00', { day: addDays(TODAY, -Math.floor(n / 3)) }));
  await page.goto('/entries?period=year');
  await expect(rowOf(page, 'Entry 2').first()).toBeVisible();
  await page.keyboard.press('End');
  await expect(list(page).getByRole('checkbox')).toHaveCount(61);
  await expect(list(page)).toContainText(plainDay(addDays(TODAY, -19), TODAY, 'en-IE').split(' ')[1]!);
});

test('what is entered elsewhere appears by itself', async ({ page, context }) => {
  const at = await place(page);
  await page.goto('/entries');
  const other = await context.newPage();
  await other.goto('/entries');
  await titleField(other).fill('From the other tab');
  await amountField(other).fill('3');
  await amountField(other).press('Enter');
  await expect(rowOf(page, 'From the other tab')).toContainText('−3.00');
  expect((await at.api.accounts(at.book))[0]!.balance?.amount).toBe('-3.00');
});

test('on a phone the + opens the pad', async ({ page }) => {
  await page.setViewportSize(PHONE);
  await place(page);
  await page.getByRole('button', { name: 'Add entry' }).click();
  const sheet = page.getByRole('dialog', { name: 'New entry' });
  for (const key of ['1', '2', '.', '4', 'plus', '3', '.', '2']) await sheet.getByRole('button', { name: key, exact: true }).click();
  await expect(sheet.getByRole('status')).toContainText('12.4 + 3.2');
  await expect(sheet.getByRole('status')).toContainText('€15.60');
  await sheet.getByRole('combobox', { name: 'Title' }).fill('Markthalle Neun');
  await sheet.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(sheet).toBeHidden();
  await page.goto('/entries');
  await expect(rowOf(page, 'Markthalle Neun')).toContainText('−15.60');
});
