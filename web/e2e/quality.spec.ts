import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { Api } from './support/api';
import { arrive, signUp } from './support/person';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const PAGES = ['/', '/entries', '/accounts', '/accounts?new', '/reports', '/import', '/settings', '/more', '/nowhere'];
const WIDTHS = [320, 390, 768, 1024, 1440];

async function expectAccessible(page: Page, what: string) {
  const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
  expect(found, what).toEqual([]);
}

for (const theme of ['light', 'dark'] as const) {
  for (const width of [390, 1440]) {
    test(`every page can be used by everyone: ${theme}, ${width}`, async ({ page }) => {
      test.slow();
      await page.emulateMedia({ colorScheme: theme });
      await page.setViewportSize({ width, height: 900 });
      await page.goto('/sign-up');
      await expectAccessible(page, 'sign-up');
      await signUp(page);
      await expectAccessible(page, 'questions');
      await page.getByLabel('Your name').fill('Clara');
      await page.getByRole('button', { name: 'Start' }).click();
      await expect(page.getByRole('heading', { name: 'Your first entry takes ten seconds' })).toBeVisible();
      await expectAccessible(page, 'empty overview');
      await new Api(page).someEntries();
      for (const path of PAGES) {
        await page.goto(path);
        await page.waitForLoadState('networkidle');
        await expectAccessible(page, path);
      }
    });
  }
}

test('no page scrolls sideways, at any width', async ({ page }) => {
  await arrive(page);
  await new Api(page).someEntries();
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 800 });
    for (const path of PAGES) {
      await page.goto(path);
      await expect(page.getByRole('main')).toBeVisible();
      const beyond = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(beyond, `${path} at ${width}`).toBe(0);
    }
  }
});

test('no page breaks its own content policy', async ({ page }) => {
  const broken: string[] = [];
  page.on('console', (message) => {
    if (/content security policy/i.test(message.text())) broken.push(message.text());
  });
  await arrive(page);
  await new Api(page).someEntries();
  for (const path of PAGES) {
    await page.goto(path);
    await expect(page.getByRole('main')).toBeVisible();
  }
  expect(broken).toEqual([]);
});

test('the first load weighs less than 200 KB', async ({ page }) => {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  let bytes = 0;
  session.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength));
  await page.goto('/sign-up');
  await page.waitForLoadState('networkidle');
  expect(bytes).toBeGreaterThan(10_000);
  expect(bytes).toBeLessThan(200_000);
});
