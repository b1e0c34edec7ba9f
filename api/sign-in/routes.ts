/** Signing in and out at the identity provider (R1–R3, R6). Failures lead to the first page with a reason. */
import { randomBytes } from 'node:crypto'
import { Hono, type Context, type MiddlewareHandler } from 'hono'
import { AuthorizationResponseError, ResponseBodyError } from 'openid-client'
import { isDatabaseOutage } from '../../db/outages.ts'
import { beginSignIn, endSession, endSessions, openSession, takeSignIn } from '../../db/sessions.ts'
import { homeOf } from '../../domain/accounts.ts'
import { returnPath } from '../../domain/return-path.ts'
import { sha256 } from '../../runtime/keys.ts'
import { checkOrigin, findActor } from '../http/access.ts'
import { readBodyUpTo } from '../http/body.ts'
import { cookieName, dropCookie, readCookie, writeCookie } from './cookies.ts'
import type { Deps, Env } from '../deps.ts'
import { type Finished, NoRole } from './identity.ts'
import { checkAddress } from '../http/limits.ts'
import { plainPage } from '../http/plain-page.ts'
import { answerProblem, problem, ProblemError } from '../http/problems.ts'

/** `unavailable`: the provider does not answer; `ours`: our own database does not. */
type Reason = 'cancelled' | 'unavailable' | 'ours' | 'norole' | 'disabled' | 'signedout'
const signInSeconds = 600
/** A token of some lines; whoever sends more makes us check signatures over nonsense. */
const longestLogout = 16 * 1024

export function authRoutes(deps: Deps): Hono<Env> {
  const { config, log } = deps
  const app = new Hono<Env>()

  app.get('/login', async (c) => {
    try {
      return await beginAt(deps, c)
    } catch (err) {
      log.warn({ err, requestId: c.get('requestId') }, 'a sign-in cannot begin')
      return failed(c, isDatabaseOutage(err) ? 'ours' : 'unavailable')
    }
  })

  app.get('/callback', async (c) => {
    try {
      return await finishAt(deps, c)
    } catch (err) {
      if (!isDatabaseOutage(err)) throw err
      log.warn({ err, requestId: c.get('requestId') }, 'a sign-in cannot be finished')
      return failed(c, 'ours')
    }
  })

  app.post('/logout', async (c) => {
    checkOrigin(deps, c)
    const { sid } = cookieNames(config)
    const actor = await findActor(deps, c)
    const token = readCookie(c, sid)
    if (token) await endSession(deps.db, sha256(token))
    dropCookie(c, sid)
    if (!actor) return failed(c, 'signedout')
    const there = await deps.identity.endSession(actor.idToken).catch(() => null)
    return there ? c.redirect(there.href, 303) : failed(c, 'signedout')
  })

  const fewLogouts: MiddlewareHandler<Env> = async (c, next) => {
    const freeAt = await checkAddress(deps, c, 'logouts')
    if (freeAt) throw new ProblemError('RATE_LIMITED', { time: freeAt.toISOString() })
    await next()
  }
  app.post('/backchannel-logout', fewLogouts, readBodyUpTo(longestLogout), async (c) => {
    c.header('cache-control', 'no-store')
    try {
      const token = new URLSearchParams(await c.req.text()).get('logout_token') ?? ''
      const of = await deps.identity.readLogoutToken(token)
      const ended = await endSessions(deps.db, { provider: config.OIDC_PROVIDER, ...of })
      log.info({ ended, requestId: c.get('requestId') }, 'signed out by the identity provider')
      return c.body(null, 200)
    } catch (err) {
      if (isDatabaseOutage(err)) throw err // 503: the provider may repeat it
      log.warn({ err, requestId: c.get('requestId') }, 'a logout token was refused')
      return c.json({ error: 'invalid_request' }, 400)
    }
  })

  return app
}

/** `sid` is the session, `login` the browser's token while a sign-in is under way. */
const cookieNames = ({ PUBLIC_URL }: Deps['config']) => ({
  sid: cookieName('sid', PUBLIC_URL),
  login: cookieName('login', PUBLIC_URL),
})

