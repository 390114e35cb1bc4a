import { type Fields, fields } from '../fields';
import type { Section } from '../sources';
import { clientsInfo } from './clients';
import { commandstatsInfo } from './commandstats';
import { cpuInfo } from './cpu';
import { errorstatsInfo } from './errorstats';
import { keyspaceInfo } from './keyspace';
import { larderInfo } from './larder';
import { memoryInfo } from './memory';
import { persistenceInfo } from './persistence';
import { replicationInfo } from './replication';
import { serverInfo } from './server';
import { statsInfo } from './stats';

interface InfoSection {
  /** After '# '. */
  readonly title: string;
  readonly section: Section;
}

const nothing = (): Fields => new Map();

/** In INFO's order. */
export const INFO_SECTIONS: ReadonlyMap<string, InfoSection> = new Map([
  ['server', { title: 'Server', section: serverInfo }],
  ['clients', { title: 'Clients', section: clientsInfo }],
  ['memory', { title: 'Memory', section: memoryInfo }],
  ['persistence', { title: 'Persistence', section: persistenceInfo }],
  ['stats', { title: 'Stats', section: statsInfo }],
  ['replication', { title: 'Replication', section: replicationInfo }],
  ['cpu', { title: 'CPU', section: cpuInfo }],
  ['modules', { title: 'Modules', section: nothing }],
  ['commandstats', { title: 'Commandstats', section: commandstatsInfo }],
  ['errorstats', { title: 'Errorstats', section: errorstatsInfo }],
  ['latencystats', { title: 'Latencystats', section: nothing }],
  ['cluster', { title: 'Cluster', section: () => fields({ cluster_enabled: 0 }) }],
  ['keyspace', { title: 'Keyspace', section: keyspaceInfo }],
  ['larder', { title: 'Larder', section: larderInfo }],
]);

const ON_REQUEST = new Set(['commandstats', 'latencystats']);

/** Without a name. */
export const INFO_DEFAULT = [...INFO_SECTIONS.keys()].filter((name) => !ON_REQUEST.has(name));
