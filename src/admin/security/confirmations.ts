import { createHmac, randomBytes } from 'node:crypto';
import { sameText } from './token';

const GOOD_MS = 60_000;
const KEY_BYTES = 32;

/** Says that something was looked at before it is done: good for that very request, for a minute, in this process. */
export class Confirmations {
  private readonly key = randomBytes(KEY_BYTES);

  constructor(private readonly now: () => number) {}

  give(request: string): string {
    return this.sign(request, this.now() + GOOD_MS);
  }

  isGood(request: string, confirm: string): boolean {
    const until = Number(/^(\d{1,15})\./.exec(confirm)?.[1] ?? 0);
    return until >= this.now() && sameText(confirm, this.sign(request, until));
  }

  private sign(request: string, untilMs: number): string {
    return `${untilMs}.${createHmac('sha256', this.key).update(`${untilMs} ${request}`).digest('base64url')}`;
  }
}
