import { expect, type Page } from '@playwright/test';

export const PASSWORD = 'seven kettles under a willow';

/** An address that nobody has signed up with. */
export const newEmail = (): string => `clara-${crypto.randomUUID()}@brandt.example`;

/** Creates an account in the browser; ends at the three questions. */
export async function signUp(page: Page, email = newEmail()): Promise<string> {
  await page.goto('/sign-up');
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByRole('heading', { name: 'Three questions' })).toBeVisible();
  return email;
}

/** Answers the three questions; ends at the first page. */
export async function answerQuestions(page: Page, { name = 'Clara' } = {}): Promise<void> {
  await page.getByLabel('Your name').fill(name);
  await page.getByRole('button', { name: 'Start' }).click();
  await expect(page.getByRole('heading', { name: 'Your first entry takes ten seconds' })).toBeVisible();
}

/** Somebody with an empty book. */
export async function arrive(page: Page): Promise<string> {
  const email = await signUp(page);
  await answerQuestions(page);
  return email;
}
