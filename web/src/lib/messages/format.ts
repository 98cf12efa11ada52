/** A small part of ICU MessageFormat: `{name}`, `{n, plural, one {# entry} other {# entries}}`, `<b>…</b>`. */

export type Value = string | number;
export type Values = Record<string, unknown>;

export type Piece =
  | { kind: 'text'; text: string }
  | { kind: 'value'; name: string }
  | { kind: 'plural'; name: string; cases: Record<string, Piece[]> }
  | { kind: 'count' }
  | { kind: 'tag'; name: string; inside: Piece[] };

const parsed = new Map<string, Piece[]>();

export function parse(message: string): Piece[] {
  let pieces = parsed.get(message);
  if (!pieces) parsed.set(message, (pieces = new Parser(message).pieces()));
  return pieces;
}

/** The message as text; tags leave only what is inside them. */
export function fill(message: string, values: Values, locale: string): string {
  return write(parse(message), values, locale, undefined);
}

function write(pieces: Piece[], values: Values, locale: string, count: number | undefined): string {
  return pieces
    .map((piece) => {
      if (piece.kind === 'text') return piece.text;
      if (piece.kind === 'count') return new Intl.NumberFormat(locale).format(count ?? 0);
      if (piece.kind === 'value') return String(values[piece.name] ?? '');
      if (piece.kind === 'tag') return write(piece.inside, values, locale, count);
      const number = Number(values[piece.name]);
      return write(chosenCase(piece, number, locale), values, locale, number);
    })
    .join('');
}

/** Exact cases (`=0`) go before the language's own. */
export function chosenCase(piece: Piece & { kind: 'plural' }, number: number, locale: string): Piece[] {
  const { cases } = piece;
  return cases[`=${number}`] ?? cases[new Intl.PluralRules(locale).select(number)] ?? cases.other ?? [];
}

class Parser {
  #place = 0;

  constructor(readonly text: string) {}

  pieces(end?: string, inPlural = false): Piece[] {
    const pieces: Piece[] = [];
    let text = '';
    const flush = () => {
      if (text !== '') pieces.push({ kind: 'text', text });
      text = '';
    };
    while (this.#place < this.text.length && !(end !== undefined && this.text.startsWith(end, this.#place))) {
      const sign = this.text[this.#place]!;
      const tag = /^<(\w+)>/.exec(this.text.slice(this.#place));
      if (sign === '{') {
        flush();
        pieces.push(this.#argument());
      } else if (tag) {
        flush();
        this.#place += tag[0].length;
        pieces.push({ kind: 'tag', name: tag[1]!, inside: this.pieces(`</${tag[1]}>`, inPlural) });
        this.#place += tag[0].length + 1;
      } else if (sign === '#' && inPlural) {
        flush();
        pieces.push({ kind: 'count' });
        this.#place++;
      } else {
        text += sign;
        this.#place++;
      }
    }
    flush();
    return pieces;
  }

  #argument(): Piece {
    const head = /^\{\s*(\w+)\s*(\}|,\s*plural\s*,)/.exec(this.text.slice(this.#place));
    if (!head) throw new SyntaxError(`No argument at ${this.#place} of "${this.text}"`);
    this.#place += head[0].length;
    if (head[2] === '}') return { kind: 'value', name: head[1]! };
    return { kind: 'plural', name: head[1]!, cases: this.#cases() };
  }

  #cases(): Record<string, Piece[]> {
    const cases: Record<string, Piece[]> = {};
    for (;;) {
      const rest = this.text.slice(this.#place);
      const close = /^\s*\}/.exec(rest);
      if (close) {
        this.#place += close[0].length;
        return cases;
      }
      const selector = /^\s*(=?\w+)\s*\{/.exec(rest);
      if (!selector) throw new SyntaxError(`No case at ${this.#place} of "${this.text}"`);
      this.#place += selector[0].length;
      cases[selector[1]!] = this.pieces('}', true);
      this.#place++;
    }
  }
}
