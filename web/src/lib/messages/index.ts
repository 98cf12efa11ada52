import dashboard from './en/dashboard.json';
import entries from './en/entries.json';
import imports from './en/imports.json';
import reports from './en/reports.json';
import settings from './en/settings.json';
import shell from './en/shell.json';
import start from './en/start.json';
import { fill, type Values } from './format';

/**
 * Every text that a person reads. A language is a set of JSON files with these keys; English is the
 * one that ships, and what another lacks is shown in English.
 */
const english = { ...shell, ...start, ...dashboard, ...entries, ...imports, ...reports, ...settings };

export type MessageKey = keyof typeof english;
export type Catalogue = Partial<Record<MessageKey, string>>;

let catalogue: Catalogue = english;
let language = 'en';

/** Switches to another language's texts. */
export function speak(code: string, texts: Catalogue): void {
  language = code;
  catalogue = texts;
}

export const messageOf = (key: MessageKey): string => catalogue[key] ?? english[key];

export const currentLanguage = (): string => language;

/** The text of a key, filled in: `t('entries.count', { n: 46 })`. */
export function t(key: MessageKey, values: Values = {}): string {
  return fill(messageOf(key), values, language);
}
