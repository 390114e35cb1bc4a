import type { Families, Family, Loaded } from '../../src/engine/families';

/** A template that says nothing but its name, and what the test adds. */
export function familyOf(name: string, more: Partial<Family> = {}): Family {
  return {
    name,
    tags: [],
    dependsOn: [],
    ttlMs: 0,
    jitter: 0,
    onDisk: true,
    diskMinTtlMs: 0,
    diskMaxValueBytes: 1e6,
    fence: false,
    load: null,
    ...more,
  };
}

/** Keys that begin so belong to the family that is made of them; all others to none. */
export function familiesOf(prefix: string, family: (key: string) => Family): Families {
  return { any: true, match: (key) => (key.startsWith(prefix) ? family(key) : null) };
}

/** The one place that knows the shape of a family's loader. */
export function loadedBy(load: () => Promise<Loaded>): Family['load'] {
  return load;
}

/** A loader whose answers never come. */
export const UNANSWERED = loadedBy(() => new Promise(() => undefined));

export function loadedValue(text: string, more: Partial<Extract<Loaded, { kind: 'value' }>> = {}): Loaded {
  return { kind: 'value', value: Buffer.from(text), ...more };
}

/** An origin whose answers come when the test says so. */
export class ManualOrigin {
  /** The open ones, oldest first. */
  readonly calls: { key: string; answer(loaded: Loaded): void }[] = [];

  loaderOf(key: string): Family['load'] {
    return loadedBy(() => new Promise((answer) => this.calls.push({ key, answer })));
  }

  /** Answers the oldest open call. */
  answer(loaded: Loaded | string, more: Partial<Extract<Loaded, { kind: 'value' }>> = {}): void {
    this.calls.shift()!.answer(typeof loaded === 'string' ? loadedValue(loaded, more) : loaded);
  }
}
