import { KeyPattern } from '../base/patterns/key-pattern';
import type { World } from '../base/world';
import type { ListSource } from '../loaders';
import type { Budget } from './budget';
import type { WarmHouse } from './house';
import type { Run, Task } from './task';
import { HeldKeys, ListedKeys, NamedKeys, type RowTemplate } from './task-keys';

/** A list that could not be had is asked for again after this, and twice that, up to ... */
const RETRY_MS = 500;
/** ... short enough to be back within 5 seconds. */
const RETRY_MS_MAX = 4_000;

export interface ListerParts {
  world: World;
  house: WarmHouse;
  budget: Budget;
  /** Lists of the configuration, by name. */
  lists: ReadonlyMap<string, ListSource>;
  /** The key template of this `match` (latin1). */
  template(match: string): RowTemplate | undefined;
  /** `warm-list-max`: rows. */
  rowsMax(): number;
  /** A list answers by then, ms. */
  deadlineMs(): number;
}

/** Finds out which keys a run is about. */
export class Lister {
  constructor(private readonly parts: ListerParts) {}

  /** Gives the run its keys, now or once a list has answered. */
  open(task: Task, run: Run): void {
    const { house } = this.parts;
    const { keys, list, template, db } = task.spec;
    if (keys.length > 0) run.keys = new NamedKeys(keys);
    else if (list !== '') this.ask(task, run, list);
    else {
      const pattern = new KeyPattern(template, 'latin1');
      run.keys = new HeldKeys(house, house.physicalOf(db), (key) => pattern.match(key) !== null);
    }
  }

  private ask(task: Task, run: Run, name: string): void {
    const { budget, lists } = this.parts;
    const source = lists.get(name)!;
    if (run.isListing || !budget.mayCall(source.source)) return;
    run.isListing = true;
    void this.read(task, run, source);
  }

  private async read(task: Task, run: Run, source: ListSource): Promise<void> {
    const { world, template, rowsMax, deadlineMs } = this.parts;
    const keys = new ListedKeys(task.spec.template === '' ? undefined : template(task.spec.template));
    const max = rowsMax();
    let rows = 0;
    const result = await source.list(deadlineMs(), (row) => {
      if (run.isOver || ++rows > max) return false;
      keys.add(row);
      return true;
    });
    run.isListing = false;
    if (run.isOver) return;
    if (result.kind === 'failure') {
      const waitMs = Math.min(RETRY_MS_MAX, RETRY_MS * 2 ** run.listFailures++);
      task.hold(`list: ${result.reason}`, waitMs * (0.75 + world.random() / 4));
      return;
    }
    if (rows > max) world.log.warn({ task: task.spec.id, rows: max }, 'a list of keys to warm is cut (warm-list-max)');
    run.counts.skipped += keys.unfit;
    run.keys = keys;
  }
}
