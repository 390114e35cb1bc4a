import { parentPort } from 'node:worker_threads';
import { transferOf } from './pages';
import { DiskService } from './service';
import { yieldToEventLoop } from './yielding';

/** The worker thread: the only place that touches SQLite, so that the event loop never waits for the disk. */
yieldToEventLoop();
const port = parentPort!;
const service = new DiskService(
  (reply) => port.postMessage(reply, transferOf(reply)),
  (run) => setImmediate(run),
  () => performance.now(),
);
port.on('message', (request) => service.handle(request));
