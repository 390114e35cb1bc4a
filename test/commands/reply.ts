/** A reply as the wire says it, in RESP2 or RESP3, and its readable form in transcripts. */
export interface Reply {
  /** The RESP type character; '$' also for bulks, 'n' for null, '*n' for a null array. */
  readonly kind: string;
  readonly text: string;
  readonly items: readonly Reply[];
  /** Items of an expected reply in any order. */
  readonly unordered?: boolean;
}

const leaf = (kind: string, text: string): Reply => ({ kind, text, items: [] });

/** Reads one reply of `buf` from `at`: the reply and where it ends; undefined if it is not whole. Throws on what is no RESP. */
export function readReply(buf: Buffer, at = 0): { reply: Reply; end: number } | undefined {
  const lineEnd = buf.indexOf('\r\n', at, 'latin1');
  if (lineEnd < 0) return undefined;
  const kind = String.fromCharCode(buf[at]!);
  const line = buf.toString('latin1', at + 1, lineEnd);
  const after = lineEnd + 2;
  if ('+-:,#('.includes(kind)) return { reply: leaf(kind, line), end: after };
  if (kind === '_') return { reply: leaf('n', ''), end: after };
  const size = Number(line);
  if (!Number.isInteger(size)) throw new Error(`not RESP: ${JSON.stringify(kind + line)}`);
  if (kind === '$' || kind === '=' || kind === '!') {
    if (size < 0) return { reply: leaf('n', ''), end: after };
    if (buf.length < after + size + 2) return undefined;
    return { reply: leaf(kind, buf.toString('latin1', after, after + size)), end: after + size + 2 };
  }
  if (!'*~%>'.includes(kind)) throw new Error(`not RESP: ${JSON.stringify(kind + line)}`);
  if (size < 0) return { reply: leaf('*n', ''), end: after };
  return readItems(buf, after, kind, kind === '%' ? size * 2 : size);
}

function readItems(buf: Buffer, start: number, kind: string, count: number) {
  const items: Reply[] = [];
  let end = start;
  for (let i = 0; i < count; i++) {
    const item = readReply(buf, end);
    if (item === undefined) return undefined;
    items.push(item.reply);
    end = item.end;
  }
  return { reply: { kind, text: '', items }, end };
}

