import { InvalidArgumentError } from 'commander';

/** Parsers of option values; commander names the option in the error. */
export function wholeNumber(min: number, max: number = Number.MAX_SAFE_INTEGER): (word: string) => number {
  return (word) => {
    const value = /^\d{1,16}$/.test(word) ? Number(word) : Number.NaN;
    if (value >= min && value <= max) return value;
    const range = max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `from ${min} to ${max}`;
    throw new InvalidArgumentError(`Expected a whole number, ${range}.`);
  };
}

export function positiveSeconds(word: string): number {
  const value = /^\d{1,6}(\.\d{1,3})?$/.test(word) ? Number(word) : Number.NaN;
  if (value > 0) return value;
  throw new InvalidArgumentError('Expected seconds, like 2 or 0.5.');
}

export function integer(word: string): number {
  if (/^-?\d{1,15}$/.test(word)) return Number(word);
  throw new InvalidArgumentError('Expected a whole number.');
}

/** `field=value`, gathered in a list. */
export function fieldValue(word: string, before: [string, string][] = []): [string, string][] {
  const at = word.indexOf('=');
  if (at <= 0) throw new InvalidArgumentError('Expected field=value.');
  return [...before, [word.slice(0, at), word.slice(at + 1)]];
}
