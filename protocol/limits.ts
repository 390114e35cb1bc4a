/** What one client may send. Counts are arguments, sizes are bytes; every one is inclusive. */
export interface Limits {
  /** Arguments of one request. */
  argsMax: number;
  /** Bytes of one argument. */
  argBytesMax: number;
  /** Bytes of an inline request, without its line feed. */
  inlineBytesMax: number;
  /** Bytes of a `*` or `$` header up to its carriage return. */
  headerBytesMax: number;
  /** Bytes held for a client: what is unread, and the request being read with ARG_OVERHEAD_BYTES an argument. */
  queryBytesMax: number;
  /** The same for a client that still has to authenticate. */
  unauthenticated: {
    argsMax: number;
    argBytesMax: number;
    queryBytesMax: number;
  };
}

const KIB = 1024;
const MIB = 1024 * KIB;

export const DEFAULT_LIMITS: Readonly<Limits> = {
  argsMax: 1_048_576,
  argBytesMax: 64 * MIB,
  inlineBytesMax: 64 * KIB,
  headerBytesMax: 32,
  queryBytesMax: 128 * MIB,
  unauthenticated: { argsMax: 10, argBytesMax: 16_384, queryBytesMax: MIB },
};

/** What an argument is charged beside its bytes: it is an object, however short. */
export const ARG_OVERHEAD_BYTES = 64;
