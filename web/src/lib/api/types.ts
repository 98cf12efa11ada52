/** The shapes of the HTTP API, named as its schemas are. */

/** Decimal text with all decimals of the currency; never turned into a float. */
export interface Money {
  amount: string;
  currency: string;
}

export interface FieldError {
  field: string;
  message: string;
}

/** RFC 9457, `application/problem+json`. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string;
  request_id?: string;
  fields?: FieldError[];
}

// auth

export interface Registration {
  mode: 'first' | 'invite' | 'open';
  open: boolean;
  needs_setup_token: boolean;
}

export interface Session {
  person: string;
  session: string;
  access_expires_at: string;
  refresh_expires_at: string;
}

export interface Me {
  person: string;
  email: string;
  operator: boolean;
}

export interface Device {
  id: string;
  created_at: string;
  last_used_at: string;
  user_agent: string;
  current: boolean;
}

export interface Devices {
  sessions: Device[];
}

export interface NewPassword {
  current: string;
  new: string;
}

// user

export type Theme = 'system' | 'light' | 'dark';

export interface DashboardLayout {
  order: string[];
  hidden: string[];
}

export interface ProfileBody {
  name: string;
  language: string;
  locale: string;
  time_zone: string;
  theme: Theme;
  hide_amounts: boolean;
  single_keys: boolean;
  dashboard: DashboardLayout;
}

export interface Profile extends ProfileBody {
  id: string;
  version: number;
}

// ledger

export type Role = 'owner' | 'editor' | 'contributor' | 'viewer';
export type BookKind = 'personal' | 'household';

export interface Member {
  person: string;
  name: string;
  role: Role;
  former: boolean;
}

export interface BookSettings {
  name: string;
  kind: BookKind;
  base_currency: string;
  time_zone: string;
  /** 1 Monday to 7 Sunday. */
  first_day_of_week: number;
  /** 1 to 28. */
  first_day_of_month: number;
  /** 1 to 12. */
  fiscal_year_start_month: number;
}

export interface BookBody extends BookSettings {
  language: string;
  member_name: string;
}

export interface Book extends BookSettings {
  id: string;
  role: Role;
  members: Member[];
  number: number;
  version: number;
}

export type AccountKind = 'cash' | 'checking' | 'savings' | 'card' | 'loan' | 'other';

export interface Account {
  id: string;
  name: string;
  kind: AccountKind;
  currency: string;
  holder: string | null;
  private: boolean;
  archived: boolean;
  position: number;
  balance: Money | null;
  pending: Money | null;
  projected: Money | null;
  version: number;
}

export interface AccountBody {
  id?: string;
  name: string;
  kind: AccountKind;
  currency: string;
  private: boolean;
  opening_balance?: Money;
  opening_day?: string;
}

export type AccountPatch = Partial<Pick<Account, 'name' | 'kind' | 'private' | 'archived' | 'position'>>;

export type CategoryKind = 'expense' | 'income';

export interface Category {
  id: string;
  parent: string | null;
  name: string;
  kind: CategoryKind;
  /** A lucide icon's name. */
  icon: string;
  archived: boolean;
  position: number;
  version: number;
}

export interface CategoryBody {
  id?: string;
  parent?: string | null;
  name: string;
  kind: CategoryKind;
  icon?: string;
}

export type CategoryPatch = Partial<Pick<Category, 'name' | 'parent' | 'icon' | 'archived' | 'position'>>;

export interface Payee {
  id: string;
  name: string;
  default_category: string | null;
  merged_into: string | null;
  version: number;
}

export type TransactionKind = 'expense' | 'income' | 'transfer' | 'opening';
export type TransactionStatus = 'booked' | 'pending';

export interface Line {
  category: string | null;
  amount: Money;
  note: string;
}

export interface Transaction {
  id: string;
  kind: TransactionKind;
  status: TransactionStatus;
  day: string;
  title: string;
  payee: { id: string; name: string } | null;
  account: string;
  /** Positive; the kind says the direction. A negative expense is a refund. */
  amount: Money;
  to_account: string | null;
  to_amount: Money | null;
  lines: Line[];
  note: string;
  author: string;
  import: string | null;
  created_at: string;
  version: number;
  running_balance?: Money;
  /** The other side of the transfer is an account that the caller may not see. */
  hidden_side?: boolean;
}

export interface TransactionBody {
  id?: string;
  kind: TransactionKind;
  day: string;
  title: string;
  amount: Money;
  account: string;
  category?: string | null;
  lines?: Line[];
  payee?: string;
  to_account?: string;
  to_amount?: Money;
  note?: string;
  status?: TransactionStatus;
}

export interface AccountBalance {
  account: string;
  balance: Money | null;
  pending: Money | null;
  projected: Money | null;
}

export interface Written {
  transaction: Transaction;
  balances: AccountBalance[];
  change: string;
  number: number;
}

export interface Removed {
  balances: AccountBalance[];
  change: string;
  number: number;
}

export interface Reverted {
  change: string;
  number: number;
  reverted: number;
  conflicts: { transaction: string; reason: string }[];
  balances: AccountBalance[];
}

export interface TransactionVersion {
  version: number;
  change: string;
  kind: 'created' | 'edited' | 'removed' | 'restored';
  author: string;
  at: string;
  transaction: Transaction | null;
}

