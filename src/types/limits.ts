/** When a collection is kept as JavaScript structures instead of bytes in a row; OBJECT ENCODING tells. */
export interface TypeLimits {
  /** Fields of a packed hash, and bytes of the longest field or value. */
  readonly hashEntries: number;
  readonly hashValueBytes: number;
  readonly zsetEntries: number;
  readonly zsetValueBytes: number;
  /** Members of a set of whole numbers that is called an intset. */
  readonly intsetEntries: number;
}

export const DEFAULT_TYPE_LIMITS: TypeLimits = {
  hashEntries: 128,
  hashValueBytes: 64,
  zsetEntries: 128,
  zsetValueBytes: 64,
  intsetEntries: 512,
};

/** Every change copies a packed collection, so it is opened beyond this, whatever the settings say. */
export const PACKED_BYTES_MAX = 16 * 1024;
/** Members of a packed set, elements of a packed list. */
export const PACKED_ELEMENTS_MAX = 128;
