import { createServer, type Server, type Socket } from 'node:net';
import { ReplyReader } from '../../protocol/reply-reader';
import type { Subject } from './subject';

/** What the fake server does wrong. */
export type Bug =
  | 'none'
  | 'caches nothing'
  | 'loads without a fence'
  | 'readers join old loads'
  | 'undoes at a kill'
  | 'kills one key of a tag'
  | 'forgets what depends'
  | 'mixes values'
  | 'replies too much'
  | 'answers with errors'
  | 'loads for every reader'
  | 'leases outlive invalidations'
  | 'fills without a fence';

type Reply = string | number | null | Error | Reply[];

interface Entry {
  value: string;
  tags: readonly string[];
  sources: readonly string[];
}

/** Readers of one connection that may still store what they read since. */
interface Miss {
  epoch: number;
  readers: number;
}

interface Flight extends Omit<Entry, 'value'> {
  began: number;
  value: Promise<string | null>;
}

const LOADED = new Set(['load', 'soft', 'held', 'made', 'edge', 'item', 'list', 'page', 'shop']);
const UNKNOWN = new Error('ERR unknown command');
const SNAPSHOT_EVERY = 40;

/** A cache in a hundred lines that is right, unless it is told not to be. Forgets everything at a kill. */
export class FakeServer implements Subject {
  private readonly sockets = new Set<Socket>();
  private server: Server | null = null;
  private port = 0;
  private origin = '';
  private entries = new Map<string, Entry>();
  private snapshot = new Map<string, Entry>();
  private flights = new Map<string, Flight>();
  private readonly leases = new Map<string, number>();
  /** Epoch of the last change of a key or a tag. */
  private readonly changes = new Map<string, number>();
  private readonly edges = new Map<string, Set<string>>();
  private epoch = 0;
  private life = 0;
  private commands = 0;

  constructor(private readonly bug: Bug) {}

  async start(origin: string): Promise<number> {
    this.origin = origin;
    const server = createServer((socket) => this.serve(socket));
    this.server = server;
    await new Promise<void>((listening) => server.listen(this.port, '127.0.0.1', listening));
    this.port = (server.address() as { port: number }).port;
    return this.port;
  }

  async kill(): Promise<void> {
    this.life++;
    this.entries = this.bug === 'undoes at a kill' ? this.snapshot : new Map();
    this.flights = new Map();
    this.leases.clear();
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((closed) => this.server!.close(() => closed()));
  }

  remove(): Promise<void> {
    return this.kill();
  }

