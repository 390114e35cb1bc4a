import { Fault } from '../../base/fault';
import { parseDouble } from '../../types/numbers';
import { NOT_A_FLOAT } from '../framework/faults';
import type { Argument } from '../framework/wire';

export const NOT_A_NUMBER = new Fault('ERR resulting score is not a number (NaN)');

/** Throws Fault, `fault` if it is no number. */
export function readScore(word: Argument, fault = NOT_A_FLOAT): number {
  const score = parseDouble(word.toString());
  if (score === undefined) throw fault;
  return score;
}
