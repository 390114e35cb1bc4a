import type { AdminHouse } from './house';
import { Refusal } from './refusal';
import { get } from './route';

/** Why the node should not be sent traffic; empty: it should. */
export function notReady({ engine, isServing }: AdminHouse): string[] {
  const { core } = engine;
  const reasons: string[] = [];
  if (!isServing()) reasons.push('commands are not served yet, or not any more');
  if (!core.complete) reasons.push('the directory of the disk layer is still being read');
  const state = core.disk?.stats().state ?? (core.stuckDisk === null ? 'off' : 'stuck');
  if (state !== 'open' && state !== 'off') reasons.push(`the disk layer is ${state}`);
  return reasons;
}

export const HEALTH = [
  get('/healthz', 'the process lives', () => ({ status: 'alive' })),
  get(
    '/readyz',
    '200 when it serves, has read its directory, and its disk layer works or is off; else 503 and why',
    (house) => {
      const reasons = notReady(house);
      if (reasons.length > 0) throw new Refusal(503, reasons.join('; '));
      return { status: 'ready' };
    },
  ),
];
