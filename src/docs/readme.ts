import { type Blocks, fillBlocks } from './blocks';
import { commandsTable } from './commands-table';
import { settingsTable } from './settings-table';
import { statsTable } from './stats-table';

/** Everything in README.md that is derived from declarations. */
export const README_BLOCKS: Blocks = new Map([
  ['settings', settingsTable],
  ['commands', commandsTable],
  ['stats', statsTable],
]);

/** README.md as it should be. Throws BlockError. */
export function freshReadme(text: string): string {
  return fillBlocks(text, README_BLOCKS);
}
