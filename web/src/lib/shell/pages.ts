import type { MessageKey } from '$lib/messages';
import type { IconName } from '$lib/ui/icons';

export interface Page {
  path: string;
  name: MessageKey;
  icon: IconName;
  /** The letter after `g`. */
  key: string;
  /** Shows the period that is chosen elsewhere, so links carry it along. */
  ofPeriod: boolean;
}

/** The pages of the main navigation, in its order. */
export const pages: Page[] = [
  { path: '/', name: 'nav.overview', icon: 'layout-dashboard', key: 'o', ofPeriod: true },
  { path: '/entries', name: 'nav.entries', icon: 'list', key: 'e', ofPeriod: true },
  { path: '/accounts', name: 'nav.accounts', icon: 'landmark', key: 'a', ofPeriod: false },
  { path: '/reports', name: 'nav.reports', icon: 'chart-column', key: 'r', ofPeriod: true },
  { path: '/import', name: 'nav.import', icon: 'file-down', key: 'm', ofPeriod: false },
  { path: '/settings', name: 'nav.settings', icon: 'settings-2', key: 's', ofPeriod: false },
];

export function isOn(page: Page, path: string): boolean {
  return page.path === '/' ? path === '/' : path === page.path || path.startsWith(`${page.path}/`);
}
