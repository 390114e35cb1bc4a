/**
 * Lines of a byte stream, without their ends, and how many bytes were read up to and with each. A line longer than
 * `lineBytesMax` comes as null, and never lies in memory whole.
 */
export async function* linesOf(
  chunks: AsyncIterable<Buffer | string>,
  lineBytesMax: number,
): AsyncGenerator<{ line: Buffer | null; bytesRead: number }> {
  let parts: Buffer[] = [];
  let length = 0;
  let bytesRead = 0;
  const take = (): Buffer | null => {
    const line = length > lineBytesMax ? null : withoutReturn(Buffer.concat(parts));
    parts = [];
    length = 0;
    return line;
  };
  const add = (part: Buffer) => {
    length += part.length;
    if (length > lineBytesMax) parts = [];
    else if (part.length > 0) parts.push(part);
  };
  for await (const read of chunks) {
    const chunk = typeof read === 'string' ? Buffer.from(read, 'utf8') : read;
    let from = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      add(chunk.subarray(from, end));
      bytesRead += end + 1 - from;
      from = end + 1;
      yield { line: take(), bytesRead };
    }
    add(chunk.subarray(from));
    bytesRead += chunk.length - from;
  }
  if (length > 0) yield { line: take(), bytesRead };
}

function withoutReturn(line: Buffer): Buffer {
  return line.at(-1) === 13 ? line.subarray(0, -1) : line;
}
