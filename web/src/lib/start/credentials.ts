import { t } from '$lib/messages';

/** The server refuses what is shorter; length is what makes a password hard to guess. */
export const PASSWORD_MIN = 8;
/** From here on it is called good. */
export const PASSWORD_GOOD = 14;

export const passwordLength = (password: string): number => [...password].length;

/** What is wrong with a new password, if anything. */
export function passwordProblem(password: string): string | undefined {
  const length = passwordLength(password);
  return length < PASSWORD_MIN ? t('start.password_too_short', { n: length }) : undefined;
}

/** What is wrong with an e-mail address, if it plainly is none. */
export function emailProblem(email: string): string | undefined {
  return /^[^\s@]+@[^\s@]+$/.test(email.trim()) ? undefined : t('start.email_wrong', { text: email });
}

/** Where to go after signing in: a path of this site, nothing else. */
export function pathAfter(next: string | null): string {
  return next !== null && /^\/(?![/\\])/.test(next) ? next : '/';
}
