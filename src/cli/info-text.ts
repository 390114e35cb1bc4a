import { safeText } from './render/bytes';
import type { Tree } from './render/tree';

/** INFO's text (`# Section`, `field:value`) as section to field to value. */
export function parseInfo(text: string): Map<string, Map<string, Tree>> {
  const sections = new Map<string, Map<string, Tree>>();
  let fields = new Map<string, Tree>();
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (line.startsWith('# ')) sections.set(safeText(line.slice(2)).toLowerCase(), (fields = new Map()));
    else if (colon > 0) fields.set(safeText(line.slice(0, colon)), safeText(line.slice(colon + 1)));
  }
  return sections;
}
