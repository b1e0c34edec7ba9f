/**
 * One local activity at a time. Two that are out together run one after the other and are replayed at once: their
 * commands then come in another order, and the workflow fails its task for good (R54).
 */
export function createTurns() {
  let last: Promise<unknown> = Promise.resolve()
  let taken = 0
  return {
    /** Runs `work` after everything that was given before it. */
    take<T>(work: () => Promise<T>): Promise<T> {
      taken += 1
      const mine = last.then(work)
      last = mine.catch(() => undefined)
      return mine
    },
    /** How many there were. */
    taken: (): number => taken,
  }
}