export interface TransactionFilter {
  from?: string;
  to?: string;
  account?: string;
  /** A category's id with its sub-categories, or `none`. */
  category?: string;
  payee?: string;
  min?: string;
  max?: string;
  q?: string;
  kind?: TransactionKind;
  status?: TransactionStatus;
  author?: string;
  import?: string;
}

export interface TransactionPage {
  transactions: Transaction[];
  next: string | null;
  number: number;
}

export interface CurrencyTotal {
  currency: string;
  income: Money;
  expense: Money;
  transfers: Money;
}

export interface TransactionTotals {
  count: number;
  totals: CurrencyTotal[];
  number: number;
}

export interface Suggestion {
  title: string;
  payee: string | null;
  kind: TransactionKind;
  category: string | null;
  account: string;
  amount: Money;
  day: string;
  uses: number;
}

// imports

export type ImportState =
  | 'reading'
  | 'asking'
  | 'ready'
  | 'importing'
  | 'done'
  | 'failed'
  | 'taking_back'
  | 'taken_back';

export interface ImportColumn {
  index: number;
  name: string;
  samples: string[];
  role: string;
}

/** How a file was read; what is not known yet is null. */
export interface ImportDetected {
  encoding: string | null;
  delimiter: string | null;
  has_header: boolean;
  header_row: number | null;
  columns: ImportColumn[];
  date_order: 'dmy' | 'mdy' | 'ymd' | null;
  decimal: ',' | '.' | null;
  sign: SignRule | null;
}

export type SignRule = 'signed' | 'reversed' | 'in_out' | 'flag' | 'suffix';

export interface ImportQuestion {
  id: string;
  text: string;
  options: { value: string; label: string; sample: string }[];
}

export interface ImportCounts {
  rows: number;
  new: number;
  duplicate: number;
  check: number;
  unreadable: number;
  pending: number;
}

export interface Import {
  id: string;
  name: string;
  account: string;
  state: ImportState;
  detected: ImportDetected;
  questions: ImportQuestion[];
  counts: ImportCounts;
  progress: { done: number; total: number };
  period: { first: string; last: string } | null;
  number: number | null;
  change: string | null;
  /** Entries that were changed since, and so were left alone when the import was taken back. */
  conflicts: { transaction: string; reason: string }[];
  error: string | null;
  created_at: string;
}

export interface ImportPatch {
  account?: string;
  columns?: string[];
  date_order?: string;
  decimal?: string;
  sign?: string;
  encoding?: string;
  delimiter?: string;
  has_header?: boolean;
}

export type ImportRowStatus = 'new' | 'duplicate' | 'check' | 'unreadable' | 'pending';

export interface ImportRow {
  row: number;
  line: number;
  day: string | null;
  amount: Money | null;
  payee: string;
  raw: string[];
  status: ImportRowStatus;
  problem: string | null;
  like: { transaction: string; title: string; day: string; amount: Money } | null;
  decision: 'import' | 'skip' | null;
  category: string | null;
  /** True once it is an entry. */
  recorded: boolean;
}

// reporting

export type PeriodKind = 'week' | 'month' | 'year' | 'custom';

export interface DaySpent {
  day: string;
  spent: Money;
}

export interface CategorySpent {
  category: string | null;
  spent: Money;
  previous: Money;
}

export interface OtherCurrency {
  currency: string;
  spent: Money;
  income: Money;
}

export interface Dashboard {
  as_of: number;
  currency: string;
  today: string;
  period: { kind: PeriodKind; first: string; last: string; elapsed_last: string };
  previous: { first: string; last: string };
  spent: Money;
  /** At the same point of the previous period. */
  previous_spent: Money;
  income: Money;
  previous_income: Money;
  left: Money;
  categories: CategorySpent[];
  days: DaySpent[];
  /** The whole previous period. */
  previous_days: DaySpent[];
  /** 26 weeks. */
  heat: DaySpent[];
  accounts: { account: string; balance: Money; pending: Money }[];
  net_worth: Money[];
  recent: Transaction[];
  other_currencies: OtherCurrency[];
}

export interface ReportRow {
  key: string | null;
  name: string;
  parent: string | null;
  spent: Money;
  income: Money;
  previous_spent: Money;
  previous_income: Money;
  average_spent: Money;
  average_income: Money;
  /** Minor units as text, 12 of them: what was spent, or the income of a row that has nothing else. */
  trend: string[];
}

export interface ReportTrend {
  first: string;
  last: string;
  spent: Money;
  income: Money;
  by_key: { key: string | null; spent: Money }[];
}

export type ReportRest = Omit<ReportRow, 'key' | 'name' | 'parent' | 'trend'>;

export interface Report {
  as_of: number;
  currency: string;
  period: { kind: PeriodKind; first: string; last: string; elapsed_last: string };
  previous: { first: string; last: string };
  /** How many periods the averages are of; they are 0 where it is. */
  average_periods: number;
  totals: {
    spent: Money;
    income: Money;
    saved: Money;
    previous_spent: Money;
    previous_income: Money;
    previous_saved: Money;
    average_spent: Money;
    average_income: Money;
    average_saved: Money;
  };
  /** Most spent first. A category holds all below it, which have rows of their own. */
  rows: ReportRow[];
  /** What is in no row because there are more payees than rows. */
  rest: ReportRest | null;
  /** The `skip` of the next page of payees. */
  next_skip: number | null;
  trend: ReportTrend[];
  other_currencies: OtherCurrency[];
}

// web

export interface LiveChange {
  stream: string;
  number: number;
  kind: string;
  ids: string[];
}
