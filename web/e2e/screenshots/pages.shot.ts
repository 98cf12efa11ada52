import { expect, test, type Page } from '@playwright/test';
import { mkdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { answerQuestions, signUp } from '../support/person';
import { moveIn } from './household';

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

/** A statement with something already there, something new and a line that is no booking. */
const STATEMENT = [
  'Buchungstag;Verwendungszweck;Betrag;Währung',
  '24.11.2026;ZEIT FUER BROT BERLIN;-8,60;EUR',
  '22.11.2026;IKEA DT. NIEDERLASSUNG BERLIN-TEMPELHOF;-187,95;EUR',
  '20.11.2026;NETFLIX INTERNATIONAL B.V. AMSTERDAM REF 8841207;-13,99;EUR',
  '16.11.2026;EDEKA SUEDSTERN BERLIN;-73,26;EUR',
  '1211.2026;UEBERTRAG;;EUR',
  '12.11.2026;HOCHSCHULE FUER KUENSTE HONORAR 11/2026;1.960,00;EUR',
  '11.11.2026;VATTENFALL EUROPE SALES GMBH ABSCHLAG;-84,00;EUR',
].join('\n');

async function upload(page: Page): Promise<string> {
  await page.goto('/import');
  const file = { name: 'Umsaetze_2026-11-24.csv', mimeType: 'text/csv', buffer: Buffer.from(STATEMENT) };
  await page.getByLabel('Choose a file').setInputFiles(file);
  await expect(page.getByRole('heading', { name: file.name })).toBeVisible();
  return new URL(page.url()).pathname;
}

async function beginEntry(page: Page): Promise<void> {
  await expect(page.getByText('Zeit für Brot').locator('visible=true').first()).toBeVisible();
  const add = page.getByRole('button', { name: /^Add/ }).locator('visible=true').first();
  await add.click();
  await page.getByRole('textbox', { name: 'Title' }).locator('visible=true').first().fill('Ed');
}

/** One page in both themes and both widths. */
async function shoot(page: Page, name: string, path: string, ready: () => Promise<void>): Promise<void> {
  for (const size of WIDTHS) {
    for (const theme of THEMES) {
      await page.setViewportSize(size);
      await page.emulateMedia({ colorScheme: theme });
      await page.goto(path);
      await page.addStyleTag({ content: STYLE });
      await ready();
      await page.evaluate(() => document.fonts.ready);
      await page.waitForLoadState('networkidle');
      await page.screenshot({ path: `${OUT}${name}-${size.width}-${theme}.png` });
    }
  }
}
