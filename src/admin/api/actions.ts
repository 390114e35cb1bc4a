import { bytesOf } from '../../base/bytes';
import type { InvalidateRequest, InvalidationReport } from '../../engine/api';
import type { Asked } from '../asked';
import type { AdminHouse } from '../house';
import type { Json } from '../json';
import { NAMES_MAX } from '../limits';
import { Refusal } from '../refusal';
import { post } from '../route';
import { Confirmations } from '../security/confirmations';
import { escapeName, readable, unescapeName } from '../text';

const REASON_LENGTH_MAX = 256;

/** The body of a request, read strictly: an unknown name is refused. */
class Body {
  private readonly fields: ReadonlyMap<string, unknown>;

  constructor({ body }: Asked, known: readonly string[]) {
    if (typeof body !== 'object' || body === null || Array.isArray(body))
      throw new Refusal(400, 'the body is a JSON object');
    this.fields = new Map(Object.entries(body));
    const unknown = [...this.fields.keys()].find((name) => !known.includes(name));
    if (unknown !== undefined)
      throw new Refusal(400, `the body knows ${known.join(', ')}, but not '${readable(unknown)}'`);
  }

  /** Percent-encoded names as latin1. */
  names(name: string): string[] {
    const value = this.fields.get(name) ?? [];
    const wrong = new Refusal(400, `${name} is a list of at most ${NAMES_MAX} texts, percent-encoded, none empty`);
    if (!Array.isArray(value) || value.length > NAMES_MAX) throw wrong;
    return value.map((text) => {
      const bytes = typeof text === 'string' ? unescapeName(text) : undefined;
      if (bytes === undefined || bytes === '') throw wrong;
      return bytes;
    });
  }

  flag(name: string): boolean {
    const value = this.fields.get(name) ?? false;
    if (typeof value !== 'boolean') throw new Refusal(400, `${name} is true or false`);
    return value;
  }

  text(name: string): string {
    const value = this.fields.get(name) ?? '';
    if (typeof value !== 'string') throw new Refusal(400, `${name} is a text`);
    return value;
  }

  database(databases: number): number {
    const value = this.fields.get('db') ?? 0;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value >= databases)
      throw new Refusal(400, `db is a number from 0 to ${databases - 1}`);
    return value;
  }
}

/** Nothing is done before the node serves: what is on disk may not be known yet. */
function mustServe(house: AdminHouse): void {
  if (!house.isServing()) throw new Refusal(503, 'the node does not serve yet, or not any more');
}

const confirmations = new WeakMap<AdminHouse, Confirmations>();

function confirmationsOf(house: AdminHouse): Confirmations {
  const found = confirmations.get(house) ?? new Confirmations(() => house.world.clock.now);
  confirmations.set(house, found);
  return found;
}

/** First with `dryRun: true`, then the same with the `confirm` that was answered. */
async function invalidate(house: AdminHouse, asked: Asked): Promise<Json> {
  mustServe(house);
  const body = new Body(asked, ['tags', 'keys', 'db', 'soft', 'dryRun', 'confirm', 'reason']);
  const [tags, keys] = [body.names('tags'), body.names('keys')];
  if (tags.length + keys.length === 0) throw new Refusal(400, 'tags or keys must be named');
  const [db, soft, dryRun] = [body.database(house.settings.config.databases), body.flag('soft'), body.flag('dryRun')];
  const signed = JSON.stringify([tags, keys, db, soft]);
  const guard = confirmationsOf(house);
  if (!dryRun && !guard.isGood(signed, body.text('confirm')))
    throw new Refusal(
      409,
      'first the same with "dryRun": true; its answer has the "confirm" to send, good for a minute',
    );
  const reason = Buffer.from(body.text('reason').slice(0, REASON_LENGTH_MAX), 'utf8').toString('latin1');
  const request: InvalidateRequest = {
    tags,
    db,
    keys: keys.map(bytesOf),
    soft,
    dryRun,
    client: `admin addr=${asked.address}`,
    ...(reason !== '' && { reason }),
  };
  const report = await house.engine.invalidate(request);
  if (!dryRun) await durable(house);
  return { ...reportJson(report), ...(dryRun && { confirm: guard.give(signed) }) };
}

/** An invalidation is only acknowledged once it is durable. */
async function durable({ engine, world }: AdminHouse): Promise<void> {
  try {
    await engine.commit();
  } catch (failure) {
    world.log.error({ err: failure }, 'an invalidation by the admin port could not be made durable');
    throw new Refusal(503, 'done in memory, but it could not be made durable: a restart may bring old values back');
  }
}

function reportJson(report: InvalidationReport): { readonly [name: string]: Json } {
  const { byTag, byLayer, rules, ...plain } = report;
  return {
    ...plain,
    byLayer: { ...byLayer },
    byTag: [...byTag].map(([tag, entries]) => ({ tag: escapeName(tag), entries })),
    rules: rules.map(readable),
  };
}

function warm(house: AdminHouse, asked: Asked): Json {
  mustServe(house);
  const body = new Body(asked, ['keys', 'db']);
  const keys = body.names('keys');
  if (keys.length === 0) throw new Refusal(400, 'keys must be named');
  return { queued: house.warming.warmKeys(body.database(house.settings.config.databases), keys.map(bytesOf)) };
}

/** `*` is all warming. */
function taskAt({ warming }: AdminHouse, asked: Asked) {
  const id = asked.param('id');
  const task = warming.tasks.find(id);
  if (task === undefined && id !== '*') throw new Refusal(404, 'there is no task of this id');
  return task ?? null;
}

function pause(isPaused: boolean) {
  return (house: AdminHouse, asked: Asked): Json => {
    mustServe(house);
    house.warming.pause(taskAt(house, asked), isPaused);
    return { isPaused };
  };
}

function run(house: AdminHouse, asked: Asked): Json {
  mustServe(house);
  const task = taskAt(house, asked);
  if (task === null) throw new Refusal(404, 'there is no task of this id');
  return { begins: house.warming.run(task.spec.id) };
}

export const ACTIONS = [
  post('/api/invalidate', 'what would die (`dryRun`), then let it die, hard or soft', invalidate, [
    'tags',
    'keys',
    'db',
    'soft',
    'dryRun',
    'confirm',
    'reason',
  ]),
  post('/api/warm', 'queue loads of keys', warm, ['keys', 'db']),
  post('/api/warm-tasks/:id/pause', 'stop a task where it is; `*`: all warming', pause(true)),
  post('/api/warm-tasks/:id/resume', 'let it go on', pause(false)),
  post('/api/warm-tasks/:id/run', 'begin a run now', run),
];
