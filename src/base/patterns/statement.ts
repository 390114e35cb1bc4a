import { TemplateError } from './text-template';

export type Dialect = 'postgres' | 'mysql' | 'sqlite';

/** A query ready for a driver. */
export interface BoundQuery {
  text: string;
  /** One for each placeholder of `text`. A list is one array (PostgreSQL) or the text of a JSON array (SQLite). */
  values: (string | string[])[];
}

type TokenKind = 'blank' | 'word' | 'param' | 'other' | 'broken';

interface Token {
  kind: TokenKind;
  text: string;
  /** Of a param, from 0. */
  index: number;
}

/** Quotes and comments of each dialect: nothing inside them is a placeholder. */
const WHOLE: Record<Dialect, RegExp[]> = {
  postgres: [
    /[eE]'(?:[^'\\]|\\[\s\S]|'')*'/y,
    /'(?:[^']|'')*'/y,
    /"(?:[^"]|"")*"/y,
    /\$([a-z_\x80-\uffff][\w\x80-\uffff]*)?\$[\s\S]*?\$\1\$/iy,
  ],
  mysql: [/'(?:[^'\\]|\\[\s\S]|'')*'/y, /"(?:[^"\\]|\\[\s\S]|"")*"/y, /`(?:[^`]|``)*`/y],
  sqlite: [/'(?:[^']|'')*'/y, /"(?:[^"]|"")*"/y, /`(?:[^`]|``)*`/y, /\[[^\]]*\]/y],
};
const LINE_COMMENT: Record<Dialect, RegExp> = {
  postgres: /--[^\n]*/y,
  mysql: /(?:--(?=\s|$)|#)[^\n]*/y,
  sqlite: /--[^\n]*/y,
};
const WORD = /[a-z_\x80-\uffff][\w$\x80-\uffff]*|\d[\w.]*/iy;
const PARAM = /\$(\d{1,4})/y;
/** Placeholders of the drivers' own, which would take a value that is meant for another. */
const FOREIGN: Record<Dialect, RegExp | undefined> = {
  postgres: undefined,
  mysql: /\?/y,
  sqlite: /\?|[:@$][a-z_]/iy,
};

/**
 * A query of the configuration: $1, $2, ... in every dialect, outside of quotes and comments. Drivers get what they
 * understand, and every value apart from the text.
 */
export class Statement {
  private constructor(
    private readonly dialect: Dialect,
    private readonly tokens: readonly Token[],
    private readonly listIndex: number | undefined,
  ) {}

  /** `listIndex`: the param that is a list, from 0. Throws TemplateError. */
  static parse(query: string, dialect: Dialect, paramCount: number, listIndex?: number): Statement {
    const tokens = withoutEnd(tokenize(query, dialect));
    const used = new Set(tokens.flatMap((token) => (token.kind === 'param' ? [token.index] : [])));
    for (const index of used) {
      if (index >= 0 && index < paramCount) continue;
      throw new TemplateError(`it has $${index + 1}, but 'params' has ${paramCount}`);
    }
    for (let i = 0; i < paramCount; i++)
      if (!used.has(i)) throw new TemplateError(`it has no $${i + 1} for params[${i}]`);
    const statement = new Statement(dialect, tokens, listIndex);
    statement.expand(1);
    return statement;
  }

  /** `list`: the values of the list; of those that are one value, `values[listIndex]` is not looked at. */
  bind(values: readonly string[], list: readonly string[] = []): BoundQuery {
    const padded = this.dialect === 'mysql' ? paddedList(list) : list;
    const { text, order } = this.expand(padded.length);
    return { text, values: order.flatMap((index) => this.valuesOf(index, values, padded)) };
  }

  private valuesOf(index: number, values: readonly string[], list: readonly string[]): (string | string[])[] {
    if (index !== this.listIndex) return [values[index]!];
    if (this.dialect === 'postgres') return [[...list]];
    return this.dialect === 'sqlite' ? [JSON.stringify(list)] : [...list];
  }

  /** `order`: params in the order of their placeholders in `text`. */
  private expand(listLength: number): { text: string; order: number[] } {
    if (this.dialect === 'postgres') return this.expandNumbered();
    const out = this.tokens.map(({ text }) => text);
    const order: number[] = [];
    for (const [at, { kind, index }] of this.tokens.entries()) {
      if (kind !== 'param') continue;
      order.push(index);
      out[at] = '?';
      if (index !== this.listIndex) continue;
      const { from, until } = this.aroundList(at);
      out.fill('', from, until);
      const marks = Array.from({ length: listLength }, () => '?').join(', ');
      out[at] = this.dialect === 'sqlite' ? 'in (select value from json_each(?))' : `in (${marks})`;
    }
    return { text: out.join(''), order };
  }

  /** PostgreSQL knows $1, and arrays with whatever stands around them; only `in` wants another word. */
  private expandNumbered(): { text: string; order: number[] } {
    const out = this.tokens.map(({ text }) => text);
    let count = 0;
    for (const [at, { kind, index }] of this.tokens.entries()) {
      if (kind !== 'param') continue;
      count = Math.max(count, index + 1);
      const around = index === this.listIndex ? this.listAt(at) : undefined;
      if (around === undefined) continue;
      out.fill('', around.from, around.until);
      out[at] = `= any($${index + 1})`;
    }
    return { text: out.join(''), order: Array.from({ length: count }, (_, i) => i) };
  }

  private aroundList(at: number): { from: number; until: number } {
    const around = this.listAt(at);
    if (around !== undefined) return around;
    const name = `$${this.tokens[at]!.index + 1}`;
    throw new TemplateError(`${name} is a list: write '= any(${name})' or 'in (${name})'`);
  }

  /** The tokens of "= any($1)" or "in ($1)", if it stands there. */
  private listAt(at: number): { from: number; until: number } | undefined {
    const step = (from: number, by: 1 | -1) => {
      let next = from + by;
      while (this.tokens[next]?.kind === 'blank') next += by;
      return next;
    };
    const [open, close] = [step(at, -1), step(at, 1)];
    const word = step(open, -1);
    const equals = step(word, -1);
    const textAt = (index: number) => this.tokens[index]?.text.toLowerCase();
    if (textAt(open) === '(' && textAt(close) === ')') {
      if (textAt(word) === 'in' && textAt(equals) !== 'not') return { from: word, until: close + 1 };
      if (textAt(word) === 'any' && textAt(equals) === '=') return { from: equals, until: close + 1 };
    }
    return undefined;
  }
}

/** To a power of two with its last, so that lists of all lengths share a few prepared statements. */
function paddedList(list: readonly string[]): string[] {
  const length = list.length === 0 ? 0 : 2 ** Math.ceil(Math.log2(list.length));
  return Array.from({ length }, (_, i) => list[Math.min(i, list.length - 1)]!);
}

function tokenize(query: string, dialect: Dialect): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < query.length; ) {
    const token = tokenAt(query, at, dialect);
    if (token.kind === 'broken') throw new TemplateError(token.text);
    tokens.push(token);
    at += token.text.length;
  }
  return tokens;
}

