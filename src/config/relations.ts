import { printSize } from './kinds';
import type { Config } from './settings';

/** What must hold between settings, as [the smaller, the larger]. A value alone is checked by its kind. */
const ORDERED: readonly (readonly [RelationSide, RelationSide])[] = [
  [side('max-value-size', 'maxValueSize'), side('proto-max-bulk-len', 'protoMaxBulkLen')],
  [side('max-key-size', 'maxKeySize'), side('proto-max-bulk-len', 'protoMaxBulkLen')],
  [side('proto-max-bulk-len', 'protoMaxBulkLen'), side('client-query-buffer-limit', 'clientQueryBufferLimit')],
  [
    side('client-output-pause-size', 'clientOutputPauseSize'),
    side('client-output-buffer-limit-soft', 'clientOutputBufferLimitSoft'),
  ],
  [
    side('client-output-buffer-limit-soft', 'clientOutputBufferLimitSoft'),
    side('client-output-buffer-limit-hard', 'clientOutputBufferLimitHard'),
  ],
  [
    side('disk-write-rows-per-second-min', 'diskWriteRowsPerSecondMin'),
    side('disk-write-rows-per-second-max', 'diskWriteRowsPerSecondMax'),
  ],
];

interface RelationSide {
  name: string;
  property: keyof Config;
}

function side(name: string, property: keyof Config): RelationSide {
  return { name, property };
}

export interface Disagreement {
  /** The settings concerned. */
  names: readonly [string, ...string[]];
  what: string;
}

/** The first thing that does not hold, or undefined. */
export function findDisagreement(config: Config): Disagreement | undefined {
  return findUnordered(config) ?? findUnguarded(config);
}

/** The admin port can do harm: who can reach it from elsewhere must show a token. */
function findUnguarded({ adminPort, adminBind, adminToken }: Config): Disagreement | undefined {
  if (adminPort === 0 || adminToken !== '' || /^(127\.[\d.]+|::1|localhost)$/.test(adminBind)) return undefined;
  const what = `admin-bind ${adminBind} can be reached by other machines: set admin-token (or admin-port 0)`;
  return { names: ['admin-bind', 'admin-token'], what };
}

function findUnordered(config: Config): Disagreement | undefined {
  for (const [small, large] of ORDERED) {
    const [low, high] = [config[small.property] as number, config[large.property] as number];
    if (low > high) {
      const names = [small.name, large.name] as const;
      return { names, what: `${small.name} (${printSize(low)}) must not be above ${large.name} (${printSize(high)})` };
    }
  }
  return undefined;
}
