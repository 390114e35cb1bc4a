/** Colours of human output; without colour every brush gives back what it was given. */
export interface Paint {
  bold: Brush;
  dim: Brush;
  red: Brush;
  green: Brush;
  cyan: Brush;
}
type Brush = (text: string) => string;

/** Only on a terminal, and not when NO_COLOR is set, TERM is dumb or --no-color was given. */
export function wantsColour(env: Readonly<Record<string, string | undefined>>, isTTY: boolean, flag: boolean): boolean {
  return flag && isTTY && !env.NO_COLOR && env.TERM !== 'dumb';
}

export function paintFor(coloured: boolean): Paint {
  const brush = (open: number, close: number): Brush =>
    coloured ? (text) => `\x1b[${open}m${text}\x1b[${close}m` : (text) => text;
  return { bold: brush(1, 22), dim: brush(2, 22), red: brush(31, 39), green: brush(32, 39), cyan: brush(36, 39) };
}
