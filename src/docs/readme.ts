import { adminTable } from './admin-table';
import { type Blocks, fillBlocks } from './blocks';
import { commandsTable } from './commands-table';
import { metricsTable } from './metrics-table';
import { settingsTable } from './settings-table';
import { statsTable } from './stats-table';

/** Everything in README.md that is derived from declarations. */
export const README_BLOCKS: Blocks = new Map([
  ['settings', settingsTable],
  ['commands', commandsTable],
  ['stats', statsTable],
  ['admin', adminTable],
  ['metrics', metricsTable],
]);

/** README.md as it should be. Throws BlockError. */
export function freshReadme(text: string): string {
  return fillBlocks(text, README_BLOCKS);
}
