import { client, type base, type Options } from './client';
import type { paths } from './generated';

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** The paths that have a method in the document, without what all begin with: `/ledger/books/{book}`. */
type PathOf<M extends Method> = {
  [Path in keyof paths]: paths[Path] extends Record<M, object> ? (Path extends `${typeof base}${infer Rest}` ? Rest : never) : never;
}[keyof paths];

type OperationOf<M extends Method, P extends string> = `${typeof base}${P}` extends infer Path extends keyof paths ? paths[Path][M & keyof paths[Path]] : never;

type Places<O> = O extends { parameters: { path: infer T } } ? { path: T } : { path?: never };
type Asked<O> = O extends { parameters: { query: infer T } } ? { query: T } : O extends { parameters: { query?: infer T } } ? { query?: T } : unknown;
type Sent<O> = O extends { requestBody: { content: { 'application/json': infer T } } } ? { body: T } : { body?: never };
type Input<O> = Omit<Options, 'query' | 'body'> & Places<O> & Asked<O> & Sent<O>;

/** What a success answers; nothing where it has no content. */
type Answer<O> = O extends { responses: infer R }
  ? { [Status in keyof R & (200 | 201 | 202)]: R[Status] extends { content: { 'application/json': infer T } } ? T : void } extends infer Answers
    ? [keyof Answers] extends [never]
      ? void
      : Answers[keyof Answers]
    : never
  : never;

/**
 * Asks what the API's document has: path, query, body and answer are checked against it, so that a
 * client that no longer fits the server does not compile.
 */
export function call<M extends Method, P extends PathOf<M>>(
  method: M,
  path: P,
  { path: places, ...options }: Input<OperationOf<M, P>>,
): Promise<Answer<OperationOf<M, P>>> {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(places?.[name as keyof typeof places])));
  return client.request(method.toUpperCase(), filled, options);
}
