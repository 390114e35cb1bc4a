import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Scheduler } from '../../base/world';
import type { AdminLimits } from '../limits';
import { Refusal } from '../refusal';

const TOKEN_BYTES = 24;
/** Addresses that have wrong tokens waiting. */
const ADDRESSES_MAX = 1_024;

export function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

/** What a request says who it is. `Basic` (its password) is for browsers, which send it by themselves: good for reading only. */
export interface Credentials {
  readonly kind: 'bearer' | 'basic';
  readonly token: string;
}

export function credentialsOf(authorization: string | undefined): Credentials | undefined {
  const [, scheme, value] = /^(bearer|basic) +([A-Za-z0-9\-._~+/]+=*)$/i.exec(authorization ?? '') ?? [];
  if (value === undefined) return undefined;
  if (scheme!.toLowerCase() === 'bearer') return { kind: 'bearer', token: value };
  const pair = Buffer.from(value, 'base64').toString('latin1');
  return { kind: 'basic', token: pair.slice(pair.indexOf(':') + 1) };
}

/** Judges tokens in constant time. A wrong one waits for its answer, and an address may only have a few of them waiting. */
export class Tokens {
  /** Wrong ones so far. */
  refused = 0;
  private readonly waiting = new Map<string, number>();

  constructor(
    private readonly token: () => string,
    private readonly scheduler: Scheduler,
    private readonly limits: Pick<AdminLimits, 'wrongTokenMs' | 'wrongTokensMax'>,
  ) {}

  /** Resolves for the right one; rejects with Refusal. */
  async check(given: Credentials | undefined, address: string, action: boolean): Promise<void> {
    const challenge = { 'www-authenticate': action ? 'Bearer' : 'Basic realm="larder"' };
    if (given === undefined || (action && given.kind !== 'bearer')) {
      const how = action ? 'actions need "Authorization: Bearer <token>"' : 'the token is needed';
      throw new Refusal(401, `${how} (admin-token, or the file admin.token in dir)`, challenge);
    }
    const waiting = this.waiting.get(address) ?? 0;
    if (waiting >= this.limits.wrongTokensMax || this.waiting.size >= ADDRESSES_MAX)
      throw new Refusal(429, 'too many wrong tokens', { 'retry-after': '1' });
    if (sameText(given.token, this.token())) return;
    this.refused++;
    this.waiting.set(address, waiting + 1);
    await new Promise<void>((done) => this.scheduler.after(this.limits.wrongTokenMs, done));
    const left = this.waiting.get(address)! - 1;
    if (left === 0) this.waiting.delete(address);
    else this.waiting.set(address, left);
    throw new Refusal(401, 'wrong token', challenge);
  }
}

/** In constant time; an empty text is like nothing. */
export function sameText(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b)) && b !== '';
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'latin1').digest();
}
