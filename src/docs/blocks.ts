/** Texts by name; made when asked for. */
export type Blocks = ReadonlyMap<string, () => string>;

/** A README's markers and the blocks that there are do not fit together; the message says where to mend it. */
class BlockError extends Error {
  override name = 'BlockError';
}

const MARKER = /<!-- (generated|end):([a-z-]+) -->/g;

function begin(name: string): string {
  return `<!-- generated:${name} -->`;
}

function end(name: string): string {
  return `<!-- end:${name} -->`;
}

/** Names of the blocks in the text, in order. Throws BlockError unless every one ends before the next begins. */
export function blockNames(text: string): string[] {
  const names: string[] = [];
  let open: string | undefined;
  for (const [marker, kind, name] of text.matchAll(MARKER)) {
    if ((kind === 'generated') === (open !== undefined) || (kind === 'end' && name !== open)) {
      throw new BlockError(
        `${marker} stands where ${open === undefined ? 'a block should begin' : `${end(open)} should`}`,
      );
    }
    open = kind === 'generated' ? name : undefined;
    if (kind === 'end') names.push(name!);
  }
  if (open !== undefined) throw new BlockError(`${begin(open)} has no ${end(open)}`);
  return names;
}

/** What stands between the two markers of `name`. */
export function blockIn(text: string, name: string): string {
  return text.slice(text.indexOf(begin(name)) + begin(name).length, text.indexOf(end(name)));
}

/** The text with every block made anew. Throws BlockError on a name that nobody makes, and on one that has no place. */
export function fillBlocks(text: string, blocks: Blocks): string {
  const names = blockNames(text);
  for (const name of blocks.keys()) {
    if (!names.includes(name)) throw new BlockError(`no place for ${name}: add ${begin(name)} and ${end(name)}`);
  }
  return names.reduce((filled, name) => fill(filled, name, blocks), text);
}

function fill(text: string, name: string, blocks: Blocks): string {
  const make = blocks.get(name);
  if (make === undefined) throw new BlockError(`nothing makes ${begin(name)}, only ${[...blocks.keys()].join(', ')}`);
  const from = text.indexOf(begin(name)) + begin(name).length;
  return `${text.slice(0, from)}\n\n${make()}\n\n${text.slice(text.indexOf(end(name)))}`;
}
