/** Jest's `expect` is slow; property tests that compare thousands of times a run compare text first. */
export function same(found: unknown, expected: unknown): void {
  if (JSON.stringify(found) !== JSON.stringify(expected)) expect(found).toEqual(expected);
}
