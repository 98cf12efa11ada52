/** The shapes of the HTTP API, by their names in its document; `generated.ts` says what is in each. */
import type { components, operations } from './generated';

type Schemas = components['schemas'];
type QueryOf<Name extends keyof operations> = NonNullable<operations[Name]['parameters']['query']>;

export type Field = Schemas['Field'];
export type Money = Schemas['Money'];
export type Problem = Schemas['Problem'];

export type Device = Schemas['Device'];
export type Me = Schemas['Me'];
export type SignIn = Omit<Schemas['SignIn'], 'client'>;
export type SignUp = Omit<Schemas['SignUp'], 'client'>;

export type DashboardLayout = Schemas['DashboardLayout'];
export type Profile = Schemas['Profile'];
export type ProfileBody = Schemas['ProfileBody'];
export type Theme = Schemas['Theme'];

export type Account = Schemas['Account'];
export type AccountBalance = Schemas['AccountBalance'];
export type AccountKind = Schemas['AccountKind'];
export type AccountPatch = Schemas['AccountPatch'];
export type Book = Schemas['Book'];
export type BookKind = Schemas['BookKind'];
export type BookPatch = Schemas['BookPatch'];
export type Category = Schemas['Category'];
export type CategoryKind = Schemas['CategoryKind'];
export type CategoryPatch = Schemas['CategoryPatch'];
export type NewAccount = Schemas['NewAccount'];
export type NewBook = Schemas['NewBook'];
export type NewCategory = Schemas['NewCategory'];
export type NewTransaction = Schemas['NewTransaction'];
export type Payee = Schemas['Payee'];
export type Reverted = Schemas['Reverted'];
export type Role = Schemas['Role'];
export type Suggestion = Schemas['Suggestion'];
export type Totals = Schemas['Totals'];
export type Transaction = Schemas['Transaction'];
export type TransactionFilter = Omit<QueryOf<'transactions_list'>, 'limit' | 'cursor'>;
export type TransactionKind = Schemas['TransactionKind'];
export type TransactionStatus = Schemas['TransactionStatus'];
export type Transactions = Schemas['Transactions'];
export type Version = Schemas['Version'];
export type Written = Schemas['Written'];

export type ColumnRole = Schemas['ColumnRole'];
export type Import = Schemas['Import'];
export type DateOrder = Schemas['DateOrder'];
export type DecimalMark = Schemas['DecimalMark'];
export type ImportColumn = Schemas['ImportColumn'];
export type ImportDecision = Schemas['ImportDecision'];
export type ImportDetected = Schemas['ImportDetected'];
export type ImportPatch = Schemas['ImportPatch'];
export type ImportQuestion = Schemas['ImportQuestion'];
export type ImportRow = Schemas['ImportRow'];
export type ImportRowStatus = Schemas['ImportRowStatus'];
export type SignRule = Schemas['SignRule'];

export type CategorySpent = Schemas['CategorySpent'];
export type Dashboard = Schemas['Dashboard'];
export type DaySpent = Schemas['DaySpent'];
export type PeriodKind = Schemas['PeriodKind'];
export type Report = Schemas['Report'];
export type ReportBy = NonNullable<QueryOf<'report'>['by']>;
export type ReportRow = Schemas['ReportRow'];
export type TrendPeriod = Schemas['TrendPeriod'];

export type LiveChange = Schemas['LiveChange'];
