/**
 * Two random 32-bit words, kept in the file: nobody outside can aim two keys at one row. The row of a key is its seeded hash
 * of 53 bits (WideKeyHash), so that every point access is by rowid and no second index is needed. Two keys with one id replace
 * each other; a read compares the key and answers a miss.
 */
export type Seed = readonly [number, number];
