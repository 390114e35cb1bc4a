import * as nodeFs from 'node:fs';
import type { Database, Statement } from 'better-sqlite3';
import type { Failpoint } from '../messages';

/** What changes something in a file system, or makes it lasting. */
const FILE_CALLS = ['openSync', 'renameSync', 'unlinkSync', 'rmSync', 'fsyncSync', 'chmodSync', 'mkdirSync'] as const;

/** Counts what is asked of the disk, and lets it fail or ends the process at the planned moment. */
class Failing {
  private readonly calls: Int32Array;

  constructor(private readonly plan: Failpoint) {
    this.calls = new Int32Array(plan.calls);
    const fs = nodeFs as unknown as { default?: FileCalls } & FileCalls;
    const shared = fs.default ?? fs;
    for (const name of FILE_CALLS) shared[name] = this.before(shared[name], 'EIO');
  }

  step(code: string): void {
    const call = Atomics.add(this.calls, 0, 1) + 1;
    const { at, forever } = this.plan;
    if (forever ? call < at : call !== at) return;
    if (this.plan.code === 'KILL') process.kill(process.pid, 'SIGKILL');
    throw Object.assign(new Error(`failpoint at call ${call}`), { code });
  }

  before<A extends unknown[], R>(run: (...args: A) => R, code = this.plan.code): (...args: A) => R {
    const { step } = this;
    const failing = this;
    return function (this: unknown, ...args: A): R {
      step.call(failing, code);
      return run.apply(this, args);
    };
  }
}

type FileCalls = Record<(typeof FILE_CALLS)[number], (...args: unknown[]) => unknown>;

const plans = new WeakMap<Failpoint, Failing>();

function failingOf(plan: Failpoint): Failing {
  let failing = plans.get(plan);
  if (failing === undefined) {
    failing = new Failing(plan);
    plans.set(plan, failing);
  }
  return failing;
}

/** Begins to count. Tests only: without a plan nothing is wrapped, so nothing is slower. */
export function planFailure(plan: Failpoint): void {
  failingOf(plan).step(plan.code);
}

/** Every statement run on this database counts. */
export function rigDatabase(db: Database, plan: Failpoint): void {
  const failing = failingOf(plan);
  const { prepare } = db;
  const exec = failing.before(db.exec);
  // Statement by statement, so that there is a moment between any two.
  db.exec = function (this: Database, sql: string) {
    for (const statement of sql.split(';')) if (statement.trim() !== '') exec.call(this, statement);
    return this;
  };
  db.pragma = failing.before(db.pragma);
  db.prepare = function (this: Database, sql: string) {
    const statement = prepare.call(this, sql) as Statement;
    for (const name of ['run', 'get', 'all'] as const) statement[name] = failing.before(statement[name]) as never;
    return statement;
  } as typeof db.prepare;
}