function quote(text: string): string {
  const escaped = text.replace(/[\\"]|[^ -~]/g, (c) => {
    const known = { '\\': '\\\\', '"': '\\"', '\n': '\\n', '\r': '\\r', '\t': '\\t' }[c];
    return known ?? `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
  return `"${escaped}"`;
}

/** `"bulk"`, `:1`, `+OK`, `-ERR ...`, `nil`, `*nil`, `[array]`, `~[set]`, `{map: value}`, `>[push]`, `,1.5`, `#t`, `="txt:..."`. */
export function show(reply: Reply): string {
  return shown(reply, false);
}

function shown(reply: Reply, nested: boolean): string {
  const { kind, text, items } = reply;
  const show = (item: Reply) => shown(item, true);
  switch (kind) {
    case 'n':
      return 'nil';
    case '*n':
      return '*nil';
    case '$':
      return quote(text);
    case '=':
    case '!':
      return kind + quote(text);
    case '*':
      return `${reply.unordered ? 'unordered ' : ''}[${items.map(show).join(', ')}]`;
    case '~':
    case '>':
      return `${kind}[${items.map(show).join(', ')}]`;
    case '%': {
      const pairs: string[] = [];
      for (let i = 0; i < items.length; i += 2) pairs.push(`${show(items[i]!)}: ${show(items[i + 1]!)}`);
      return `{${pairs.join(', ')}}`;
    }
    default:
      return nested && /[,\]}]/.test(text) ? kind + quote(text) : kind + text;
  }
}

/** Reads what `show` writes. */
export function parseShown(source: string): Reply {
  const reader = new ShownReader(source);
  const reply = reader.reply();
  reader.finish();
  return reply;
}

const ESCAPES: Record<string, string> = { n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b' };

/** The text of a double-quoted word: `at` is just after the opening quote. */
export function readQuoted(source: string, at: number): { text: string; end: number } {
  let text = '';
  for (let i = at; i < source.length; i++) {
    const c = source[i]!;
    if (c === '"') return { text, end: i + 1 };
    if (c !== '\\') text += c;
    else if (source[i + 1] === 'x') {
      text += String.fromCharCode(Number.parseInt(source.slice(i + 2, i + 4), 16));
      i += 3;
    } else {
      const next = source[++i] ?? '';
      text += ESCAPES[next] ?? next;
    }
  }
  throw new Error(`unbalanced quotes: ${source}`);
}

class ShownReader {
  private at = 0;
  constructor(private readonly source: string) {}

  finish(): void {
    if (this.source.slice(this.at).trim() !== '') throw new Error(`too much: ${this.source.slice(this.at)}`);
  }

  reply(): Reply {
    this.space();
    const { source } = this;
    const rest = source.slice(this.at);
    const word = /^(\*nil|nil|unordered)/.exec(rest)?.[1];
    if (word !== undefined) this.at += word.length;
    if (word === 'nil') return leaf('n', '');
    if (word === '*nil') return leaf('*n', '');
    if (word === 'unordered') return { ...this.reply(), unordered: true };
    const kind = source[this.at++]!;
    if (kind === '"') return leaf('$', this.quoted());
    if (kind === '=' || kind === '!') {
      this.at++;
      return leaf(kind, this.quoted());
    }
    if (kind === '[') return { kind: '*', text: '', items: this.items(']') };
    if (kind === '{') return { kind: '%', text: '', items: this.items('}') };
    if (kind === '~' || kind === '>') {
      this.at++;
      return { kind, text: '', items: this.items(']') };
    }
    if ('+-:,#('.includes(kind)) return leaf(kind, this.line(kind));
    throw new Error(`not a reply: ${rest}`);
  }

  private items(close: string): Reply[] {
    const items: Reply[] = [];
    for (;;) {
      this.space();
      const c = this.source[this.at];
      if (c === undefined) throw new Error(`no ${close}: ${this.source}`);
      if (c === close) {
        this.at++;
        return items;
      }
      if (c === ',' || c === ':') {
        // A separator, unless it begins an integer or a double.
        const isSeparator = /[\s"[{~+]/.test(this.source[this.at + 1] ?? ' ');
        if (isSeparator) {
          this.at++;
          continue;
        }
      }
      items.push(this.reply());
    }
  }

  /** Errors and simple strings at the top go to the end of the line; inside others they end with it or a comma. */
  private line(kind: string): string {
    if (this.source[this.at] === '"') {
      this.at++;
      return this.quoted();
    }
    const nested = /[\]}]\s*$/.test(this.source) && !/^[+-]/.test(this.source.trimStart());
    const pattern = nested || !'+-'.includes(kind) ? /^[^,\]}]*/ : /^.*$/s;
    const text = pattern.exec(this.source.slice(this.at))![0];
    this.at += text.length;
    return text;
  }

  private quoted(): string {
    const { text, end } = readQuoted(this.source, this.at);
    this.at = end;
    return text;
  }

  private space(): void {
    while (/\s/.test(this.source[this.at] ?? '')) this.at++;
  }
}

/** Whether `given` is what `expected` describes. */
export function sameReply(expected: Reply, given: Reply): boolean {
  if (expected.kind !== given.kind || expected.text !== given.text) return false;
  if (expected.items.length !== given.items.length) return false;
  if (!expected.unordered) return expected.items.every((item, i) => sameReply(item, given.items[i]!));
  const left = [...given.items];
  return expected.items.every((item) => {
    const at = left.findIndex((candidate) => sameReply(item, candidate));
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  });
}