  private serve(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.sockets.delete(socket));
    const misses = new Map<string, Miss>();
    let last: Promise<unknown> = Promise.resolve();
    // A request has the form of a reply: an array of strings.
    const reader = new ReplyReader((request) => {
      const [command, ...args] = (request as Buffer[]).map(String);
      last = last.then(async () => {
        const reply = await this.run(command!.toUpperCase(), args, misses);
        if (!socket.destroyed) socket.write(textOf(reply));
        if (this.bug === 'replies too much' && this.commands % 500 === 0) socket.write('+OK\r\n');
      });
    });
    socket.on('data', (chunk: Buffer) => reader.feed(chunk));
  }

  private run(command: string, args: string[], misses: Map<string, Miss>): Reply | Promise<Reply> {
    if (++this.commands % SNAPSHOT_EVERY === 0) this.snapshot = new Map(this.entries);
    if (this.bug === 'answers with errors' && this.commands % 500 === 0) return new Error('ERR internal error');
    const [key = '', value = ''] = args;
    switch (command) {
      case 'PING':
        return 'PONG';
      case 'COMMAND':
        return [value === 'lease' ? ['lease'] : null];
      case 'GET':
        return this.get(key, misses);
      case 'LEASE':
        return this.lease(key);
      case 'SET':
        this.change(key);
        return this.put(key, { value, tags: templateTags(key), sources: templateSources(key) });
      case 'TAGSET':
        return this.tagset(key, value, args.slice(2), misses);
      case 'DEL':
      case 'INVALKEY':
        this.change(key);
        return 1;
      case 'INVALTAG':
        this.invalidate(key);
        return 1;
      case 'DEPADD':
        this.edges.set(value, (this.edges.get(value) ?? new Set()).add(key));
        return 1;
      default:
        return UNKNOWN;
    }
  }

  private get(key: string, misses: Map<string, Miss>): Reply | Promise<Reply> {
    const entry = this.entries.get(this.bug === 'mixes values' && this.commands % 300 === 0 ? this.anyKey() : key);
    if (entry !== undefined) return entry.value;
    if (LOADED.has(key.split(':')[0]!)) return this.load(key);
    // The oldest counts, until all have stored: nobody knows which of them does.
    const miss = misses.get(key);
    if (miss !== undefined) miss.readers++;
    else misses.set(key, { epoch: this.epoch, readers: 1 });
    return null;
  }

  private load(key: string): Promise<Reply> {
    const joined = this.flights.get(key);
    const joins = this.bug === 'readers join old loads' || (joined !== undefined && !this.isOvertaken(key, joined));
    if (joined !== undefined && joins && this.bug !== 'loads for every reader') return joined.value;
    const { life } = this;
    const began = this.epoch;
    const flight: Flight = { tags: templateTags(key), sources: templateSources(key), began, value: this.fetch(key) };
    this.flights.set(key, flight);
    return flight.value.then((value) => {
      if (this.flights.get(key) === flight) this.flights.delete(key);
      const isOld = this.isOvertaken(key, flight) && this.bug !== 'loads without a fence';
      if (value !== null && life === this.life && !isOld) this.put(key, { ...flight, value });
      return value ?? new Error('ERR loader: failed');
    });
  }

  private async fetch(key: string): Promise<string | null> {
    try {
      const response = await fetch(`${this.origin}/${key}`);
      return response.status === 200 ? await response.text() : null;
    } catch {
      return null;
    }
  }

  private lease(key: string): Reply {
    const entry = this.entries.get(key);
    if (entry !== undefined) return ['hit', entry.value, null];
    const token = `${this.life}-${this.commands}`;
    this.leases.set(token, this.epoch);
    return ['won', null, token];
  }

  private tagset(key: string, value: string, options: string[], misses: Map<string, Miss>): Reply {
    const tags = options.slice(options.indexOf('TAGS') + 1);
    const sources = options.includes('DEPS') ? [options[options.indexOf('DEPS') + 2]!] : [];
    const entry = { value, tags, sources };
    const token = options.includes('LEASE') ? options[options.indexOf('LEASE') + 1]! : undefined;
    const miss = token === undefined ? misses.get(key) : undefined;
    const began = token === undefined ? miss?.epoch : (this.leases.get(token) ?? -1);
    const ignored = this.bug === (token === undefined ? 'fills without a fence' : 'leases outlive invalidations');
    if (miss !== undefined && --miss.readers === 0) misses.delete(key);
    if (token !== undefined) this.leases.delete(token);
    if (began !== undefined && !ignored && (began < 0 || this.isOvertaken(key, { tags, sources, began }))) return null;
    this.change(key);
    return this.put(key, entry);
  }

  private put(key: string, entry: Entry): Reply {
    if (this.bug !== 'caches nothing') this.entries.set(key, entry);
    return 'OK';
  }

  private change(key: string): void {
    this.changes.set(key, ++this.epoch);
    this.entries.delete(key);
    if (this.bug === 'forgets what depends') return;
    for (const dependent of this.edges.get(key) ?? []) this.change(dependent);
    for (const [name, { sources }] of this.entries) if (sources.includes(key)) this.change(name);
  }

  private invalidate(tag: string): void {
    this.changes.set(`#${tag}`, ++this.epoch);
    for (const [key, { tags }] of this.entries) {
      if (!tags.includes(tag)) continue;
      this.entries.delete(key);
      if (this.bug === 'kills one key of a tag') return;
    }
  }

  private isOvertaken(key: string, { tags, sources, began }: Omit<Flight, 'value'>): boolean {
    const names = [key, ...sources, ...tags.map((tag) => `#${tag}`)];
    return names.some((name) => (this.changes.get(name) ?? 0) > began);
  }

  private anyKey(): string {
    return this.entries.keys().next().value ?? '';
  }
}

function templateTags(key: string): string[] {
  const [kind, group] = key.split(':');
  if (kind === 'src' || kind === 'edge') return [];
  return ['load', 'soft', 'held', 'put'].includes(kind!) ? [`g:${group}`, key] : [key];
}

const templateSources = (key: string): string[] => (key.startsWith('made:') ? [`src:${key.split(':')[1]}`] : []);

function textOf(reply: Reply): string {
  if (reply === null) return '$-1\r\n';
  if (typeof reply === 'number') return `:${reply}\r\n`;
  if (reply instanceof Error) return `-${reply.message}\r\n`;
  if (Array.isArray(reply)) return `*${reply.length}\r\n${reply.map(textOf).join('')}`;
  return `$${reply.length}\r\n${reply}\r\n`;
}
