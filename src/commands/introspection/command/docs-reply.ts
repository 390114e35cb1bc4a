import type { Shape } from '../../framework/arguments';
import type { Command, KeyShape } from '../../framework/command';
import type { ReplyWriter } from '../../framework/wire';

/** Writes a name's value. */
type Field = readonly [name: string, write: () => void];

function writeMap(out: ReplyWriter, fields: readonly Field[]): void {
  out.map(fields.length);
  for (const [name, write] of fields) {
    out.bulkText(name);
    write();
  }
}

function writeFlags(out: ReplyWriter, flags: readonly string[]): void {
  out.set(flags.length);
  for (const flag of flags) out.simple(flag);
}

function writeShapes(out: ReplyWriter, shapes: readonly Shape[]): void {
  out.array(shapes.length);
  for (const shape of shapes) writeShape(out, shape);
}

function writeShape(out: ReplyWriter, shape: Shape): void {
  const { name = shape.token?.toLowerCase() ?? '', type, token, children } = shape;
  const keySpec = (shape as Partial<KeyShape>).keySpec;
  const fields: Field[] = [
    ['name', () => out.bulkText(name)],
    ['type', () => out.bulkText(type)],
  ];
  if (keySpec !== undefined) fields.push(['key_spec_index', () => out.integer(keySpec)]);
  if (token !== undefined) fields.push(['token', () => out.bulkText(token)]);
  const flags = [...(shape.optional ? ['optional'] : []), ...(shape.multiple ? ['multiple'] : [])];
  if (flags.length > 0) fields.push(['flags', () => writeFlags(out, flags)]);
  if (children !== undefined) fields.push(['arguments', () => writeShapes(out, children)]);
  writeMap(out, fields);
}

/** One command's documentation as COMMAND DOCS shows it: a map. */
function writeDocs(out: ReplyWriter, command: Command): void {
  const { complexity, deprecated, children, shapes } = command;
  const fields: Field[] = [
    ['summary', () => out.bulkText(command.summary)],
    ['since', () => out.bulkText(command.since)],
    ['group', () => out.bulkText(command.group)],
  ];
  if (complexity !== undefined) fields.push(['complexity', () => out.bulkText(complexity)]);
  if (deprecated !== undefined) {
    fields.push(['doc_flags', () => writeFlags(out, ['deprecated'])]);
    fields.push(['deprecated_since', () => out.bulkText(deprecated.since)]);
    fields.push(['replaced_by', () => out.bulkText(deprecated.replacedBy)]);
  }
  if (shapes.length > 0) fields.push(['arguments', () => writeShapes(out, shapes)]);
  if (children !== undefined) fields.push(['subcommands', () => writeAllDocs(out, [...children.list()])]);
  writeMap(out, fields);
}

/** Names and documentation of several: a map. */
export function writeAllDocs(out: ReplyWriter, commands: readonly Command[]): void {
  out.map(commands.length);
  for (const command of commands) {
    out.bulkText(command.fullName);
    writeDocs(out, command);
  }
}