const failed = (c: Context<Env>, reason: Reason): Response => c.redirect(`/?signin=${reason}`, 303)

/** Leads to the identity provider. */
async function beginAt(deps: Deps, c: Context<Env>): Promise<Response> {
  const { login } = cookieNames(deps.config)
  // A second tab must not take the first one's sign-in away: they share the browser's token.
  const known = readCookie(c, login)
  const browser = known !== undefined && /^[\w-]{43}$/.test(known) ? known : newToken()
  const freeAt = await checkAddress(deps, c, 'signIns')
  if (freeAt) return await tooMany(c, freeAt)
  const { url, state, nonce, codeVerifier } = await deps.identity.begin()
  const returnTo = returnPath(c.req.query('to'))
  const hashes = { stateHash: sha256(state), browserHash: sha256(browser) }
  await beginSignIn(deps.db, { ...hashes, nonce, codeVerifier, returnTo })
  writeCookie(c, login, browser, signInSeconds)
  return c.redirect(url.href, 302)
}

/** The identity provider has led back here: opens a session. */
async function finishAt(deps: Deps, c: Context<Env>): Promise<Response> {
  const { config, db, identity, log } = deps
  const { sid, login } = cookieNames(config)
  // Before the sign-in under way is taken: a person who is told to wait can load the page again.
  const freeAt = await checkAddress(deps, c, 'callbacks')
  if (freeAt) return await tooMany(c, freeAt)
  const state = c.req.query('state') ?? ''
  const browser = readCookie(c, login) ?? ''
  const begun = await takeSignIn(db, { stateHash: sha256(state), browserHash: sha256(browser) })
  if (!begun) return failed(c, 'cancelled')
  let finished: Finished
  try {
    const { nonce, codeVerifier } = begun
    finished = await identity.finish(new URL(c.req.url).search, { state, nonce, codeVerifier })
  } catch (err) {
    const reason = reasonOf(err)
    if (reason === 'unavailable') log.warn({ err, requestId: c.get('requestId') }, 'sign-in failed')
    return failed(c, reason)
  }
  const { person, idToken, providerSession } = finished
  const token = newToken()
  const old = readCookie(c, sid)
  if (old) await endSession(db, sha256(old))
  const accountId = await openSession(db, person, { tokenHash: sha256(token), providerSession, idToken })
  if (accountId === undefined) return failed(c, 'disabled') // R6
  writeCookie(c, sid, token)
  dropCookie(c, login)
  log.info({ accountId, requestId: c.get('requestId') }, 'signed in')
  return c.redirect(begun.returnTo || homeOf[person.role], 303)
}

const newToken = (): string => randomBytes(32).toString('base64url')

/** A person gets a page, a program the problem; both the time after which it goes again. */
function tooMany(c: Context<Env>, freeAt: Date): Response | Promise<Response> {
  const response = answerProblem(c, problem('RATE_LIMITED', { time: freeAt.toISOString() }))
  if (!c.req.header('accept')?.includes('text/html')) return response
  const time = freeAt.toLocaleTimeString('en-GB', { timeZone: 'Asia/Shanghai' })
  return c.html(
    plainPage(
      `操作过于频繁，请在 ${time}（北京时间）之后再试。`,
      `Too many requests. Try again after ${time} (Beijing time).`,
    ),
    429,
  )
}

function reasonOf(error: unknown): Reason {
  if (error instanceof NoRole) return 'norole'
  // The provider does not take the code: used already, too old, or issued to another client.
  if (error instanceof ResponseBodyError && error.error === 'invalid_grant') return 'cancelled'
  if (!(error instanceof AuthorizationResponseError)) return 'unavailable'
  if (/disabled|inactive|停用/i.test(error.error_description ?? '')) return 'disabled'
  return ['server_error', 'temporarily_unavailable'].includes(error.error) ? 'unavailable' : 'cancelled'
}
