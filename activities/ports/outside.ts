/** What can go wrong when we ask the outside world; none of it is ever the user's mistake (R20). */

import type { Cause } from '../../domain/backup/outside.ts'

/** The outside cannot answer now. `words` are for people who read Temporal Web; no personal data. */
export class Unavailable extends Error {
  override name = 'Unavailable'
  readonly outsideCause: Cause
  /** When the outside asked to be left alone until then (Retry-After). */
  readonly retryAfterMs: number | undefined

  constructor(cause: Cause, words: string, retryAfterMs?: number) {
    super(words)
    this.outsideCause = cause
    this.retryAfterMs = retryAfterMs
  }
}

/** fetch with a time limit; throws Unavailable for no answer, 429 and 5xx. `who` is a name for people. */
export async function askOutside(
  who: string,
  url: string,
  init: RequestInit,
  timeoutMs: number,
): Promise<Response> {
  const response = await fetch(url, {
    ...init,
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  }).catch((error: unknown) => {
    throw error instanceof Error && error.name === 'TimeoutError'
      ? new Unavailable('timeout', `${who} does not answer: timeout after ${timeoutMs / 1000} s`)
      : new Unavailable('refused', `${who} does not answer: connection failed`)
  })
  if (response.ok) return response
  await response.body?.cancel()
  const status = response.status
  if (status === 429 || status === 503)
    throw new Unavailable(
      status === 429 ? 'rate-limited' : 'server-error',
      `${who} answers ${status}`,
      retryAfter(response),
    )
  throw new Unavailable(status >= 500 ? 'server-error' : 'malformed', `${who} answers ${status}`)
}

/** The body as JSON; throws Unavailable when it is none, or does not come in time. */
export async function readJson(who: string, response: Response): Promise<unknown> {
  try {
    return await response.json()
  } catch (error) {
    if (error instanceof Error && error.name === 'TimeoutError')
      throw new Unavailable('timeout', `${who} does not answer in time`)
    throw new Unavailable('malformed', `${who} answers nonsense`)
  }
}

const longestRetryAfter = 10 * 60_000
/** RFC 9110 §10.2.3: seconds, or a date. */
function retryAfter(response: Response): number | undefined {
  const value = response.headers.get('retry-after')
  if (value === null) return undefined
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  return Number.isFinite(ms) && ms > 0 ? Math.min(ms, longestRetryAfter) : undefined
}
