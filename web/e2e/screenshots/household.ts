import type { Page } from '@playwright/test';
import type { Account, NewAccount, NewTransaction, Transaction } from '../../src/lib/api/types';
import { addDays, daysUntil, today as todayIn } from '../../src/lib/calendar/day';
import { Api } from '../support/api';

/** Regular spending: what, in which category, for about how much, and how many times a month. */
const HABITS: [title: string, category: string, about: number, timesAMonth: number, account: string][] = [
  ['Edeka Südstern', 'Groceries', 48, 6, 'Joint account'],
  ['Markthalle Neun', 'Groceries', 19, 4, 'Cash'],
  ['REWE', 'Groceries', 31, 3, 'Joint account'],
  ['Zeit für Brot', 'Coffee and snacks', 8.6, 6, 'Cash'],
  ['Ristorante Il Casolare', 'Eating out', 46, 1.6, 'Visa'],
  ['Ban Mai Thai', 'Eating out', 27, 1.2, 'Visa'],
  ['BVG', 'Public transport', 3.8, 4, 'Cash'],
  ['Fahrradwerkstatt Körte', 'Bicycle', 46, 0.4, 'Cash'],
  ['dm-drogerie markt', 'Personal care', 17, 2, 'Joint account'],
  ['Apotheke am Südstern', 'Pharmacy', 14, 0.8, 'Cash'],
  ['Zalando', 'Clothes', 69, 0.7, 'Visa'],
  ['Buchhandlung Moritzplatz', 'Books and news', 22, 1.1, 'Visa'],
  ['Kino International', 'Going out', 21, 1.2, 'Cash'],
  ['Deutsche Bahn', 'Flights and journeys', 58, 0.7, 'Visa'],
  ['IKEA Tempelhof', 'Furniture and household', 84, 0.4, 'Joint account'],
  ['Blumen Südstern', 'Gifts and donations', 18, 0.8, 'Cash'],
];

/** What comes on the same date every month. */
const STANDING: [title: string, category: string, amount: string, date: number, kind: 'expense' | 'income'][] = [
  ['Hausverwaltung Krüger', 'Rent and mortgage', '1420.00', 2, 'expense'],
  ['Salary Brandt GmbH', 'Salary', '2890.00', 1, 'income'],
  ['Atelier Sato', 'Salary', '1960.00', 3, 'income'],
  ['Vattenfall', 'Electricity and heating', '84.00', 5, 'expense'],
  ['Deutschlandticket', 'Public transport', '63.00', 1, 'expense'],
  ['Telefónica', 'Phone', '19.99', 12, 'expense'],
  ['Spotify Duo', 'Streaming', '17.99', 18, 'expense'],
  ['HUK-Coburg', 'Insurance', '22.40', 15, 'expense'],
];

const DAYS = 400;

/** Fills a new book with a year of a household, always the same one, up to today. */
export async function moveIn(page: Page): Promise<void> {
  const api = new Api(page);
  const book = await api.book();
  const categories = new Map((await api.categories(book)).map(({ name, id }) => [name, id]));
  const accounts = await openAccounts(api, book.id);
  const today = todayIn('Europe/Berlin');
  const first = addDays(today, -DAYS);

  const entries = Array.from({ length: DAYS + 1 }, (_, n) => addDays(first, n)).flatMap((day) => [
    ...standing(day, accounts, categories),
    ...habits(day, daysUntil(first, day), accounts, categories),
    ...saving(day, accounts),
  ]);
  entries.push(...lastDays(today, accounts, categories));
  // One after the other, so that each day's stand in the same order every time.
  for (const entry of entries) await api.record(book, entry);
}

async function openAccounts(api: Api, book: string): Promise<Map<string, string>> {
  const day = addDays(todayIn('Europe/Berlin'), -DAYS - 1);
  const bodies: NewAccount[] = [
    opening('Joint account', 'checking', 'EUR', '2140.60', day),
    opening('Visa', 'card', 'EUR', '-212.37', day),
    opening('Savings', 'savings', 'EUR', '9400.00', day),
    opening('Wise USD', 'other', 'USD', '1240.50', day),
  ];
  for (const body of bodies) await api.post(`/ledger/books/${book}/accounts`, body);
  const { accounts } = await api.get<{ accounts: Account[] }>(`/ledger/books/${book}/accounts`);
  return new Map(accounts.map(({ name, id }) => [name, id]));
}

function opening(name: string, kind: Account['kind'], currency: string, amount: string, day: string): NewAccount {
  return { name, kind, currency, private: false, opening_balance: { amount, currency }, opening_day: day };
}

type Ids = Map<string, string>;

function standing(day: string, accounts: Ids, categories: Ids): NewTransaction[] {
  return STANDING.filter(([, , , date]) => Number(day.slice(8)) === date).map(([title, category, amount, , kind]) => ({
    kind,
    day,
    title,
    account: accounts.get('Joint account')!,
    amount: { amount, currency: 'EUR' },
    category: categories.get(category),
  }));
}

