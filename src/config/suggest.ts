const NAME_LENGTH_MAX = 64;

/** Edits (insert, delete, replace) that make one word of the other. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}

/** " (did you mean 'port'?)", or nothing if no name is near. */
export function didYouMean(word: string, names: Iterable<string>): string {
  if (word.length > NAME_LENGTH_MAX) return '';
  let best = '';
  let least = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const name of names) {
    const edits = distance(word.toLowerCase().replaceAll('_', '-'), name);
    if (edits < least && edits < name.length) {
      best = name;
      least = edits;
    }
  }
  return best === '' ? '' : ` (did you mean '${best}'?)`;
}
