import { randomUUID } from 'node:crypto'
import { importJWK, SignJWT } from 'jose'
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createApp } from '../../api/http/app.ts'
import { getSession } from '../../api/contracts/session.ts'
import { listProjects } from '../../api/contracts/projects.ts'
import { connect } from '../../db/connect.ts'
import { sha256 } from '../../runtime/keys.ts'
import { until } from '../support/stage.ts'
import { Browser } from '../support/browser.ts'
import { type ApiStage, done, type Person, startApi } from './stage.ts'

let stage: ApiStage
beforeAll(async () => {
  stage = await startApi()
})
afterAll(() => stage.close())
afterEach(() => {
  stage.accounts.change('yi', { active: true })
})

const browser = () => new Browser(stage.app, stage.publicUrl)
const cookieName = () => `__Host-sid-${new URL(stage.publicUrl).port}`

const cookieOf = ({ browser: { cookies } }: Person): string =>
  `${cookieName()}=${cookies.get(new URL(stage.publicUrl).host)?.get(cookieName()) ?? ''}`
/** As somebody who has kept the cookie, whatever the browser did with it. */
const statusWith = async (cookie: string): Promise<number> =>
  (await stage.app.request('/api/v1/session', { headers: { cookie } })).status

/** A logout token as the provider signs it. */
async function logOut(claims: { sub?: string; sid?: string }): Promise<number> {
  const key = await importJWK(stage.providerKey, 'RS256')
  const events = { 'http://schemas.openid.net/event/backchannel-logout': {} }
  const token = await new SignJWT({ ...claims, events })
    .setProtectedHeader({ alg: 'RS256', kid: stage.providerKey.kid, typ: 'logout+jwt' })
    .setIssuer(stage.issuer)
    .setAudience(stage.apiConfig.OIDC_CLIENT_ID)
    .setJti(randomUUID())
    .setIssuedAt()
    .sign(key)
  const body = new URLSearchParams({ logout_token: token })
  return (await stage.app.request('/auth/backchannel-logout', { method: 'POST', body })).status
}

describe('R1 login is OpenID Connect, never a local password', () => {
  test('R5 a researcher comes to the projects, managers to the backups of their units, operators to the guide', async () => {
    expect(await browser().signIn('jia', 'hgrip')).toBe('/projects')
    expect(await browser().signIn('unit-admin', 'hgrip')).toBe('/manage/backups')
    expect(await browser().signIn('legal-entity', 'hgrip')).toBe('/manage/backups')
    expect(await browser().signIn('operator', 'hgrip')).toBe('/guide')
  })

  test('the way back leads to a path of this site only', async () => {
    expect(await browser().signIn('jia', 'hgrip', '/backups/1?a=b')).toBe('/backups/1?a=b')
    expect(await browser().signIn('jia', 'hgrip', '/中?q=肺')).toBe('/%E4%B8%AD?q=%E8%82%BA')
    const broken = ['/\u0001', '/\u007f', '/a\u0000b', '/a%00b', '/%0d%0a', '/%ff', '/..//evil.example']
    for (const elsewhere of [
      ...['//evil.example', '/\\evil.example', 'https://evil.example', '/\t/evil.example'],
      ...broken,
    ])
      expect(await browser().signIn('jia', 'hgrip', elsewhere)).toBe('/projects')
  })

  test('our own database is away: sign-in says that it is us, at both its ends', async () => {
    const { db } = connect('postgres://nobody@127.0.0.1:9/none')
    const app = createApp({ ...stage.deps, db })
    for (const path of ['/auth/login', '/auth/callback?state=x&code=y']) {
      const response = await app.request(path)
      expect(response.status).toBe(303)
      expect(response.headers.get('location')).toBe('/?signin=ours')
    }
    await db.destroy()
  })

  test('PKCE, state and nonce are asked for', async () => {
    const response = await browser().request('/auth/login')
    const { searchParams } = new URL(response.headers.get('location') ?? '')
    expect(searchParams.get('code_challenge_method')).toBe('S256')
    expect(searchParams.get('state')).toMatch(/.{20,}/)
    expect(searchParams.get('nonce')).toMatch(/.{20,}/)
  })

  test('the cookie is __Host-, http-only, lax, and no row holds its value', async () => {
    const someone = browser()
    const form = await someone.follow('/auth/login')
    const back = await someone.follow(
      form.url.href,
      { method: 'POST', body: new URLSearchParams({ login: 'jia', password: 'hgrip' }) },
      (url) => url.pathname === '/auth/callback',
    )
    const response = await someone.request(back.url.href)
    const line = response.headers.getSetCookie().find((cookie) => cookie.startsWith(cookieName()))
    expect(line).toMatch(/Path=\/; HttpOnly; Secure; SameSite=Lax$/)
    const token = someone.cookies.get(new URL(stage.publicUrl).host)?.get(cookieName()) ?? ''
    expect(token).toMatch(/^[\w-]{43}$/)
    const rows = await stage.owner
      .selectFrom('sessions' as never)
      .selectAll()
      .execute()
    expect(JSON.stringify(rows)).not.toContain(token)
  })

  test('a callback counts once, and only in the browser that began it', async () => {
    const someone = browser()
    const form = await someone.follow('/auth/login')
    const { url } = await someone.follow(
      form.url.href,
      { method: 'POST', body: new URLSearchParams({ login: 'jia', password: 'hgrip' }) },
      (seen) => seen.pathname === '/auth/callback',
    )
    const stolen = await browser().request(url.href)
    expect(stolen.headers.get('location')).toBe('/?signin=cancelled')
    const first = await someone.request(url.href)
    expect(first.headers.get('location')).toBe('/projects')
    const second = await someone.request(url.href)
    expect(second.headers.get('location')).toBe('/?signin=cancelled')
  })

  test('a sign-in that was cancelled at the provider', async () => {
    const someone = browser()
    const started = await someone.request('/auth/login')
    const { searchParams } = new URL(started.headers.get('location') ?? '')
    const back = new URLSearchParams({
      error: 'access_denied',
      state: searchParams.get('state') ?? '',
      iss: stage.issuer,
    })
    const response = await someone.request(`/auth/callback?${back.toString()}`)
    expect(response.headers.get('location')).toBe('/?signin=cancelled')
  })
})

