import { ApiError } from '$lib/api';
import { t } from './index';

/** What to tell a person of an error: the server's own sentence, or that there was no answer. */
export const reasonOf = (error: unknown): string => (error instanceof ApiError ? error.message : t('error.unreachable'));

/** The version that a change was based on is not the current one any more. */
export const isStale = (error: unknown): boolean => error instanceof ApiError && error.status === 412;

/** A refusal under the fields of a form that it is about, or else for the form as a whole. */
export function refusalOf<Name extends string>(error: unknown, fields: Record<Name, string>): Partial<Record<Name | 'other', string>> {
  if (isStale(error)) return saidOf('other', t('error.changed_elsewhere'));
  const said = Object.entries<string>(fields).map(([name, field]) => [name, error instanceof ApiError ? error.field(field) : undefined]);
  return said.some(([, text]) => text) ? Object.fromEntries(said) : saidOf('other', reasonOf(error));
}

const saidOf = (name: string, text: string) => ({ [name]: text }) as Partial<Record<string, string>>;
