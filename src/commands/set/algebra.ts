import type { MemberSet } from '../../types/set';
import { foundAll } from '../collections';
import type { Context, Outcome } from '../context';
import type { Argument } from '../framework/wire';

type Sets = readonly (MemberSet | null)[];

/** What a command makes of several sets: every member once. Ends when `visit` says false. */
export type Operation = (sets: Sets, visit: (member: string) => boolean) => void;

export const union: Operation = (sets, visit) => {
  const seen = new Set<string>();
  for (const set of sets) {
    set?.each((member) => {
      if (seen.has(member)) return;
      seen.add(member);
      visit(member);
    });
  }
};

/** Walks the smallest and asks the others. */
export const intersection: Operation = (sets, visit) => {
  if (sets.includes(null)) return;
  const [smallest, ...others] = [...(sets as MemberSet[])].sort((a, b) => a.length - b.length);
  for (const other of others) other.open();
  for (let place = 0; place < smallest!.length; place++) {
    const member = smallest!.at(place);
    if (others.every((other) => other.hasText(member)) && !visit(member)) return;
  }
};

export const difference: Operation = ([first, ...others], visit) => {
  for (const other of others) other?.open();
  first?.each((member) => {
    if (!others.some((other) => other?.hasText(member))) visit(member);
  });
};

export function combine(ctx: Context, keys: readonly Argument[], operation: Operation): Outcome {
  return foundAll(ctx, keys, ['set'], (sets) => {
    const members: string[] = [];
    operation(sets, (member) => members.push(member) > 0);
    ctx.out.set(members.length);
    for (const member of members) ctx.out.bulkText(member);
  });
}

/** Stores the result in place of whatever was there; answers how many members it has. */
export function combineInto(
  ctx: Context,
  destination: Argument,
  keys: readonly Argument[],
  operation: Operation,
): Outcome {
  const { collections } = ctx.engine;
  return foundAll(ctx, keys, ['set'], (sets) => {
    const made = collections.empty('set').open();
    operation(sets, (member) => made.addText(member));
    const { length } = made;
    return ctx.when(collections.store(ctx.client.db, destination, made, ctx.client.id), () => ctx.out.integer(length));
  });
}