describe('R2 the identity carries name, e-mail, unit and role', () => {
  test('GET /session', async () => {
    const jia = await stage.signIn('jia')
    expect(await done(jia, getSession, {})).toMatchObject({
      account: { name: '示例甲', email: 'a@example.cn', role: 'researcher', unitAuthorised: true },
    })
  })

  test('R6 a change of role takes effect at the next login', async () => {
    const before = await stage.signIn('yi')
    stage.accounts.change('yi', { role: 'unit_admin' })
    expect((await before.call(listProjects, {})).status).toBe(200)
    const after = await stage.signIn('yi')
    expect((await after.call(listProjects, {})).status).toBe(404)
    stage.accounts.change('yi', { role: 'researcher' })
  })
})

describe('sessions end', () => {
  test('by signing out, here and at the provider', async () => {
    const jia = await stage.signIn('jia')
    const { url, response } = await jia.browser.follow('/auth/logout', { method: 'POST' }, () => false)
    expect(url.origin).toBe(stage.issuer)
    const form = await response.text() // the stand-in's page sends itself
    const [, action = ''] = /action="([^"]+)"/.exec(form) ?? []
    const [, xsrf = ''] = /name="xsrf" value="([^"]+)"/.exec(form) ?? []
    const body = new URLSearchParams({ xsrf, logout: 'yes' })
    const end = await jia.browser.follow(action, { method: 'POST', body })
    expect(end.url.href).toBe(`${stage.publicUrl}/?signin=signedout`)
    const again = await jia.browser.follow('/auth/login')
    expect(again.url.pathname, 'the provider asks who it is').toMatch(/^\/interaction\//)
    expect(url.search).not.toContain('id_token_hint') // it names the person (R59)
    expect(url.searchParams.get('post_logout_redirect_uri')).toBe(`${stage.publicUrl}/?signin=signedout`)
    expect((await jia.call(getSession, {})).status).toBe(401)
  })

  test('on the server: the cookie of a session that was signed out opens nothing', async () => {
    const jia = await stage.signIn('jia')
    const cookie = cookieOf(jia)
    expect(await statusWith(cookie)).toBe(200)
    await jia.request('/auth/logout', { method: 'POST' })
    expect(await statusWith(cookie)).toBe(401)
  })

  test('by signing in again in the same browser: the first cookie opens nothing', async () => {
    const jia = await stage.signIn('jia')
    const first = cookieOf(jia)
    await jia.browser.follow('/auth/login')
    const second = cookieOf(jia)
    expect(second).not.toBe(first)
    expect(await statusWith(second)).toBe(200)
    expect(await statusWith(first)).toBe(401)
  })

  test('by back-channel logout: the one that it names, or all of the person', async () => {
    const [one, other, yi] = [await stage.signIn('jia'), await stage.signIn('jia'), await stage.signIn('yi')]
    const alive = () => Promise.all([one, other, yi].map((person) => statusWith(cookieOf(person))))
    const rows = await sql<{ tokenHash: Buffer; sid: string; sub: string }>`
      select s.token_hash, s.provider_session as sid, a.subject as sub
      from sessions s join accounts a on a.id = s.account_id`.execute(stage.owner)
    const sessionOf = (person: Person) => {
      const hash = sha256(cookieOf(person).split('=')[1] ?? '')
      return rows.rows.find(({ tokenHash }) => tokenHash.equals(hash)) ?? expect.unreachable()
    }
    const { sid, sub } = sessionOf(one)
    expect(sessionOf(other)).toMatchObject({ sub })
    expect(sessionOf(other).sid).not.toBe(sid)

    expect(await logOut({ sub: sessionOf(yi).sub, sid })).toBe(200) // another person's session
    expect(await alive()).toEqual([200, 200, 200])
    expect(await logOut({ sub, sid })).toBe(200)
    expect(await alive()).toEqual([401, 200, 200])
    const third = await stage.signIn('jia')
    expect(await logOut({ sid: sessionOf(other).sid })).toBe(200)
    expect(await alive()).toEqual([401, 401, 200])
    expect(await statusWith(cookieOf(third))).toBe(200)
    expect(await logOut({ sub })).toBe(200)
    expect(await statusWith(cookieOf(third))).toBe(401)
    expect(await alive()).toEqual([401, 401, 200])
  })

  test('not by a form of another site', async () => {
    const jia = await stage.signIn('jia')
    const headers = { origin: 'https://evil.example' }
    expect((await jia.request('/auth/logout', { method: 'POST', headers })).status).toBe(403)
    expect((await jia.call(getSession, {})).status).toBe(200)
  })

  test('R6 at once when the account is disabled', async () => {
    const yi = await stage.signIn('yi')
    expect((await yi.call(getSession, {})).status).toBe(200)
    await stage.identity.endSessions() // the provider looks for changes since it looked last
    stage.accounts.change('yi', { active: false })
    await stage.identity.endSessions()
    await until('ended', async () => (await yi.call(getSession, {})).status === 401)
  })

  test('not by a logout token without a signature', async () => {
    const body = new URLSearchParams({ logout_token: 'e30.e30.' })
    const response = await stage.app.request('/auth/backchannel-logout', { method: 'POST', body })
    expect(response.status).toBe(400)
    expect(response.headers.get('cache-control')).toBe('no-store')
  })

  test('after 30 minutes without a request, and after 12 hours', async () => {
    const jia = await stage.signIn('jia')
    const sessions = stage.owner.updateTable('sessions' as never)
    const at = (minutes: number) => new Date(Date.now() - minutes * 60_000)
    await sessions.set({ seenAt: at(29) } as never).execute()
    expect((await jia.call(getSession, {})).status).toBe(200)
    await sessions.set({ seenAt: at(31) } as never).execute()
    expect((await jia.call(getSession, {})).status).toBe(401)
    await sessions.set({ seenAt: at(0), endsAt: at(1) } as never).execute()
    expect((await jia.call(getSession, {})).status).toBe(401)
  })
})

test('the provider is down: the first page says so, and the next sign-in asks again', async () => {
  const { connectIdentity } = await import('../../api/sign-in/identity.ts')
  const config = { ...stage.apiConfig, OIDC_ISSUER: 'http://localhost:9' }
  const app = createApp({ ...stage.deps, identity: connectIdentity(config) })
  const response = await app.request('/auth/login')
  expect(response.headers.get('location')).toBe('/?signin=unavailable')
})