function tokenAt(query: string, at: number, dialect: Dialect): Token {
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(query)?.[0];
  };
  const token = (kind: TokenKind, text: string, index = -1): Token => ({ kind, text, index });
  const blank = take(/\s+/y) ?? take(LINE_COMMENT[dialect]) ?? blockComment(query, at, dialect);
  if (blank !== undefined) return token('blank', blank);
  for (const pattern of WHOLE[dialect]) {
    const text = take(pattern);
    if (text !== undefined) return token('other', text);
  }
  const param = take(PARAM);
  if (param !== undefined) return token('param', param, Number(param.slice(1)) - 1);
  const word = take(WORD);
  if (word !== undefined) return token('word', word);
  const char = query[at]!;
  const foreign = FOREIGN[dialect];
  if (foreign !== undefined && take(foreign) !== undefined) {
    return token('broken', `write $1, $2, ... for values, not '${char}'`);
  }
  const opens = char === "'" || char === '"' || query.startsWith('/*', at) || (dialect !== 'postgres' && char === '`');
  return opens ? token('broken', `'${char}' has no end`) : token('other', char);
}

/** PostgreSQL's comments nest. */
function blockComment(query: string, at: number, dialect: Dialect): string | undefined {
  if (!query.startsWith('/*', at)) return undefined;
  const marks = dialect === 'postgres' ? /\/\*|\*\//g : /\*\//g;
  marks.lastIndex = at + 2;
  for (let depth = 1; ; ) {
    const mark = marks.exec(query);
    if (mark === null) return undefined;
    depth += mark[0] === '/*' ? 1 : -1;
    if (depth === 0) return query.slice(at, marks.lastIndex);
  }
}

/** Without the ';' at its end; more than one statement is refused. */
function withoutEnd(tokens: readonly Token[]): Token[] {
  const end = tokens.findIndex(({ text }) => text === ';');
  if (end === -1) return [...tokens];
  if (tokens.slice(end).some(({ kind, text }) => kind !== 'blank' && text !== ';')) {
    throw new TemplateError('expected one statement');
  }
  return tokens.slice(0, end);
}
