import type { Declare } from '../context';
import { bench } from './bench';
import { completion } from './completion';
import { config } from './config';
import { deps } from './deps';
import { exportCommand } from './export';
import { fetch } from './fetch';
import { get } from './get';
import { importCommand } from './import';
import { info } from './info';
import { inval } from './inval';
import { origin } from './origin';
import { ping } from './ping';
import { rules } from './rules';
import { set } from './set';
import { stats } from './stats';
import { tags } from './tags';
import { tagset } from './tagset';
import { templates } from './templates';
import { warm } from './warm';
import { watch } from './watch';
import { why } from './why';

/** Every command, in the order of --help. A new command is one file and one line here. */
export const COMMANDS: readonly Declare[] = [
  ping,
  get,
  fetch,
  set,
  tagset,
  tags,
  inval,
  rules,
  deps,
  templates,
  warm,
  origin,
  why,
  stats,
  info,
  config,
  watch,
  bench,
  completion,
  exportCommand,
  importCommand,
];
