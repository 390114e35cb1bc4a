import type { Reply } from '../../protocol/reply-reader';

/** Text of a string or number reply, as UTF-8; null for null. Throws TypeError for anything else. */
export function text(reply: Reply): string | null {
  if (Buffer.isBuffer(reply)) return reply.toString('utf8');
  if (typeof reply === 'number') return String(reply);
  if (reply === null) return null;
  throw new TypeError(`expected a string reply, got ${kindOf(reply)}`);
}

/**
 * A flat name-value array (RESP2's map) as a Map; names are latin1, so that no two become one. Throws TypeError for
 * anything that is not such an array.
 */
export function mapOf(reply: Reply): Map<string, Reply> {
  if (!Array.isArray(reply) || reply.length % 2 !== 0) throw new TypeError(`expected pairs, got ${kindOf(reply)}`);
  const map = new Map<string, Reply>();
  for (let i = 0; i < reply.length; i += 2) {
    const name = reply[i];
    if (!Buffer.isBuffer(name)) throw new TypeError(`expected a name, got ${kindOf(name)}`);
    map.set(name.toString('latin1'), reply[i + 1] ?? null);
  }
  return map;
}

function kindOf(reply: Reply | undefined): string {
  if (reply instanceof Error) return `the error ${reply.message}`;
  if (Array.isArray(reply)) return `an array of ${reply.length}`;
  return Buffer.isBuffer(reply) ? 'a string' : String(reply);
}
