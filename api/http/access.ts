/**
 * Who may call what, in the order of refusals 401 → 403 → 404. The general limits stand before all
 * of them: a flood then costs one statement for each request, and learns nothing more.
 */
import { timingSafeEqual } from 'node:crypto'
import type { Context } from 'hono'
import { findSession, type LiveSession } from '../../db/sessions.ts'
import { sha256 } from '../../runtime/keys.ts'
import type { Contract } from '../contracts/contract.ts'
import { cookieName, readCookie } from '../sign-in/cookies.ts'
import type { Actor, Deps, Env } from '../deps.ts'
import { checkRequests } from './limits.ts'
import { ProblemError } from './problems.ts'

/** Without a limit: for signing out, which must always work. */
export async function findActor({ db, config }: Deps, c: Context<Env>): Promise<Actor | undefined> {
  const token = readCookie(c, cookieName('sid', config.PUBLIC_URL))
  const session = token ? await findSession(db, sha256(token)) : undefined
  return session && actorOf(session)
}

/** Throws RATE_LIMITED, AUTH_REQUIRED, CROSS_SITE, NOT_FOUND (a role that does not find it) or UNIT_NOT_AUTHORISED (R3). */
export async function checkAccess(
  deps: Deps,
  contract: Contract,
  c: Context<Env>,
): Promise<Actor | undefined> {
  const session = await checkRequests(deps, c)
  const actor = session && actorOf(session)
  if (contract.access === 'report-system') return checkToken(deps, c)
  if (contract.access !== 'public' && !actor) throw new ProblemError('AUTH_REQUIRED')
  checkOrigin(deps, c)
  if (contract.access === 'public' || contract.access === 'any') return actor
  if (!actor || !contract.access.includes(actor.role)) throw new ProblemError('NOT_FOUND')
  if (contract.authorisedOnly && !(actor.unitAuthorised && actor.unit))
    throw new ProblemError('UNIT_NOT_AUTHORISED')
  return actor
}

/** A program has no session, and no browser sends its token by itself. */
function checkToken({ config: { FILINGS_TOKEN } }: Deps, c: Context<Env>): undefined {
  const given = /^Bearer (\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1]
  if (!given || !FILINGS_TOKEN || !timingSafeEqual(sha256(given), sha256(FILINGS_TOKEN)))
    throw new ProblemError('AUTH_REQUIRED')
}

/**
 * A write must come from our own pages. Browsers always say where one comes from, in `Sec-Fetch-Site` or
 * `Origin`; a request that names neither comes from a program, and another site cannot make a program send its cookie.
 */
export function checkOrigin({ config }: Deps, c: Context<Env>): void {
  if (['GET', 'HEAD'].includes(c.req.method) || c.env?.inProcess) return
  const site = c.req.header('sec-fetch-site')
  if (site !== undefined && site !== 'same-origin') throw new ProblemError('CROSS_SITE')
  const origin = c.req.header('origin')
  if (site === undefined && origin !== undefined && origin !== new URL(config.PUBLIC_URL).origin)
    throw new ProblemError('CROSS_SITE')
}

function actorOf({ unitId, unitName, now, ...session }: LiveSession): Actor {
  const readAt = performance.now()
  return {
    ...session,
    unit: unitId !== null && unitName !== null ? { id: unitId, name: unitName } : null,
    now: () => Math.round(now.getTime() + performance.now() - readAt),
  }
}
