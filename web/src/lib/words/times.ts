/** `2026-11-22T15:04:05.000Z` with Beijing's digits: it has no summer time, so it is UTC+8. */
export const beijing = (moment: string | number): string =>
  new Date(new Date(moment).getTime() + 8 * 3_600_000).toISOString()
