import { request } from 'undici';
import type { Cancel, World } from '../../base/world';
import type { WebhookConfig } from '../../config';

/** Messages in line; the oldest goes where there are more. */
const QUEUE_MAX = 100;
const RETRY_MS = [1_000, 5_000, 25_000] as const;

/** Tells an address of the configuration, one message at a time, each up to 4 times. Follows no redirects. */
export class Webhook {
  sent = 0;
  failed = 0;
  dropped = 0;
  private readonly queue: Buffer[] = [];
  private isBusy = false;
  private readonly abort = new AbortController();
  private cancel: Cancel = () => {};

  constructor(
    private readonly config: WebhookConfig,
    private readonly world: Pick<World, 'scheduler' | 'log'>,
  ) {}

  get waiting(): number {
    return this.queue.length;
  }

  send(json: Buffer): void {
    this.queue.push(json);
    if (this.queue.length > QUEUE_MAX) {
      this.queue.shift();
      this.dropped++;
    }
    this.next();
  }

  stop(): void {
    this.abort.abort();
    this.cancel();
    this.queue.length = 0;
  }

  private next(): void {
    if (this.isBusy) return;
    const json = this.queue.shift();
    if (json === undefined) return;
    this.isBusy = true;
    void this.attempt(json, 0);
  }

  private async attempt(json: Buffer, tries: number): Promise<void> {
    const status = await this.post(json);
    if (this.abort.signal.aborted) return;
    if (status >= 200 && status < 300) {
      this.sent++;
      this.done();
      return;
    }
    const waitMs = RETRY_MS[tries];
    const mayRetry = status === 0 || status === 429 || status >= 500;
    if (waitMs !== undefined && mayRetry) {
      this.cancel = this.world.scheduler.after(waitMs, () => void this.attempt(json, tries + 1));
      return;
    }
    this.failed++;
    this.world.log.warn({ status }, 'the webhook of alerts did not take a message');
    this.done();
  }

  private done(): void {
    this.isBusy = false;
    this.next();
  }

  /** The status; 0 if there was none. */
  private async post(json: Buffer): Promise<number> {
    const { url, headers, timeoutMs } = this.config;
    const deadline = AbortSignal.any([this.abort.signal, AbortSignal.timeout(timeoutMs)]);
    try {
      const { statusCode, body } = await request(url, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: json,
        signal: deadline,
      });
      await body.dump({ limit: 65_536 });
      return statusCode;
    } catch {
      return 0;
    }
  }
}
