import { Document, isMap, isScalar } from 'yaml';
import { escapeVariables, parseYaml } from './config-file';

/**
 * The file's text with these settings changed, for CONFIG REWRITE. Everything else stays as it is to the byte; a setting
 * that has no line yet gets one at the end. Only where a value has no plain place in the text (a list, a file that is one
 * `{...}`), the file is printed anew from its YAML, with its comments.
 */
export function rewriteText(name: string, text: string, changed: ReadonlyMap<string, string>): string {
  let out = text;
  for (const [setting, value] of changed) {
    const escaped = escapeVariables(value);
    const spliced = splice(name, out, setting, escaped);
    out = holds(name, spliced, setting, escaped) ? spliced : printAnew(name, out, setting, escaped);
  }
  return out;
}

function splice(name: string, text: string, setting: string, value: string): string {
  const { contents } = parseYaml(name, text);
  const pair = isMap(contents) ? contents.items.find(({ key }) => isScalar(key) && key.value === setting) : undefined;
  if (pair === undefined)
    return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${setting}: ${spell(value)}\n`;
  const range = isScalar(pair.value) ? pair.value.range : undefined;
  if (!range) return text;
  const space = text[range[0] - 1] === ':' ? ' ' : '';
  return text.slice(0, range[0]) + space + spell(value) + text.slice(range[1]);
}

/** Quoted where YAML needs it. */
function spell(value: string): string {
  return new Document(value, { schema: 'failsafe' }).toString({ lineWidth: 0 }).trimEnd();
}

function holds(name: string, text: string, setting: string, value: string): boolean {
  try {
    return parseYaml(name, text).get(setting) === value;
  } catch {
    return false;
  }
}

function printAnew(name: string, text: string, setting: string, value: string): string {
  const document = parseYaml(name, text);
  document.set(setting, value);
  return document.toString({ lineWidth: 0 });
}
