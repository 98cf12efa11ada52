import { expect, test } from '@playwright/test';
import { arrive, PASSWORD } from './support/person';

test.beforeEach(async ({ page }) => void (await arrive(page)));

test('an account is opened with what is in it', async ({ page }) => {
  await page.getByRole('link', { name: 'Add an account' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Joint account');
  await page.getByLabel('Balance today').fill('1.234.5');
  await page.getByRole('button', { name: 'Add account' }).last().click();
  await expect(page.getByText('“1.234.5” is no amount.')).toBeVisible();
  await page.getByLabel('Balance today').fill('1,234.50');
  await page.getByRole('button', { name: 'Add account' }).last().click();
  await expect(page.getByRole('link', { name: 'Entries of Joint account' })).toContainText('1,234.50');
});

test('a category is made, changed and hidden', async ({ page }) => {
  await page.goto('/settings#categories');
  await page.getByRole('button', { name: 'Add a category' }).click();
  await page.getByLabel('Name', { exact: true }).last().fill('Bicycles');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: 'Change Bicycles' }).click();
  await page.getByLabel('Name', { exact: true }).last().fill('Cycling');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: 'Change Cycling' }).click();
  await page.getByRole('button', { name: 'Hide', exact: true }).click();
  await expect(page.getByText('1 hidden')).toBeVisible();
});

test('preferences hold at once and after a reload', async ({ page }) => {
  await page.goto('/settings');
  await page.getByRole('button', { name: 'Dark', exact: true }).click();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await page.getByLabel('Language and formats').selectOption('de-DE');
  await page.getByRole('checkbox', { name: /Single keys/ }).uncheck();
  await page.getByLabel('Week starts on').selectOption({ label: 'Sonntag' });
  await expect(page.getByText('Saved')).toBeVisible();
  await page.reload();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await expect(page.getByLabel('Week starts on')).toHaveValue('7');
  await page.goto('/');
  await expect(page.getByRole('region', { name: 'What is left' })).toContainText('0,00 €');
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keys' })).toBeHidden();
});

test('the password is changed with the old one', async ({ page }) => {
  await page.goto('/settings#security');
  await expect(page.getByText('This one')).toBeVisible();
  await page.getByRole('button', { name: 'Change password' }).click();
  await page.getByLabel('Current password').fill('wrong horse battery');
  await page.getByLabel('New password').fill('new kettles under a willow');
  await page.getByRole('dialog').getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByRole('dialog')).toContainText('not the present password');
  await page.getByLabel('Current password').fill(PASSWORD);
  await page.getByRole('dialog').getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByText('Password changed')).toBeVisible();
});
