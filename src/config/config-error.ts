/**
 * The operator's mistake, said in one line: where it is and what was expected. The process ends on it before it serves.
 * `message` is whole: "larder.yaml:12: maxmemory: expected a size such as 256mb, got 'lots'".
 */
export class ConfigError extends Error {
  override name = 'ConfigError';

  constructor(
    /** The message without the place. */
    readonly what: string,
    /** As the operator named it; undefined for flags and variables. */
    readonly file?: string,
    /** Counted from 1. */
    readonly line?: number,
  ) {
    super(file === undefined ? what : line === undefined ? `${file}: ${what}` : `${file}:${line}: ${what}`);
  }
}

/** Text of the operator's, made fit for one line of a terminal. */
export function quoted(text: string): string {
  const line = text.replace(/[\x00-\x1f\x7f]/g, '?');
  return `'${line.length > 60 ? `${line.slice(0, 57)}...` : line}'`;
}

/** "expected a size such as 256mb, got 'lots'"; a secret is not repeated. */
export function mismatch(kind: { isSecret?: boolean }, expected: string, text: string): string {
  return `expected ${expected}${kind.isSecret === true ? '' : `, got ${quoted(text)}`}`;
}
