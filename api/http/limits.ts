/** General limits of requests: of an account, without one of the client's address. */
import type { Context } from 'hono'
import { admitRequest, type Limits, takeRequest } from '../../db/rate-limits.ts'
import type { LiveSession } from '../../db/sessions.ts'
import { hmac, keyOf, type Keyring, sha256 } from '../../runtime/keys.ts'
import { networkOf } from './client-address.ts'
import { cookieName, readCookie } from '../sign-in/cookies.ts'
import type { Deps, Env } from '../deps.ts'
import { ProblemError } from './problems.ts'

/** The live session of a request, if it has one. Throws RATE_LIMITED with the time when requests go again. */
export async function checkRequests(deps: Deps, c: Context<Env>): Promise<LiveSession | undefined> {
  const { db, config, codeKeys } = deps
  const token = readCookie(c, cookieName('sid', config.PUBLIC_URL))
  const isRead = ['GET', 'HEAD'].includes(c.req.method)
  const { session, freeAt } = await admitRequest(
    db,
    {
      tokenHash: token ? sha256(token) : null,
      inBackground: isRead && c.req.header('x-background') === '1', // R6
      kind: isRead ? 'reads' : 'writes',
      from: placeOf(codeKeys, c),
    },
    limitsOf(deps),
  )
  if (freeAt) throw new ProblemError('RATE_LIMITED', { time: freeAt.toISOString() })
  return session
}

/**
 * For what has no session yet, or never one: sign-ins begun, sign-ins that the identity provider leads back, its logouts.
 * When this address may go on; null = now.
 */
export async function checkAddress(
  deps: Deps,
  c: Context<Env>,
  kind: 'signIns' | 'callbacks' | 'logouts',
): Promise<Date | null> {
  const from = placeOf(deps.codeKeys, c)
  return from === null ? null : takeRequest(deps.db, { from, kind }, limitsOf(deps))
}

const limitsOf = ({ config }: Deps): Limits => ({
  reads: config.READS_PER_MINUTE,
  writes: config.WRITES_PER_MINUTE,
  anonymous: config.ANONYMOUS_PER_MINUTE,
  signIns: config.SIGN_INS_PER_MINUTE,
  callbacks: config.SIGN_INS_PER_MINUTE,
  // All of them come from the provider's address.
  logouts: config.ANONYMOUS_PER_MINUTE,
})

/** R59: an address is personal data, so only its keyed hash is counted. */
function placeOf(ring: Keyring, c: Context<Env>): string | null {
  const address = c.env?.address
  if (!address) return null
  return hmac(keyOf(ring, ring.current), 'address', networkOf(address)).toString('hex')
}
