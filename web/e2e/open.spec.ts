import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { Api } from './support/api';
import { arrive } from './support/person';

const STATEMENT = 'Date;Payee;Amount\n20.11.2026;Zalando;-84,90\n19.11.2026;Edeka;-66,31\nno day;Kiosk;-1,00\n';

async function expectAccessible(page: Page, what: string) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target.join(' ')} ${failureSummary}`).join(', ')}`);
  expect(found, what).toEqual([]);
}

for (const theme of ['light', 'dark'] as const) {
  test(`what opens over a page can be used by everyone: ${theme}, at a desk`, async ({ page }) => {
    test.slow();
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    await arrive(page);
    await new Api(page).someEntries();
    await page.goto('/entries');
    await page.getByRole('combobox', { name: 'Title' }).pressSequentially('Ede');
    await expect(page.getByRole('option', { name: /Edeka/ })).toBeVisible();
    await expectAccessible(page, 'suggestions');
    await page.keyboard.press('Tab');
    await page.keyboard.type('12 + x');
    await page.getByRole('button', { name: 'Split', exact: true }).click();
    await page.getByRole('button', { name: 'Payee, note' }).click();
    await page.keyboard.press('Control+Enter');
    await expect(page.getByRole('alert')).toContainText('This is no amount');
    await expectAccessible(page, 'a split with a problem');
    await page.getByRole('button', { name: 'Cancel' }).click();

    await page.getByRole('checkbox', { name: 'Select all' }).check();
    await expectAccessible(page, 'rows selected');
    await page.keyboard.press('a');
    await expect(page.getByRole('dialog')).toBeVisible();
    await expectAccessible(page, 'bulk change');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Filter', exact: true }).click();
    await expectAccessible(page, 'filter');
    await page.keyboard.press('Escape');
    await page.getByRole('table', { name: 'Entries' }).getByRole('button', { name: 'Edeka Südstern' }).click();
    await page.getByText('History').click();
    await expect(page.getByText('entered by Clara')).toBeVisible();
    await expectAccessible(page, 'an entry');
    await page.goto('/reports');
    await page.getByRole('button', { name: 'Table' }).click();
    await expectAccessible(page, 'trend as a table');
  });

  test(`what opens over a page can be used by everyone: ${theme}, on a phone`, async ({ page }) => {
    test.slow();
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    await page.setViewportSize({ width: 390, height: 844 });
    await arrive(page);
    await page.getByRole('button', { name: 'Add entry' }).click();
    await expect(page.getByRole('dialog', { name: 'New entry' })).toBeVisible();
    await expectAccessible(page, 'the pad');
    await page.goto('/import');
    await page.getByLabel('Choose a file').setInputFiles({ name: 'a.csv', mimeType: 'text/csv', buffer: Buffer.from(STATEMENT) });
    await expect(page.getByRole('button', { name: 'Import 2 entries' })).toBeVisible();
    await expectAccessible(page, 'the rows of a file');
    await page.getByRole('button', { name: 'Import 2 entries' }).click();
    await page.getByRole('button', { name: 'Take this import back' }).click();
    await expectAccessible(page, 'taking back');
  });
}
