import { expect, test, type Page } from '@playwright/test';
import { Api } from './support/api';
import { arrive } from './support/person';
import { markup } from './support/page';

test.beforeEach(async ({ page }) => {
  await arrive(page);
  await new Api(page).someEntries();
  await expect(page.getByRole('region', { name: 'Spent', exact: true })).toContainText('€74.91');
});

test('income, expenses and what is left add up', async ({ page }) => {
  const left = page.getByRole('region', { name: 'What is left' });
  await expect(left.getByRole('row', { name: /Income/ })).toContainText('+2,890.00');
  await expect(left.getByRole('row', { name: /Expenses/ })).toContainText('−74.91');
  await expect(left.getByRole('row', { name: /Left/ })).toContainText('€2,815.09');
});

async function amountsIn(page: Page): Promise<string[]> {
  return (await markup(page)).match(/74\.91|66\.31|8\.60|2,?890|2,?815/g) ?? [];
}

test('hidden amounts are not in the page at all', async ({ page }) => {
  await page.keyboard.press('h');
  await expect(page.getByRole('region', { name: 'Spent', exact: true })).not.toContainText('74');
  expect(await amountsIn(page)).toEqual([]);
  await page.reload();
  await expect(page.getByRole('region', { name: 'Recent entries' })).toContainText('Zeit für Brot');
  expect(await amountsIn(page)).toEqual([]);
  await page.keyboard.press('h');
  await expect(page.getByRole('region', { name: 'Spent', exact: true })).toContainText('€74.91');
});

test('the person arranges the page, by keys, and it stays so', async ({ page }) => {
  const names = () => page.getByRole('main').locator('section').evaluateAll((all) => all.map((one) => one.ariaLabel));
  await page.getByRole('button', { name: 'Arrange blocks' }).click();
  await page.getByRole('button', { name: 'Move Net worth' }).focus();
  await page.keyboard.press('ArrowUp');
  await page.getByRole('button', { name: 'Hide Recent entries' }).click();
  await page.getByRole('button', { name: 'Done' }).click();
  const expected = ['Spent', 'What is left', 'Categories', 'Day by day', 'Net worth', 'Half a year'];
  await expect.poll(names).toEqual(expected);
  await page.reload();
  await expect.poll(names).toEqual(expected);

  await page.getByRole('button', { name: 'Arrange blocks' }).click();
  await page.getByRole('button', { name: 'Show Recent entries' }).click();
  await expect(page.getByRole('region', { name: 'Recent entries' })).toBeVisible();
});

test('keys go through the periods and pages', async ({ page }) => {
  const header = page.getByRole('banner');
  const now = await header.getByRole('button', { name: /\d{4}/ }).textContent();
  await page.keyboard.press('[');
  await expect(page).toHaveURL(/period=month&day=/);
  await expect(header.getByRole('button', { name: /\d{4}/ })).not.toHaveText(now!);
  await page.keyboard.press('t');
  await expect(header.getByRole('button', { name: /\d{4}/ })).toHaveText(now!);

  await page.keyboard.press('g');
  await page.keyboard.press('s');
  await expect(page).toHaveURL('/settings');
  await page.getByLabel('Name', { exact: true }).focus();
  await page.keyboard.type('ghno[');
  await expect(page).toHaveURL('/settings');
});

test('the palette finds entries and commands', async ({ page }) => {
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('combobox')).toBeFocused();
  await page.keyboard.type('zeit');
  await expect(page.getByRole('option', { name: /Zeit für Brot/ }).first()).toBeVisible();
  await page.getByRole('combobox').fill('acc');
  await expect(page.getByRole('option', { name: /Go to Accounts/ })).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL('/accounts');
});

test('a chart has a table behind it', async ({ page }) => {
  await page.getByRole('button', { name: 'Day by day: Table' }).click();
  await expect(page.getByRole('region', { name: 'Day by day' }).getByRole('cell', { name: '74.91' })).toBeVisible();
});
