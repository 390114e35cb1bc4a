/** The client's mistake: a reply, not an accident. It carries no stack, and `reply` is the whole error line without '-'. */
export class Fault {
  constructor(readonly reply: string) {}
}

/** Ours: what cannot be, was. The process stops on it; the disk layer gives a warm restart. */
export class BrokenInvariant extends Error {
  override name = 'BrokenInvariant';
}

export function invariant(holds: unknown, message: string): asserts holds {
  if (!holds) throw new BrokenInvariant(message);
}
