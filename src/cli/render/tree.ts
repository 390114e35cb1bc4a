import type { Reply } from '../../../protocol/reply-reader';
import { display } from './bytes';
import type { JsonValue } from './json';

/** A report as RESP2 brings it, with its flat name-value arrays made maps again. */
export type Tree = string | number | null | Tree[] | Map<string, Tree>;

/** Arrays inside arrays beyond this many levels are shown as a word. */
const DEPTH_MAX = 16;

/**
 * RESP2 has no maps, so an array with a string at every even place is taken for name, value, name, value ...; that is
 * what reports send. Lists of strings that are not reports must not come here.
 */
export function treeOf(reply: Reply, depth = 0): Tree {
  if (Buffer.isBuffer(reply)) return display(reply);
  if (reply instanceof Error) return display(Buffer.from(reply.message, 'latin1'));
  if (!Array.isArray(reply)) return reply;
  if (depth === DEPTH_MAX) return '...';
  return isFlatMap(reply) ? mapOfPairs(reply, depth) : reply.map((item) => treeOf(item, depth + 1));
}

function isFlatMap(items: readonly Reply[]): boolean {
  return items.length > 0 && items.length % 2 === 0 && items.every((item, i) => i % 2 === 1 || Buffer.isBuffer(item));
}

function mapOfPairs(items: readonly Reply[], depth: number): Map<string, Tree> {
  const map = new Map<string, Tree>();
  for (let i = 0; i < items.length; i += 2) {
    map.set(String(treeOf(items[i] ?? null)), treeOf(items[i + 1] ?? null, depth + 1));
  }
  return map;
}

const DECIMAL = /^-?(0|[1-9]\d{0,14})(\.\d{1,15})?$/;

/** The number that a text says, if it is a plain decimal; RESP2 sends fractions as text. */
export function numberIn(text: string): number | undefined {
  return DECIMAL.test(text) ? Number(text) : undefined;
}

/** For --json: numbers sent as text become numbers. */
export function jsonOfTree(tree: Tree): JsonValue {
  if (typeof tree === 'string') return numberIn(tree) ?? tree;
  if (Array.isArray(tree)) return tree.map(jsonOfTree);
  if (tree instanceof Map) return new Map([...tree].map(([name, inner]) => [name, jsonOfTree(inner)]));
  return tree;
}
