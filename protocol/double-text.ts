/**
 * A double as Redis 7.2 and later write it: the shortest digits that read back as the same number (17 at most), plain
 * while that is short, otherwise with an exponent; `inf`, `-inf`, `nan`.
 */
export function doubleText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [mantissa, power] = Math.abs(value).toExponential().split('e') as [string, string];
  const sign = value < 0 ? '-' : '';
  return sign + layOut(mantissa.replace('.', ''), Number(power));
}

/** Redis's choice of notation (fpconv): `digits` with the point after the first, times ten to the `power`. */
function layOut(digits: string, power: number): string {
  const shift = power - digits.length + 1;
  if (shift >= 0 && power < digits.length + 7) return digits + '0'.repeat(shift);
  if (shift < 0 && (shift > -7 || Math.abs(power) < 4)) {
    const whole = digits.length + shift;
    return whole > 0 ? `${digits.slice(0, whole)}.${digits.slice(whole)}` : `0.${'0'.repeat(-whole)}${digits}`;
  }
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
  return `${digits[0]}${fraction}e${power < 0 ? '-' : '+'}${Math.abs(power)}`;
}
