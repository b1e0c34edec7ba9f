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

/** When sign-ins may be begun again at this address; null = now. */
export async function checkSignIns(deps: Deps, c: Context<Env>): Promise<Date | null> {
  const from = placeOf(deps.codeKeys, c)
  return from === null ? null : takeRequest(deps.db, { from, kind: 'signIns' }, limitsOf(deps))
}

const limitsOf = ({ config }: Deps): Limits => ({
  reads: config.READS_PER_MINUTE,
  writes: config.WRITES_PER_MINUTE,
  anonymous: config.ANONYMOUS_PER_MINUTE,
  signIns: config.SIGN_INS_PER_MINUTE,
})

/** R59: an address is personal data, so only its keyed hash is counted. */
function placeOf(ring: Keyring, c: Context<Env>): string | null {
  const address = c.env?.address
  if (!address) return null
  return hmac(keyOf(ring, ring.current), 'address', networkOf(address)).toString('hex')
}
