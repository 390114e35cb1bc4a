import { type Argument, typed } from '../io';

export interface AddFlags {
  name?: string;
  key?: string[];
  template?: string;
  from?: string;
  priority?: number;
  ttl?: number;
  every?: number;
  cron?: string;
  timezone?: string;
  onStart?: true;
  rate?: number;
  tag?: string[];
  force?: true;
}

/** The words of WARMTASK ADD behind the id. */
export function addWords(flags: AddFlags): Argument[] {
  const words: Argument[] = [];
  const text = (token: string, value: string | undefined) => {
    if (value !== undefined) words.push(token, typed(value));
  };
  const number = (token: string, value: number | undefined, scale = 1) => {
    if (value !== undefined) words.push(token, Math.round(value * scale));
  };
  const list = (token: string, values: readonly string[] | undefined) => {
    if (values !== undefined) words.push(token, values.length, ...values.map(typed));
  };
  text('NAME', flags.name);
  list('KEYS', flags.key);
  text('TEMPLATE', flags.template);
  text('FROM', flags.from);
  number('PRIORITY', flags.priority);
  number('TTL', flags.ttl, 1000);
  number('EVERY', flags.every, 1000);
  text('CRON', flags.cron);
  text('TIMEZONE', flags.timezone);
  if (flags.onStart) words.push('ONSTART');
  number('RATE', flags.rate);
  list('TAGS', flags.tag);
  if (flags.force) words.push('FORCE');
  return words;
}
