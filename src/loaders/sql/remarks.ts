import { failure, type LoadFailure } from '../loader';
import { type Cell, textOf } from './cell';

/** What a row may say beside its value, in columns of these names. */
export const REMARK_COLUMNS = {
  ttl: 'larder_ttl',
  tags: 'larder_tags',
  dependsOn: 'larder_depends_on',
  cost: 'larder_cost',
} as const;

export type RemarkName = keyof typeof REMARK_COLUMNS;

/** Longer ones are refused: tags and keys are no values. */
const REMARK_LENGTH_MAX = 64 * 1024;

/** As in a LoadResult. */
export interface Remarks {
  ttlMs?: number;
  tags?: readonly string[];
  sources?: readonly string[];
  costUs?: number;
  store?: false;
}

/** Adds what one row says to what those before it said: the shortest ttl, all tags and sources, the sum of costs. */
export function addRemark(remarks: Remarks, name: RemarkName, cell: Cell): LoadFailure | undefined {
  if (cell === null) return undefined;
  const text = textOf(cell);
  const label = name === 'dependsOn' ? 'depends-on' : name;
  if (text.length > REMARK_LENGTH_MAX) return failure(`the ${label} column is longer than ${REMARK_LENGTH_MAX}`, false);
  if (name === 'ttl' || name === 'cost') return addNumber(remarks, name, text);
  const words = wordsOf(text);
  if (words === undefined) return failure(`the ${label} column is not a list of texts`, false);
  if (name === 'tags') remarks.tags = union(remarks.tags, words);
  else remarks.sources = union(remarks.sources, words);
  return undefined;
}

function addNumber(remarks: Remarks, name: 'ttl' | 'cost', text: string): LoadFailure | undefined {
  if (!/^\d{1,15}(?:\.\d+)?$/.test(text)) {
    return failure(`the ${name} column is not a number of ${name === 'ttl' ? 'seconds' : 'milliseconds'}`, false);
  }
  const thousandths = Math.ceil(Number(text) * 1000);
  if (name === 'cost') remarks.costUs = (remarks.costUs ?? 0) + thousandths;
  else if (thousandths === 0) remarks.store = false;
  else remarks.ttlMs = Math.min(remarks.ttlMs ?? Number.POSITIVE_INFINITY, thousandths);
  return undefined;
}

function union(some: readonly string[] = [], more: readonly string[]): string[] {
  return [...new Set([...some, ...more])];
}

/** A JSON array or an array of PostgreSQL's ({a,b}) of texts, or words between commas. Latin1. */
function wordsOf(text: string): string[] | undefined {
  const words = text.startsWith('[') ? jsonWords(text) : text.split(',').map((word) => word.trim());
  return words?.filter((word) => word !== '').map((word) => Buffer.from(word, 'utf8').toString('latin1'));
}

function jsonWords(text: string): string[] | undefined {
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.every((each) => typeof each === 'string') ? list : undefined;
  } catch {
    return undefined;
  }
}
