import { expect, test } from '@playwright/test';
import { Api } from './support/api';
import { answerQuestions, arrive, signUp } from './support/person';

test('from sign-up to the first expense, and the total follows without a reload', async ({ page }) => {
  await signUp(page);
  await answerQuestions(page);
  await page.evaluate(() => Object.assign(window, { neverReloaded: true }));

  await page.keyboard.press('n');
  await page.getByRole('combobox', { name: 'Title' }).fill('Zeit für Brot');
  await page.getByRole('textbox', { name: /Amount/ }).fill('8.60');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('main').getByText('Zeit für Brot')).toBeVisible();

  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Overview' }).click();
  await expect(page.getByRole('region', { name: 'Spent', exact: true })).toContainText('€8.60');
  expect(await page.evaluate(() => 'neverReloaded' in window)).toBe(true);
});

test('the total changes when something is entered elsewhere', async ({ page, context }) => {
  await arrive(page);
  await new Api(page).someEntries();
  const spent = page.getByRole('region', { name: 'Spent', exact: true });
  await expect(spent).toContainText('€74.91');

  const other = await context.newPage();
  await other.goto('/');
  await expect(other.getByRole('region', { name: 'Spent', exact: true })).toContainText('€74.91');
  const api = new Api(other);
  const book = await api.book();
  const [account] = await api.accounts(book);
  await api.record(book, {
    kind: 'expense',
    title: 'Markthalle Neun',
    day: new Date().toISOString().slice(0, 10),
    account: account!.id,
    amount: { amount: '19.80', currency: book.base_currency },
  });
  await expect(spent).toContainText('€94.71');
  await expect(other.getByRole('region', { name: 'Spent', exact: true })).toContainText('€94.71');
});

test('a reload between the questions goes on where it stopped', async ({ page }) => {
  await signUp(page);
  await page.getByLabel('Your name').fill('Kenji');
  await page.getByText('A household').click();
  await page.getByLabel('Main currency').selectOption('JPY');
  await expect(page.getByRole('complementary', { name: 'This is how it will look' })).toContainText('¥1,284');
  await page.reload();
  await expect(page.getByLabel('Your name')).toHaveValue('Kenji');
  await expect(page.getByLabel('Main currency')).toHaveValue('JPY');

  await page.goto('/');
  await expect(page).toHaveURL('/welcome');
  await page.getByRole('button', { name: 'Start' }).click();
  await expect(page.getByRole('navigation', { name: 'Main' })).toContainText('Kenji’s household');
  await expect(page.getByRole('region', { name: 'What is left' })).toContainText('¥0');
});

test('a lost answer does not make a second book', async ({ page }) => {
  await signUp(page);
  let lost = false;
  await page.route('**/api/v1/ledger/books/*', async (route) => {
    if (lost) return route.continue();
    lost = true;
    await route.fetch();
    await route.abort('connectionreset');
  });
  await page.getByLabel('Your name').fill('Clara');
  await page.getByRole('button', { name: 'Start' }).click();
  await expect(page.getByRole('alert')).toContainText('The server did not answer');
  await page.getByRole('button', { name: 'Start' }).click();
  await expect(page.getByRole('heading', { name: 'Your first entry takes ten seconds' })).toBeVisible();
  const { books } = await new Api(page).get<{ books: unknown[] }>('/ledger/books');
  expect(books).toHaveLength(1);
});

test('what is missing is said under its field', async ({ page }) => {
  await page.goto('/sign-up');
  await page.getByLabel('E-mail').fill('clara');
  await page.getByLabel('Password', { exact: true }).fill('short');
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByText('“clara” is no e-mail address.')).toBeVisible();
  await expect(page.getByText('it needs at least 8')).toBeVisible();

  await signUp(page);
  await page.getByRole('button', { name: 'Start' }).click();
  await expect(page.getByText('Type the name that others')).toBeVisible();
});
