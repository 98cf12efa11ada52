import { uuidv7 } from '$lib/api';
import type { BookKind } from '$lib/api/types';

/** The ids of the first run, made here, so that each of its calls can be sent again. */
export interface FirstRunIds {
  person: string;
  book: string;
}

/** The answers as far as they were given. */
export interface Answers {
  name: string;
  kind: BookKind;
  locale: string;
  currency: string;
  timeZone: string;
  firstDayOfWeek: number;
  start: 'empty' | 'import';
}

const IDS = 'first-run.ids';
const ANSWERS = 'first-run.answers';

/** The ids of this tab's first run; a reload finds the same again. */
export function firstRunIds(): FirstRunIds {
  const kept = sessionStorage.getItem(IDS);
  if (kept) return JSON.parse(kept) as FirstRunIds;
  const ids = { person: uuidv7(), book: uuidv7() };
  sessionStorage.setItem(IDS, JSON.stringify(ids));
  return ids;
}

export function keepAnswers(answers: Answers): void {
  sessionStorage.setItem(ANSWERS, JSON.stringify(answers));
}

export function keptAnswers(): Partial<Answers> {
  return JSON.parse(sessionStorage.getItem(ANSWERS) ?? '{}') as Partial<Answers>;
}

export function forgetFirstRun(): void {
  sessionStorage.removeItem(IDS);
  sessionStorage.removeItem(ANSWERS);
}
