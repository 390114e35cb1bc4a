import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { FromOrigin, OriginCounts, ToOrigin } from './origin-messages';

/** Requests with `?limited` share so few places. */
const PLACES = 8;

/**
 * An HTTP origin in a process of its own. `/<word>/<ms>/<id>` is answered after so many milliseconds, as many side by side as
 * come; with `?limited` only few; `/<word>/<ms>?ids=1,2` is for several. Dead, it accepts connections and resets them.
 */
class Origin {
  private readonly sockets = new Set<Socket>();
  private readonly http = createHttpServer({ keepAlive: true }, (request, response) => this.answer(request, response));
  private readonly server = createServer((socket) => this.accept(socket));
  private isDead = false;
  private life = 0;
  private underWay = 0;
  private places = PLACES;
  private readonly line: (() => void)[] = [];
  private counts = empty();
  private arrivals = new Map<string, number[]>();

  open(): void {
    this.http.keepAliveTimeout = 600_000;
    this.server.listen(0, '127.0.0.1', 4_096, () => {
      say({ port: (this.server.address() as AddressInfo).port });
    });
  }

  told(message: ToOrigin): void {
    if (message.do === 'die') this.die();
    if (message.do === 'revive') {
      this.isDead = false;
      this.life++;
    }
    say({ id: message.id, counts: { ...this.counts, perSecond: this.perSecond() } });
    if (message.do !== 'forget') return;
    this.counts = empty();
    this.arrivals.clear();
  }

  private accept(socket: Socket): void {
    if (this.isDead) {
      this.counts.refused++;
      socket.on('error', () => {});
      socket.resetAndDestroy();
      return;
    }
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => {});
    this.http.emit('connection', socket);
  }

  private die(): void {
    this.isDead = true;
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url!, 'http://origin');
    const [, word = '', ms = '0', id = ''] = url.pathname.split('/');
    this.counts.calls[word] = (this.counts.calls[word] ?? 0) + 1;
    this.arrived(word);
    this.counts.atOnceMax = Math.max(this.counts.atOnceMax, ++this.underWay);
    response.on('close', () => this.underWay--);
    const ids = url.searchParams.get('ids')?.split(',');
    const { life } = this;
    const begin = url.searchParams.has('limited') ? this.inTurn : setTimeout;
    begin(() => {
      if (ids === undefined) response.end(`${life} ${id}`);
      else {
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify(Object.fromEntries(ids.map((each) => [each, `${life} ${each}`]))));
      }
    }, Number(ms));
  }

  /** As setTimeout, where a place is free; else when one is. */
  private readonly inTurn = (answer: () => void, ms: number): void => {
    if (this.places === 0) {
      this.line.push(() => this.inTurn(answer, ms));
      return;
    }
    this.places--;
    setTimeout(() => {
      answer();
      this.places++;
      this.line.shift()?.();
    }, ms);
  };

  private arrived(word: string): void {
    const times = this.arrivals.get(word);
    if (times === undefined) this.arrivals.set(word, [performance.now()]);
    else times.push(performance.now());
  }

  private perSecond(): Record<string, number[]> {
    const seconds = [...this.arrivals].map(([word, times]) => {
      const counted: number[] = [];
      for (const at of times) {
        const second = Math.floor((at - times[0]!) / 1000);
        counted[second] = (counted[second] ?? 0) + 1;
      }
      return [word, Array.from(counted, (calls) => calls ?? 0)] as const;
    });
    return Object.fromEntries(seconds);
  }
}

function empty(): OriginCounts {
  return { calls: {}, atOnceMax: 0, refused: 0, perSecond: {} };
}

function say(message: FromOrigin): void {
  process.send!(message);
}

const origin = new Origin();
process.on('message', (message: ToOrigin) => origin.told(message));
process.on('disconnect', () => process.exit(0));
origin.open();
