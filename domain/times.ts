/** Durations in ms, and how a time is written. Times are epoch milliseconds. */
const second = 1_000
export const minute = 60 * second
export const hour = 60 * minute
export const day = 24 * hour

/** ISO-8601 in UTC, for answers and refusals. */
export function isoTime(at: number): string
export function isoTime(at: number | null): string | null
export function isoTime(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString()
}

/** `2026-11-22 15:04` in Asia/Shanghai, which has no summer time (R55). */
export const beijingTime = (at: number): string => shanghai(at).toISOString().slice(0, 16).replace('T', ' ')
/** `2026-11-22`, the day in Asia/Shanghai. */
export const beijingDay = (at: number): string => shanghai(at).toISOString().slice(0, 10)
const shanghai = (at: number): Date => new Date(at + 8 * hour)
