import { Fault } from '../../base/fault';

const TOO_LARGE = new Fault('ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len');

/** A run that both strings have: its first index in each, and its bytes. */
export interface Match {
  readonly a: number;
  readonly b: number;
  readonly length: number;
}

export interface LongestCommon {
  readonly length: number;
  /** Runs of at least `least` bytes, the last first. */
  matches(least: number): Match[];
  text(): Buffer;
}

/** The longest common subsequence. Its table may take `tableBytesMax`; throws Fault beyond. */
export function longestCommon(a: Buffer, b: Buffer, tableBytesMax: number): LongestCommon {
  const width = b.length + 1;
  if ((a.length + 1) * width * Uint32Array.BYTES_PER_ELEMENT > tableBytesMax) throw TOO_LARGE;
  const table = fill(a, b, width);
  const length = table[a.length * width + b.length]!;
  return {
    length,
    matches: (least) => {
      const found: Match[] = [];
      walk(a, b, table, (i, j) => {
        const last = found.at(-1);
        if (last !== undefined && last.a === i + 1 && last.b === j + 1) {
          found[found.length - 1] = { a: i, b: j, length: last.length + 1 };
        } else found.push({ a: i, b: j, length: 1 });
      });
      return found.filter((match) => match.length >= least);
    },
    text: () => {
      const text = Buffer.alloc(length);
      let at = length;
      walk(a, b, table, (i) => {
        text[--at] = a[i]!;
      });
      return text;
    },
  };
}

function fill(a: Buffer, b: Buffer, width: number): Uint32Array {
  const table = new Uint32Array((a.length + 1) * width);
  for (let i = 1; i <= a.length; i++) {
    const row = i * width;
    for (let j = 1; j < width; j++) {
      const up = table[row - width + j]!;
      const left = table[row + j - 1]!;
      table[row + j] = a[i - 1] === b[j - 1] ? table[row - width + j - 1]! + 1 : Math.max(up, left);
    }
  }
  return table;
}

/** Visits the common bytes from the last to the first, taking the way that Redis takes. */
function walk(a: Buffer, b: Buffer, table: Uint32Array, visit: (i: number, j: number) => void): void {
  const width = b.length + 1;
  let i = a.length;
  let j = b.length;
  while (i > 0 && j > 0) {
    if (a[i - 1] === b[j - 1]) {
      visit(--i, --j);
    } else if (table[(i - 1) * width + j]! > table[i * width + j - 1]!) i--;
    else j--;
  }
}
