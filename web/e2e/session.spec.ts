import { expect, test } from '@playwright/test';
import { arrive, PASSWORD } from './support/person';

test('signing out and in again leads back to where one was', async ({ page }) => {
  const email = await arrive(page);
  await page.getByRole('button', { name: 'You' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page).toHaveURL('/sign-in');

  await page.goto('/settings');
  await expect(page).toHaveURL('/sign-in?next=%2Fsettings');
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill('wrong horse battery');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByText('E-mail or password is wrong.')).toBeVisible();

  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL('/settings');
});

test('an access token that ran out is renewed without a word', async ({ page, context }) => {
  await arrive(page);
  await context.clearCookies({ name: /access/ });
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Your first entry takes ten seconds' })).toBeVisible();
});
