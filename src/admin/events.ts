import type { ServerResponse } from 'node:http';
import type { Cancel } from '../base/world';
import { overview } from './api/overview';
import type { FeedEvent, InvalidationFeed } from './feed';
import type { AdminHouse } from './house';
import type { AdminLimits } from './limits';

const EVERY_MS = 1_000;
/** Invalidations told within one period; of more, the rest is in /api/invalidations. */
const EVENTS_PER_PERIOD_MAX = 50;

/** Server-sent events: `overview` once a second, `invalidation` as they come. Made once, sent to all who listen. */
export class Events {
  private readonly listeners = new Set<ServerResponse>();
  private cancel: Cancel | null = null;
  private deaf: Cancel = () => {};
  private told = 0;

  constructor(
    private readonly house: AdminHouse,
    private readonly feed: InvalidationFeed,
    private readonly limits: AdminLimits,
  ) {}

  /** Those who listen. */
  get count(): number {
    return this.listeners.size;
  }

  add(response: ServerResponse): void {
    if (this.listeners.size >= this.limits.listenersMax) {
      response.writeHead(503, { 'content-type': 'application/json', 'retry-after': '5' });
      response.end('{"error":"too many listen already"}');
      return;
    }
    this.listeners.add(response);
    response.on('close', () => this.remove(response));
    response.on('error', () => this.remove(response));
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' });
    response.write('retry: 2000\n\n');
    void this.tell([response]);
    if (this.cancel === null) this.begin();
  }

  close(): void {
    for (const response of this.listeners) response.end();
    this.listeners.clear();
    this.rest();
  }

  private begin(): void {
    this.deaf = this.feed.listen((event) => this.invalidated(event));
    this.schedule();
  }

  private rest(): void {
    this.deaf();
    this.cancel?.();
    this.cancel = null;
  }

  private schedule(): void {
    this.cancel = this.house.world.scheduler.after(EVERY_MS, () => {
      this.told = 0;
      this.house.world.clock.refresh();
      this.schedule();
      void this.tell(this.listeners);
    });
  }

  private async tell(listeners: Iterable<ServerResponse>): Promise<void> {
    try {
      this.send(frame('overview', await overview(this.house)), listeners);
    } catch (failure) {
      this.house.world.log.error({ err: failure }, 'the admin port could not make its overview');
    }
  }

  private invalidated(event: FeedEvent): void {
    if (this.told++ < EVENTS_PER_PERIOD_MAX) this.send(frame('invalidation', event));
  }

  private send(text: string, listeners: Iterable<ServerResponse> = this.listeners): void {
    for (const response of listeners) {
      if (response.writableEnded) continue;
      if (response.writableLength > this.limits.listenerBytesMax) response.destroy();
      else response.write(text);
    }
  }

  private remove(response: ServerResponse): void {
    if (!this.listeners.delete(response)) return;
    if (this.listeners.size === 0) this.rest();
  }
}

function frame(event: string, data: object): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
