import { expect, it } from 'vitest';
import { emailProblem, passwordProblem, pathAfter } from './credentials';

it('counts characters, not bytes', () => {
  expect(passwordProblem('correct horse')).toBeUndefined();
  expect(passwordProblem('短い')).toBe('The password has 2 characters; it needs at least 8.');
  expect(passwordProblem('')).toContain('no characters');
});

it('takes any address that could be one', () => {
  expect(emailProblem(' clara@brandt.example ')).toBeUndefined();
  for (const wrong of ['clara', 'clara@', '@example.org', 'a b@c']) expect(emailProblem(wrong)).toContain(wrong);
});

it('never leads to another site', () => {
  expect(pathAfter('/entries?q=a')).toBe('/entries?q=a');
  for (const elsewhere of [null, '', 'https://evil.example', '//evil.example', '/\\evil.example']) {
    expect(pathAfter(elsewhere)).toBe('/');
  }
});