function habits(day: string, n: number, accounts: Ids, categories: Ids): NewTransaction[] {
  return HABITS.filter((_, which) => chance(n, which) < HABITS[which]![3] / 30.4).map(([title, category, about, , account]) => ({
    kind: 'expense',
    day,
    title,
    account: accounts.get(account)!,
    amount: { amount: (about * (0.6 + chance(n, about) * 0.9)).toFixed(2), currency: 'EUR' },
    category: categories.get(category),
  }));
}

function saving(day: string, accounts: Ids): NewTransaction[] {
  const transfer = (date: string, from: string, to: string, amount: string): NewTransaction[] =>
    day.endsWith(date)
      ? [{ kind: 'transfer', day, title: '', account: accounts.get(from)!, to_account: accounts.get(to)!, amount: { amount, currency: 'EUR' } }]
      : [];
  return [
    ...transfer('-04', 'Joint account', 'Savings', '600.00'),
    ...transfer('-06', 'Joint account', 'Cash', '250.00'),
    ...transfer('-20', 'Joint account', 'Visa', '215.00'),
  ];
}

/** What the newest lines of the lists show: a split, a refund, another currency, one pending. */
function lastDays(today: string, accounts: Ids, categories: Ids): NewTransaction[] {
  const eur = (amount: string) => ({ amount, currency: 'EUR' });
  const line = (category: string, amount: string, note: string) => ({ category: categories.get(category)!, amount: eur(amount), note });
  const joint = accounts.get('Joint account')!;
  return [
    {
      kind: 'expense',
      day: addDays(today, -2),
      title: 'IKEA Tempelhof',
      account: joint,
      amount: eur('187.95'),
      lines: [
        line('Furniture and household', '142.95', 'Shelf, bedding'),
        line('Gifts and donations', '19.99', 'Candles for Oma'),
        line('Groceries', '25.01', 'Food market'),
      ],
    },
    { kind: 'expense', day: addDays(today, -1), title: 'Zalando', account: accounts.get('Visa')!, amount: eur('-29.95'), category: categories.get('Clothes') },
    {
      kind: 'expense',
      day: today,
      title: 'Amazon Web Services',
      account: accounts.get('Wise USD')!,
      amount: { amount: '23.47', currency: 'USD' },
      category: categories.get('Fees and charges'),
      status: 'pending',
    },
    {
      kind: 'expense',
      day: today,
      title: 'Wohnungsgenossenschaft Friedrichshain-Kreuzberg eG, Nebenkostenabrechnung 2025',
      account: joint,
      amount: eur('146.30'),
      category: categories.get('Rent and mortgage'),
    },
    { kind: 'expense', day: today, title: 'Zeit für Brot', account: accounts.get('Cash')!, amount: eur('8.60'), category: categories.get('Coffee and snacks') },
  ];
}

const STATEMENT_LINES = 18;

/** The bank's side of the joint account's newest entries: most of them are in the book, some are not yet. */
export async function bankStatement(page: Page): Promise<string> {
  const api = new Api(page);
  const book = await api.book();
  const account = (await api.accounts(book)).find(({ name }) => name === 'Joint account')!;
  const newest = `/ledger/books/${book.id}/transactions?account=${account.id}&limit=${STATEMENT_LINES * 2}`;
  const { transactions } = await api.get<{ transactions: Transaction[] }>(newest);
  const booked = transactions.filter(({ kind }) => kind === 'expense' || kind === 'income').slice(0, STATEMENT_LINES);
  const lines = booked.map((entry, n) => statementLine(entry, n));
  lines.splice(3, 0, `${bankDay(booked[2]!.day)};NETFLIX INTERNATIONAL B.V. AMSTERDAM REF 8841207;-13,99;EUR`);
  lines.splice(8, 0, `${bankDay(booked[7]!.day).replace('.', '')};UEBERTRAG;;EUR`);
  return ['Buchungstag;Verwendungszweck;Betrag;Währung', ...lines].join('\n');
}

/** Nobody wrote every third down yet, and one was booked a day after it was paid. */
function statementLine({ day, kind, title, amount }: Transaction, n: number): string {
  const cents = Math.round(Number(amount.amount) * 100) + (n % 3 === 1 ? 1177 : 0);
  const sum = (cents / 100).toLocaleString('de-DE', { minimumFractionDigits: 2 });
  const bookedOn = n === 5 ? addDays(day, 1) : day;
  return `${bankDay(bookedOn)};${title.toUpperCase()} BERLIN ${4417 + n};${kind === 'expense' ? '-' : ''}${sum};EUR`;
}

const bankDay = (day: string): string => day.split('-').reverse().join('.');

/** A number from 0 to 1 that is the same for the same question every time. */
function chance(n: number, salt: number): number {
  const mixed = Math.sin(n * 127.1 + salt * 311.7) * 43758.5453;
  return mixed - Math.floor(mixed);
}
