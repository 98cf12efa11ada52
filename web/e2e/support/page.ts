import type { Page } from '@playwright/test';

const ID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** The markup of the page without its ids, which may hold any digits by chance. */
export async function markup(page: Page): Promise<string> {
  return (await page.getByRole('main').innerHTML()).replace(ID, '');
}
