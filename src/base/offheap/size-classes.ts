/**
 * Block sizes in units of 8 bytes: every unit up to 128 bytes, then eight sizes a doubling (at most 12.5 % is rounding) up
 * to 128 KiB. Sizes above are rounded the same way (`roundUp`).
 */
export const BLOCK_BYTES_MAX = 128 << 10;
const PAGE_UNITS = (1 << 20) >> 3;
const LINEAR_UNITS = 16;
const STEPS_BITS = 3;
const STEPS = 1 << STEPS_BITS;

export function unitsFor(bytes: number): number {
  return (bytes + 7) >>> 3;
}

/** The smallest class that holds so many units (at least 1). */
export function classOfUnits(units: number): number {
  if (units <= LINEAR_UNITS) return units - 1;
  const exponent = 31 - Math.clz32(units - 1);
  const step = (units - 1 - (1 << exponent)) >>> (exponent - STEPS_BITS);
  return LINEAR_UNITS + (exponent - 4) * STEPS + step;
}

function unitsOfClass(cls: number): number {
  if (cls < LINEAR_UNITS) return cls + 1;
  const exponent = 4 + ((cls - LINEAR_UNITS) >>> STEPS_BITS);
  const step = (cls - LINEAR_UNITS) & (STEPS - 1);
  return (1 << exponent) + ((step + 1) << (exponent - STEPS_BITS));
}

export const CLASS_COUNT = classOfUnits(BLOCK_BYTES_MAX >>> 3) + 1;
export const CLASS_UNITS = Int32Array.from({ length: CLASS_COUNT }, (_, cls) => unitsOfClass(cls));
export const BLOCKS_PER_PAGE = CLASS_UNITS.map((units) => Math.floor(PAGE_UNITS / units));

/** Bytes rounded up to a size of the same series. */
export function roundUp(bytes: number): number {
  return unitsOfClass(classOfUnits(unitsFor(bytes))) << 3;
}
