import type { RuleSpec } from '../base/patterns/tag-rule';

/** Where rules that clients added outlive the process. */
export interface RuleStore {
  /** Durable with the turn's commit. False: there is no room, and nothing is kept. */
  save(name: string, bytes: Buffer): boolean;
  delete(name: string): void;
  load(): Promise<readonly (readonly [name: string, bytes: Buffer])[]>;
}

/** Without a disk layer: they end with the process. */
export const NO_RULE_STORE: RuleStore = { save: () => true, delete() {}, load: async () => [] };

/** The notes of the disk layer. */
export interface Notes {
  saveNote(name: string, value: Buffer): boolean;
  deleteNote(name: string): void;
  loadNotes(prefix: string, each: (name: string, value: Buffer) => void): Promise<void>;
}

const PREFIX = 'rule:';

/** A note a rule. */
export function ruleStoreOn(notes: Notes): RuleStore {
  return {
    save: (name, bytes) => notes.saveNote(PREFIX + name, bytes),
    delete: (name) => notes.deleteNote(PREFIX + name),
    async load() {
      const found: [name: string, bytes: Buffer][] = [];
      await notes.loadNotes(PREFIX, (name, bytes) => found.push([name.slice(PREFIX.length), bytes]));
      return found;
    },
  };
}

/** All but the counters, as JSON of latin1 texts. */
export function saveRule({ name, on, invalidate, context, soft, priority }: RuleSpec): Buffer {
  return Buffer.from(JSON.stringify({ name, on, invalidate, context, soft, priority }), 'utf8');
}

/** Throws when it is not what `saveRule` wrote. */
export function savedRule(bytes: Buffer): RuleSpec {
  const read = JSON.parse(bytes.toString('utf8')) as Partial<Record<keyof RuleSpec, unknown>>;
  const { name, on, invalidate, context, soft, priority } = read;
  if (typeof name !== 'string' || !isTexts(on) || !isTexts(invalidate)) throw new Error('not a rule');
  if (typeof soft !== 'boolean' || !Number.isSafeInteger(priority)) throw new Error('not a rule');
  if (context !== undefined && !isTexts(context)) throw new Error('not a rule');
  return { name, on, invalidate, soft, priority: priority as number, ...(context && { context }) };
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}
