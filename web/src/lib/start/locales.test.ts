import { expect, it } from 'vitest';
import { currencyOptions, guess, localeOptions } from './locales';

it.each([
  [['en-US', 'en'], 'Europe/Berlin', 'en-US', 'EUR', 1],
  [['de'], 'Europe/Zurich', 'de-DE', 'CHF', 1],
  [['ja'], 'Asia/Tokyo', 'ja-JP', 'JPY', 7],
  [['pt-BR'], 'America/Sao_Paulo', 'pt-BR', 'BRL', 7],
  [['xx', 'fr-BE'], 'Etc/UTC', 'fr-BE', 'EUR', 1],
  [[], 'UTC', 'en-IE', 'EUR', 1],
])('%j in %s', (languages, zone, locale, currency, firstDayOfWeek) => {
  expect(guess(languages, zone)).toEqual({ locale, currency, firstDayOfWeek, timeZone: zone });
});

it('offers what is in use, whatever it is', () => {
  expect(localeOptions('en', 'sw-KE')).toContainEqual({ value: 'sw-KE', label: 'Swahili (Kenya)' });
  expect(currencyOptions('en', ['SEK']).first[0]).toEqual({ value: 'SEK', label: 'SEK · Swedish Krona' });
});
