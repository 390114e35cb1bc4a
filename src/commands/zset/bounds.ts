import { Fault } from '../../base/fault';
import { parseDouble } from '../../types/numbers';
import type { Scored } from '../../types/order-tree';
import type { SortedSet } from '../../types/sorted-set';
import type { Argument } from '../framework/wire';

const NOT_A_BOUND = new Fault('ERR min or max is not a float');
const NOT_A_LEX_BOUND = new Fault('ERR min or max not valid string range item');

/** A run of members by their order. */
export interface Bounds {
  /** Comes before all that are wanted. */
  isBelow(item: Scored): boolean;
  /** Does not come after all that are wanted. */
  isNotAbove(item: Scored): boolean;
}

/** The ranks that are within bounds, `from` to one before `to`. The set is open. */
export function ranksOf(set: SortedSet, bounds: Bounds): readonly [from: number, to: number] {
  const from = set.countBefore((item) => bounds.isBelow(item));
  return [
    from,
    Math.max(
      from,
      set.countBefore((item) => bounds.isNotAbove(item)),
    ),
  ];
}

function scoreBound(word: Argument): { score: number; isOpen: boolean } {
  const text = word.toString();
  const isOpen = text.startsWith('(');
  const score = parseDouble(isOpen ? text.slice(1) : text);
  if (score === undefined) throw NOT_A_BOUND;
  return { score, isOpen };
}

/** `1 5`, `(1 +inf`. Throws Fault. */
export function scoreBounds(minWord: Argument, maxWord: Argument): Bounds {
  const min = scoreBound(minWord);
  const max = scoreBound(maxWord);
  return {
    isBelow: ({ score }) => (min.isOpen ? score <= min.score : score < min.score),
    isNotAbove: ({ score }) => (max.isOpen ? score < max.score : score <= max.score),
  };
}

interface LexBound {
  readonly text: string;
  readonly isOpen: boolean;
  /** Before everything, or after it. */
  readonly end: -1 | 0 | 1;
}

function lexBound(word: Argument): LexBound {
  const text = word.toString();
  if (text === '-' || text === '+') return { text: '', isOpen: false, end: text === '-' ? -1 : 1 };
  const isOpen = text.startsWith('(');
  if (!isOpen && !text.startsWith('[')) throw NOT_A_LEX_BOUND;
  return { text: text.slice(1), isOpen, end: 0 };
}

/** `[a (c`, `- +`. Throws Fault. */
export function lexBounds(minWord: Argument, maxWord: Argument): Bounds {
  const min = lexBound(minWord);
  const max = lexBound(maxWord);
  return {
    isBelow: ({ member }) => (min.end === 0 ? (min.isOpen ? member <= min.text : member < min.text) : min.end > 0),
    isNotAbove: ({ member }) => (max.end === 0 ? (max.isOpen ? member < max.text : member <= max.text) : max.end > 0),
  };
}
