import type { Scheduler } from '../base/world';
import type { Client } from '../commands/context';
import type { Exclusion } from '../commands/node';
import type { Session } from './session';
import type { Turn } from './turn';

/** One client is served and nobody else, while its transaction waits in its middle. */
export class Alone implements Exclusion {
  client: Client | null = null;
  /** Times that it came to that. */
  count = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly scheduler: Scheduler,
    private readonly turn: Turn,
  ) {}

  begin(client: Client): void {
    this.client = client;
    this.count++;
    this.turn.heldFor = client as Session;
  }

  /** Others go on in a later turn. Whoever of them begins next keeps the rest waiting. */
  end(client: Client): void {
    if (this.client !== client) return;
    this.client = null;
    this.turn.heldFor = null;
    if (this.waiting.length === 0) return;
    this.scheduler.soon(() => {
      for (const go of this.waiting.splice(0)) go();
    });
  }

  /** At most one a connection. */
  whenOver(go: () => void): void {
    this.waiting.push(go);
  }
}
