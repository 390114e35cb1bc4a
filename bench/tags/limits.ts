import { type Bench, withServers } from '../bench';
import { Client, type Reply } from '../client';
import { count } from '../format';
import { fill, VALUE_100 } from '../load';
import type { Row } from '../report';
import type { Server } from '../servers';
import { randomFrom } from '../statistics';
import { TagStats } from './stats';

const MANY = 1_000_000;
const TAGS_OF_A_KEY = 100;
const TAGS_OF_A_KEY_MAX = 128;
const TAG_BYTES_MAX = 4_096;
const SAMPLED = 1_000;
const KEYS_AT_ONCE = 10_000;

const numbered = (name: string, number: number) => `${name}:${String(number).padStart(12, '0')}`;

/** Met if what was found is what is wanted. */
const works = (figure: string, found: string, wanted: string): Row => ({
  ...{ figure, subject: found },
  bar: { text: wanted, met: found === wanted },
});

/** Met if the reply is an error that names the setting. */
function refused(figure: string, reply: Reply | undefined, setting: string): Row {
  const said = reply instanceof Error ? reply.message : `no error: ${String(reply)}`;
  return {
    figure,
    subject: said,
    bar: { text: `an error naming ${setting}`, met: said.includes(`limit ${setting} `) },
  };
}

/** Errors of the server are replies. */
const reply = async (client: Client, ...args: (string | number)[]) => (await client.pipeline([args]))[0];

async function ofOneKey(client: Client): Promise<Row[]> {
  const tags = (many: number, from = 0) => Array.from({ length: many }, (_, i) => `t${from + i}`);
  const tagSet = (key: string, names: string[]) => reply(client, 'TAGSET', key, VALUE_100, 'TAGS', ...names);
  await tagSet('many', tags(TAGS_OF_A_KEY));
  const listed = await reply(client, 'TAGLIST', 'many');
  const died = await reply(client, 'INVALTAG', `t${TAGS_OF_A_KEY - 1}`);
  const found = `${Array.isArray(listed) ? listed.length : 0} listed, ${died} died of the last`;
  const full = await tagSet('full', tags(TAGS_OF_A_KEY_MAX, 1_000));
  const beyond = await tagSet('beyond', tags(TAGS_OF_A_KEY_MAX + 1, 2_000));
  const added = await reply(client, 'TAGADD', 'full', 'one-more');
  const [longest, tooLong] = ['x'.repeat(TAG_BYTES_MAX), 'y'.repeat(TAG_BYTES_MAX + 1)];
  return [
    works(`${TAGS_OF_A_KEY} tags on a key`, found, `${TAGS_OF_A_KEY} listed, 1 died of the last`),
    works(`${TAGS_OF_A_KEY_MAX} tags on a key`, String(full), 'OK'),
    refused('one more, by TAGSET', beyond, 'tags-per-entry-max'),
    refused('one more, by TAGADD', added, 'tags-per-entry-max'),
    works(`a tag of ${count(TAG_BYTES_MAX)} bytes`, String(await tagSet('long', [longest])), 'OK'),
    refused('one byte more', await tagSet('longer', [tooLong]), 'tag-size-max'),
  ];
}

/** The server holds `many` tags at most. */
async function manyTags(server: Server, client: Client, many: number): Promise<Row[]> {
  const { port } = server;
  await fill(port, many, { commands: [{ args: ['TAGSET', 'key:{n}', VALUE_100, 'TAGS', 'own:{n}'] }] });
  const held = (await TagStats.of(port)).get('tags');
  const beyond = await reply(client, 'TAGSET', 'beyond', VALUE_100, 'TAGS', 'one-more');
  const draw = randomFrom(many);
  const asked = new Set(Array.from({ length: SAMPLED }, () => draw() % many));
  const replies = await client.pipeline([...asked].map((number) => ['INVALTAG', numbered('own', number)]));
  const exact = replies.filter((died) => died === 1).length;
  const left = await reply(client, 'DBSIZE');
  const found = `${count(held)} held, ${count(exact)} of ${count(asked.size)} kill one key, ${count(Number(left))} left`;
  const wanted = `${count(many)} held, ${count(asked.size)} of ${count(asked.size)} kill one key, ${count(many - asked.size)} left`;
  return [works(`${count(many)} tags`, found, wanted), refused(`one more, tags-max ${many}`, beyond, 'tags-max')];
}

async function manyKeys(server: Server, client: Client, many: number): Promise<Row[]> {
  await fill(server.port, many, { commands: [{ args: ['TAGSET', 'key:{n}', VALUE_100, 'TAGS', 'one'] }] });
  const named = new Set<string>();
  let cursor = '0';
  do {
    const [next, keys] = (await client.call('TAGKEYS', 'one', 'CURSOR', cursor, 'COUNT', KEYS_AT_ONCE)) as [
      string,
      string[],
    ];
    for (const key of keys) named.add(key);
    cursor = next;
  } while (cursor !== '0');
  const died = Number(await client.call('INVALTAG', 'one'));
  const left = Number(await client.call('DBSIZE'));
  const text = (a: number, b: number, c: number) => `${count(a)} named by TAGKEYS, ${count(b)} die, ${count(c)} left`;
  return [works(`${count(many)} keys on one tag`, text(named.size, died, left), text(many, many, 0))];
}

/** Many of everything works, and what goes beyond a limit is told which one. */
export async function limits(bench: Bench): Promise<Row[]> {
  const many = bench.entries ?? MANY;
  const on = (settings: Record<string, string>, work: (server: Server, client: Client) => Promise<Row[]>) => {
    return withServers([[bench.subject, { disk: true, settings }]], async (server) => {
      const client = await Client.open(server!.port);
      const rows = await work(server!, client);
      client.close();
      return rows;
    });
  };
  bench.say('many tags, many keys, and more than that');
  return [
    ...(await on({ 'tags-per-entry-max': `${TAGS_OF_A_KEY_MAX}` }, (_, client) => ofOneKey(client))),
    ...(await on({ 'tags-max': `${many}` }, (server, client) => manyTags(server, client, many))),
    ...(await on({}, (server, client) => manyKeys(server, client, many))),
  ];
}
