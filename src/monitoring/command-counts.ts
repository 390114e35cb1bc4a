/** Counted of one command. Plain numbers: adding to them is all that counting costs. */
export interface CommandRow {
  readonly name: string;
  calls: number;
  /** Of `timedCalls`: commands flagged fast are not timed one by one unless the slow log asks for it. */
  usec: number;
  timedCalls: number;
  /** Ran and answered an error. */
  failed: number;
  /** Answered an error before they ran. */
  rejected: number;
}

/** What Redis counts as rejected: said before the command is run. */
const REJECTIONS = /^(NOAUTH |OOM |ERR wrong number of arguments )/;

/** By full name, as 'config|get'; one row for each command of the table. */
export class CommandCounts {
  private readonly rows = new Map<string, CommandRow>();

  /** The command's row, to be kept and added to. */
  row(name: string): CommandRow {
    let row = this.rows.get(name);
    if (row === undefined) {
      row = { name, calls: 0, usec: 0, timedCalls: 0, failed: 0, rejected: 0 };
      this.rows.set(name, row);
    }
    return row;
  }

  /** Its reply was an error. Ignores names that no row has. */
  errored(name: string, line: string): void {
    const row = this.rows.get(name);
    if (row === undefined) return;
    if (REJECTIONS.test(line)) row.rejected++;
    else row.failed++;
  }

  /** Those that were asked for at least once. */
  used(): CommandRow[] {
    return [...this.rows.values()].filter(({ calls, rejected }) => calls + rejected > 0);
  }

  reset(): void {
    for (const row of this.rows.values()) row.calls = row.usec = row.timedCalls = row.failed = row.rejected = 0;
  }
}
