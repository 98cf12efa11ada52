import { expect, test, type Page } from '@playwright/test';
import { mkdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { answerQuestions, signUp } from '../support/person';
import { bankStatement, moveIn } from './household';

const OUT = fileURLToPath(new URL('../../../docs/screenshots/', import.meta.url));
const WIDTHS = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
];
const THEMES = ['light', 'dark'] as const;

/** The machine's own system face differs everywhere; the pictures are always set in Inter. */
const FACE = readFileSync(
  fileURLToPath(new URL('../../node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2', import.meta.url)),
).toString('base64');
const STYLE = `
  @font-face { font-family: Inter; font-weight: 100 900; src: url(data:font/woff2;base64,${FACE}) }
  :root { --font: Inter, sans-serif !important }`;

test.use({ bypassCSP: true });

test('the pages of a household', async ({ page }) => {
  test.setTimeout(600_000);
  mkdirSync(OUT, { recursive: true });
  await signUp(page, 'clara@brandt.example');
  await page.getByText('A household').click();
  await answerQuestions(page);
  await moveIn(page);

  await shoot(page, 'overview', '/', () => expect(page.getByRole('region', { name: 'Net worth' })).toBeVisible());
  await shoot(page, 'entries', '/entries', () => expect(page.getByText('Zeit für Brot').locator('visible=true').first()).toBeVisible());
  await shoot(page, 'entry', '/entries', () => beginEntry(page));
  const statement = await upload(page);
  await shoot(page, 'import', statement, () => expect(page.getByText('semicolons').first()).toBeVisible());
  await shoot(page, 'reports', '/reports', () => expect(page.getByRole('main').getByText('Food').locator('visible=true').first()).toBeVisible());
  await shoot(page, 'accounts', '/accounts', () => expect(page.getByText('Savings').first()).toBeVisible());
  await shoot(page, 'settings', '/settings', () => expect(page.getByText('This one')).toBeVisible());
});

async function upload(page: Page): Promise<string> {
  const file = { name: 'Umsaetze_DE12.csv', mimeType: 'text/csv', buffer: Buffer.from(await bankStatement(page)) };
  await page.goto('/import');
  await page.getByLabel('Account').selectOption({ label: 'Joint account' });
  await page.getByLabel('Choose a file').setInputFiles(file);
  await expect(page.getByRole('heading', { name: file.name })).toBeVisible();
  return new URL(page.url()).pathname;
}

/** Half-way to a new entry: at a desk the title finds entries of before, on a phone the amount stands already. */
async function beginEntry(page: Page): Promise<void> {
  await page.evaluate(() => sessionStorage.clear());
  await page.reload();
  await expect(page.getByText('Zeit für Brot').locator('visible=true').first()).toBeVisible();
  const onPhone = page.getByRole('button', { name: 'Add entry' });
  if (await onPhone.isVisible()) {
    await onPhone.click();
    for (const sign of '12.40') await page.getByRole('button', { name: sign, exact: true }).click();
    await page.getByRole('button', { name: 'plus' }).click();
    for (const sign of '3.20') await page.getByRole('button', { name: sign, exact: true }).click();
  }
  await page.getByRole('combobox', { name: 'Title' }).pressSequentially('Süd');
  await expect(page.getByRole('option', { name: /Apotheke am Südstern/ })).toBeVisible();
}

/** One page in both themes and both widths. */
async function shoot(page: Page, name: string, path: string, ready: () => Promise<void>): Promise<void> {
  for (const size of WIDTHS) {
    for (const theme of THEMES) {
      await page.setViewportSize(size);
      await page.emulateMedia({ colorScheme: theme });
      await page.goto(path);
      await ready();
      await page.addStyleTag({ content: STYLE });
      await page.evaluate(() => document.fonts.ready);
      await page.waitForLoadState('networkidle');
      await page.screenshot({ path: `${OUT}${name}-${size.width}-${theme}.png` });
    }
  }
}
