import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import type { Log, Scheduler } from '../../base/world';
import { compiledFile } from '../compiled-file';
import { bounds, manyWithDeadline, withDeadline } from '../deadline';
import { HandLost, Hands, LineFull } from '../hands';
import {
  failure,
  type Loader,
  type LoadItem,
  type LoadManyRequest,
  type LoadRequest,
  type LoadResult,
} from '../loader';
import { textOfBytes } from '../text';
import type { ModuleDone, ModuleJob } from './messages';
import { ModuleThread } from './module-thread';

const THREADS_MAX_DEFAULT = 4;
const MEMORY_BYTES_DEFAULT = 256 * 1024 * 1024;
/** Values of one batch together. */
const BATCH_BYTES_MAX = 64 * 1024 * 1024;
/** For a module that never ends loading itself. */
const START_MS = 10_000;

export interface ModuleLoaderOptions {
  /** Absolute. */
  file: string;
  batchKeysMax: number;
  timeoutMs?: number | undefined;
  threadsMax?: number | undefined;
  /** Of the heap of one thread. */
  memoryBytesMax?: number | undefined;
  env?: Readonly<Record<string, string>> | undefined;
  sizeBytesMax: () => number;
  scheduler: Scheduler;
  log?: Log | undefined;
}

/** A file of the operator's that makes values, in threads of its own: whatever it does, it can be ended. */
export class ModuleLoader implements Loader {
  readonly source: string;
  readonly batchKeysMax: number;
  private readonly hands: Hands<ModuleJob, ModuleDone>;
  private lastThrown = '';

  constructor(private readonly options: ModuleLoaderOptions) {
    const { file, threadsMax, memoryBytesMax = MEMORY_BYTES_DEFAULT, env = {}, log } = options;
    const script = compiledFile('module/thread-main');
    if (!existsSync(script)) throw new Error(`${script} is missing, run: npm run build`);
    this.source = basename(file);
    this.batchKeysMax = options.batchKeysMax;
    this.hands = new Hands(
      () => new ModuleThread({ script, file, memoryBytesMax, env, log }),
      threadsMax ?? THREADS_MAX_DEFAULT,
    );
  }

  /** Why the module cannot be used, with file and line; undefined: it can. */
  async problem(): Promise<string | undefined> {
    let broken: string | undefined;
    const result = await withDeadline(this.options.scheduler, { deadlineMs: START_MS }, async (stop) => {
      const done = await this.run({ items: [], isBatch: this.batchKeysMax > 1, deadlineMs: START_MS }, stop);
      if ('kind' in done) return done;
      broken = done.broken;
      return { kind: 'absent' };
    });
    const problem = broken ?? (result.kind === 'failure' ? result.reason : undefined);
    return problem === undefined ? undefined : `module ${this.options.file}: ${problem}`;
  }

  async load({ key, params, deadlineMs, signal }: LoadRequest): Promise<LoadResult> {
    const [result] = await this.loadMany({ items: [{ key, params }], deadlineMs, ...(signal && { signal }) });
    return result!;
  }

  loadMany(request: LoadManyRequest): Promise<LoadResult[]> {
    const bounded = bounds(request, this.options.timeoutMs);
    return manyWithDeadline(this.options.scheduler, bounded, (stop) => this.loadAll(bounded, stop));
  }

  private async loadAll({ items, deadlineMs }: LoadManyRequest, stop: AbortSignal): Promise<LoadResult[]> {
    const texts = items.map(textItem);
    const asked = texts.filter((item) => item !== undefined);
    const done =
      asked.length === 0
        ? failure('cancelled', true)
        : await this.run({ items: asked, isBatch: this.batchKeysMax > 1, deadlineMs }, stop);
    if (!('kind' in done)) this.report(done);
    let next = 0;
    return texts.map((item) => {
      if (item === undefined) return failure('key is not text in UTF-8', false);
      return 'kind' in done ? done : withBuffer(done.results[next++]!);
    });
  }

  close(): Promise<void> {
    return this.hands.close();
  }

  private async run(
    job: Pick<ModuleJob, 'items' | 'isBatch' | 'deadlineMs'>,
    stop: AbortSignal,
  ): Promise<ModuleDone | Extract<LoadResult, { kind: 'failure' }>> {
    const sizeBytesMax = this.options.sizeBytesMax();
    const answerBytesMax = Math.max(sizeBytesMax, Math.min(BATCH_BYTES_MAX, sizeBytesMax * job.items.length));
    try {
      return await this.hands.run({ ...job, sizeBytesMax, answerBytesMax }, stop);
    } catch (error) {
      if (error instanceof LineFull) return failure('too many loads wait for a thread', true);
      if (!(error instanceof HandLost)) return failure('module gave what cannot be sent', false);
      return failure(error.message, !error.message.startsWith('module used'));
    }
  }

  /** The same again and again is said once. */
  private report({ thrown, broken }: ModuleDone): void {
    const text = broken ?? thrown;
    if (text === undefined || text === this.lastThrown) return;
    this.lastThrown = text;
    this.options.log?.warn({ module: this.options.file, error: text }, 'a module failed');
  }
}

function textItem({ key, params }: LoadItem): ModuleJob['items'][number] | undefined {
  const text = textOfBytes(key);
  const pairs = [...params].map(([name, value]) => [name, textOfBytes(value)] as const);
  if (text === undefined || pairs.some(([, value]) => value === undefined)) return undefined;
  return { key: text, params: new Map(pairs as [string, string][]) };
}

/** A Buffer arrives from another thread as the bytes it is. */
function withBuffer(result: LoadResult): LoadResult {
  if (result.kind !== 'value') return result;
  const { buffer, byteOffset, byteLength } = result.value as Uint8Array;
  return { ...result, value: Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength) };
}
