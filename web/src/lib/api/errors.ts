import type { Field, Problem } from './types';

/** A problem document, or as much of one as an answer had. */
type Refusal = Pick<Problem, 'title' | 'status'> & Partial<Problem>;

/** The server's refusal, as its problem document says it. */
export class ApiError extends Error {
  readonly status: number;
  readonly title: string;
  readonly requestId: string | undefined;
  readonly fields: Field[];
  readonly retryAfterSeconds: number | undefined;

  constructor(problem: Refusal, retryAfterSeconds?: number) {
    super(problem.detail ?? problem.title);
    this.name = 'ApiError';
    this.status = problem.status;
    this.title = problem.title;
    this.requestId = problem.request_id ?? undefined;
    this.fields = problem.fields ?? [];
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /** The sentence for one field; the server may name it deeper (`amount.amount` for `amount`). */
  field(name: string): string | undefined {
    return this.fields.find(({ field }) => field === name || field.startsWith(`${name}.`))?.message;
  }
}

/** No answer came: the network is gone or the server is away. The request may have been carried out. */
export class Unreachable extends Error {
  constructor(cause: unknown) {
    super('The server did not answer.', { cause });
    this.name = 'Unreachable';
  }
}

/** Reads a refusal in any of its forms: problem+json, the gateway's `{message}`, or no document at all. */
export async function readRefusal(answer: Response): Promise<ApiError> {
  const retryAfter = Number(answer.headers.get('retry-after') ?? NaN);
  const seconds = Number.isFinite(retryAfter) ? retryAfter : undefined;
  const document: unknown = await answer.json().catch(() => undefined);
  return new ApiError(asProblem(document, answer), seconds);
}

function asProblem(document: unknown, answer: Response): Refusal {
  const requestId = answer.headers.get('x-request-id') ?? undefined;
  const plain: Refusal = {
    title: answer.statusText || `Status ${answer.status}`,
    status: answer.status,
    request_id: requestId,
  };
  if (typeof document !== 'object' || document === null) return plain;
  if ('title' in document) return { ...plain, ...(document as Partial<Problem>) };
  if ('message' in document) return { ...plain, detail: String(document.message) };
  return plain;
}
