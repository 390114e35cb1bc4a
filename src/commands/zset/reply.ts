import type { Scored } from '../../types/order-tree';
import type { Context } from '../context';

/** Members, with their scores where asked for: flat in RESP2, pairs in RESP3. */
export function writeScored(ctx: Context, items: readonly Scored[], withScores: boolean): void {
  const { out, client } = ctx;
  const inPairs = withScores && client.proto === 3;
  out.array(withScores && !inPairs ? 2 * items.length : items.length);
  for (const { member, score } of items) {
    if (inPairs) out.array(2);
    out.bulkText(member);
    if (withScores) out.double(score);
  }
}
