import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
  visit,
} from 'yaml';
import { ConfigError, quoted } from './config-error';

const FILE_SIZE_BYTES_MAX = 1024 * 1024;

/** Text, lists and maps: every scalar is text, because a setting's kind decides what it means. */
export type Tree = string | Tree[] | { [name: string]: Tree };

export type Path = readonly (string | number)[];

/** larder.yaml, read once: its values with `${VAR}` filled in, and where each of them stands. */
export class ConfigFile {
  private constructor(
    /** As the operator named it. */
    readonly name: string,
    private readonly document: Document.Parsed,
    private readonly lines: LineCounter,
    /** Top-level names and their values. */
    readonly entries: ReadonlyMap<string, Tree>,
  ) {}

  /** Throws ConfigError with the line. */
  static parse(name: string, bytes: Buffer, env: Readonly<Record<string, string | undefined>>): ConfigFile {
    const lines = new LineCounter();
    const document = parseYaml(name, decode(name, bytes), lines);
    fillVariables(document, env, (what, node) => failAt(name, lines, node, what));
    const root: unknown = document.contents === null ? {} : toTree(name, document);
    return new ConfigFile(name, document, lines, new Map(Object.entries(root as { [name: string]: Tree })));
  }

  /** Throws ConfigError at the place of `path`, or of the nearest thing above it that exists. */
  fail(path: Path, what: string): never {
    return failAt(this.name, this.lines, this.nodeAt(path), what);
  }

  /** For a name in a map the place of the name, rather than of its value. */
  private nodeAt(path: Path): Node | null {
    let node: unknown = this.document.contents;
    let nearest: Node | null = this.document.contents;
    for (const part of path) {
      if (isAlias(node)) node = node.resolve(this.document);
      if (isMap(node)) {
        const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(part));
        if (pair === undefined) break;
        nearest = pair.key as Scalar;
        node = pair.value;
      } else if (isSeq(node) && node.items[Number(part)] !== undefined) {
        node = node.items[Number(part)];
        nearest = node as Node;
      } else break;
    }
    return nearest;
  }
}

function decode(name: string, bytes: Buffer): string {
  if (bytes.length > FILE_SIZE_BYTES_MAX) throw new ConfigError('expected a file of at most 1mb', name);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ConfigError('expected text in UTF-8', name);
  }
}

/** Parses without meaning: the failsafe schema leaves every scalar the text it was. */
export function parseYaml(name: string, text: string, lines = new LineCounter()): Document.Parsed {
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, schema: 'failsafe' });
  const mistake = document.errors[0] ?? document.warnings[0];
  if (mistake !== undefined) {
    const what =
      mistake.code === 'DUPLICATE_KEY'
        ? `duplicate key ${quoted(/^[^:\s]*/.exec(text.slice(mistake.pos[0]))![0])}`
        : `not valid YAML: ${mistake.message}`;
    throw new ConfigError(what, name, lines.linePos(mistake.pos[0]).line);
  }
  if (document.contents !== null && !isMap(document.contents)) {
    const isBlank = isScalar(document.contents) && document.contents.value === '';
    if (!isBlank) failAt(name, lines, document.contents, "expected lines such as 'port: 6380'");
    document.contents = null as unknown as typeof document.contents;
  }
  return document;
}

function toTree(name: string, document: Document.Parsed): unknown {
  try {
    return document.toJS({ maxAliasCount: 1000 });
  } catch (error) {
    throw new ConfigError(`not valid YAML: ${(error as Error).message}`, name);
  }
}

function failAt(name: string, lines: LineCounter, node: Node | null, what: string): never {
  const offset = node?.range?.[0];
  throw new ConfigError(what, name, offset === undefined ? 1 : lines.linePos(offset).line);
}

/** `${VAR}` in values becomes the variable's text, whatever it holds; `$${` stands for `${`. Names are left alone. */
function fillVariables(
  document: Document.Parsed,
  env: Readonly<Record<string, string | undefined>>,
  fail: (what: string, node: Node) => never,
): void {
  visit(document, {
    Alias(_, node) {
      if (node.resolve(document) === undefined) fail(`there is no anchor ${quoted(node.source)}`, node);
    },
    Scalar(key, node) {
      if (key === 'key' || typeof node.value !== 'string') return;
      node.value = node.value.replace(/\$(\$\{|\{([^}]*)\}?)/g, (_, rest: string, variable: string | undefined) => {
        if (variable === undefined) return rest;
        return env[variable] ?? fail(`the environment has no variable ${quoted(variable)}`, node);
      });
    },
  });
}

/** Undoes `fillVariables` for text that is written to the file. */
export function escapeVariables(text: string): string {
  return text.replaceAll('${', () => '$${');
}
