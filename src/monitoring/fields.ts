/** A number with a fraction: it is one on the wire even when it happens to be whole. */
export class Fraction {
  constructor(readonly value: number) {}
}

export type Field = string | number | Fraction | Fields;
/** One section of a report: values by name, in the order they are shown. */
export type Fields = ReadonlyMap<string, Field>;

export function fields(of: Record<string, Field>): Fields {
  return new Map(Object.entries(of));
}

/** To so many decimals; 0 for what is no number, as 0 / 0. */
export function fraction(value: number, decimals = 4): Fraction {
  const scale = 10 ** decimals;
  return new Fraction(Number.isFinite(value) ? Math.round(value * scale) / scale : 0);
}
