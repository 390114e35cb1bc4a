import type { World } from '../base/world';
import type { ConnectedClient } from '../commands/node';
import type { Settings } from '../config';
import type { Engine } from '../engine/engine';
import type { Probes } from '../engine/probes';
import type { Monitoring } from '../monitoring/api';
import type { Reports } from '../monitoring/reports';
import type { SlowLog } from '../monitoring/slow-log';
import type { Warming } from '../warming/warming';
import type { Later } from './later';

/** What the admin port reads of a node, and the little that it does to it; the sidecar puts it together. */
export interface AdminHouse {
  readonly world: World;
  readonly settings: Settings;
  readonly engine: Engine;
  readonly probes: Probes;
  readonly monitoring: Monitoring;
  readonly reports: Reports;
  readonly warming: Warming;
  readonly slowLog: Pick<SlowLog, 'newest'>;
  readonly later: Later;
  /** Larder's own. */
  readonly version: string;
  /** In the order they came. */
  clients(): Iterable<ConnectedClient>;
  /** Commands are answered. */
  isServing(): boolean;
}
