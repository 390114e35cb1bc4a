/** Ranks 0 to `keys` - 1 with probability proportional to 1 / (rank + 1)^exponent, by the inverse of the sums. */
export function zipf(keys: number, exponent: number, random: () => number): () => number {
  const sums = new Float64Array(keys);
  let sum = 0;
  for (let rank = 0; rank < keys; rank++) sums[rank] = sum += 1 / (rank + 1) ** exponent;
  return () => {
    const at = random() * sum;
    let [low, high] = [0, keys - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle]! > at) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}
