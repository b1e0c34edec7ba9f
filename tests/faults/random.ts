/** Seeded chance: the same seed makes the same choices. */
export type Random = {
  /** 0 … below − 1 */
  int(below: number): number
  chance(probability: number): boolean
  pick<T>(from: readonly T[]): T | undefined
  weighted<A extends readonly unknown[]>(from: readonly (readonly [number, ...A])[]): A
  weightedOne<T>(from: readonly (readonly [number, T])[]): T
}

export function randomFrom(seed: number): Random {
  let state = seed >>> 0
  /** mulberry32 */
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const int = (below: number) => Math.floor(next() * below)
  function weighted<A extends readonly unknown[]>(from: readonly (readonly [number, ...A])[]): A {
    let left = next() * from.reduce((sum, [weight]) => sum + weight, 0)
    for (const [weight, ...rest] of from) if ((left -= weight) < 0) return rest
    throw new Error('Nothing to choose from')
  }
  return {
    int,
    chance: (probability) => next() < probability,
    pick: (from) => from[int(from.length)],
    weighted,
    weightedOne: (from) => weighted(from)[0],
  }
}
