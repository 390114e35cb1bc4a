/**
 * Copying a run of bytes between Buffers. Node 20, 2 cores, ns for one copy at unaligned places:
 *
 *     bytes                        3    16    64   100   256   512  1024
 *     byte loop                    8    16    53    80   214   410   830
 *     Buffer.copy                 48    47    48    48    50    54    66
 *     target.set(subarray)        53    49    52    51    53    56    68
 *     DataView, 4 words a step     6     6    11    16    32    58   110
 *
 * A native call costs about 45 ns before the first byte moves, a DataView read or write is one machine instruction. So
 * buffers that live long (arena pages, socket buffers) carry a DataView of themselves; others are copied as well as they
 * can be without.
 */
export interface ViewedBuffer extends Buffer {
  /** Of the same bytes as the Buffer. */
  view?: DataView;
}

/** Above this many bytes the native copy is at least as fast. */
const VIEW_BYTES_MAX = 384;
/** Up to this many bytes a plain loop beats the native call. */
const LOOP_BYTES_MAX = 48;

/** Gives a long-lived buffer its DataView, which makes copies from and to it faster. Returns the same buffer. */
export function withView(buf: Buffer): Buffer {
  (buf as ViewedBuffer).view = new DataView(buf.buffer, buf.byteOffset, buf.length);
  return buf;
}

/**
 * Copies `source[start, end)` to `target` from `at`. The target must have room. Runs may overlap in one buffer only if the
 * target's place is not after the source's.
 */
export function copyBytes(source: Buffer, start: number, end: number, target: Buffer, at: number): void {
  const length = end - start;
  if (length <= VIEW_BYTES_MAX) {
    const from = (source as ViewedBuffer).view;
    const to = (target as ViewedBuffer).view;
    if (from !== undefined && to !== undefined) {
      copyViewed(from, start, length, to, at);
      return;
    }
    if (length <= LOOP_BYTES_MAX) {
      for (let i = 0; i < length; i++) target[at + i] = source[start + i]!;
      return;
    }
  }
  source.copy(target, at, start, end);
}

function copyViewed(from: DataView, start: number, length: number, to: DataView, at: number): void {
  let i = 0;
  for (const last = length - 15; i < last; i += 16) {
    const a = start + i;
    const b = at + i;
    to.setInt32(b, from.getInt32(a, true), true);
    to.setInt32(b + 4, from.getInt32(a + 4, true), true);
    to.setInt32(b + 8, from.getInt32(a + 8, true), true);
    to.setInt32(b + 12, from.getInt32(a + 12, true), true);
  }
  for (const last = length - 3; i < last; i += 4) to.setInt32(at + i, from.getInt32(start + i, true), true);
  for (; i < length; i++) to.setUint8(at + i, from.getUint8(start + i));
}
