import type { AccountKind } from '$lib/api/types';
import type { MessageKey } from '$lib/messages';
import type { IconName } from '$lib/ui/icons';

const kinds: Record<AccountKind, { icon: IconName; name: MessageKey }> = {
  checking: { icon: 'landmark', name: 'accounts.kind_checking' },
  cash: { icon: 'wallet', name: 'accounts.kind_cash' },
  card: { icon: 'credit-card', name: 'accounts.kind_card' },
  savings: { icon: 'piggy-bank', name: 'accounts.kind_savings' },
  loan: { icon: 'hand-coins', name: 'accounts.kind_loan' },
  other: { icon: 'chart-line', name: 'accounts.kind_other' },
};

export const accountKinds = Object.keys(kinds) as AccountKind[];
export const accountIcon = (kind: AccountKind): IconName => kinds[kind]?.icon ?? 'wallet';
export const accountKindName = (kind: AccountKind): MessageKey => kinds[kind]?.name ?? 'accounts.kind_other';
