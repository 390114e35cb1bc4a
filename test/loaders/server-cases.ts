import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Loader, Loaders } from '../../src/loaders';
import { aFailure } from './contract';
import { loadersOf, oneLoad } from './from-config';
import { ManualScheduler } from './origin';
import { until } from './servers';

export interface ServerSubject {
  url: string;
  /** Where there is no such database, with a password. */
  nowhere: { url: string; reason: string };
  exec(sql: string): Promise<void>;
  /** Ends the connections of all loaders from the server's side. */
  endAll(): Promise<void>;
  /** Connections of loaders. */
  connections(): Promise<number>;
}

/** What can happen between a loader and a server that is not in this process. */
export function serverCases(name: string, open: () => ServerSubject): void {
  describe(`${name}: connections`, () => {
    const opened: Loaders[] = [];
    let scheduler: ManualScheduler;

    beforeEach(() => {
      scheduler = new ManualScheduler();
    });
    afterEach(async () => {
      expect(scheduler.delaysMs).toEqual([]);
      await Promise.all(opened.splice(0).map((each) => each.close()));
    });

    function loaderOf(source: object): Loader {
      const yaml = oneLoad(source, { query: 'select name from beasts where name = $1', params: ['{id}'] });
      const loaders = loadersOf(yaml, { scheduler, sizeBytesMax: () => 1000 });
      opened.push(loaders);
      return loaders.forTemplate(0)!;
    }
    const load = (loader: Loader) =>
      loader.load({ key: 'user:cat', params: new Map([['id', 'cat']]), deadlineMs: 1000 });
    const cat = { kind: 'value', value: Buffer.from('cat') };

    beforeAll(async () => {
      await open().exec('create table beasts (name varchar(20))');
      await open().exec("insert into beasts values ('cat')");
    });

    test('no more than it may have, and every load is answered', async () => {
      const loader = loaderOf({ sql: open().url, 'connections-max': 3 });
      const results = await Promise.all(Array.from({ length: 50 }, () => load(loader)));
      expect(results).toEqual(Array.from({ length: 50 }, () => cat));
      expect(await open().connections()).toBe(3);
    });

    test('those that the server ended are replaced', async () => {
      const loader = loaderOf({ sql: open().url, 'connections-max': 2 });
      expect(await Promise.all([load(loader), load(loader)])).toEqual([cat, cat]);
      await open().endAll();
      // A load may still find out that its connection is gone, and says so; then there are new ones.
      await until(async () => {
        const result = await load(loader);
        if (result.kind === 'value') return true;
        expect(result).toEqual(aFailure({ retryable: true }));
        return false;
      });
      expect(await Promise.all([load(loader), load(loader)])).toEqual([cat, cat]);
    });

    test('nobody listens', async () => {
      const closed = createServer();
      await new Promise<void>((listening) => closed.listen(0, '127.0.0.1', listening));
      const { port } = closed.address() as AddressInfo;
      await new Promise((done) => closed.close(done));
      const loader = loaderOf({ sql: open().url.replace(/:\d+\//, `:${port}/`) });
      expect(await load(loader)).toEqual(aFailure({ reason: 'connection refused', retryable: true }));
    });

    test('it accepts and says nothing: the deadline, and an end that does not wait', async () => {
      const sockets: Socket[] = [];
      const silent = createServer((socket) => sockets.push(socket.on('error', () => {})));
      await new Promise<void>((listening) => silent.listen(0, '127.0.0.1', listening));
      const { port } = silent.address() as AddressInfo;
      const loader = loaderOf({ sql: open().url.replace(/:\d+\//, `:${port}/`) });
      const loading = load(loader);
      await until(() => sockets.length > 0);
      scheduler.fire();
      expect(await loading).toEqual(aFailure({ reason: 'deadline of 1000 ms passed', retryable: true }));
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => silent.close(done));
    });

    test('it talks nonsense', async () => {
      const babble = createServer((socket) =>
        socket
          .on('error', () => {})
          .resume()
          .end('HTTP/1.1 400 Bad Request\r\n\r\n'.repeat(10)),
      );
      await new Promise<void>((listening) => babble.listen(0, '127.0.0.1', listening));
      const { port } = babble.address() as AddressInfo;
      const loader = loaderOf({ sql: open().url.replace(/:\d+\//, `:${port}/`) });
      expect(await load(loader)).toEqual(aFailure({ retryable: true }));
      await new Promise((done) => babble.close(done));
    });

    test('a password is in no failure', async () => {
      const { url, reason } = open().nowhere;
      expect(url).toContain('hunter2');
      expect(await load(loaderOf({ sql: url }))).toEqual(aFailure({ reason, retryable: false }));
    });
  });
}
