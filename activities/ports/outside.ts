/** What can go wrong when we ask the outside world; none of it is ever the user's mistake (R20). */

import type { Cause } from '../../domain/backup/outside.ts'
import { oneLine } from '../../domain/text.ts'

type More = {
  /** When the outside asked to be left alone until then (Retry-After). */
  retryAfterMs?: number | undefined
  /** What the outside said, `cleaned`. */
  reason?: string | undefined
}

/** The outside gives no answer that counts. `words` are for people who read Temporal Web; no personal data. */
export class Unavailable extends Error {
  override name = 'Unavailable'
  readonly outsideCause: Cause
  readonly retryAfterMs: number | undefined
  readonly reason: string | undefined

  constructor(cause: Cause, words: string, { retryAfterMs, reason }: More = {}) {
    super(words)
    this.outsideCause = cause
    this.retryAfterMs = retryAfterMs
    this.reason = reason
  }
}

type Question = {
  /** A name for people. */
  who: string
  url: string
  init: RequestInit
  timeoutMs: number
  /** What was asked that names a person, or is a secret: the answer may repeat it. */
  hide: readonly string[]
}

/** fetch with a time limit; throws Unavailable for no answer, and for one that is not 2xx. */
export async function askOutside({ who, url, init, timeoutMs, hide }: Question): Promise<Response> {
  const response = await fetch(url, {
    ...init,
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutMs),
  }).catch((error: unknown) => {
    if (error instanceof Error && error.name === 'TimeoutError')
      throw new Unavailable('timeout', `${who} does not answer: timeout after ${timeoutMs / 1000} s`)
    throw isTlsTrouble(error instanceof Error ? error.cause : undefined)
      ? new Unavailable('no-encryption', `${who} cannot be asked over TLS`)
      : new Unavailable('refused', `${who} does not answer: connection failed`)
  })
  if (response.ok) return response
  const { status } = response
  const reason = cleaned(await beginningOf(response), hide)
  throw new Unavailable(causeOf(status), `${who} answers ${status}`, {
    retryAfterMs: status === 429 || status === 503 ? retryAfter(response) : undefined,
    ...(reason !== '' && { reason }),
  })
}

function causeOf(status: number): Cause {
  if (status >= 500 || status === 408) return 'server-error'
  if (status === 429) return 'rate-limited'
  if (status < 400) return 'malformed' // it sends us elsewhere
  return [401, 403, 407].includes(status) ? 'unauthorised' : 'rejected'
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

/** The first bytes of a refusal; '' when they do not come. */
async function beginningOf(response: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  try {
    for await (const bytes of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      text += decoder.decode(bytes, { stream: true })
      if (text.length > longestSaid) break // which cancels the rest
    }
  } catch {
    // What came is enough.
  }
  return text
}

/** What the outside said, for staff: one line, cut, and without what names a person (R59). */
export function cleaned(said: string, hide: readonly string[]): string {
  const line = oneLine(spelledOut(said.slice(0, longestSaid)).replace(/<[^>]*>/g, ' '))
    .replace(/\s+/g, ' ')
    .trim()
  const isLong = (part: string): boolean => part.trim().length > 1 // one letter would hide words
  return hide
    .filter(isLong)
    .toSorted((a, b) => b.length - a.length)
    .reduce((rest, part) => rest.replaceAll(part, '***'), line)
    .replace(/[^\s<>"'(),:;]+@([\w.-]+)/g, '***@$1')
    .replace(/(?<![A-Za-z\d])\+?\d{9,}[Xx]?/g, '***')
    .replace(/(?<![A-Za-z\d])1\d{2}[ -]\d{4}[ -]\d{4}(?!\d)/g, '***')
    .slice(0, 200)
}
const longestSaid = 4_096

/** JSON may write a name in \uXXXX, a page in &#…; */
const spelledOut = (said: string): string =>
  said.replace(
    /\\u([\da-f]{4})|&#(\d{1,7});|&#x([\da-f]{1,6});/gi,
    (_, json?: string, decimal?: string, hex?: string) => {
      const point = decimal === undefined ? parseInt(json ?? hex ?? '', 16) : Number(decimal)
      return point <= 0x10ffff ? String.fromCodePoint(point) : ''
    },
  )

/** Codes of Node and OpenSSL; a broken or missing certificate is no lost connection. */
export const isTlsTrouble = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  /^(ERR_SSL|ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH)/.test(String(error.code))

const longestRetryAfter = 10 * 60_000
/** RFC 9110 §10.2.3: seconds, or a date. */
function retryAfter(response: Response): number | undefined {
  const value = response.headers.get('retry-after')
  if (value === null) return undefined
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  return Number.isFinite(ms) && ms > 0 ? Math.min(ms, longestRetryAfter) : undefined
}
